"""The moderation page of a moderator while another one works through the same queue."""

from typing import Any

import pytest

from askchopper.database import transaction
from askchopper.schemas.accounts import Viewer
from askchopper.services.community import comments, reports
from askchopper.services.moderation import claims, decisions
from askchopper.vocabulary import Role
from tests.support.events import Tab, tab
from tests.support.factories import make_pack, make_user

pytestmark = pytest.mark.integration


async def reported_comment(words: str) -> str:
    pack, author, reporter = await make_pack(), await make_user(), await make_user()
    async with transaction() as session:
        made = await comments.post(session, author, slug=pack.slug, written=words)
        await reports.report(session, reporter, target="comment", target_id=made.id, reason="spam", written="Again")
    return f"comment:{made.id}"


async def decide(viewer: Viewer, item: str) -> None:
    async with transaction() as session:
        await decisions.decide(session, viewer, item=item, verdict="approved")


def seen(page: Tab, name: str) -> Any:
    """Return a var of a state by the end of its name on the wire."""
    return next(value for known, value in page.others.items() if known.endswith(f"____{name}"))


async def test_an_item_that_another_moderator_decided_leaves_the_list(db: None):
    first, second, third = [await reported_comment(f"Buy followers {number}") for number in range(3)]
    mine, other = await make_user(role=Role.MODERATOR), await make_user(role=Role.MODERATOR)
    async with tab(mine) as page:
        await page.send("ModerationState.load", "/moderation")
        assert seen(page, "queue_item_state.open_id") == first
        await decide(other, first)
        await page.send("QueueItemState.decide", "/moderation", verdict="returned", item=first)
        assert "decided already" in page.told()
        assert [row.item for row in seen(page, "moderation_state.queue")] == [second, third]
        assert seen(page, "queue_item_state.open_id") == second

        await decide(other, third)
        await page.send("QueueItemState.open", "/moderation", item=third)
        assert "decided already" in page.told()
        assert [row.item for row in seen(page, "moderation_state.queue")] == [second]
        assert seen(page, "queue_item_state.facts")["title"]

        await decide(other, second)
        await page.send("QueueItemState.take", "/moderation")
        assert "decided already" in page.told()
        assert seen(page, "moderation_state.queue") == []


async def test_a_moderator_who_is_too_late_sees_who_has_the_item(db: None):
    item = await reported_comment("Buy followers")
    mine, other = await make_user(role=Role.MODERATOR), await make_user(name="Una Quick", role=Role.MODERATOR)
    async with tab(mine) as page:
        await page.send("ModerationState.load", "/moderation")
        async with transaction() as session:
            await claims.take(session, other, item=item)
        await page.send("QueueItemState.decide", "/moderation", verdict="returned", item=item)
        assert "Una Quick has claimed this item" in page.told()
        assert seen(page, "queue_item_state.facts")["holder"] == "Una Quick"
        assert seen(page, "moderation_state.queue")[0].holder == "Claimed by Una Quick"


async def test_a_double_click_decides_on_one_item(db: None):
    first, second = [await reported_comment(f"Buy followers {number}") for number in range(2)]
    async with tab(await make_user(role=Role.MODERATOR)) as page:
        await page.send("ModerationState.load", "/moderation")
        for _ in range(2):
            await page.send("QueueItemState.decide", "/moderation", verdict="approved", item=first)
        assert [row.item for row in seen(page, "moderation_state.queue")] == [second]
        assert seen(page, "queue_item_state.open_id") == second


async def test_results_of_a_bulk_decision_survive_a_double_click(db: None):
    item = await reported_comment("Buy followers")
    async with tab(await make_user(role=Role.MODERATOR)) as page:
        await page.send("ModerationState.load", "/moderation")
        await page.send("SelectionState.toggle", "/moderation", item=item)
        for _ in range(2):
            await page.send("SelectionState.decide", "/moderation", verdict="approved")
        assert [one["item"] for one in seen(page, "selection_state.results")] == [item]
