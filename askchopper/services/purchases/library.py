"""The library: a member's owned packs and sounds, with their licences."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    cast,
    column,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import NotFoundError
from askchopper.models.catalogue import audio_files, packs
from askchopper.models.purchases import purchase_rows
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow, Page
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.purchases import LibraryItem, LicenceRef
from askchopper.schemas.text import searchable
from askchopper.services.catalogue import cards, licences
from askchopper.vocabulary import LicenceKind

MAX_LIMIT = 100
NOT_IN_LIBRARY = "This is not in your library."

LICENCES = text("""
    SELECT l.id, l.number, l.kind, l.purchase_id, l.issued_at, p.pack_id, p.file_id,
        is_refundable(p, CAST(:refund_hours AS integer)) AS is_refundable,
        EXISTS (SELECT 1 FROM downloads d WHERE d.user_id = p.buyer_id AND d.pack_id = p.pack_id) AS is_downloaded
    FROM active_purchases(:user) p JOIN licences l ON l.purchase_id = p.id
    WHERE p.pack_id = ANY(:packs)
    ORDER BY l.number DESC
""").bindparams(refund_hours=policy.REFUND_HOURS)


async def list_library(
    session: AsyncSession,
    viewer: Viewer,
    *,
    text: str = "",
    key: str = "",
    bpm_min: float | None = None,
    bpm_max: float | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[LibraryItem]:
    """List the packs with at least one sound that the viewer owns, most recent purchase first.

    ``text`` is searched in the packs and in their owned sounds; ``key`` and the tempo range select packs with an owned
    sound that matches both.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    size = max(1, min(limit, MAX_LIMIT))
    conditions = _matching(searchable(text), viewer) + _measured(viewer, key, bpm_min, bpm_max)
    rows = await _owned_packs(session, viewer, conditions, cursor=cursor, limit=size + 1)
    items = await _items(session, viewer, rows[:size])
    if len(rows) <= size:
        return Page(items, None)
    last = rows[size - 1]
    return Page(items, cursors.encode(last.purchased_at.isoformat(), str(last.id)))


async def count_library(session: AsyncSession, viewer: Viewer) -> tuple[int, int]:
    """Count the packs that the viewer owns completely and those owned in part."""
    bought = select(_active_purchases(viewer).c.pack_id)
    whole = func.count().filter(cards.owns_pack(viewer))
    counts = select(whole.label("whole"), func.count().label("every")).where(packs.c.id.in_(bought))
    row = (await session.execute(counts.select_from(packs))).one()
    return row.whole, row.every - row.whole


async def get_library_item(session: AsyncSession, viewer: Viewer, *, pack_slug: str) -> LibraryItem:
    """Return the viewer's library item of a pack.

    Raises:
        NotFoundError: the viewer owns nothing of it.
    """
    slug = printable_slug(pack_slug)
    rows = await _owned_packs(session, viewer, [packs.c.slug == slug], cursor=None, limit=1)
    if not rows:
        raise NotFoundError(NOT_IN_LIBRARY)
    return (await _items(session, viewer, rows))[0]


async def list_purchased(session: AsyncSession, viewer: Viewer, *, purchase_id: str) -> tuple[FileRow, ...]:
    """List the sounds of one of the viewer's purchases by position; empty if the viewer has no such purchase.

    Raises:
        ValueError: the id is not a UUID.
    """
    rows = await session.execute(
        cards.select_files(viewer)
        .join(purchase_rows, audio_files.c.id == any_(purchase_rows.c.file_ids))
        .where(purchase_rows.c.id == uuid.UUID(purchase_id), purchase_rows.c.buyer_id == viewer.user_id)
        .order_by(audio_files.c.position)
    )
    return tuple(cards.file_row(row) for row in rows)


