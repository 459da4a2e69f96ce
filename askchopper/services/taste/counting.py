"""Adds signals to a member's profile. A recount runs the same SQL function over all signals and gives the same sums."""

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, REAL, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.media.analysis import brightness
from askchopper.models.taste import taste_profiles, taste_weights
from askchopper.services import taste_signals
from askchopper.services.taste import decay, preferences

# A large pack is represented by this many sounds, evenly spaced.
SOUNDS_A_PACK = 24

_LOCK = text("""
    INSERT INTO taste_profiles (user_id, half_life_days) SELECT id, :half_life FROM users WHERE id = :user
    ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
    RETURNING half_life_days, reset_signal_id, needs_recount OR half_life_days <> :half_life OR EXISTS (
        SELECT FROM taste_weights w WHERE w.user_id = :user AND w.last_at > now() + interval '1 day'
    ) AS needs_recount
""")
_ADD = text("""
    SELECT taste_add(:user, :after, :is_full, :half_life, :reference, :weights, :sounds, :bright, :bright_mean,
        :bright_version, :days)
""").bindparams(bindparam("weights", type_=JSONB), bindparam("bright", type_=ARRAY(REAL)))
_PENDING = text("SELECT DISTINCT user_id FROM taste_signals WHERE NOT is_applied LIMIT :limit")
_UNLISTED = text("SELECT user_id FROM taste_profiles WHERE needs_recount OR listed_at < counted_at LIMIT :limit")
_PRUNE = text("""
    WITH gone AS (
        DELETE FROM taste_signals WHERE created_at < now() - make_interval(secs => :seconds) RETURNING user_id
    )
    UPDATE taste_profiles SET needs_recount = true WHERE user_id IN (SELECT user_id FROM gone)
""")


async def update_profile(session: AsyncSession, user_id: uuid.UUID, *, is_full: bool = False) -> int:
    """Add a member's new signals to their sums; returns the number of signals, 0 for a deleted account.

    All signals since the last reset are recounted with ``is_full``, or if the sums cannot be extended: after a deletion or a
    change of the half-life, or if the clock was ahead when a signal was counted.
    """
    half_life = settings.get().taste_half_life_days
    profile = (await session.execute(_LOCK, {"user": user_id, "half_life": half_life})).one_or_none()
    if profile is None:  # the account is gone
        return 0
    is_full = is_full or profile.needs_recount
    if is_full:
        await session.execute(delete(taste_weights).where(taste_weights.c.user_id == user_id))
    values = _values(user_id, profile.reset_signal_id, half_life, is_full=is_full)
    return int((await session.execute(_ADD, values)).scalar_one())


async def store_preferences(session: AsyncSession, user_id: uuid.UUID) -> preferences.Preferences:
    """Compute the preferences from the sums and corrections, and store them for ranking."""
    found = await read_preferences(session, user_id, settings.get().taste_half_life_days)
    await session.execute(
        update(taste_profiles).where(taste_profiles.c.user_id == user_id).values(preferences=found.as_json())
    )
    return found


async def read_preferences(session: AsyncSession, user_id: uuid.UUID, half_life: float) -> preferences.Preferences:
    """Build the preferences from the stored sums and corrections."""
    return preferences.build(*await list_known(session, user_id, half_life))


async def list_weights(session: AsyncSession, user_id: uuid.UUID, half_life: float) -> tuple[preferences.Evidence, ...]:
    """List the stored sums of a member, with their weights decayed to now."""
    rows = await session.execute(select(taste_weights).where(taste_weights.c.user_id == user_id))
    scale = decay.factor(datetime.now(UTC), half_life)
    return tuple(
        preferences.Evidence(row.facet, row.value, row.kind, row.weight / scale, row.times, row.last_at) for row in rows
    )


async def list_known(
    session: AsyncSession, user_id: uuid.UUID, half_life: float
) -> tuple[tuple[preferences.Evidence, ...], dict[tuple[str, str], str]]:
    """Return the decayed sums, and the corrections by facet and value.

    Runs one query for both, since every answer of the assistant waits for it.
    """
    rows = (await session.execute(_KNOWN, {"user": user_id})).all()
    scale = decay.factor(datetime.now(UTC), half_life)
    evidence = tuple(
        preferences.Evidence(row.facet, row.value, row.kind, row.weight / scale, row.times, row.last_at)
        for row in rows
        if not row.choice
    )
    return evidence, {(row.facet, row.value): row.choice for row in rows if row.choice}


async def list_pending(session: AsyncSession, *, limit: int = 200) -> tuple[uuid.UUID, ...]:
    """List up to ``limit`` members with unprocessed signals, and as many with an outdated profile or recommendations."""
    found = [row.user_id for row in await session.execute(_PENDING, {"limit": limit})]
    found += [row.user_id for row in await session.execute(_UNLISTED, {"limit": limit})]
    return tuple(dict.fromkeys(found))


async def delete_faded(session: AsyncSession) -> None:
    """Delete signals older than ``policy.TASTE_KEPT_HALF_LIVES`` half-lives, and request recounts of their members."""
    days = settings.get().taste_half_life_days * policy.TASTE_KEPT_HALF_LIVES
    await session.execute(_PRUNE, {"seconds": days * 86_400})


def _values(user_id: uuid.UUID, after: int, half_life: float, *, is_full: bool) -> dict[str, Any]:
    return {
        "user": user_id, "after": after, "is_full": is_full, "half_life": half_life, "reference": decay.REFERENCE,
        "weights": policy.TASTE_WEIGHTS, "sounds": SOUNDS_A_PACK, "bright": list(brightness.COEFFICIENTS),
        "bright_mean": brightness.MEAN_OCTAVES, "bright_version": brightness.VERSION, "days": policy.IMPRESSION_DAYS,
    }  # fmt: skip


async def request_list(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Enqueue the job that re-ranks a member's recommendations."""
    await taste_signals.request_update(session, user_id)


_KNOWN = text("""
    SELECT facet, value, kind, weight, times, last_at, '' AS choice FROM taste_weights WHERE user_id = :user
    UNION ALL SELECT facet, value, '', 0, 0, NULL, choice FROM taste_corrections WHERE user_id = :user
""")
