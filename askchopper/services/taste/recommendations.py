"""Recommended packs. A job maintains a ranked list per member, so that showing it is a short look-up.

The list is diversified by maximal marginal relevance, with an exploration every few places. Shown packs move back, and
no pack is in two consecutive listings while others are available.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Uuid, cast, delete, exists, func, literal_column, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.database_statements import prepared
from askchopper.errors import NotFoundError
from askchopper.models.catalogue import creators, packs
from askchopper.models.taste import taste_dismissals, taste_picks, taste_profiles
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.taste import Reason, Recommended
from askchopper.services import taste_signals
from askchopper.services.catalogue import cards
from askchopper.services.taste import counting, preferences, ranking, reasons
from askchopper.services.taste.preferences import Evidence, Preferences
from askchopper.taste_vocabulary import TasteFacet, TasteSignal

LISTED = 5
STALE_AFTER = timedelta(hours=20)
REFRESH_AFTER = timedelta(seconds=10)  # a listener's plays arrive in bursts
MAX_LISTED = 50
_CANDIDATES = 260
_EXPLORED = 60
_GENRES, _CREATORS = 4, 8
_DIVERSITY = 0.28
_BACK_A_SHOWING = 9  # places
_NO_PACK = "This pack does not exist, or is not on sale any more."


@dataclass(frozen=True)
class _Candidate:
    id: uuid.UUID
    score: float
    traits: reasons.Traits
    is_exploration: bool


async def refresh_if_due(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Re-rank a member's list unless it was ranked within ``REFRESH_AFTER``; returns whether it was re-ranked."""
    found = await session.execute(select(taste_profiles.c.listed_at).where(taste_profiles.c.user_id == user_id))
    listed_at = found.scalar_one_or_none()
    now = datetime.now(UTC)
    # A time in the future was stored while the clock was ahead, so it is ignored.
    if listed_at is not None and timedelta(0) <= now - listed_at < REFRESH_AFTER:
        return False
    await refresh(session, user_id)
    return True


async def refresh(session: AsyncSession, user_id: uuid.UUID, *, now: datetime | None = None) -> int:
    """Re-rank a member's list; returns its length, 0 if too little is known. Packs that stay listed keep their impression counts."""
    liked = await counting.store_preferences(session, user_id)
    evidence = await counting.list_weights(session, user_id, settings.get().taste_half_life_days)
    chosen = arrange(await _candidates(session, user_id, liked)) if liked else []
    by_value = _by_value(evidence)
    rows = [
        {
            "user_id": user_id, "pack_id": one.id, "position": place, "is_exploration": one.is_exploration,
            "why": reasons.why(one.traits, liked, by_value, is_exploration=one.is_exploration),
        }
        for place, one in enumerate(chosen)
    ]  # fmt: skip
    kept = [row["pack_id"] for row in rows]
    await session.execute(
        delete(taste_picks).where(taste_picks.c.user_id == user_id, taste_picks.c.pack_id.not_in(kept))
    )
    if rows:
        made = upsert(taste_picks).values(rows)
        changes = {name: made.excluded[name] for name in ("position", "why", "is_exploration")}
        await session.execute(made.on_conflict_do_update(index_elements=["user_id", "pack_id"], set_=changes))
    await session.execute(
        update(taste_profiles).where(taste_profiles.c.user_id == user_id).values(listed_at=now or datetime.now(UTC))
    )
    return len(rows)


async def show(session: AsyncSession, viewer: Viewer, *, limit: int = LISTED) -> tuple[Recommended, ...]:
    """List recommended packs for the viewer, each with its reason, and record that they were shown.

    Excludes the viewer's own, owned and dismissed packs, and those of the previous listing while others are available.
    """
    size = max(1, min(limit, MAX_LISTED))
    rows = (await session.execute(_listing(viewer, size))).all()
    if rows:
        await session.execute(_SHOWN, {"user": viewer.user_id, "packs": [row.id for row in rows]})
    await _request_refresh(session, viewer)
    return tuple(Recommended(cards.pack_card(row), row.why, row.is_exploration) for row in rows)


