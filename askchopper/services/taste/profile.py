"""A member's taste profile, which they can view and correct."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.genres import GENRES
from askchopper.models.catalogue import creators, packs
from askchopper.models.taste import (
    taste_corrections,
    taste_dismissals,
    taste_inspections,
    taste_profiles,
    taste_signals,
)
from askchopper.musical_key import KEY_NAMES
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.taste import Looking, Taste
from askchopper.services.catalogue import cards
from askchopper.services.taste import counting, reasons, values
from askchopper.taste_vocabulary import TasteChoice, TasteFacet
from askchopper.vocabulary import FileKind

_LOOKED = 20


async def get(session: AsyncSession, viewer: Viewer) -> Taste:
    """Return the viewer's taste profile."""
    return await get_of(session, viewer.user_id)


async def get_of(session: AsyncSession, user_id: uuid.UUID) -> Taste:
    """Return a member's taste profile without authorisation: for callers that have checked it."""
    known = await values.compute(session, user_id)
    row = await _state(session, user_id)
    octaves = known.liked.measured.get(TasteFacet.BRIGHTNESS)
    return Taste(
        values=known.values,
        tempo=tuple(round(max(0.0, value), 4) for value in known.curve),
        tempo_because=reasons.because(one for one in known.evidence if one.facet == TasteFacet.TEMPO),
        loudness_lufs=known.liked.measured.get(TasteFacet.LOUDNESS),
        brightness_hz=None if octaves is None else round(2.0**octaves, -1),
        signals=row.signals,
        is_known=known.is_known,
        can_undo=row.can_undo,
        looked=await looked(session, user_id),
        half_life_days=settings.get().taste_half_life_days,
    )


async def correct(session: AsyncSession, viewer: Viewer, *, facet: str, value: str, choice: str) -> None:
    """Correct a value manually: more, less, or never. An empty choice removes the correction.

    Raises:
        InvalidInputError: there is no such value or choice.
        ConflictError: the viewer has ``policy.MAX_TASTE_CORRECTIONS`` other corrections.
    """
    wanted = _facet(facet)
    known = await check_value(session, wanted, value)
    own = (
        taste_corrections.c.user_id == viewer.user_id,
        taste_corrections.c.facet == wanted,
        taste_corrections.c.value == known,
    )
    if not choice:
        await session.execute(delete(taste_corrections).where(*own))
    else:
        await _check_room(session, viewer, wanted, known)
        made = upsert(taste_corrections).values(
            user_id=viewer.user_id, facet=wanted.value, value=known, choice=_choice(choice).value
        )
        await session.execute(
            made.on_conflict_do_update(
                index_elements=["user_id", "facet", "value"], set_={"choice": made.excluded.choice}
            )
        )
    await after_change(session, viewer.user_id)


async def after_change(session: AsyncSession, user_id: uuid.UUID, *, is_full: bool = False) -> None:
    """Update preferences after a manual change, and enqueue the job that re-ranks the recommendations.

    ``is_full`` recounts all signals.
    """
    await counting.update_profile(session, user_id, is_full=is_full)
    await counting.store_preferences(session, user_id)
    await session.execute(
        update(taste_profiles).where(taste_profiles.c.user_id == user_id).values(listed_at=None, counted_at=func.now())
    )
    await counting.request_list(session, user_id)


async def reset(session: AsyncSession, viewer: Viewer) -> None:
    """Delete all signals so far, corrections and dismissals. Can be undone for ``policy.TASTE_UNDO_MINUTES``."""
    await counting.update_profile(session, viewer.user_id)  # the row exists and is locked
    profile = (await session.execute(select(taste_profiles).where(taste_profiles.c.user_id == viewer.user_id))).one()
    latest = select(func.coalesce(func.max(taste_signals.c.id), 0)).where(taste_signals.c.user_id == viewer.user_id)
    own_corrections = taste_corrections.c.user_id == viewer.user_id
    corrections = (
        await session.execute(delete(taste_corrections).where(own_corrections).returning(taste_corrections))
    ).all()
    dismissed = await session.execute(
        delete(taste_dismissals)
        .where(taste_dismissals.c.user_id == viewer.user_id)
        .returning(taste_dismissals.c.pack_id)
    )
    undo = {
        "reset_signal_id": profile.reset_signal_id,
        "corrections": [[row.facet, row.value, row.choice] for row in corrections],
        "dismissed": [str(pack_id) for pack_id in dismissed.scalars()],
    }
    await session.execute(
        update(taste_profiles)
        .where(taste_profiles.c.user_id == viewer.user_id)
        .values(
            reset_signal_id=latest.scalar_subquery(),
            undo=undo,
            undo_until=func.now() + timedelta(minutes=policy.TASTE_UNDO_MINUTES),
        )
    )
    await after_change(session, viewer.user_id, is_full=True)


