"""Facet counts: the number of sounds for each filter value. Capped, and cached for half a minute."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, String, case, cast, func, literal, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import audio_files
from askchopper.musical_key import Mode, MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Facets, FacetValue
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import filters as filtering
from askchopper.services.search import text_query as wording
from askchopper.services.search.text_query import TextQuery
from askchopper.vocabulary import Compatible

CAP = 1000
# Rows scanned for each facet; if there are more, the counts are shown as "at least".
MOST_SCANNED = 10_000
KEPT_SECONDS = 30.0
LOWEST_BPM, HIGHEST_BPM, BIN_BPM = 60, 200, 5
_MOST_KEPT = 500

_TOTAL = "total"
_WITHOUT: dict[str, dict[str, Any]] = {
    _TOTAL: {},
    "genre": {"genre": None},
    "kind": {"kind": None},
    "key": {"key": None, "or_keys": (), "note": None, "or_notes": (), "compatible": Compatible.OFF},
    "tempo": {"bpm_min": None, "bpm_max": None},
}
_ROOT = "root "
_COLUMNS: dict[str, Any] = {
    _TOTAL: literal("all"),
    "genre": audio_files.c.genre_slug,
    "kind": audio_files.c.kind,
    # A one-shot with a root note and no key counts for both keys with that tonic, as it matches filters for both.
    "key": func.coalesce(audio_files.c.key, literal(_ROOT) + cast(audio_files.c.note % 12, String)),
    "tempo": cast(func.floor((audio_files.c.bpm - LOWEST_BPM) / BIN_BPM), Integer),
}
_kept: dict[Any, tuple[float, Facets]] = {}


async def count(session: AsyncSession, viewer: Viewer | None, filters: Filters) -> Facets:
    """Count the sounds for each value of each facet, with all other filters applied, except the reference sound.

    Counts are capped at ``CAP`` and may be ``KEPT_SECONDS`` old.
    """
    plain = replace(filters, sort=None, like=None, is_other_pack=False)
    is_personal = bool(viewer and (filters.owned or filters.is_unheard))
    name = (plain, viewer.user_id if viewer and is_personal else None)
    if (known := _kept.get(name)) and time.monotonic() - known[0] < KEPT_SECONDS:
        return known[1]
    words = await wording.prepare(session, plain)
    rows = (await session.execute(_statement(plain, words, viewer))).all()
    found = _facets(rows)
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[name] = (time.monotonic(), found)
    return found


def _statement(filters: Filters, words: TextQuery, viewer: Viewer | None) -> Any:
    """Build one scan per distinct set of conditions; facets without an active filter share the scan of the total.

    A row holds the facet, the value, the count, and whether the scan reached its cap.
    """
    sharing: dict[Filters, list[str]] = {}
    for facet, without in _WITHOUT.items():
        sharing.setdefault(replace(filters, **without), []).append(facet)
    parts: list[Any] = []
    for number, (conditions, facets) in enumerate(sharing.items()):
        scanned = (
            select(*(_COLUMNS[facet].label(facet) for facet in facets))
            .select_from(audio_files)
            .where(*filtering.file_conditions(conditions, words, viewer))
            .limit(MOST_SCANNED)
            .subquery(f"scanned_{number}")
        )
        columns = [scanned.c[facet] for facet in facets]
        parts += [
            select(
                case(*((func.grouping(column) == 0, column.name) for column in columns), else_="").label("facet"),
                func.coalesce(*(cast(column, String) for column in columns), "").label("value"),
                func.count().label("count"),
                (func.sum(func.count()).over(partition_by=func.grouping(*columns)) >= MOST_SCANNED).label("is_cut"),
            ).group_by(func.grouping_sets(*(tuple_(column) for column in columns)))
        ]
    return union_all(*parts)


def _facets(rows: Any) -> Facets:
    by_facet: dict[str, dict[str, FacetValue]] = {facet: {} for facet in _WITHOUT}
    for row in rows:
        if row.value:
            capped = min(row.count, CAP)
            by_facet[row.facet][row.value] = FacetValue(row.value, capped, is_capped=row.is_cut or row.count >= CAP)
    by_facet["key"] = _with_roots(by_facet["key"])
    bins = (HIGHEST_BPM - LOWEST_BPM) // BIN_BPM
    tempi = by_facet["tempo"]
    return Facets(
        total=by_facet[_TOTAL].get("all", FacetValue("all", 0)),
        genres=tuple(sorted(by_facet["genre"].values(), key=lambda value: (-value.count, value.value))),
        kinds=tuple(by_facet["kind"].values()),
        keys=tuple(by_facet["key"].values()),
        tempi=tuple(tempi.get(str(n), FacetValue(str(n), 0)) for n in range(bins)),
    )


def _with_roots(values: dict[str, FacetValue]) -> dict[str, FacetValue]:
    """Add the counts of root notes to the keys with the same tonic."""
    found = {name: value for name, value in values.items() if not name.startswith(_ROOT)}
    for name, root in values.items():
        if not name.startswith(_ROOT):
            continue
        for mode in Mode:
            key = MusicalKey(int(name.removeprefix(_ROOT)), mode).name
            known = found.get(key, FacetValue(key, 0))
            total, is_capped = known.count + root.count, known.is_capped or root.is_capped
            found[key] = FacetValue(key, min(total, CAP), is_capped=is_capped or total >= CAP)
    return found
