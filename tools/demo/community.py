"""Likes, follows and collections of the demo members, whose addresses end in ``policy.DEMO_DOMAIN``.

Written as rows, at random but always the same: the services would refuse so many changes in a minute. Idempotent.
"""

import random
import uuid
from collections.abc import Sequence

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.collections import collection_items, collections
from askchopper.models.follows import feed_events, follows
from askchopper.models.likes import likes
from askchopper.services import taste_collecting
from askchopper.services.community import feed
from askchopper.vocabulary import FeedKind

DEMO_EMAIL = "demo@askchopper.test"
_SEED = 20_27
_LIKED_SOUNDS, _LIKED_PACKS, _FOLLOWED = (2, 9), (1, 4), (0, 3)
_COLLECTIONS = (
    ("late-night-drive", "Late night drive", "Slow, wide and a little blue. Made by a demo member."),
    ("first-beat-starter", "First beat starter", "Everything for a first beat: drums, a bass and one chord loop. Made by a demo member."),
    ("dusty-textures", "Dusty textures", "Noise, rooms and tape to put under something clean. Made by a demo member."),
    ("warehouse-at-four", "Warehouse at four", "For the hour when nobody talks any more. Made by a demo member."),
)  # fmt: skip
_ITEMS_EACH = 9


async def write() -> None:
    """Write what the demo members like, follow and collect, and something of each for the demo account."""
    dice = random.Random(_SEED)  # noqa: S311 - a repeatable story, not a secret
    async with database.transaction() as session:
        members = await _ids(
            session,
            select(users.c.id).where(users.c.email.like(f"member%{policy.DEMO_DOMAIN}")).order_by(users.c.email),
        )
        demo = await _ids(session, select(users.c.id).where(users.c.email == DEMO_EMAIL))
        found = (
            select(packs.c.id).where(packs.c.status == "published").order_by(packs.c.slug)
        )  # fmt: skip
        all_packs = await _ids(session, found)
        all_creators = await _ids(session, select(creators.c.id).order_by(creators.c.slug))
        if not members or not all_packs:
            return
        await _date_events(session)
        for member in [*members, *demo]:
            await _like(session, dice, member, all_packs)
            await _follow(session, member, dice.sample(all_creators, min(len(all_creators), dice.randint(*_FOLLOWED))))
        for number, (slug, title, description) in enumerate(_COLLECTIONS):
            await _collect(session, dice, members[number], f"demo-{slug}", title, description, all_packs)
        for member in demo:
            await _follow(session, member, all_creators[:2])


async def _date_events(session: AsyncSession) -> None:
    """Date the events of the demo's packs by their release, so that feeds tell of a year. Events are in the order of their ids."""
    rows = await session.execute(
        select(feed_events.c.id, packs.c.published_at)
        .select_from(feed_events.join(packs, packs.c.id == feed_events.c.pack_id))
        .where(feed_events.c.kind == FeedKind.PACK.value)
    )
    for row in rows.all():
        dated = uuid.UUID(int=taste_collecting.first_id(row.published_at).int | (row.id.int & (2**80 - 1)))
        values = {"id": dated, "created_at": row.published_at}
        await session.execute(update(feed_events).where(feed_events.c.id == row.id).values(values))


async def _like(session: AsyncSession, dice: random.Random, member: uuid.UUID, all_packs: Sequence[uuid.UUID]) -> None:
    for pack_id in dice.sample(list(all_packs), min(len(all_packs), dice.randint(*_LIKED_PACKS))):
        await _add(session, likes, {"id": new_id(), "user_id": member, "pack_id": pack_id})
        sounds = await _sounds(session, pack_id)
        for file_id in dice.sample(sounds, min(len(sounds), dice.randint(*_LIKED_SOUNDS) // 2)):
            await _add(session, likes, {"id": new_id(), "user_id": member, "pack_id": pack_id, "file_id": file_id})


async def _follow(session: AsyncSession, member: uuid.UUID, chosen: Sequence[uuid.UUID]) -> None:
    own = await _ids(session, select(creators.c.id).where(creators.c.user_id == member))
    for creator_id in chosen:
        if creator_id in own:
            continue
        follow_id = new_id()
        if await _add(session, follows, {"id": follow_id, "user_id": member, "creator_id": creator_id}):
            await feed.backfill(session, follow_id)


async def _collect(
    session: AsyncSession, dice: random.Random, owner: uuid.UUID, slug: str, title: str, description: str, all_packs: Sequence[uuid.UUID],
) -> None:  # fmt: skip
    collection_id = new_id()
    values = {
        "id": collection_id, "user_id": owner, "slug": slug, "title": title, "description": description,
        "visibility": "public", "item_count": 0,
    }  # fmt: skip
    if not await _add(session, collections, values):
        return
    rows = []
    for position, pack_id in enumerate(dice.sample(list(all_packs), min(len(all_packs), _ITEMS_EACH))):
        sounds = await _sounds(session, pack_id)
        file_id = dice.choice(sounds) if position and sounds else None
        of = audio_files.c.id == file_id if file_id else packs.c.id == pack_id
        named = await session.execute(select((audio_files if file_id else packs).c.title).where(of))
        rows.append(
            {
                "id": new_id(), "collection_id": collection_id, "position": position, "is_sound": file_id is not None,
                "pack_id": pack_id, "file_id": file_id, "title": named.scalar_one(), "note": "", "added_by": owner,
            }
        )  # fmt: skip
    await session.execute(upsert(collection_items).values(rows))
    await session.execute(
        text("UPDATE collections SET item_count = :count WHERE id = :id"), {"count": len(rows), "id": collection_id}
    )


async def _sounds(session: AsyncSession, pack_id: uuid.UUID) -> list[uuid.UUID]:
    statement = select(audio_files.c.id).where(audio_files.c.pack_id == pack_id, audio_files.c.retired_at.is_(None))
    return await _ids(session, statement.order_by(audio_files.c.position))


async def _ids(session: AsyncSession, statement: object) -> list[uuid.UUID]:
    return list((await session.execute(statement)).scalars())  # type: ignore[call-overload]


async def _add(session: AsyncSession, table: object, values: dict[str, object]) -> bool:
    """Insert a row unless it exists; returns whether it is new."""
    made = upsert(table).values(values).on_conflict_do_nothing().returning(table.c.id)  # type: ignore[arg-type, attr-defined]
    return (await session.execute(made)).first() is not None
