"""Totals of the catalogue: genres, counts, and slugs for the sitemap."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import audio_files, creators, genres, packs
from askchopper.schemas.catalogue import CatalogueTotals, Facet
from askchopper.services.catalogue import cards

MAX_ADDRESSES = 40_000  # the sitemap protocol allows 50,000 with the creators


async def genre_facets(session: AsyncSession) -> tuple[Facet, ...]:
    """List the genres with published packs, most packs first."""
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
    """Count published files, published packs and their creators, and list the genres with their numbers of packs."""
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


async def sitemap_slugs(session: AsyncSession) -> tuple[tuple[tuple[str, datetime], ...], tuple[str, ...]]:
    """Return the slugs of published packs, with the time of their last change, and of their creators."""
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
