"""Members who make up friends, run through the product's own checks on a scratch database: how many are held.

How they go about it is assumed, and said in ``WAYS``; what the product does about each is not. Honest members refer friends beside them,
one in twenty from their own network, such as a flatmate: those are held, too, and a moderator decides.
"""

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.database import transaction
from askchopper.models.payments import token_orders
from askchopper.schemas.accounts import Viewer
from askchopper.services import wallet
from askchopper.services.purchases import checkout
from askchopper.services.rewards import profiles, referrals
from askchopper.vocabulary import Role
from bench.scratch import as_owner, database_of, fill

ABUSERS, FAKE_FRIENDS = 30, 12
HONEST, FLATMATE = 100, 0.05
PACKS, SELLERS = 40, 4
# How a made-up friend is made, and how many of them so.
WAYS = {"same browser": 0.4, "same network": 0.3, "same card": 0.2, "nothing in common": 0.1}


@dataclass
class Outcome:
    """Made-up friends by the way they were made, and honest ones."""

    made: Counter[str] = field(default_factory=Counter[str])
    held: Counter[str] = field(default_factory=Counter[str])

    def share(self, *ways: str) -> float:
        """Return the share that was held."""
        return sum(self.held[way] for way in ways) / sum(self.made[way] for way in ways)


async def run(seed: int) -> Outcome:
    """Let abusers and honest members refer friends who buy enough, and count whose rewards are held."""
    draw, found = random.Random(seed), Outcome()
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=1, sellers=SELLERS)
        prices = f"SET price_tokens = {policy.REFERRAL_SPENT}"
        as_owner(socket_dir, f"UPDATE packs {prices}", f"UPDATE licence_offers {prices}")
        slug = as_owner(socket_dir, "SELECT slug FROM packs ORDER BY slug LIMIT 1")[0][0]
        friends: dict[uuid.UUID, str] = {}
        for _ in range(ABUSERS):
            ways = draw.choices(list(WAYS), list(WAYS.values()), k=FAKE_FRIENDS)
            friends |= await _refer(draw, slug, ways)
        for _ in range(HONEST):
            friends |= await _refer(draw, slug, ["flatmate" if draw.random() < FLATMATE else "friend"])
        as_owner(socket_dir, f"UPDATE purchases SET created_at = now() - interval '{policy.REFUND_HOURS + 1} hours'")
        async with transaction(timeout_seconds=None) as session:
            while await referrals.reward_due(session):
                pass
        states = as_owner(
            socket_dir, "SELECT user_id, state FROM rewards WHERE kind = 'referral' AND source = 'welcome'"
        )
    found.made.update(friends.values())
    found.held.update(friends[uuid.UUID(user_id)] for user_id, state in states if state == "held")
    return found


async def _refer(draw: random.Random, slug: str, ways: list[str]) -> dict[uuid.UUID, str]:
    """Refer friends in these ways, each of whom buys enough; returns the way of each."""
    referrer, address, card = await _member(), _address(draw), uuid.uuid4().hex
    async with transaction() as session:
        row = await profiles.lock(session, referrer.user_id)
        await referrals.remember_network(session, referrer.user_id, address=address)
        await _pay(session, referrer, card)
    made: dict[uuid.UUID, str] = {}
    for way in ways:
        friend = await _member()
        async with transaction() as session:
            await referrals.join(
                session, friend_id=friend.user_id, code=row.code if row else "",
                address=address if way in {"same network", "flatmate"} else _address(draw),
                present_user=referrer.user_id if way == "same browser" else None,
            )  # fmt: skip
            await _pay(session, friend, card if way == "same card" else uuid.uuid4().hex)
            await checkout.buy(
                session, friend, pack_slug=slug, price_tokens=policy.REFERRAL_SPENT, key=uuid.uuid4().hex
            )
        made[friend.user_id] = way
    return made


async def _member() -> Viewer:
    user_id = uuid.uuid4()
    email = f"{user_id.hex}@bench.test"
    async with transaction() as session:
        await session.execute(
            text("INSERT INTO users (id, email, display_name, role) VALUES (:id, :email, 'Member', 'member')"),
            {"id": user_id, "email": email},
        )
    return Viewer(user_id, None, "Member", email, Role.MEMBER)


async def _pay(session: AsyncSession, member: Viewer, card: str) -> None:
    """Buy tokens with a card, which an order keeps as a keyed hash."""
    order = {
        "id": uuid.uuid4(), "user_id": member.user_id, "tokens": policy.REFERRAL_SPENT, "cents": 800, "currency": "EUR",
        "status": "paid", "idempotency_key": uuid.uuid4().hex, "payer_hashes": [card],
    }  # fmt: skip
    await session.execute(insert(token_orders).values(order))
    await wallet.grant(
        session, user_id=member.user_id, tokens=policy.REFERRAL_SPENT, is_bonus=False, key=str(order["id"]), memo="Paid"
    )


def _address(draw: random.Random) -> str:
    return f"{draw.randint(11, 99)}.{draw.randint(0, 255)}.{draw.randint(0, 255)}.{draw.randint(1, 254)}"