async def preview(session: AsyncSession, viewer: Viewer, *, limit: int = LISTED) -> tuple[Recommended, ...]:
    """List the packs that ``show`` would return next, without recording an impression."""
    rows = await session.execute(_listing(viewer, max(1, min(limit, MAX_LISTED))))
    return tuple(Recommended(cards.pack_card(row), row.why, row.is_exploration) for row in rows)


@lru_cache(maxsize=256)
def _listing(viewer: Viewer, size: int) -> Any:
    """Build the query of the next packs, with spares for bought or withdrawn ones. Cached, since building takes as long as running it."""
    order = (taste_picks.c.is_last_shown, taste_picks.c.position + _BACK_A_SHOWING * taste_picks.c.shown_count)
    next_ones = (
        select(taste_picks.c.pack_id, taste_picks.c.why, taste_picks.c.is_exploration, func.row_number().over(order_by=order).label("place"))
        .where(taste_picks.c.user_id == viewer.user_id)
        .order_by(*order)
        .limit(3 * size + 10)
        .subquery("next_ones")
    )  # fmt: skip
    return prepared(
        cards.select_packs(viewer)
        .add_columns(next_ones.c.why, next_ones.c.is_exploration)
        .join(next_ones, next_ones.c.pack_id == packs.c.id)
        .where(cards.IS_PUBLISHED, creators.c.user_id != viewer.user_id, *_is_new_to(viewer.user_id))
        .order_by(next_ones.c.place)
        .limit(size)
    )


def _is_new_to(user_id: uuid.UUID) -> list[Any]:
    """Return the SQL conditions that a pack was neither bought, even partly, nor dismissed."""
    held = func.active_purchases(user_id).table_valued("pack_id").alias("held")
    gone = exists().where(taste_dismissals.c.user_id == user_id, taste_dismissals.c.pack_id == packs.c.id)
    return [~exists().where(cast(held.c.pack_id, Uuid) == packs.c.id), ~gone]


async def _request_refresh(session: AsyncSession, viewer: Viewer) -> None:
    """Enqueue a re-ranking if the profile has changed or the list is older than ``STALE_AFTER``, as the catalogue changes."""
    found = await session.execute(
        update(taste_profiles)
        .where(
            taste_profiles.c.user_id == viewer.user_id,
            or_(
                taste_profiles.c.listed_at.is_(None),
                taste_profiles.c.listed_at < func.now() - STALE_AFTER,
                taste_profiles.c.listed_at < taste_profiles.c.counted_at,
            ),
        )
        .values(
            listed_at=func.now() - REFRESH_AFTER * 2,
            counted_at=func.least(taste_profiles.c.counted_at, func.now() - REFRESH_AFTER * 3),
        )
        .returning(taste_profiles.c.user_id)
    )
    if found.first() is not None:
        await taste_signals.request_update(session, viewer.user_id)


async def dismiss(session: AsyncSession, viewer: Viewer, *, pack_id: str) -> str:
    """Never recommend a pack again, and record a negative signal for its traits. Returns its title.

    Raises:
        NotFoundError: there is no such pack on sale.
    """
    row = await _published(session, pack_id)
    made = upsert(taste_dismissals).values(user_id=viewer.user_id, pack_id=row.id).on_conflict_do_nothing()
    await session.execute(made)
    source = _dismissal_id(viewer.user_id, row.id)
    await taste_signals.record(session, viewer.user_id, TasteSignal.DISMISSAL, pack_id=row.id, source_id=source)
    return row.title


