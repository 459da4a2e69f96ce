"""Spotify's responses are untrusted input."""

import json
from typing import Any

import pytest

from askchopper.services.spotify import parsing

JUNK: list[Any] = [None, [], "x", 7, {}, {"item": 3}, {"device": "x", "item": {"name": 5}}, {"is_playing": "yes"}]


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_no_playback(junk: Any):
    found = parsing.playback(junk)
    assert (found.kind, found.item, found.is_playing) in {("nothing", None, False), ("unknown", None, False)}
    assert parsing.devices(junk) == parsing.queue(junk) == parsing.playlists(junk) == ()


@pytest.mark.parametrize(("names", "href"), [
    (["Burial"], "/artist/burial"), (["Somebody", "Four Tet", "BURIAL"], "/artist/burial"), (["Buriall"], ""), (["Hildur Guðnadóttir"], "/artist/hildur-gudnadottir"),
    (["Somebody"], ""), ([], ""), (["boards of canda"], ""),
])  # fmt: skip
def test_artists_of_ours_are_linked_by_exact_name(names: list[str], href: str):
    found = parsing.item({"name": "A", "artists": [{"name": name} for name in names]})
    assert found is not None
    assert found.artist_href == href


def test_absurd_numbers_are_bounded():
    state = json.loads('{"is_playing": true, "progress_ms": 1e999, "item": {"name": "A", "duration_ms": -5}}')
    found = parsing.playback(state)
    assert found.progress_ms == 0
    assert found.item is not None
    assert found.item.duration_ms == 0


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/a.jpg", "http://i.scdn.co/a", "https://i.scdn.co.evil.example/a", "javascript:alert(1)",
     "https://user@i.scdn.co/a", "https://evilspotifycdn.com/a"],
)  # fmt: skip
def test_only_spotify_covers_are_accepted(url: str):
    item = parsing.item({"name": "A", "album": {"images": [{"url": url}]}, "external_urls": {"spotify": url}})
    assert item is not None
    assert (item.art_url, item.link) == ("", "")


def test_smallest_sharp_cover_is_chosen():
    images = [{"url": f"https://i.scdn.co/image/{width}", "width": width} for width in (640, 300, 64, 32)]
    item = parsing.item({"name": "A", "album": {"images": images}})
    assert item is not None
    assert item.art_url == "https://i.scdn.co/image/64"


def test_playlists_in_old_and_new_format():
    lists = parsing.playlists({"items": [
        {"uri": "spotify:playlist:a", "name": "New", "items": {"total": 3}},
        None,
        {"uri": "spotify:playlist:b", "name": "Old", "tracks": {"total": 4}},
    ]})  # fmt: skip
    assert [(one.name, one.tracks) for one in lists] == [("New", 3), ("Old", 4)]


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (["trapeze"], ""), (["popular music of brazil"], ""), (["lighthouse keepers"], ""), ([], ""), ([None, 7], ""),
        (["Deep House"], "deep-house"), (["progressive house"], "house"), (["k-pop"], "pop"), (["r&b"], "r-and-b"),
        (["alternative r&b"], "r-and-b"), (["lo-fi beats"], "lo-fi"), (["drum and bass"], "drum-and-bass"), (["southern rap"], "hip-hop"),
        (["garage rock"], "rock"), (["trapeze", "art pop"], "pop"), (["trap", "pop"], "trap"),
    ],
)  # fmt: skip
def test_genres_match_whole_words(words: list[Any], slug: str):
    assert parsing.genre({"genres": words}) == slug


def test_volume_of_a_phone_cannot_be_set():
    phone = {
        "id": "a",
        "name": "iPhone",
        "type": "Smartphone",
        "is_active": True,
        "supports_volume": False,
        "volume_percent": 100,
    }
    assert "volume" in parsing.playback({"is_playing": True, "device": phone}).blocked
