"""A year of trade for the demo catalogue: members, purchases through the real ledger, and plays.

Purchases use the same functions as real ones. Only the owner of the tables, as whom seeding connects, may set their time;
the app's role may not.
"""

import random
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from askchopper.models.accounts import User, users
from askchopper.models.activity import Activity, activity_rows, notifications, plays
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import audio_files, genres, packs
from askchopper.schemas.accounts import Viewer
from askchopper.services import wallet
from askchopper.services.purchases import checkout
from askchopper.vocabulary import Role
from tools.demo import visits
from tools.demo.presence import HISTORY_MARKER

MEMBERS = 40
PURCHASES_EACH = (3, 9)
PLAYS = 6000
RECENT_DAYS, RISING_EACH = 35, 6
DEMO_EMAIL = "demo@askchopper.test"
DEMO_BALANCE_TOKENS = 500
_SEED = 20_26
_FIRST = [
    "Amara",
    "Ben",
    "Chloé",
    "Dario",
    "Elif",
    "Finn",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaja",
    "Leo",
    "Mina",
    "Noor",
    "Otto",
    "Pia",
    "Quinn",
    "Rosa",
    "Sven",
    "Tove",
]
_LAST = ["Achterberg", "Bello", "Castro", "Duval", "Eriksen", "Falk", "Grant", "Haddad", "Ito", "Jansen"]


@dataclass(frozen=True)
class _Goods:
    pack_id: uuid.UUID
    slug: str
    price_tokens: int
    published_at: datetime
    genre: str


async def is_missing(session: AsyncSession) -> bool:
    """Return whether the sales history is missing or incomplete."""
    return not (await session.execute(select(exists().where(activity_rows.c.kind == HISTORY_MARKER)))).scalar_one()


async def user_id(session: AsyncSession, email: str) -> uuid.UUID | None:
    """Find a user by e-mail."""
    return (await session.execute(select(users.c.id).where(func.lower(users.c.email) == email))).scalar_one_or_none()


async def write() -> None:
    """Write the whole history; the marker is inserted last, so that the next run completes an interrupted one."""
    dice = random.Random(_SEED)  # noqa: S311 - a repeatable story, not a secret
    goods = await _goods()
    for number in range(MEMBERS):
        viewer = await _member(number)
        await _buy_all(dice, viewer, _choice(dice, goods, dice.randint(*PURCHASES_EACH)))
    await _demo_library(dice, goods)
    heard = [*await _plays(dice, goods), *await _recent_plays(dice, goods)]
    await visits.write([(pack.pack_id, pack.genre, pack.published_at) for pack in goods], heard)
    async with database.transaction() as session:
        await session.execute(update(notifications).values(read_at=func.now()))
        session.add(Activity(kind=HISTORY_MARKER))


async def _goods() -> list[_Goods]:
    statement = (
        select(packs.c.id, packs.c.slug, packs.c.price_tokens, packs.c.published_at, genres.c.name)
        .join(genres, genres.c.slug == packs.c.genre_slug)
        .where(packs.c.status == "published")
        .order_by(packs.c.slug)
    )
    async with database.read_only() as session:
        return [_Goods(*row) for row in (await session.execute(statement)).all()]


async def _member(number: int) -> Viewer:
    """Make a member who has no password and so can never sign in, with tokens to spend."""
    name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number * 7 % len(_LAST)]} (demo)"
    email = f"member{number + 1:02d}@askchopper.test"
    async with database.transaction() as session:
        found = await user_id(session, email)
        if found is None:
            user = User(email=email, display_name=name)
            session.add(user)
            await session.flush()
            found = user.id
        await _tell_time(session, utc_now() - timedelta(days=380))
        await wallet.grant(session, user_id=found, tokens=1500, is_bonus=False, key="demo-start", memo="Welcome tokens")
    return Viewer(user_id=found, session_id=None, display_name=name, email=email, role=Role.MEMBER)


async def _tell_time(session: AsyncSession, moment: datetime) -> None:
    await session.execute(text("SELECT set_config('askchopper.told_time', :at, true)"), {"at": moment.isoformat()})


