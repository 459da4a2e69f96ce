"""Genres and tags as catalogue categories: their names and related categories."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.genres import GENRES
from askchopper.models.catalogue import genres, pack_tags, packs, tags
from askchopper.schemas.catalogue import Category
from askchopper.schemas.identifiers import printable_slug
from askchopper.services.catalogue import cards

NEIGHBOURS = 12
MAX_TAGS = 2_000  # in the sitemap


async def get_genre(session: AsyncSession, *, slug: str) -> Category:
    """Return a genre with its tempo range and the most common tags of its packs.

    Raises:
        NotFoundError: there is no such genre.
    """
    wanted = printable_slug(slug)
    name = GENRES.get(wanted)
    if name is None:
        raise NotFoundError("This genre does not exist.")
    count = func.count()
    rows = await session.execute(
        select(tags.c.slug, tags.c.name)
        .select_from(packs.join(pack_tags, pack_tags.c.pack_id == packs.c.id))
        .join(tags, tags.c.slug == pack_tags.c.tag_slug)
        .where(cards.IS_PUBLISHED, packs.c.genre_slug == wanted)
        .group_by(tags.c.slug, tags.c.name)
        .order_by(count.desc(), tags.c.name)
        .limit(NEIGHBOURS)
    )
    tempo = await _tempo(session, packs.c.genre_slug == wanted)
    return Category(wanted, name, tempo, tuple((row.slug, row.name) for row in rows))


async def get_tag(session: AsyncSession, *, slug: str) -> Category:
    """Return a tag of published packs with its tempo range and the genres of these packs.

    Raises:
        NotFoundError: no published pack has this tag.
    """
    wanted = printable_slug(slug)
    has_tag = packs.c.id.in_(select(pack_tags.c.pack_id).where(pack_tags.c.tag_slug == wanted))
    count = func.count()
    rows = (
        await session.execute(
            select(genres.c.slug, genres.c.name)
            .select_from(packs.join(genres, genres.c.slug == packs.c.genre_slug))
            .where(cards.IS_PUBLISHED, has_tag)
            .group_by(genres.c.slug, genres.c.name)
            .order_by(count.desc(), genres.c.name)
            .limit(NEIGHBOURS)
        )
    ).all()
    if not rows:
        raise NotFoundError("No pack has this tag.")
    name = await session.scalar(select(tags.c.name).where(tags.c.slug == wanted))
    return Category(wanted, name or wanted, await _tempo(session, has_tag), tuple((row.slug, row.name) for row in rows))


async def tag_slugs(session: AsyncSession) -> tuple[str, ...]:
    """Return the slugs of the tags of published packs, most common first."""
    rows = await session.execute(
        select(pack_tags.c.tag_slug)
        .select_from(packs.join(pack_tags, pack_tags.c.pack_id == packs.c.id))
        .where(cards.IS_PUBLISHED)
        .group_by(pack_tags.c.tag_slug)
        .order_by(func.count().desc(), pack_tags.c.tag_slug)
        .limit(MAX_TAGS)
    )
    return tuple(rows.scalars())


async def _tempo(session: AsyncSession, condition: ColumnElement[bool]) -> tuple[float, float] | None:
    """Return the interquartile range of the packs' tempi, in BPM; None if no tempo is known."""
    middle = (packs.c.bpm_min + packs.c.bpm_max) / 2
    row = (
        await session.execute(
            select(
                func.percentile_cont(0.25).within_group(middle).label("low"),
                func.percentile_cont(0.75).within_group(middle).label("high"),
            ).where(cards.IS_PUBLISHED, condition)
        )
    ).one()
    return None if row.low is None else (float(row.low), float(row.high))