async def restore(session: AsyncSession, viewer: Viewer, *, pack_id: str) -> None:
    """Undo a dismissal.

    Raises:
        NotFoundError: the viewer has not dismissed such a pack.
    """
    wanted = require_id(pack_id, _NO_PACK)
    gone = await session.execute(
        delete(taste_dismissals)
        .where(taste_dismissals.c.user_id == viewer.user_id, taste_dismissals.c.pack_id == wanted)
        .returning(taste_dismissals.c.pack_id)
    )
    if gone.first() is None:
        raise NotFoundError("You have not dismissed this pack.")
    source = _dismissal_id(viewer.user_id, wanted)
    await taste_signals.withdraw(session, viewer.user_id, TasteSignal.DISMISSAL, source_id=source)


async def explain(session: AsyncSession, viewer: Viewer, *, slugs: Collection[str]) -> dict[str, Reason]:
    """Return why packs match the viewer's taste, by slug; omits own, owned and dismissed ones. Empty without preferences."""
    liked = await preferences.load(session, viewer)
    if not liked or not slugs:
        return {}
    evidence = _by_value(await counting.list_weights(session, viewer.user_id, settings.get().taste_half_life_days))
    is_new = creators.c.user_id != viewer.user_id, *_is_new_to(viewer.user_id)
    rows = await session.execute(_scored(null()).add_columns(packs.c.slug).where(packs.c.slug.in_(slugs), *is_new))
    return {
        row.slug: Reason(str(row.id), reasons.why(_traits(row), liked, evidence, is_exploration=False)) for row in rows
    }


async def record_opened(session: AsyncSession, viewer: Viewer, *, slug: str) -> None:
    """Record that the viewer opened a pack, if it was recommended in the last ``policy.IMPRESSION_DAYS``."""
    await session.execute(
        _OPENED, {"user": viewer.user_id, "slug": printable_slug(slug), "days": policy.IMPRESSION_DAYS}
    )


def arrange(candidates: Sequence[_Candidate], *, size: int = policy.RECOMMENDATIONS_KEPT) -> list[_Candidate]:
    """Order candidates by maximal marginal relevance; every ``policy.EXPLORATION_EVERY``-th is an exploration.

    Source: J. Carbonell, J. Goldstein, "The use of MMR, diversity-based reranking", 1998.
    """
    known = sorted((one for one in candidates if not one.is_exploration), key=lambda one: -one.score)
    unknown = sorted((one for one in candidates if one.is_exploration), key=lambda one: -one.score)
    worth = {one.id: one.score for one in candidates}  # score less the penalty for likeness to chosen packs
    worst = dict.fromkeys(worth, 0.0)
    chosen: list[_Candidate] = []
    while len(chosen) < size and (known or unknown):
        is_turn = len(chosen) % policy.EXPLORATION_EVERY == policy.EXPLORATION_EVERY - 1
        pool = (unknown or known) if is_turn or not known else known
        best = max(pool, key=lambda one: worth[one.id])
        pool.remove(best)
        # If only explorations are left, those that fill ordinary places are not marked as explorations.
        chosen.append(best if is_turn or not best.is_exploration else replace(best, is_exploration=False))
        for one in pool:
            likeness = _likeness(one.traits, best.traits)
            if likeness > worst[one.id]:
                worst[one.id], worth[one.id] = likeness, one.score - _DIVERSITY * likeness
    return chosen


def _likeness(one: reasons.Traits, other: reasons.Traits) -> float:
    likeness = 0.6 * (one.creator_id == other.creator_id) + 0.25 * (one.genre_slug == other.genre_slug)
    if one.bpm and other.bpm and abs(one.bpm - other.bpm) <= 2:
        likeness += 0.15
    return likeness


