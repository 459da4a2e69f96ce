"""Parses Spotify's responses. All input is untrusted; unrecognised values are dropped."""

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from askchopper import routes, settings
from askchopper.schemas.spotify import Device, Item, Playback, Playlist
from askchopper.services.knowledge.artists import table
from askchopper.services.search.synonyms import GENRE_WORDS

_MOST = 50
_FULL_QUEUE = 20
_TRACK = "spotify:track:"
_DAY_MS = 86_400_000
_ADVERT = "Not during an advert."
_NOT_NOW = "Spotify does not allow this right now."
_DEVICE = "This device cannot be controlled from here."
_OWN_VOLUME = "This device sets its own volume."
# Our controls, and the Spotify actions that they need.
_NEEDS = {
    "previous": "skipping_prev",
    "next": "skipping_next",
    "seek": "seeking",
    "shuffle": "toggling_shuffle",
    "repeat": "toggling_repeat_context",
}


def playback(answer: Any) -> Playback:
    """Parse ``GET me/player``; an empty response means nothing is playing."""
    state = _mapping(answer)
    if not state:
        return Playback()
    place, kind = device(state.get("device")), _text(state.get("currently_playing_type"), 20)
    found = item(state.get("item"))
    is_playing = state.get("is_playing") is True
    if kind not in {"track", "episode", "ad"}:
        kind = "track" if found else "unknown"
    return Playback(
        kind=kind if found or kind == "ad" or is_playing else "nothing",
        is_playing=is_playing,
        item=found,
        progress_ms=_number(state.get("progress_ms"), _DAY_MS),
        device=place,
        is_shuffled=state.get("shuffle_state") is True,
        repeat=repeat if (repeat := state.get("repeat_state")) in {"off", "track", "context"} else "off",
        blocked=_blocked(state, place, kind=kind, is_playing=is_playing),
        note="Private session: Spotify keeps what you play out of your history." if place and place.is_private else "",
        context_uri=_text(_mapping(state.get("context")).get("uri"), 100),
    )


def devices(answer: Any) -> tuple[Device, ...]:
    """Parse ``GET me/player/devices``; devices without an id are left out."""
    found = (device(one) for one in _list(_mapping(answer).get("devices")))
    return tuple(one for one in found if one and one.id)


def device(value: Any) -> Device | None:
    """Parse a device; one without an id is restricted. None if there is no data."""
    one = _mapping(value)
    if not one:
        return None
    volume = one.get("volume_percent")
    return Device(
        id=_text(one.get("id"), 100),
        name=_text(one.get("name"), 80) or "Unnamed device",
        kind=_text(one.get("type"), 30).lower(),
        is_active=one.get("is_active") is True,
        is_restricted=one.get("is_restricted") is True or not one.get("id"),
        is_private=one.get("is_private_session") is True,
        has_volume=one.get("supports_volume") is not False and volume is not None,
        volume_percent=_number(volume, 100) if volume is not None else None,
    )


def queue(answer: Any) -> tuple[Item, ...]:
    """Parse ``GET me/player/queue``.

    Spotify pads the queue to twenty rows by repeating the remaining tracks, even the current one alone:
    https://github.com/aome510/spotify-player/issues/597. Only one round is returned.
    """
    parsed = (item(one) for one in _list(_mapping(answer).get("queue"))[:_MOST])
    found = tuple(one for one in parsed if one)
    return found[: _round_length(found)] if len(found) >= _FULL_QUEUE else found