async def undo_reset(session: AsyncSession, viewer: Viewer) -> None:
    """Undo the last reset or import.

    Later signals stay, except imported ones; later corrections are deleted, later dismissals stay.

    Raises:
        ConflictError: there was none in the last ``policy.TASTE_UNDO_MINUTES``.
    """
    row = (
        await session.execute(
            select(taste_profiles.c.undo).where(
                taste_profiles.c.user_id == viewer.user_id, taste_profiles.c.undo_until > func.now()
            ).with_for_update()
        )
    ).one_or_none()  # fmt: skip
    if row is None or row.undo is None:
        raise ConflictError("It is too late to undo this.")
    kept: dict[str, Any] = row.undo
    if imported := kept.get("import_signal_id"):
        await session.execute(
            delete(taste_signals).where(taste_signals.c.user_id == viewer.user_id, taste_signals.c.id == imported)
        )
    await session.execute(delete(taste_corrections).where(taste_corrections.c.user_id == viewer.user_id))
    await put_corrections(session, viewer.user_id, [tuple(one) for one in kept["corrections"]])
    for pack_id in kept["dismissed"]:
        await session.execute(
            upsert(taste_dismissals).values(user_id=viewer.user_id, pack_id=uuid.UUID(pack_id)).on_conflict_do_nothing()
        )
    await session.execute(
        update(taste_profiles)
        .where(taste_profiles.c.user_id == viewer.user_id)
        .values(reset_signal_id=kept["reset_signal_id"], undo=None, undo_until=None)
    )
    await after_change(session, viewer.user_id, is_full=True)


async def forget_undone(session: AsyncSession) -> None:
    """Delete the signals and undo data of all resets that can no longer be undone."""
    expired = (taste_profiles.c.undo_until < func.now(), taste_profiles.c.undo.is_not(None))
    gone = await session.execute(
        update(taste_profiles).where(*expired).values(undo=None, undo_until=None)
        .returning(taste_profiles.c.user_id, taste_profiles.c.reset_signal_id)
    )  # fmt: skip
    for row in gone.all():
        await session.execute(
            delete(taste_signals).where(
                taste_signals.c.user_id == row.user_id, taste_signals.c.id <= row.reset_signal_id
            )
        )


async def put_corrections(session: AsyncSession, user_id: uuid.UUID, listed: Sequence[tuple[str, str, str]]) -> None:
    """Store validated corrections, each as facet, value and choice; values that are corrected already stay as they are."""
    if listed:
        rows = [
            {"user_id": user_id, "facet": facet, "value": value, "choice": choice} for facet, value, choice in listed
        ]
        await session.execute(upsert(taste_corrections).values(rows).on_conflict_do_nothing())


async def check_value(session: AsyncSession, facet: TasteFacet, value: str) -> str:
    """Validate a facet value and return its stored form.

    Raises:
        InvalidInputError: the facet has no such value.
    """
    known = normalise_value(facet, value)
    if known is not None and facet is TasteFacet.CREATOR:
        found = await session.execute(select(creators.c.id).where(creators.c.id == parse_id(known)))
        known = known if found.first() else None
    if known is None:
        raise InvalidInputError(f"There is no such {facet.value}.", field="value")
    return known


