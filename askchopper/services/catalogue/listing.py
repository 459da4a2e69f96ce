"""Lists of packs and of sounds with filters, their counts, genre facets and the figures of the landing page."""

from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.tables import audio_files, creators, genres, packs
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import CatalogueTotals, Facet, FileRow, Filters, PackCard, Page
from askchopper.services.catalogue import cards
from askchopper.services.catalogue import filters as filtering

MAX_LIMIT = 100
MAX_ADDRESSES = 40_000  # the sitemap protocol allows 50,000 with the creators


async def list_packs(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    filters: Filters,
    cursor: str | None = None,
    limit: int = 24,
) -> Page[PackCard]:
    """List published packs for which all filters hold, 1 to 100 at a time, from the cursor of the page before.

    Raises:
        InvalidInputError: the cursor is not one of this list.
    """
    sort, order = filtering.order_of(filters, of_files=False)
    statement = (
        select(*cards.pack_columns(viewer), order.column.label("sort_value"))
        .select_from(cards.PACKS)
        .where(*filtering.pack_conditions(filters))
    )
    if cursor:
        statement = statement.where(filtering.decode_cursor(cursor, sort, order))
    size = max(1, min(limit, MAX_LIMIT))
    rows = (await session.execute(order.apply(statement).limit(size + 1))).all()
    page = tuple(cards.pack_card(row) for row in rows[:size])
    if len(rows) <= size:
        return Page(page, None)
    last = rows[size - 1]
    return Page(page, filtering.encode_cursor(sort, last.sort_value, last.id))


async def list_files(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    filters: Filters,
    cursor: str | None = None,
    limit: int = 24,
) -> Page[FileRow]:
    """List sounds of published packs; as ``list_packs`` in everything else."""
    sort, order = filtering.order_of(filters, of_files=True)
    statement = (
        select(*cards.file_columns(viewer), order.column.label("sort_value"))
        .select_from(cards.FILES)
        .where(*filtering.file_conditions(filters))
    )
    if cursor:
        statement = statement.where(filtering.decode_cursor(cursor, sort, order))
    size = max(1, min(limit, MAX_LIMIT))
    rows = (await session.execute(order.apply(statement).limit(size + 1))).all()
    page = tuple(cards.file_row(row) for row in rows[:size])
    if len(rows) <= size:
        return Page(page, None)
    last = rows[size - 1]
    return Page(page, filtering.encode_cursor(sort, last.sort_value, last.id))


async def count_packs(session: AsyncSession, filters: Filters, cap: int = 1000) -> int:
    """Count the packs that fit, without counting beyond ``cap``."""
    return await _count(session, cards.PACKS, filtering.pack_conditions(filters), cap)


async def count_files(session: AsyncSession, filters: Filters, cap: int = 1000) -> int:
    """Count the sounds that fit, without counting beyond ``cap``."""
    return await _count(session, cards.FILES, filtering.file_conditions(filters), cap)


async def genre_facets(session: AsyncSession) -> tuple[Facet, ...]:
    """List the genres that have published packs, the fullest first."""
    count = func.count().label("pack_count")
    rows = await session.execute(
        select(genres.c.slug, genres.c.name, count)
        .select_from(packs.join(genres, genres.c.slug == packs.c.genre_slug))
        .where(cards.IS_PUBLISHED)
        .group_by(genres.c.slug, genres.c.name)
        .order_by(count.desc(), genres.c.name)
    )
    return tuple(Facet(value=row.slug, label=row.name, count=row.pack_count) for row in rows)


async def totals(session: AsyncSession) -> CatalogueTotals:
    """Count what is published."""
    sounds = (
        select(func.count()).select_from(audio_files).where(audio_files.c.published_at.is_not(None)).scalar_subquery()
    )
    row = (
        await session.execute(
            select(
                sounds.label("files"),
                func.count().label("packs"),
                func.count(packs.c.creator_id.distinct()).label("creators"),
            )
            .select_from(packs)
            .where(cards.IS_PUBLISHED)
        )
    ).one()
    return CatalogueTotals(
        files=row.files,
        packs=row.packs,
        creators=row.creators,
        genres=await genre_facets(session),
    )


async def addresses(session: AsyncSession) -> tuple[tuple[tuple[str, datetime], ...], tuple[str, ...]]:
    """List the slugs of published packs with their last change, and of their creators, for the sitemap."""
    rows = (
        await session.execute(
            select(packs.c.slug, packs.c.updated_at, creators.c.slug.label("creator_slug"))
            .select_from(cards.PACKS)
            .where(cards.IS_PUBLISHED)
            .order_by(packs.c.published_at.desc())
            .limit(MAX_ADDRESSES)
        )
    ).all()
    sellers = sorted({row.creator_slug for row in rows})
    return tuple((row.slug, row.updated_at) for row in rows), tuple(sellers)


async def _count(session: AsyncSession, tables: FromClause, conditions: list[ColumnElement[bool]], cap: int) -> int:
    bounded = select(literal(1)).select_from(tables).where(*conditions).limit(cap).subquery()
    return (await session.execute(select(func.count()).select_from(bounded))).scalar_one()
