"""The library page's list: purchased packs and single sounds, filtered, sorted and counted."""

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Float,
    Subquery,
    Text,
    Uuid,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database_statements import prepared
from askchopper.models.catalogue import audio_files, packs
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.purchases import LibraryCounts, LibraryEntry, LibraryFilter, LibrarySort
from askchopper.schemas.text import searchable
from askchopper.services.catalogue import cards
from askchopper.services.purchases.library import LICENCES, MAX_LIMIT, licence_ref, words_query

# A sound of a pack that was also bought as a whole is part of the pack's entry.
_ENTRIES = text("""
    WITH held AS (SELECT * FROM active_purchases(:user)),
    whole AS (SELECT pack_id, max(created_at) AS purchased_at FROM held WHERE file_id IS NULL GROUP BY pack_id)
    SELECT p.id AS entry_id, p.id AS pack_id, NULL::uuid AS file_id, w.purchased_at, lower(p.title) AS name,
        p.bpm_min::float AS bpm,
        EXISTS (SELECT FROM downloads d WHERE d.user_id = :user AND d.pack_id = p.id) AS is_downloaded
    FROM whole w JOIN packs p ON p.id = w.pack_id
    UNION ALL
    SELECT f.id, f.pack_id, f.id, h.created_at, lower(f.title), f.bpm::float,
        EXISTS (SELECT FROM downloads d
            WHERE d.user_id = :user AND d.pack_id = f.pack_id AND (d.file_id = f.id OR d.file_id IS NULL))
    FROM held h JOIN audio_files f ON f.id = h.file_id
    WHERE NOT EXISTS (SELECT FROM whole w WHERE w.pack_id = h.pack_id)
""").columns(
    column("entry_id", Uuid), column("pack_id", Uuid), column("file_id", Uuid),
    column("purchased_at", DateTime(timezone=True)), column("name", Text), column("bpm", Float), column("is_downloaded", Boolean),
)  # fmt: skip
_CONTENTS = text("""
    SELECT f.pack_id, count(*) AS file_count, sum(f.size_bytes)::bigint AS size_bytes FROM audio_files f
    WHERE f.pack_id = ANY(:packs) AND EXISTS (
        SELECT FROM active_purchases(:user) h WHERE h.pack_id = f.pack_id AND f.id = ANY(h.file_ids))
    GROUP BY f.pack_id
""")
_UNKNOWN_BPM_LAST = 1e6