def normalise_value(facet: TasteFacet, value: str) -> str | None:
    """Return a value's stored form; None if invalid for the facet. For a creator, only the format of the id is checked."""
    cleaned = value.strip()
    if facet in _NAMES:
        return cleaned if cleaned in _NAMES[facet] else None
    if facet is TasteFacet.CREATOR:
        known = parse_id(cleaned)
        return None if known is None else str(known)
    try:
        number = float(cleaned) if cleaned.isascii() else float("nan")
    except ValueError:
        return None
    low, high = _RANGES[facet]
    if not low <= number <= high:
        return None
    return f"{number:.2f}".rstrip("0").rstrip(".") if facet is TasteFacet.BRIGHTNESS else f"{number:.0f}"


_NAMES: dict[TasteFacet, frozenset[str]] = {
    TasteFacet.GENRE: frozenset(GENRES),
    TasteFacet.KEY: frozenset(KEY_NAMES),
    TasteFacet.KIND: frozenset(FileKind),
}
_RANGES = {
    TasteFacet.TEMPO: (20.0, 400.0),
    TasteFacet.LOUDNESS: (-100.0, 20.0),
    TasteFacet.BRIGHTNESS: (4.0, 15.0),
}


def _facet(text: str) -> TasteFacet:
    found = next((facet for facet in values.CORRECTABLE if facet.value == text), None)
    if found is None:
        raise InvalidInputError("This part of your taste cannot be corrected.", field="facet")
    return found


def _choice(text: str) -> TasteChoice:
    try:
        return TasteChoice(text)
    except ValueError as error:
        raise InvalidInputError("Choose more, less or never.", field="choice") from error


async def _check_room(session: AsyncSession, viewer: Viewer, facet: TasteFacet, value: str) -> None:
    is_other = (taste_corrections.c.facet != facet) | (taste_corrections.c.value != value)
    others = select(func.count()).where(taste_corrections.c.user_id == viewer.user_id, is_other)
    if (await session.execute(others)).scalar_one() >= policy.MAX_TASTE_CORRECTIONS:
        raise ConflictError(f"You have {policy.MAX_TASTE_CORRECTIONS} corrections. Remove one first.")


async def _state(session: AsyncSession, user_id: uuid.UUID) -> Any:
    after = select(taste_profiles.c.reset_signal_id).where(taste_profiles.c.user_id == user_id).scalar_subquery()
    until = select(taste_profiles.c.undo_until).where(taste_profiles.c.user_id == user_id).scalar_subquery()
    counted = (
        select(func.count())
        .select_from(taste_signals)
        .where(taste_signals.c.user_id == user_id, taste_signals.c.id > func.coalesce(after, 0))
        .scalar_subquery()
    )
    is_open = func.coalesce(until > func.now(), False)
    return (await session.execute(select(counted.label("signals"), is_open.label("can_undo")))).one()


async def looked(session: AsyncSession, user_id: uuid.UUID) -> tuple[Looking, ...]:
    """List the latest times at which administrators viewed the member's profile, with their reasons, newest first."""
    rows = await session.execute(
        select(taste_inspections.c.created_at, taste_inspections.c.reason)
        .where(taste_inspections.c.user_id == user_id)
        .order_by(taste_inspections.c.created_at.desc())
        .limit(_LOOKED)
    )
    return tuple(Looking(row.created_at, row.reason) for row in rows)


async def favourite_packs(session: AsyncSession, viewer: Viewer | None, taste: Taste) -> dict[str, PackCard]:
    """Return the most popular published pack of each creator in the profile, by creator id."""
    ids = [uuid.UUID(one.value) for one in taste.values[TasteFacet.CREATOR]]
    if not ids:
        return {}
    best = (
        select(packs.c.id)
        .distinct(packs.c.creator_id)
        .where(packs.c.creator_id.in_(ids), cards.IS_PUBLISHED)
        .order_by(packs.c.creator_id, packs.c.popularity.desc(), packs.c.id)
    )
    rows = await session.execute(cards.select_packs(viewer).add_columns(packs.c.creator_id).where(packs.c.id.in_(best)))
    return {str(row.creator_id): cards.pack_card(row) for row in rows}
