"""What an entry of the feed says about a planned release."""

from datetime import UTC, datetime, timedelta

import pytest

from askchopper import routes
from askchopper.schemas.follows import FeedItem
from askchopper.schemas.view_models.feed import feed_row
from askchopper.vocabulary import FeedKind


@pytest.mark.parametrize(
    ("hours_until", "early_hours", "can_hear"),
    [(20, 24, True), (30, 24, False), (20, 0, False), (-1, 0, False), (-1, 24, False)],
)
def test_planned_release_can_be_heard_only_in_the_hours_of_the_tier(hours_until: int, early_hours: int, can_hear: bool):
    now = datetime.now(UTC)
    facts = {"release_at": (now + timedelta(hours=hours_until)).isoformat(), "title": "Dock", "draft": "d1"}
    row = feed_row(FeedItem("e", FeedKind.RELEASE, now, True, "Dock", "", "Ana", "ana", facts, None), early_hours)
    assert ("you can hear it now" in row.what, row.href) == (
        (True, routes.draft_preview("d1")) if can_hear else (False, routes.creator("ana"))
    )
