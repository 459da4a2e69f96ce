"""Follows of creators, tags and collections."""

import uuid
from typing import Any

from sqlalchemy import delete, func, or_, select, text, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.catalogue import creators, tags
from askchopper.models.collections import collections as collection_rows
from askchopper.models.follows import follows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.follows import Followed, FollowMark
from askchopper.schemas.identifiers import printable_slug
from askchopper.services import activity, limits
from askchopper.services.community import blocks, collections, feed

_NO_CREATOR = "There is no such creator."
_NO_TAG = "There is no such tag."


async def follow_creator(session: AsyncSession, viewer: Viewer, *, slug: str) -> FollowMark:
    """Follow a creator. Idempotent.

    Raises:
        NotFoundError: there is no such creator, or the creator or the viewer has blocked the other.
        ConflictError: it is the viewer.
        InvalidInputError: the viewer follows ``policy.MAX_FOLLOWS`` others already.
        RateLimitedError: too many changes in a minute.

    Emits: a notification to the creator. The creator's latest events are added to the viewer's feed.
    """
    creator = await _creator(session, slug)
    if creator.user_id == viewer.user_id:
        raise ConflictError("This is you.")
    if await blocks.are_apart(session, viewer.user_id, creator.user_id):
        raise NotFoundError(_NO_CREATOR)
    if await _follow(session, viewer, creator_id=creator.id):
        await activity.notify_group(
            session, user_id=creator.user_id, kind="follower", group="followers", actor=viewer,
            one="{name} follows you.", many="{name} and {others} follow you.", link=routes.creator(creator.slug),
        )  # fmt: skip
    return FollowMark(following=True, follower_count=await _followers(session, creator.id))


async def unfollow_creator(session: AsyncSession, viewer: Viewer, *, slug: str) -> FollowMark:
    """Stop following a creator. Idempotent.

    Raises:
        NotFoundError: there is no such creator.
        RateLimitedError: too many changes in a minute.
    """
    creator = await _creator(session, slug)
    await _unfollow(session, viewer, follows.c.creator_id == creator.id)
    return FollowMark(following=False, follower_count=await _followers(session, creator.id))


async def set_tag(session: AsyncSession, viewer: Viewer, *, slug: str, is_followed: bool) -> FollowMark:
    """Follow or unfollow a tag. Idempotent.

    Raises:
        NotFoundError: there is no such tag.
        InvalidInputError: the viewer follows ``policy.MAX_FOLLOWS`` others already.
        RateLimitedError: too many changes in a minute.
    """
    found = await session.execute(select(tags.c.slug).where(tags.c.slug == printable_slug(slug)))
    tag = found.scalar_one_or_none()
    if tag is None:
        raise NotFoundError(_NO_TAG)
    if is_followed:
        await _follow(session, viewer, tag_slug=tag)
    else:
        await _unfollow(session, viewer, follows.c.tag_slug == tag)
    return await _mark(session, follows.c.tag_slug == tag, is_followed=is_followed)


async def set_collection(session: AsyncSession, viewer: Viewer, *, slug: str, is_followed: bool) -> FollowMark:
    """Follow or unfollow another member's collection. Idempotent.

    Raises:
        NotFoundError: there is no such collection that the viewer may see.
        ConflictError: it is the viewer's own.
        InvalidInputError: the viewer follows ``policy.MAX_FOLLOWS`` others already.
        RateLimitedError: too many changes in a minute.

    Emits: a notification to the owner about a new follower.
    """
    known = await collections.find(session, viewer, slug=slug)
    if known.is_own:
        raise ConflictError("This is your own collection.")
    if is_followed:
        if await _follow(session, viewer, collection_id=known.id):
            await activity.notify_group(
                session, user_id=known.user_id, kind="collection", group=f"collection:{known.id}", actor=viewer,
                one=f"{{name}} follows your collection {known.title}.",
                many=f"{{name}} and {{others}} follow your collection {known.title}.", link=routes.collection(slug),
            )  # fmt: skip
    else:
        await _unfollow(session, viewer, follows.c.collection_id == known.id)
    return await _mark(session, follows.c.collection_id == known.id, is_followed=is_followed)