async def _owned_packs(
    session: AsyncSession,
    viewer: Viewer,
    conditions: list[ColumnElement[bool]],
    *,
    cursor: str | None,
    limit: int,
) -> list[Any]:
    active = _active_purchases(viewer)
    bought = (
        select(active.c.pack_id, func.max(active.c.created_at).label("purchased_at"))
        .group_by(active.c.pack_id)
        .subquery()
    )
    statement = (
        cards.select_packs(viewer)
        .add_columns(bought.c.purchased_at)
        .join(bought, bought.c.pack_id == packs.c.id)
        .where(*conditions)
        .order_by(bought.c.purchased_at.desc(), packs.c.id.desc())
        .limit(limit)
    )
    if cursor:
        moment, last_id = _read_cursor(cursor)
        statement = statement.where(
            or_(
                bought.c.purchased_at < moment,
                and_(bought.c.purchased_at == moment, packs.c.id < last_id),
            )
        )
    return list(await session.execute(statement))


def _active_purchases(viewer: Viewer) -> TableValuedAlias:
    columns = (column("pack_id", Uuid), column("created_at", DateTime(timezone=True)))
    return func.active_purchases(viewer.user_id).table_valued(*columns).alias("active")


async def _items(session: AsyncSession, viewer: Viewer, rows: list[Any]) -> tuple[LibraryItem, ...]:
    pack_ids = [row.id for row in rows]
    files: dict[uuid.UUID, list[FileRow]] = {pack_id: [] for pack_id in pack_ids}
    owned = await session.execute(
        cards.select_files(viewer)
        .add_columns(audio_files.c.pack_id)
        .where(audio_files.c.pack_id.in_(pack_ids), cards.owns_file(viewer))
        .order_by(audio_files.c.position)
    )
    for row in owned:
        files[row.pack_id].append(cards.file_row(row))
    held: dict[uuid.UUID, list[Any]] = {pack_id: [] for pack_id in pack_ids}
    for row in await session.execute(LICENCES, {"user": viewer.user_id, "packs": pack_ids}):
        held[row.pack_id].append(row)
    return tuple(
        LibraryItem(
            pack=cards.pack_card(row),
            files=tuple(files[row.id]),
            purchased_at=row.purchased_at,
            is_whole=row.owned,
            is_downloaded=any(licence.is_downloaded for licence in held[row.id]),
            licences=tuple(licence_ref(licence) for licence in held[row.id]),
        )
        for row in rows
    )


def _matching(words: str, viewer: Viewer) -> list[ColumnElement[bool]]:
    if not words:
        return []
    query = words_query(words)
    sounds = exists().where(
        audio_files.c.pack_id == packs.c.id,
        audio_files.c.search.op("@@")(query),
        cards.owns_file(viewer),
    )
    return [or_(packs.c.search.op("@@")(query), sounds)]


def words_query(words: str) -> ColumnElement[Any]:
    """Return a SQL text search query that matches all the words; the last word matches as a prefix."""
    return func.search_words(cast([[word] for word in words.split()], JSONB), True)  # noqa: FBT003


def _measured(viewer: Viewer, key: str, bpm_min: float | None, bpm_max: float | None) -> list[ColumnElement[bool]]:
    """Return the SQL condition that one owned sound of the pack matches key and tempo range; none without either."""
    wanted = [audio_files.c.key == key] if key else []
    wanted += [audio_files.c.bpm >= bpm_min] if bpm_min is not None else []
    wanted += [audio_files.c.bpm <= bpm_max] if bpm_max is not None else []
    return [exists().where(audio_files.c.pack_id == packs.c.id, cards.owns_file(viewer), *wanted)] if wanted else []


def _read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    moment, last_id = cursors.decode(cursor, length=2)
    try:
        read = datetime.fromisoformat(moment)
        if read.tzinfo is None:
            raise cursors.bad_cursor()
        return read, uuid.UUID(last_id)
    except (TypeError, ValueError, AttributeError) as error:
        raise cursors.bad_cursor() from error


def licence_ref(row: Any) -> LicenceRef:
    """Build a reference from a row of ``LICENCES``."""
    return LicenceRef(
        id=str(row.id),
        number=licences.format_number(row.number),
        kind=LicenceKind(row.kind),
        purchase_id=str(row.purchase_id),
        file_id=str(row.file_id) if row.file_id else None,
        issued_at=row.issued_at,
        is_refundable=row.is_refundable,
    )
