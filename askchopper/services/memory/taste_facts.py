"""Facts about taste as taste signals, for as long as they are remembered."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.services import taste_signals
from askchopper.services.taste_signals import Trait
from askchopper.taste_vocabulary import TasteFacet
from askchopper.vocabulary import MemoryKind


async def record(session: AsyncSession, user_id: uuid.UUID, fact_ids: Sequence[uuid.UUID]) -> None:
    """Record a taste signal for each fact that names a genre, key or tempo."""
    for row in await session.execute(_FACTS, {"user": user_id, "ids": list(fact_ids)}):
        if traits := traits_of(MemoryKind(row.kind), row.details):
            await taste_signals.record_fact(session, user_id, fact_id=row.id, traits=traits)


async def withdraw(session: AsyncSession, user_id: uuid.UUID, fact_ids: Sequence[uuid.UUID]) -> None:
    """Remove the taste signals of facts that are no longer remembered."""
    for row in await session.execute(_FACTS, {"user": user_id, "ids": list(fact_ids)}):
        if row.details:
            await taste_signals.withdraw_fact(session, user_id, fact_id=row.id)


def traits_of(kind: MemoryKind, details: dict[str, Any]) -> tuple[Trait, ...]:
    """Return the taste traits of a fact, with negative weights for a dislike."""
    sign = -1.0 if kind is MemoryKind.DISLIKE else 1.0
    found: list[Trait] = []
    if genre := details.get("genre"):
        found.append(Trait(TasteFacet.GENRE, str(genre), sign))
    if key := details.get("key"):
        found.append(Trait(TasteFacet.KEY, str(key), sign))
    if (low := details.get("bpm_min")) and (high := details.get("bpm_max")):
        found.append(Trait(TasteFacet.TEMPO, f"{(low + high) / 2:.0f}", sign))
    return tuple(found)


_FACTS = text("SELECT id, kind, details FROM memory_observations WHERE user_id = :user AND id = ANY(:ids)")
