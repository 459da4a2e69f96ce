"""How long minutes on Spotify are kept: while the account is connected, and for the week whose challenge counts them."""

import pytest

from askchopper.database import transaction
from askchopper.services.spotify import connection, listening
from tests.simulators.spotify.client import SpotifySimulator
from tests.support.factories import make_user
from tests.support.spotify_connection import connected

pytestmark = pytest.mark.integration
TODAY = "(now() AT TIME ZONE 'UTC')::date"
LISTENED = (
    f"INSERT INTO spotify_listening (user_id, day, seconds) VALUES ('{{0}}', {TODAY}, 60), ('{{0}}', {TODAY} - 8, 60)"
)
COUNT = "SELECT count(*) FROM spotify_listening WHERE user_id = '{0}'"


async def test_minutes_end_with_the_connection_and_with_the_week(db: None, spotify: SpotifySimulator, as_owner):
    member, other = await make_user(), await make_user()
    as_owner(LISTENED.format(member.user_id), LISTENED.format(other.user_id))
    async with connected(member) as client:
        await client.delete("/api/v1/spotify/connection")
    assert as_owner(COUNT.format(member.user_id)) == [(0,)]
    as_owner(LISTENED.format(member.user_id))
    async with transaction() as session:
        await connection.set_own_app(session, member, client_id="a" * 32)
    assert as_owner(COUNT.format(member.user_id)) == [(0,)]
    async with transaction() as session:
        await listening.delete_old(session)
    assert as_owner(COUNT.format(other.user_id)) == [(1,)]