async def _demo_library(dice: random.Random, goods: list[_Goods]) -> None:
    """Give the demo account three packs, one of them free, and exactly 500 tokens."""
    free = [pack for pack in goods if pack.price_tokens == 0][:1]
    chosen = free + [pack for pack in goods if pack.price_tokens][3:9:3]
    async with database.transaction() as session:
        found = await user_id(session, DEMO_EMAIL)
        assert found is not None, "the demo account is made before its history"  # noqa: S101
        await _tell_time(session, utc_now() - timedelta(days=380))
        tokens = DEMO_BALANCE_TOKENS + sum(pack.price_tokens for pack in chosen)
        await wallet.grant(
            session, user_id=found, tokens=tokens, is_bonus=False, key="demo-start", memo="Welcome tokens"
        )
    viewer = Viewer(user_id=found, session_id=None, display_name="", email=DEMO_EMAIL, role=Role.MEMBER)
    await _buy_all(dice, viewer, chosen)


async def _buy_all(dice: random.Random, viewer: Viewer, goods: list[_Goods]) -> None:
    """Buy packs in the order of the moments they are said to be bought at, so that statements read in order."""
    dated = sorted(((_moment_after(dice, pack.published_at), pack) for pack in goods), key=lambda pair: pair[0])
    for moment, pack in dated:
        async with database.transaction() as session:
            await _tell_time(session, moment)
            await checkout.buy(
                session, viewer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=f"demo-{pack.slug}"
            )


def _choice(dice: random.Random, goods: list[_Goods], count: int) -> list[_Goods]:
    """Choose packs as people do: a few favourites, many now and then."""
    weights = {pack.slug: dice.random() / (1 + index % 9) for index, pack in enumerate(goods)}
    return sorted(goods, key=lambda pack: -weights[pack.slug])[:count]


def _moment_after(dice: random.Random, start: datetime) -> datetime:
    """Pick a moment between two days ago and the release; undoing a purchase is over by then."""
    latest = utc_now() - timedelta(days=2)
    span = max((latest - start).total_seconds(), 3600.0)
    return min(start + timedelta(seconds=span * dice.random()), latest)


async def _plays(dice: random.Random, goods: list[_Goods]) -> list[dict[str, Any]]:
    """Write plays of all time. Return their rows with the length of the sound."""
    statement = select(audio_files.c.id, audio_files.c.pack_id, audio_files.c.duration_seconds).order_by(
        audio_files.c.download_name
    )
    released = {pack.pack_id: pack.published_at for pack in goods}
    async with database.transaction(timeout_seconds=None) as session:
        files = [row for row in (await session.execute(statement)).all() if row.pack_id in released]
        rows = []
        for _ in range(PLAYS):
            file = files[int(len(files) * dice.random() ** 1.7)]
            seconds = max(3.0, min(file.duration_seconds * dice.uniform(0.2, 1.0), 60.0))
            rows.append({
                "id": new_id(), "pack_id": file.pack_id, "file_id": file.id, "seconds_heard": round(seconds, 1),
                "created_at": _moment_after(dice, released[file.pack_id]), "has_event": True, "length_seconds": file.duration_seconds,
            })  # fmt: skip
        await session.execute(insert(plays), [_row(row) for row in rows])
    return rows


def _row(play: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in play.items() if name != "length_seconds"}


async def _recent_plays(dice: random.Random, goods: list[_Goods]) -> list[dict[str, Any]]:
    """Write plays of the last five weeks, so that there are trends: a steady number of most packs, more each week of a few. Return their rows."""
    statement = select(audio_files.c.id, audio_files.c.pack_id, audio_files.c.duration_seconds).order_by(
        audio_files.c.download_name
    )
    async with database.transaction(timeout_seconds=None) as session:
        by_pack: dict[uuid.UUID, list[Any]] = defaultdict(list)
        for row in (await session.execute(statement)).all():
            by_pack[row.pack_id].append(row)
        rows = []
        for place, pack in enumerate(goods):
            files = by_pack[pack.pack_id]
            for day in range(RECENT_DAYS):
                is_rising = place % RISING_EACH == 0 and day < 7
                for _ in range(dice.randint(4, 7) if is_rising else dice.randint(0, 3)):
                    file = files[int(len(files) * dice.random() ** 2)]
                    moment = utc_now() - timedelta(days=day, seconds=dice.randint(60, 80_000))
                    if moment > pack.published_at:
                        rows.append({
                            "id": new_id(), "pack_id": file.pack_id, "file_id": file.id, "created_at": moment,
                            "seconds_heard": round(max(3.0, min(file.duration_seconds, 20.0)), 1), "has_event": True,
                            "length_seconds": file.duration_seconds,
                        })  # fmt: skip
        await session.execute(insert(plays), [_row(row) for row in rows])
    return rows
