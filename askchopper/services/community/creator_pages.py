"""Creator pages: banner, featured packs, public figures, similar packs, and redirects from former addresses."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.catalogue import creator_slugs, creators, packs
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.creators import CreatorPageSettings, Portfolio
from askchopper.schemas.identifiers import printable_slug
from askchopper.services import limits
from askchopper.services.catalogue import cards, pack_store
from askchopper.services.community import blocks, targets
from askchopper.services.search import similar

_NO_CREATOR = "There is no such creator."
_NOT_SELLING = "Publish a pack first. Then you have a page."
_ALIKE = 5
_TAGS = 10

# Sales are counted up to the highest band only.
_SALES = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM purchases s JOIN packs p ON p.id = s.pack_id
        WHERE p.creator_id = :creator AND s.status <> 'refunded' LIMIT :most
    ) counted
""")
_RATINGS = text("""
    SELECT coalesce(sum(rating_count), 0)::integer AS votes, coalesce(sum(rating_sum), 0)::integer AS stars
    FROM packs WHERE creator_id = :creator AND status = 'published'
""")
_TOP_TAGS = text("""
    SELECT t.slug, t.name FROM pack_tags k JOIN packs p ON p.id = k.pack_id JOIN tags t ON t.slug = k.tag_slug
    WHERE p.creator_id = :creator AND p.status = 'published' GROUP BY t.slug, t.name ORDER BY count(*) DESC, t.name LIMIT :limit
""")