def _round_length(found: Sequence[Item]) -> int:
    """Return the period after which the items repeat, if at least two full rounds are present; otherwise their number."""
    names = [one.uri or one.title for one in found]
    lengths = range(1, len(names) // 2 + 1)
    return next((length for length in lengths if names[length:] == names[:-length]), len(names))


def playlists(answer: Any) -> tuple[Playlist, ...]:
    """Parse ``GET me/playlists``; null entries are skipped."""
    lists: list[Playlist] = []
    for value in _list(_mapping(answer).get("items"))[:_MOST]:
        one = _mapping(value)
        if not one or not _text(one.get("uri"), 100):
            continue
        # Renamed in 2026; older accounts still get the old name.
        tracks = _mapping(one.get("items")) or _mapping(one.get("tracks"))
        lists.append(
            Playlist(
                uri=_text(one.get("uri"), 100),
                name=_text(one.get("name"), 120) or "Unnamed playlist",
                owner=_text(_mapping(one.get("owner")).get("display_name"), 80),
                art_url=_art(one.get("images")),
                tracks=_number(tracks.get("total"), 1_000_000),
            )
        )
    return tuple(lists)


def has_more(answer: Any) -> bool:
    """Return whether a paged response has a next page."""
    return bool(_text(_mapping(answer).get("next"), 1000))


def item(value: Any) -> Item | None:
    """Parse a track or an episode; None without a title."""
    one = _mapping(value)
    title = _text(one.get("name"), 200)
    if not title:
        return None
    show, artists = _mapping(one.get("show")), [_mapping(artist) for artist in _list(one.get("artists"))]
    names = [name for artist in artists if (name := _text(artist.get("name"), 80))]
    album = _mapping(one.get("album"))
    return Item(
        uri=_text(one.get("uri"), 100),
        title=title,
        artist=_text(show.get("name"), 120) if show else ", ".join(names[:4]),
        artist_id=_text(artists[0].get("id"), 60) if artists else "",
        artist_href=_artist_page(names),
        art_url=_art(album.get("images") or one.get("images") or show.get("images")),
        link=_link(_mapping(one.get("external_urls")).get("spotify")),
        duration_ms=_number(one.get("duration_ms"), _DAY_MS),
        is_likeable=_text(one.get("uri"), 100).startswith(_TRACK) and one.get("is_local") is not True,
    )


def _artist_page(names: list[str]) -> str:
    """Return the path of this site's page on the first artist that has one, by exact name; empty if none has."""
    known = (table.find(name, allows_slip=False) for name in names[:4])
    return next((routes.artist(artist.slug) for artist in known if artist is not None), "")


def genre(answer: Any) -> str:
    """Return the slug of the first catalogue genre in ``GET artists/{id}``; empty if there is none, as for most artists.

    Whole words are compared. The match that ends last wins, so "garage rock" is rock; of several with the same end, the
    longest, so "deep house" beats "house".
    """
    for one in _list(_mapping(answer).get("genres"))[:10]:
        words = f" {_text(one, 60).casefold().replace('-', ' ')} "
        found = [
            (words.rfind(f" {name} ") + len(name), len(name), slug)
            for name, slug in GENRE_WORDS.items()
            if f" {name} " in words
        ]
        if found:
            return max(found)[2]
    return ""


def is_first_true(answer: Any) -> bool:
    """Parse ``GET me/library/contains`` for one track: return whether it is in the library."""
    return next(iter(_list(answer)), False) is True


def _blocked(state: Mapping[str, Any], place: Device | None, *, kind: str, is_playing: bool) -> dict[str, str]:
    disallowed = _mapping(_mapping(state.get("actions")).get("disallows"))
    blocked: dict[str, str] = {}
    for control, action in _NEEDS.items():
        if disallowed.get(action) is True:
            blocked[control] = _ADVERT if kind == "ad" else _NOT_NOW
    if disallowed.get("pausing" if is_playing else "resuming") is True:
        blocked["play"] = _ADVERT if kind == "ad" else _NOT_NOW
    if kind == "ad":
        blocked |= dict.fromkeys(("previous", "next", "seek"), _ADVERT)
    if place and place.is_restricted:
        blocked |= dict.fromkeys(("play", "volume", *_NEEDS), _DEVICE)
    elif place and not place.has_volume:
        blocked["volume"] = _OWN_VOLUME
    return blocked


def _art(images: Any) -> str:
    """Return the URL of the smallest image at least 64 pixels wide, else of the smallest; empty if none is on an allowed host."""
    known: list[tuple[int, str]] = []
    for image in (_mapping(one) for one in _list(images)[:10]):
        url = _text(image.get("url"), 500)
        if _is_image_host(url):
            known.append((_number(image.get("width"), 10_000) or 640, url))
    sharp = [one for one in known if one[0] >= 64]
    return min(sharp or known, default=(0, ""))[1]


def _is_image_host(url: str) -> bool:
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    for source in settings.get().spotify_image_sources:
        scheme, _, host = source.partition("://")
        if source == origin or (host.startswith("*.") and parts.scheme == scheme and parts.netloc.endswith(host[1:])):
            return True
    return False


def _link(url: Any) -> str:
    text = _text(url, 300)
    return text if text.startswith("https://open.spotify.com/") else ""


def _text(value: Any, most: int) -> str:
    return "".join(letter for letter in value[:most] if letter.isprintable()).strip() if isinstance(value, str) else ""


def _number(value: Any, most: int) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - NaN
    return max(0, min(int(value), most)) if is_number and abs(value) != float("inf") else 0


def _mapping(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return cast("Sequence[Any]", value) if isinstance(value, list) else []
