"""Values of a taste profile, by facet: preference, share and signals."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import settings
from askchopper.genres import GENRES
from askchopper.models.catalogue import creators
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.taste import TasteValue
from askchopper.services.taste import counting, density, preferences, reasons
from askchopper.services.taste.preferences import Evidence
from askchopper.taste_vocabulary import TasteChoice, TasteFacet
from askchopper.vocabulary import FileKind

CORRECTABLE = (TasteFacet.GENRE, TasteFacet.TEMPO, TasteFacet.KEY, TasteFacet.KIND, TasteFacet.CREATOR)
KIND_LABELS = {FileKind.LOOP: "Loops", FileKind.ONE_SHOT: "One-shots", FileKind.TRACK: "Tracks"}
MAX_VALUES = 24
_PEAKS = 3
_LEAST_SHARE = 0.005  # less would be shown as 0%


@dataclass(frozen=True)
class Known:
    """Evidence and preferences of a profile, with the values computed from them."""

    evidence: Sequence[Evidence]
    liked: preferences.Preferences
    curve: Sequence[float]
    values: dict[TasteFacet, tuple[TasteValue, ...]]
    is_known: bool


async def compute(session: AsyncSession, user_id: uuid.UUID) -> Known:
    """Compute the values of a member's taste profile."""
    evidence, corrections = await counting.list_known(session, user_id, settings.get().taste_half_life_days)
    liked = preferences.build(evidence, corrections)
    named = await _creator_names(session, evidence, corrections)
    by_facet: dict[str, dict[str, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    for one in evidence:
        by_facet[one.facet][one.value].append(one)
    values = {
        facet: _values(facet, by_facet[facet], corrections, liked, named)
        for facet in CORRECTABLE
        if facet is not TasteFacet.TEMPO
    }
    sums = {value: sum(one.weight for one in found) for value, found in by_facet[TasteFacet.TEMPO].items()}
    curve = preferences.tempo_curve(sums, corrections, echo=0.0)
    values[TasteFacet.TEMPO] = _tempi(curve, by_facet[TasteFacet.TEMPO], corrections)
    return Known(evidence, liked, curve, values, bool(evidence or corrections))


def _values(
    facet: TasteFacet,
    by_value: dict[str, list[Evidence]],
    corrections: dict[tuple[str, str], str],
    liked: preferences.Preferences,
    named: dict[str, tuple[str, str]],
) -> tuple[TasteValue, ...]:
    sums = {value: sum(one.weight for one in found) for value, found in by_value.items()}
    total = sum(weight for weight in sums.values() if weight > 0) or 1.0
    listed = {value for value, weight in sums.items() if abs(weight) / total >= _LEAST_SHARE}
    listed |= {value for name, value in corrections if name == facet}
    found = [
        TasteValue(
            facet, value, label, round(max(0.0, sums.get(value, 0.0)) / total, 4), liked.of(facet).get(value, 0.0),
            reasons.because(by_value.get(value, [])), _choice_of(corrections, facet, value), slug,
        )
        for value in listed
        for label, slug in [_label(facet, value, named)]
        if label
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.liking, -one.share, one.label))[:MAX_VALUES])


def _tempi(
    curve: list[float], by_value: dict[str, list[Evidence]], corrections: dict[tuple[str, str], str]
) -> tuple[TasteValue, ...]:
    """Return up to ``_PEAKS`` peaks of the tempo density, and the corrected tempi, most liked first."""
    corrected = [int(value) for facet, value in corrections if facet == TasteFacet.TEMPO]
    tops = [_typical(bpm, by_value) for bpm in density.peaks(curve)[:_PEAKS]]
    tops = [bpm for bpm in tops if not any(abs(bpm - one) <= 0.05 * one for one in corrected)]
    total = sum(max(0.0, one.weight) for each in by_value.values() for one in each) or 1.0
    found: list[TasteValue] = []
    for bpm in [*tops, *corrected]:
        near = [one for value, each in by_value.items() if abs(float(value) - bpm) <= 0.05 * bpm for one in each]
        share = round(sum(max(0.0, one.weight) for one in near) / total, 4)
        liking = round(density.at(curve, bpm), 4)
        choice, words = _choice_of(corrections, TasteFacet.TEMPO, str(bpm)), reasons.because(near)
        found.append(TasteValue(TasteFacet.TEMPO, str(bpm), f"Around {bpm} BPM", share, liking, words, choice))
    return tuple(sorted(found, key=lambda one: -one.liking))


def _typical(peak: float, by_value: dict[str, list[Evidence]]) -> int:
    """Return the weighted mean of the tempi within 4% of a peak, in BPM, since the grid is coarser than 1 BPM."""
    near = {float(value): sum(one.weight for one in found) for value, found in by_value.items()}
    near = {bpm: weight for bpm, weight in near.items() if weight > 0 and abs(bpm - peak) <= 0.04 * peak}
    total = sum(near.values())
    return round(sum(bpm * weight for bpm, weight in near.items()) / total) if total else round(peak)


def _choice_of(corrections: dict[tuple[str, str], str], facet: TasteFacet, value: str) -> TasteChoice | None:
    choice = corrections.get((facet.value, value))
    return TasteChoice(choice) if choice else None


def _label(facet: TasteFacet, value: str, named: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """Return a value's name and slug; empty for a creator that no longer exists."""
    if facet is TasteFacet.CREATOR:
        return named.get(value, ("", ""))
    if facet is TasteFacet.KIND:
        return KIND_LABELS[FileKind(value)], ""
    return (GENRES.get(value, value) if facet is TasteFacet.GENRE else value), ""


async def _creator_names(
    session: AsyncSession, evidence: Sequence[Evidence], corrections: dict[tuple[str, str], str]
) -> dict[str, tuple[str, str]]:
    listed = {one.value for one in evidence if one.facet == TasteFacet.CREATOR}
    listed |= {value for facet, value in corrections if facet == TasteFacet.CREATOR}
    ids = [known for value in listed if (known := parse_id(value))]
    if not ids:
        return {}
    rows = await session.execute(
        select(creators.c.id, creators.c.display_name, creators.c.slug).where(creators.c.id.in_(ids))
    )
    return {str(row.id): (row.display_name, row.slug) for row in rows}
