"""Records taste signals of a member. A job adds them to the taste profile; see ``services.taste``."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.database_statements import prepared
from askchopper.taste_vocabulary import TasteFacet, TasteSignal
from askchopper.vocabulary import JobName

# A play of a sound shorter than a counted play is a signal if most of it was heard.
_WHOLE_SHARE = 0.8
_WHOLE_PLAY = 0.3

# A member's own packs do not count. A sound that was played before is a replay.
_RECORD = prepared(
    text("""
    WITH added AS (
        INSERT INTO taste_signals (user_id, kind, pack_id, file_id, traits, amount, source_id)
        SELECT :user, CASE WHEN :kind = 'play' AND EXISTS (
                SELECT FROM taste_signals earlier WHERE earlier.user_id = :user AND earlier.pack_id = CAST(:pack AS uuid)
                    AND earlier.file_id IS NOT DISTINCT FROM CAST(:file AS uuid) AND earlier.kind IN ('play', 'replay')
            ) THEN 'replay' ELSE :kind END,
            CAST(:pack AS uuid), CAST(:file AS uuid), :traits, :amount, CAST(:source AS uuid)
        WHERE NOT EXISTS (
            SELECT FROM packs p JOIN creators c ON c.id = p.creator_id
            WHERE p.id = CAST(:pack AS uuid) AND c.user_id = :user
        )
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT EXISTS (SELECT FROM added) AS is_added,
        EXISTS (SELECT FROM taste_signals WHERE user_id = :user AND NOT is_applied) AS has_pending
""").bindparams(bindparam("traits", type_=JSONB(none_as_null=True)))
)
_WITHDRAW = text("""
    WITH gone AS (
        DELETE FROM taste_signals WHERE user_id = :user AND source_id = :source AND kind = :kind RETURNING user_id
    )
    INSERT INTO taste_profiles (user_id, half_life_days, needs_recount)
    SELECT user_id, 0, true FROM gone LIMIT 1
    ON CONFLICT (user_id) DO UPDATE SET needs_recount = true
    RETURNING user_id
""")


@dataclass(frozen=True)
class Trait:
    """A facet value, such as a genre, with a weight; for signals that are not about a particular sound."""

    facet: TasteFacet
    value: str
    weight: float = 1.0


async def record(
    session: AsyncSession,
    user_id: uuid.UUID,
    kind: TasteSignal,
    *,
    pack_id: uuid.UUID | None = None,
    file_id: uuid.UUID | None = None,
    traits: tuple[Trait, ...] = (),
    amount: float = 1.0,
    source_id: uuid.UUID | None = None,
) -> bool:
    """Record a signal about a pack, one of its sounds, or traits; at most once per ``source_id``.

    Returns:
        Whether it was recorded: not if it is a repeat, or about the member's own pack.

    Raises:
        ValueError: not exactly one of pack and traits is given.
    """
    if (pack_id is None) == (not traits):
        raise ValueError("A signal is about a pack or about traits.")
    row = (
        await session.execute(
            _RECORD,
            {
                "user": user_id, "kind": kind.value, "pack": pack_id, "file": file_id, "amount": amount,
                "source": source_id, "traits": [asdict(trait) for trait in traits] or None,
            },
        )
    ).one()  # fmt: skip
    # An earlier pending signal has enqueued a job already; a signal which that job misses is applied by the minutely one.
    if row.is_added and not row.has_pending:
        await request_update(session, user_id)
    return bool(row.is_added)


async def request_update(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Enqueue the job that adds a member's new signals to their profile."""
    await jobs.enqueue(session, JobName.TASTE, lock=f"taste:{user_id}", user_id=str(user_id))


async def record_play(
    session: AsyncSession,
    user_id: uuid.UUID,
    *,
    pack_id: uuid.UUID,
    file_id: uuid.UUID | None,
    seconds: float,
    length_seconds: float,
    play_id: uuid.UUID | None,
) -> None:
    """Record a play weighted by ``play_amount``, an early skip of a longer sound, or nothing if the weight is 0.

    ``play_id`` is None if the play was not counted.
    """
    kind = TasteSignal.PLAY
    amount = play_amount(seconds, length_seconds)
    if seconds < policy.MIN_HEARD_SECONDS and length_seconds >= policy.TASTE_SKIPPABLE_SECONDS:
        kind, amount = TasteSignal.SKIP, 1.0
    if amount > 0.0:
        await record(session, user_id, kind, pack_id=pack_id, file_id=file_id, amount=amount, source_id=play_id)


def play_amount(seconds: float, length_seconds: float) -> float:
    """Return the weight of a play, from 0 to 1, by the seconds heard or, for a short sound, the share of its length."""
    heard = min(1.0, seconds / policy.TASTE_FULL_PLAY_SECONDS)
    if length_seconds > 0 and seconds >= _WHOLE_SHARE * length_seconds:
        return max(heard, _WHOLE_PLAY)
    return heard if seconds >= policy.MIN_HEARD_SECONDS else 0.0


async def record_fact(
    session: AsyncSession, user_id: uuid.UUID, *, fact_id: uuid.UUID, traits: tuple[Trait, ...]
) -> bool:
    """Record a taste that the member stated, with negative weights for dislikes; returns whether it is new."""
    return await record(session, user_id, TasteSignal.FACT, traits=traits, source_id=fact_id)


async def withdraw_fact(session: AsyncSession, user_id: uuid.UUID, *, fact_id: uuid.UUID) -> None:
    """Remove a fact's signal; a job recomputes the profile."""
    await withdraw(session, user_id, TasteSignal.FACT, source_id=fact_id)


async def withdraw(session: AsyncSession, user_id: uuid.UUID, kind: TasteSignal, *, source_id: uuid.UUID) -> None:
    """Delete the signal of a source; a job recomputes the profile."""
    values = {"user": user_id, "source": source_id, "kind": kind.value}
    if (await session.execute(_WITHDRAW, values)).first() is not None:
        await request_update(session, user_id)


async def record_search(session: AsyncSession, user_id: uuid.UUID, traits: tuple[Trait, ...]) -> None:
    """Record the filters of a search. An identical search counts once an hour."""
    if traits:
        hour = datetime.now(UTC).strftime("%Y%m%d%H")
        words = "|".join(sorted(f"{trait.facet}={trait.value}" for trait in traits))
        source = uuid.UUID(bytes=hashlib.sha256(f"{user_id}|{hour}|{words}".encode()).digest()[:16])
        await record(session, user_id, TasteSignal.SEARCH, traits=traits, source_id=source)


def traits_of(values: Mapping[TasteFacet, str | None]) -> tuple[Trait, ...]:
    """Convert facet values to traits; unset values are skipped."""
    return tuple(Trait(facet, value) for facet, value in values.items() if value)