async def is_following(
    session: AsyncSession, viewer: Viewer | None, *, creator: str = "", tag: str = "", collection: str = ""
) -> bool:
    """Return whether the viewer follows a creator, a tag or a collection, by the one slug given; False for a visitor."""
    if viewer is None:
        return False
    of_creator = select(creators.c.id).where(creators.c.slug == printable_slug(creator)).scalar_subquery()
    of_collection = (
        select(collection_rows.c.id).where(collection_rows.c.slug == printable_slug(collection)).scalar_subquery()
    )
    target = (
        follows.c.creator_id == of_creator
        if creator
        else follows.c.tag_slug == printable_slug(tag)
        if tag
        else follows.c.collection_id == of_collection
    )
    found = await session.execute(select(follows.c.id).where(follows.c.user_id == viewer.user_id, target))
    return found.first() is not None


async def list_followed(session: AsyncSession, viewer: Viewer) -> tuple[Followed, ...]:
    """List what the viewer follows, most recently followed first."""
    rows = await session.execute(_FOLLOWED, {"user": viewer.user_id, "limit": policy.MAX_FOLLOWS})
    return tuple(Followed(row.kind, row.slug, row.name) for row in rows)


async def _follow(session: AsyncSession, viewer: Viewer, **target: Any) -> bool:
    """Add a follow and, if it is new, its latest events to the feed; returns whether it is new.

    Raises:
        InvalidInputError: the viewer follows ``policy.MAX_FOLLOWS`` others already.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.FOLLOW, str(viewer.user_id)))
    # Without the target: following it again is no error at the limit.
    is_other = or_(*(follows.c[name].is_distinct_from(value) for name, value in target.items()))
    others = select(func.count()).select_from(follows).where(follows.c.user_id == viewer.user_id, is_other)
    if (await session.execute(others)).scalar_one() >= policy.MAX_FOLLOWS:
        raise InvalidInputError(f"You can follow up to {policy.MAX_FOLLOWS:,} creators, tags and collections.")
    values = {"id": new_id(), "user_id": viewer.user_id, **target}
    made = await session.execute(upsert(follows).values(values).on_conflict_do_nothing().returning(follows.c.id))
    follow_id = made.scalar_one_or_none()
    if follow_id is None:
        return False
    await feed.backfill(session, follow_id)
    return True


async def _unfollow(session: AsyncSession, viewer: Viewer, target: Any) -> None:
    await limits.hit((limits.FOLLOW, str(viewer.user_id)))
    await session.execute(delete(follows).where(follows.c.user_id == viewer.user_id, target))


async def _creator(session: AsyncSession, slug: str) -> Any:
    found = await session.execute(
        select(creators.c.id, creators.c.user_id, creators.c.slug).where(creators.c.slug == printable_slug(slug))
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_NO_CREATOR)
    return row


async def _followers(session: AsyncSession, creator_id: uuid.UUID) -> int:
    found = await session.execute(select(creators.c.follower_count).where(creators.c.id == creator_id))
    return int(found.scalar_one())


async def _mark(session: AsyncSession, target: Any, *, is_followed: bool) -> FollowMark:
    count = await session.execute(select(func.count()).select_from(follows).where(target, true()))
    return FollowMark(following=is_followed, follower_count=int(count.scalar_one()))


_FOLLOWED = text("""
    SELECT f.id, 'creator' AS kind, c.slug, c.display_name AS name FROM follows f JOIN creators c ON c.id = f.creator_id
        WHERE f.user_id = :user
    UNION ALL SELECT f.id, 'tag', t.slug, t.name FROM follows f JOIN tags t ON t.slug = f.tag_slug WHERE f.user_id = :user
    UNION ALL SELECT f.id, 'collection', c.slug, c.title FROM follows f JOIN collections c ON c.id = f.collection_id
        WHERE f.user_id = :user AND c.visibility <> 'private' AND c.hidden_at IS NULL
    ORDER BY 1 DESC LIMIT :limit
""")