async def get_portfolio(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> Portfolio:
    """Return the data of a creator's page that is not part of the profile.

    Raises:
        NotFoundError: there is no such creator, or the creator or the viewer has blocked the other.
    """
    found = await session.execute(
        select(
            creators.c.id,
            creators.c.slug,
            creators.c.user_id,
            creators.c.banner_key,
            creators.c.featured,
            creators.c.follower_count,
        ).where(creators.c.slug == printable_slug(slug))
    )
    creator = found.one_or_none()
    if creator is None or (viewer and await blocks.are_apart(session, viewer.user_id, creator.user_id)):
        raise NotFoundError(_NO_CREATOR)
    values = {"creator": creator.id, "most": policy.SALES_BANDS[-1]}
    sales = int((await session.execute(_SALES, values)).scalar_one())
    rated = (await session.execute(_RATINGS, values)).one()
    named = await session.execute(_TOP_TAGS, {"creator": creator.id, "limit": _TAGS})
    featured = await targets.load_packs(session, viewer, set(creator.featured))
    return Portfolio(
        banner_key=creator.banner_key,
        follower_count=creator.follower_count,
        sales_band=sales_band(sales),
        rating_average=cards.rating_average(rated.votes, rated.stars),
        rating_count=rated.votes,
        tags=tuple((row.slug, row.name) for row in named),
        featured=tuple(featured[one] for one in creator.featured if one in featured),
        alike=await _alike(session, viewer, creator),
    )


def sales_band(sales: int) -> int:
    """Return the lower bound of the public sales band, 0 below the lowest one. Only the creator sees exact figures."""
    return max((band for band in policy.SALES_BANDS if band <= sales), default=0)


async def find_present_slug(session: AsyncSession, *, slug: str) -> str | None:
    """Return the current slug of the creator who formerly had this one; None if nobody had."""
    found = await session.execute(
        select(creators.c.slug)
        .select_from(creator_slugs.join(creators, creators.c.id == creator_slugs.c.creator_id))
        .where(creator_slugs.c.slug == printable_slug(slug))
    )
    return found.scalar_one_or_none()


async def get_settings(session: AsyncSession, viewer: Viewer) -> CreatorPageSettings | None:
    """Return the viewer's page settings; None if they are not a creator."""
    creator = await _own(session, viewer)
    if creator is None:
        return None
    used = select(func.count()).select_from(creator_slugs).where(creator_slugs.c.creator_id == creator.id)
    found = await session.execute(
        select(packs.c.id, packs.c.slug, packs.c.title)
        .where(packs.c.creator_id == creator.id, cards.IS_PUBLISHED)
        .order_by(packs.c.id.in_(creator.featured).desc(), packs.c.published_at.desc())
        .limit(100)
    )
    rows = found.all()
    known = {row.id: row.slug for row in rows}
    return CreatorPageSettings(
        slug=creator.slug,
        changes_left=max(0, policy.MAX_ADDRESS_CHANGES - int((await session.execute(used)).scalar_one())),
        banner_key=creator.banner_key,
        packs=tuple((row.slug, row.title, row.id in creator.featured) for row in rows),
        featured=tuple(known[one] for one in creator.featured if one in known),
    )


async def change_slug(session: AsyncSession, viewer: Viewer, *, slug: str) -> str:
    """Change the slug of the viewer's page; the former one redirects to it. Returns the new slug.

    Raises:
        NotFoundError: the viewer is not a creator.
        InvalidInputError: the address is malformed, or was changed too often.
        ConflictError: it is taken.
    """
    creator = await _own(session, viewer, is_locked=True)
    if creator is None:
        raise NotFoundError(_NOT_SELLING)
    wanted = pack_store.checked_slug(slug.strip().lower(), max_length=60)
    if wanted == creator.slug:
        return wanted
    if len(wanted) < policy.MIN_ADDRESS_CHARACTERS or wanted.startswith("deleted-"):
        raise InvalidInputError(f"An address has at least {policy.MIN_ADDRESS_CHARACTERS} characters.", field="slug")
    used = select(func.count()).select_from(creator_slugs).where(creator_slugs.c.creator_id == creator.id)
    if (await session.execute(used)).scalar_one() >= policy.MAX_ADDRESS_CHANGES:
        raise InvalidInputError(f"An address can be changed {policy.MAX_ADDRESS_CHANGES} times.", field="slug")
    if await is_taken(session, wanted):
        raise ConflictError("This address is taken.")
    await session.execute(insert(creator_slugs).values(slug=creator.slug, creator_id=creator.id))
    await session.execute(update(creators).where(creators.c.id == creator.id).values(slug=wanted))
    return wanted


async def is_taken(session: AsyncSession, slug: str) -> bool:
    """Return whether a slug is or was used by a creator."""
    statement = select(exists().where(creators.c.slug == slug) | exists().where(creator_slugs.c.slug == slug))
    return bool((await session.execute(statement)).scalar_one())


async def feature(session: AsyncSession, viewer: Viewer, *, slugs: Sequence[str]) -> None:
    """Set the featured packs at the top of the viewer's page, in order.

    Raises:
        NotFoundError: the viewer is not a creator, or has no such pack on sale.
        InvalidInputError: there are too many.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.SETTINGS, str(viewer.user_id)))
    creator = await _own(session, viewer)
    if creator is None:
        raise NotFoundError(_NOT_SELLING)
    wanted = list(dict.fromkeys(printable_slug(slug) for slug in slugs))
    if len(wanted) > policy.MAX_FEATURED_PACKS:
        raise InvalidInputError(f"Choose up to {policy.MAX_FEATURED_PACKS} packs.", field="featured")
    rows = await session.execute(
        select(packs.c.slug, packs.c.id).where(
            packs.c.creator_id == creator.id, packs.c.slug.in_(wanted), cards.IS_PUBLISHED
        )
    )
    found: dict[str, uuid.UUID] = {row.slug: row.id for row in rows}
    if len(found) < len(wanted):
        raise NotFoundError("One of these packs is not on sale any more.")
    await session.execute(
        update(creators).where(creators.c.id == creator.id).values(featured=[found[slug] for slug in wanted])
    )


async def set_banner(session: AsyncSession, viewer: Viewer, *, key: str) -> None:
    """Set the banner of the viewer's page. Its files must be in the store already; an empty key removes it.

    Raises:
        NotFoundError: the viewer is not a creator.
    """
    changed = await session.execute(
        update(creators).where(creators.c.user_id == viewer.user_id).values(banner_key=key).returning(creators.c.id)
    )
    if changed.first() is None:
        raise NotFoundError(_NOT_SELLING)


async def _own(session: AsyncSession, viewer: Viewer, *, is_locked: bool = False) -> Any:
    statement = select(creators).where(creators.c.user_id == viewer.user_id)
    return (await session.execute(statement.with_for_update() if is_locked else statement)).one_or_none()


async def _alike(session: AsyncSession, viewer: Viewer | None, creator: Any) -> tuple[PackCard, ...]:
    """Return other creators' packs that are most similar to this creator's most popular pack."""
    top = await session.execute(
        select(packs.c.slug)
        .where(packs.c.creator_id == creator.id, cards.IS_PUBLISHED)
        .order_by(packs.c.popularity.desc(), packs.c.id.desc())
        .limit(1)
    )
    slug = top.scalar_one_or_none()
    if slug is None:
        return ()
    like = await similar.pack_target(session, slug=slug)
    hits = await similar.similar_packs(session, viewer, like, limit=4 * _ALIKE)
    return tuple(hit.card for hit in hits if hit.card.creator.slug != creator.slug)[:_ALIKE]
