"""Open tabs are told when something came or was read elsewhere, once for each change."""

import uuid
from types import SimpleNamespace

import pytest

from askchopper.database import read_only, transaction
from askchopper.services import activity
from askchopper.services.community import news as counted
from askchopper.states import news
from tests.support.factories import make_user

pytestmark = pytest.mark.integration


class Sockets:
    """The part of Reflex's namespace that is used; keeps what was sent."""

    def __init__(self, *tabs: str) -> None:
        self.token_to_sid = dict.fromkeys(tabs, "sid")
        self.sent: list[tuple[str, str]] = []

    async def emit_update(self, update, token: str) -> None:
        self.sent += [(token, event.name.rpartition(".")[2]) for event in update.events]

    async def told(self) -> list[tuple[str, str]]:
        """Look, and return what was sent since the last look."""
        self.sent = []
        await news.look(self)  # type: ignore[arg-type] - has what is used
        return self.sent


@pytest.fixture
def tabs(monkeypatch: pytest.MonkeyPatch) -> dict:
    found: dict = {}
    monkeypatch.setattr(news, "_tabs", found)
    return found


async def register(tabs: dict, tab: str, viewer) -> None:
    async with read_only() as session:
        found = await counted.count(session, viewer)
    tabs[tab] = SimpleNamespace(user_id=viewer.user_id, mark=found.mark)


async def notify(user_id: uuid.UUID) -> None:
    async with transaction() as session:
        await activity.notify(session, user_id=user_id, kind="sale", sentence="Sold.")


async def test_tabs_are_told_of_what_came_and_of_what_was_read(db, tabs: dict):
    member, other = await make_user(), await make_user()
    sockets = Sockets("a", "b", "c")
    for tab, viewer in (("a", member), ("b", member), ("c", other)):
        await register(tabs, tab, viewer)
    assert await sockets.told() == []
    await notify(member.user_id)
    assert sorted(await sockets.told()) == [("a", "refresh"), ("b", "refresh")]
    assert await sockets.told() == []
    async with transaction() as session:
        await activity.mark_read(session, member)
    assert len(await sockets.told()) == 2
    async with read_only() as session:
        assert (await counted.count(session, member)).notifications == 0


async def test_tabs_that_are_gone_are_forgotten(db, tabs: dict):
    member = await make_user()
    await register(tabs, "gone", member)
    await notify(member.user_id)
    assert await Sockets("another").told() == []
    assert tabs == {}


async def test_look_costs_one_statement(db, tabs: dict, count_queries):
    for number in range(5):
        await register(tabs, str(number), await make_user())
    count_queries.clear()
    await Sockets(*"01234").told()
    assert len(count_queries) == 1