async def list_entries(
    session: AsyncSession,
    viewer: Viewer,
    *,
    part: LibraryFilter = LibraryFilter.ALL,
    words: str = "",
    sort: LibrarySort = LibrarySort.NEWEST,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[LibraryEntry]:
    """List the viewer's purchased packs and single sounds; entries without tempo come last when sorted by it.

    ``words`` are searched in the packs and in their owned sounds.

    Raises:
        InvalidInputError: the cursor is invalid, or from another sort order.
    """
    entries = _entries(viewer)
    value, is_descending = _order(entries, sort)
    statement = select(entries, value.label("sort_value")).where(*_conditions(entries, viewer, part, searchable(words)))
    if cursor:
        statement = statement.where(_after(cursor, sort, value, entries.c.entry_id, is_descending=is_descending))
    ordered = (value, entries.c.entry_id)
    size = max(1, min(limit, MAX_LIMIT))
    statement = statement.order_by(*(one.desc() if is_descending else one.asc() for one in ordered)).limit(size + 1)
    rows = list(await session.execute(statement))
    items = await _load(session, viewer, rows[:size])
    if len(rows) <= size:
        return Page(items, None)
    last = rows[size - 1]
    position = last.sort_value.isoformat() if sort in _BY_TIME else last.sort_value
    return Page(items, cursors.encode(sort.value, position, str(last.entry_id)))


async def count_entries(session: AsyncSession, viewer: Viewer) -> LibraryCounts:
    """Count the viewer's packs, single sounds, and entries not downloaded yet."""
    entries = _entries(viewer)
    row = (
        await session.execute(
            select(
                func.count().filter(entries.c.file_id.is_(None)).label("packs"),
                func.count().filter(entries.c.file_id.is_not(None)).label("sounds"),
                func.count().filter(~entries.c.is_downloaded).label("new"),
            ).select_from(entries)
        )
    ).one()
    return LibraryCounts(packs=row.packs, sounds=row.sounds, new=row.new)


def _entries(viewer: Viewer) -> Subquery:
    return _ENTRIES.bindparams(user=viewer.user_id).subquery("entries")


def _conditions(entries: Subquery, viewer: Viewer, part: LibraryFilter, words: str) -> list[ColumnElement[bool]]:
    chosen: dict[LibraryFilter, ColumnElement[bool]] = {
        LibraryFilter.PACKS: entries.c.file_id.is_(None),
        LibraryFilter.SOUNDS: entries.c.file_id.is_not(None),
        LibraryFilter.NEW: ~entries.c.is_downloaded,
    }
    conditions = [chosen[part]] if part in chosen else []
    if words:
        query = words_query(words)
        pack = exists().where(packs.c.id == entries.c.pack_id, packs.c.search.op("@@")(query))
        sound = exists().where(
            audio_files.c.pack_id == entries.c.pack_id,
            or_(entries.c.file_id.is_(None), audio_files.c.id == entries.c.file_id),
            audio_files.c.search.op("@@")(query),
            cards.owns_file(viewer),
        )
        conditions.append(or_(pack, sound))
    return conditions


_BY_TIME = {LibrarySort.NEWEST, LibrarySort.OLDEST}


def _order(entries: Subquery, sort: LibrarySort) -> tuple[ColumnElement[Any], bool]:
    """Return the sort column, and whether the order is descending."""
    if sort in _BY_TIME:
        return entries.c.purchased_at, sort is LibrarySort.NEWEST
    if sort in {LibrarySort.NAME, LibrarySort.NAME_DESC}:
        return entries.c.name, sort is LibrarySort.NAME_DESC
    is_descending = sort is LibrarySort.BPM_DESC
    unknown = -1.0 if is_descending else _UNKNOWN_BPM_LAST
    return case((entries.c.bpm.is_(None), unknown), else_=entries.c.bpm), is_descending


def _after(
    cursor: str, sort: LibrarySort, value: ColumnElement[Any], entry_id: ColumnElement[Any], *, is_descending: bool
) -> ColumnElement[bool]:
    of_sort, position, last_id = cursors.decode(cursor, length=3)
    if of_sort != sort.value:
        raise cursors.bad_cursor()
    read: Callable[[Any], Any] = cursors.as_time if sort in _BY_TIME else _as_text
    if sort in {LibrarySort.BPM, LibrarySort.BPM_DESC}:
        read = _as_number
    known, known_id = literal(read(position)), literal(cursors.as_id(last_id))
    if is_descending:
        return or_(value < known, and_(value == known, entry_id < known_id))
    return or_(value > known, and_(value == known, entry_id > known_id))


def _as_text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise cursors.bad_cursor()
    return value


def _as_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _UNKNOWN_BPM_LAST:
        raise cursors.bad_cursor()
    return float(value)


async def _load(session: AsyncSession, viewer: Viewer, rows: list[Any]) -> tuple[LibraryEntry, ...]:
    pack_ids = list({row.pack_id for row in rows})
    file_ids = [row.file_id for row in rows if row.file_id]
    named = {"user": viewer.user_id, "packs": pack_ids}
    found = await session.execute(
        prepared(cards.select_packs(viewer).where(cards.is_wanted(packs.c.id))), {"wanted": pack_ids}
    )
    pack_cards = {row.id: cards.pack_card(row) for row in found}
    found = await session.execute(
        prepared(cards.select_files(viewer).where(cards.is_wanted(audio_files.c.id))), {"wanted": file_ids}
    )
    files = {row.id: cards.file_row(row) for row in found}
    contents = {row.pack_id: row for row in await session.execute(_CONTENTS, named)}
    # Ordered by number, newest first: setdefault keeps the newest licence of a pack or sound.
    licences: dict[tuple[uuid.UUID, uuid.UUID | None], Any] = {}
    for row in await session.execute(LICENCES, named):
        licences.setdefault((row.pack_id, row.file_id), licence_ref(row))
    return tuple(
        LibraryEntry(
            pack=pack_cards[row.pack_id],
            file=files[row.file_id] if row.file_id else None,
            file_count=1 if row.file_id else contents[row.pack_id].file_count,
            size_bytes=files[row.file_id].size_bytes if row.file_id else contents[row.pack_id].size_bytes,
            purchased_at=row.purchased_at,
            is_downloaded=row.is_downloaded,
            licence=licences.get((row.pack_id, row.file_id)),
        )
        for row in rows
    )
