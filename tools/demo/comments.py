"""Comments of the demo members on sounds, some at a moment and with an answer of the creator."""

import random
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy
from askchopper.models.accounts import users
from askchopper.models.base import utc_now
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.community import comments
from askchopper.services import taste_collecting

_SEED = 20_29
# Pack, sound or the whole pack, place in its length, words of a member, answer of the creator.
_COMMENTS: tuple[tuple[str, str, float | None, str, str], ...] = (
    ("bent-nickel", "Two-dollar break", 0.06, "That kick has dust on it. Straight into my Sunday folder.", "It is an old bass drum with a blanket in it."),
    ("bent-nickel", "Two-dollar break", 0.58, "The ghost notes here make the whole loop lean back.", ""),
    ("bent-nickel", "Upright, walking", 0.31, "Is this note meant to be that long? I like it.", "Yes. It pulls into the next bar."),
    ("bent-nickel", "", None, "Flipped three of these in one evening. More breaks like this, please.", ""),
    ("shuttered-arcade", "High-score bells", 0.44, "Pitched down five semitones this is a choir.", "Now I have to try that."),
    ("shuttered-arcade", "", None, "The chords and the bass fit without any EQ. Rare.", ""),
    ("low-ceiling", "Basement chord, long tail", 0.72, "The tail still moves here. What reverb is that?", "A plate, with the high end taken out before it."),
    ("low-ceiling", "Off-beat sub", 0.02, "Clean start, no click. Thank you.", ""),
    ("salt-cathedral", "Choir loft", 0.5, "Goosebumps at this chord.", ""),
    ("salt-cathedral", "Heavy pedal", 0.15, "Shakes my desk. In a good way.", "Keep the cups away."),
    ("backyard-generator", "Log drum, busy take", 0.38, "This fill!", ""),
    ("backyard-generator", "", None, "Would love the log drums as one-shots, too.", "They are in the next pack."),
    ("block-heater", "Bent 808", 0.47, "The slide sits right in key at 70, too.", ""),
    ("kelp-light", "Drifting plucks", 0.63, "Doubled this with a pad and wrote the whole bridge on it.", ""),
)  # fmt: skip


async def write() -> None:
    """Write the comments on the packs that are there, over the last weeks."""
    dice = random.Random(_SEED)  # noqa: S311 - a repeatable story, not a secret
    async with database.transaction() as session:
        members = (
            await session.execute(
                select(users.c.id).where(users.c.email.like(f"member%{policy.DEMO_DOMAIN}")).order_by(users.c.email)
            )
        ).scalars()
        writers = list(members)
        for slug, title, place, words, answer in _COMMENTS if writers else ():
            moment = utc_now() - timedelta(days=dice.randint(2, 25), minutes=dice.randint(0, 1_400))
            writer = dice.choice(writers)
            found = await _target(session, slug, title)
            if found is None:
                continue
            values = {"pack_id": found.pack_id, "file_id": found.file_id}
            seconds = None if place is None else Decimal(f"{place * found.duration_seconds:.2f}")
            comment_id = _id(dice, moment)
            await _add(session, comment_id, moment, user_id=writer, at_seconds=seconds, text=words, **values)
            if answer:
                later = moment + timedelta(hours=dice.randint(1, 30))
                await _add(
                    session, _id(dice, later), later, user_id=found.user_id, parent_id=comment_id, text=answer, **values
                )


async def _target(session: AsyncSession, slug: str, title: str) -> Any:
    """Return pack, creator, sound and its length; without a sound if none is named. None if the pack is not there."""
    named = (audio_files.c.pack_id == packs.c.id) & (audio_files.c.title == title)
    statement = (
        select(
            packs.c.id.label("pack_id"),
            creators.c.user_id,
            audio_files.c.id.label("file_id"),
            audio_files.c.duration_seconds,
        )
        .join(creators, creators.c.id == packs.c.creator_id)
        .outerjoin(audio_files, named)
        .where(packs.c.slug == slug, packs.c.status == "published")
    )
    row = (await session.execute(statement)).one_or_none()
    return row if row is not None and (row.file_id or not title) else None


def _id(dice: random.Random, moment: datetime) -> uuid.UUID:
    """Return an id of a moment: lists are in the order of the ids."""
    return uuid.UUID(int=taste_collecting.first_id(moment).int | dice.getrandbits(60))


async def _add(session: AsyncSession, comment_id: uuid.UUID, moment: datetime, **values: object) -> None:
    row = {"id": comment_id, "created_at": moment, **values}
    await session.execute(upsert(comments).values(row).on_conflict_do_nothing())
