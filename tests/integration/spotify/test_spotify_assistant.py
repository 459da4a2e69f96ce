"""The assistant and Spotify: current playback with and without consent, and packs that fit it."""

import pytest

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ItemsPart
from askchopper.services.spotify import connection, playback_cache
from tests.simulators.spotify.client import SpotifySimulator
from tests.support.answers import answer, assistant
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.spotify_connection import connected

pytestmark = pytest.mark.integration


async def share(viewer: Viewer) -> None:
    async with transaction() as session:
        await connection.share_with_assistant(session, viewer, is_shared=True)


async def test_packs_for_current_track_match_genre(db: None, spotify: SpotifySimulator):
    member, creator = await make_user(), await make_creator()
    pack = await make_pack(creator, title="Night Ferry", genre_slug="deep-house")
    await make_pack(creator, title="Day Ferry", genre_slug="techno")
    async with connected(member), assistant(None):
        await share(member)
        line = await answer(member, "Which packs fit what is playing on Spotify?")
        other = await answer(member, "What is playing on Spotify?")
        hinted = await answer(member, "What goes with what's playing on Spotify?")
        spotify.set(genres=[])
        playback_cache.reset()
        unknown = await answer(member, "Which packs fit what is playing on Spotify?")
    assert "The Long Way Down by Marlow Vance" in line.words
    assert "no tempo or key" in line.words
    assert [ref for part in line.parts if isinstance(part, ItemsPart) for ref in part.refs] == [f"pack:{pack.slug}"]
    assert "The Long Way Down by Marlow Vance" in other.words
    assert f"pack:{pack.slug}" in [ref for part in hinted.parts if isinstance(part, ItemsPart) for ref in part.refs]
    assert "Press play" not in other.words
    assert "gives no genre" in unknown.words


@pytest.mark.parametrize("question", ["Which packs fit what is playing on Spotify?", "What is playing on Spotify?"])
async def test_missing_consent_is_explained(db: None, spotify: SpotifySimulator, question: str):
    member = await make_user()
    async with assistant(None):
        assert "Connect Spotify first." in (await answer(member, question)).words
        async with connected(member):
            line = await answer(member, question)
            assert "You have not let me see what is playing on Spotify" in line.words
            assert not spotify.seen("/v1/me/player", "GET")