async def _candidates(session: AsyncSession, user_id: uuid.UUID, liked: Preferences) -> list[_Candidate]:
    score = ranking.pack_score(liked)
    conditions = [
        cards.IS_PUBLISHED, creators.c.user_id != user_id, *ranking.is_allowed(liked), *_is_new_to(user_id),
    ]  # fmt: skip
    genres = liked.favourites(TasteFacet.GENRE, _GENRES)
    makers = [uuid.UUID(one) for one in liked.favourites(TasteFacet.CREATOR, _CREATORS)]
    near = or_(packs.c.genre_slug.in_(genres), packs.c.creator_id.in_(makers))
    is_near, is_far = ([near], [~near]) if genres or makers else ([], [])
    known = _scored(score).where(*conditions, *is_near).order_by(literal_column("score").desc())
    found = list(await session.execute(known.limit(_CANDIDATES)))
    seen = {row.id for row in found}
    # Explorations: packs published before a random time, so that they differ each time, and popular packs.
    moment = select(
        func.min(packs.c.published_at)
        + func.random() * (func.max(packs.c.published_at) - func.min(packs.c.published_at))
    ).where(cards.IS_PUBLISHED)
    by_time = (
        _scored(score)
        .where(*conditions, *is_far, packs.c.published_at <= moment.scalar_subquery())
        .order_by(packs.c.published_at.desc())
    )
    by_plays = _scored(score).where(*conditions, *is_far).order_by(packs.c.popularity.desc(), packs.c.id.desc())
    explored = [row for each in (by_time, by_plays) for row in await session.execute(each.limit(_EXPLORED // 2))]
    unknown = {row.id: row for row in explored if row.id not in seen}
    return [_candidate(row, is_exploration=False) for row in found] + [
        _candidate(row, is_exploration=True) for row in unknown.values()
    ]


def _by_value(evidence: Sequence[Evidence]) -> dict[tuple[str, str], list[Evidence]]:
    found: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for one in evidence:
        found[one.facet, one.value].append(one)
    return found


def _scored(score: Any) -> Any:
    return select(
        packs.c.id, packs.c.genre_slug, packs.c.creator_id, creators.c.display_name, packs.c.bpm_min, packs.c.bpm_max,
        packs.c["keys"].label("key_names"), score.label("score"),
    ).select_from(packs.join(creators, creators.c.id == packs.c.creator_id))  # fmt: skip


def _candidate(row: Any, *, is_exploration: bool) -> _Candidate:
    return _Candidate(row.id, float(row.score), _traits(row), is_exploration)


def _traits(row: Any) -> reasons.Traits:
    bpm = None if row.bpm_min is None else float(row.bpm_min + row.bpm_max) / 2
    # A pack with a wide range of tempi counts as one without tempo.
    if bpm and float(row.bpm_max - row.bpm_min) > 0.15 * bpm:
        bpm = None
    return reasons.Traits(row.genre_slug, str(row.creator_id), row.display_name, bpm, tuple(row.key_names))


async def _published(session: AsyncSession, pack_id: str) -> Any:
    wanted = require_id(pack_id, _NO_PACK)
    row = (
        await session.execute(select(packs.c.id, packs.c.title).where(packs.c.id == wanted, cards.IS_PUBLISHED))
    ).one_or_none()
    if row is None:
        raise NotFoundError(_NO_PACK)
    return row


def _dismissal_id(user_id: uuid.UUID, pack_id: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(user_id, str(pack_id))


_SHOWN = prepared(
    text("""
    WITH marked AS (
        UPDATE taste_picks SET is_last_shown = pack_id = ANY(:packs),
            shown_count = shown_count + (pack_id = ANY(:packs))::integer
        WHERE user_id = :user AND (is_last_shown OR pack_id = ANY(:packs))
    )
    INSERT INTO recommendation_impressions (user_id, pack_id) SELECT :user, unnest(CAST(:packs AS uuid[]))
""")
)
_OPENED = text("""
    UPDATE recommendation_impressions SET opened_at = now() WHERE id = (
        SELECT i.id FROM recommendation_impressions i JOIN packs p ON p.id = i.pack_id
        WHERE i.user_id = :user AND p.slug = :slug AND i.shown_at > now() - make_interval(days => :days)
        ORDER BY i.shown_at DESC LIMIT 1
    ) AND opened_at IS NULL
""")
