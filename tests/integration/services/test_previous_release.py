"""The statements of the previous release work on this schema, so that a deployment can be rolled back."""

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.services import activity
from tests.support.factories import balance_of, check_ledger, make_pack, make_user

pytestmark = pytest.mark.integration
_BUY = """
    SELECT * FROM purchase_buy(:buyer, :slug, NULL, 'standard', CAST(:price AS integer), :key, 'x',
        gen_random_uuid(), gen_random_uuid(), gen_random_uuid())
"""


async def test_purchase_notification_and_refund(db, as_owner):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    values = {"buyer": buyer.user_id, "slug": pack.slug, "price": 30, "key": "key"}
    async with transaction() as session:
        bought = (await session.execute(text(_BUY), values)).one()
    assert (bought.outcome, bought.balance) == ("bought", 70)
    async with read_only() as session:
        [note] = await activity.notifications(session, pack.creator)
    assert (note.sentence, note.link) == (f"Sold: {bought.pack_title} for 30 tokens.", f"/pack/{pack.slug}")
    assert (await check_ledger()).problems == ()
    async with transaction() as session:
        refunded = await session.execute(
            text("SELECT purchase_refund(:buyer, :purchase, gen_random_uuid())"),
            {"buyer": buyer.user_id, "purchase": bought.purchase_id},
        )
        assert refunded.scalar_one() == "refunded"
    assert await balance_of(buyer) == 100
    assert as_owner("SELECT seller_share_percent FROM purchases") == [(80,)]
    assert (await check_ledger()).problems == ()
