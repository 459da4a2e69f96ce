"""Visits, plays and purchases for tests of analytics."""

import uuid

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.schemas.visits import Visit
from askchopper.services import activity, pack_events
from askchopper.services.analytics import figures, rollup
from askchopper.services.purchases import checkout
from tests.support.factories import MadePack

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def visit(viewer: Viewer | None = None, page: str = "/browse?q=dusty", **values: str) -> Visit:
    return Visit(
        **{"address": "8.8.8.8", "user_agent": AGENT, "user_id": viewer and viewer.user_id, "page": page, **values}
    )  # type: ignore[arg-type]


async def play(
    pack: MadePack, viewer: Viewer | None, seen: Visit, seconds: float = 7.0, position: float | None = None
) -> None:
    async with transaction() as session:
        await activity.record_play(
            session, viewer, file_id=pack.file_ids[0], seconds=seconds, position=position, visit=seen
        )


async def buy(pack: MadePack, buyer: Viewer) -> str:
    async with transaction() as session:
        receipt = await checkout.buy(
            session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=str(uuid.uuid4())
        )
    return receipt.purchase_id


async def read(creator: Viewer, **values: str) -> Analytics:
    await pack_events.write()
    await rollup.run()
    async with read_only() as session:
        return await figures.read(session, creator, **values)


def part(found: Analytics, dimension: Dimension, value: str):
    return next(one.figures for one in found.parts[dimension] if one.value == value)
