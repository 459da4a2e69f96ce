"""A simulated quarter: creators, packs and members, and what they do by chance, day after day."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import transaction
from askchopper.errors import AskChopperError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.visits import Visit
from askchopper.services import activity, pack_events
from askchopper.services.analytics import periods
from askchopper.services.community import collection_items, collections, likes
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.vocabulary import Visibility
from tests.support.factories import MadePack, make_creator, make_pack, make_user

_AGENTS = ("Mozilla/5.0 (iPhone) Mobile", "Mozilla/5.0 (X11; Linux) Firefox", "Mozilla/5.0 (iPad) Safari", "curl/8")
_LINK = "/browse?utm_source=letter&utm_medium=mail&utm_campaign={}"
_PAGES = (
    "/browse?q=dusty", "/browse?q=warm", "/browse?genre=house", "/chat", "/", "/feed", "", _LINK.format("spring"), _LINK.format("drop"),
)  # fmt: skip
_ADDRESSES = ("8.8.8.8", "2a00:1450::/64", "127.0.0.1", "185.60.216.35")
# Hours until the next acts; a refund of the day before is possible after the short ones.
_PAUSES = (5, 11, 20, 70, 90)
_DAYS = 84
_SOUND_PRICE = 5  # of the factory
_TIMES = (
    ("purchases", "created_at"), ("purchases", "refunded_at"), ("ledger_transactions", "created_at"), ("downloads", "created_at"),
    ("likes", "created_at"), ("collection_items", "created_at"), ("plays", "created_at"), ("pack_event_inbox", "happened_at"),
)  # fmt: skip


class Quarter:
    """What happened, whose times move into the past as the days pass. ``as_owner`` runs statements past the triggers."""

    def __init__(self, seed: int, zones: tuple[str, ...], as_owner: Callable[..., object]) -> None:
        self.chance = random.Random(seed)
        self.zones, self.as_owner = zones, as_owner
        self.packs: list[MadePack] = []
        self.members: list[Viewer] = []
        self.collections: dict[uuid.UUID, str] = {}
        self.purchases: list[tuple[Viewer, str]] = []
        self.passed = timedelta()
        self._likes: list[tuple[datetime, timedelta, uuid.UUID, int]] = []

    async def fill(self) -> None:
        for zone in self.zones:
            creator = await make_creator()
            self.packs += [
                await make_pack(creator, price=self.chance.choice((15, 31, 60))),
                await make_pack(creator, price=0),
            ]
            async with transaction() as session:
                await periods.set_zone(session, creator, zone=zone)
        self.members = [await make_user(tokens=400, bonus=self.chance.choice((0, 50))) for _ in range(8)]
        for member in self.members:
            async with transaction() as session:
                self.collections[member.user_id] = await collections.create(
                    session, member, title="Found", visibility=Visibility.PRIVATE
                )

    async def live(self) -> None:
        """Let members act until the quarter is over."""
        while self.passed < timedelta(days=_DAYS):
            for _ in range(self.chance.randint(2, 5)):
                await self.step()
            await self.wait(self.chance.choice(_PAUSES))

    async def step(self) -> None:
        pack, member = self.chance.choice(self.packs), self.chance.choice(self.members)
        acts = (
            self.view,
            self.view,
            self.play,
            self.play,
            self.like,
            self.collect,
            self.buy,
            self.buy,
            self.refund,
            self.download,
        )
        try:
            await self.chance.choice(acts)(pack, member)
        except AskChopperError:  # owned, refunded or liked before: a member is told, and nothing happened
            return

    async def wait(self, hours: int) -> None:
        """Let hours pass: all that happened is so much longer ago."""
        await pack_events.write()
        past = (f"UPDATE {table} SET {column} = {column} - interval '{hours} hours'" for table, column in _TIMES)
        self.as_owner("SET session_replication_role = replica", *past, "SET session_replication_role = origin")
        self.passed += timedelta(hours=hours)

    def likes_of(self, pack: MadePack) -> list[tuple[datetime, int]]:
        """Return when a pack was liked (1), and when a like was taken back (-1)."""
        return [
            (at - (self.passed - passed), amount) for at, passed, pack_id, amount in self._likes if pack_id == pack.id
        ]

    def visit(self, member: Viewer | None) -> Visit:
        pick = self.chance.choice
        user_id = member.user_id if member and pick((True, False)) else None
        return Visit(pick(_ADDRESSES), pick(_AGENTS), user_id, pick(_PAGES), "")

    async def view(self, pack: MadePack, member: Viewer) -> None:
        await pack_events.record_shown(self.visit(member), tracks=tuple(f"pack:{one.slug}" for one in self.packs))
        await pack_events.record_opened(self.visit(member), slug=pack.slug)

    async def play(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await activity.record_play(
                session, member, file_id=self.chance.choice(pack.file_ids), seconds=self.chance.uniform(1, 9),
                position=self.chance.uniform(0, 7.5), visit=self.visit(member),
            )  # fmt: skip

    async def like(self, pack: MadePack, member: Viewer) -> None:
        change = self.chance.choice((likes.like, likes.like, likes.unlike))
        async with transaction() as session:
            before = await self._liked(session, pack)
            await change(session, member, pack=pack.slug)
            if amount := await self._liked(session, pack) - before:
                self._likes.append((datetime.now(UTC), self.passed, pack.id, amount))

    async def collect(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await collection_items.add(session, member, slug=self.collections[member.user_id], pack=pack.slug)

    async def buy(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            sound = {"file_id": self.chance.choice(pack.file_ids), "price_tokens": _SOUND_PRICE}
            whole = {"pack_slug": pack.slug, "price_tokens": pack.price_tokens}
            receipt = await checkout.buy(session, member, key=str(uuid.uuid4()), **self.chance.choice((sound, whole)))
        self.purchases.append((member, receipt.purchase_id))

    async def refund(self, _pack: MadePack, _member: Viewer) -> None:
        if self.purchases:
            member, purchase_id = self.purchases[-1]
            async with transaction() as session:
                await refunds.refund(session, member, purchase_id=purchase_id)

    async def download(self, pack: MadePack, member: Viewer) -> None:
        async with transaction() as session:
            await downloads.start_zip_download(session, member, pack_slug=pack.slug)

    async def _liked(self, session: AsyncSession, pack: MadePack) -> int:
        return (
            await session.execute(text("SELECT count(*) FROM likes WHERE pack_id = :pack"), {"pack": pack.id})
        ).scalar_one()
