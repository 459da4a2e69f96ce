"""Likes of packs and sounds. They are taste signals; a trigger maintains the counts."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files, packs
from askchopper.models.likes import likes
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.likes import LikedItem, LikeMark
from askchopper.services import activity, limits, taste_signals
from askchopper.services.catalogue import cards
from askchopper.services.community import targets
from askchopper.taste_vocabulary import TasteSignal

MAX_LIMIT = 100


async def like(session: AsyncSession, viewer: Viewer, *, pack: str | None = None, file: str | None = None) -> LikeMark:
    """Like a pack, by its slug, or a sound, by its id. Idempotent.

    Raises:
        InvalidInputError: not exactly one is named.
        NotFoundError: it is not on sale.
        RateLimitedError: too many likes in a minute.

    Emits: a taste signal, and a notification to the creator.
    """
    await limits.hit((limits.LIKE, str(viewer.user_id)))
    target = await targets.find(session, pack=pack, file=file)
    values = {"id": new_id(), "user_id": viewer.user_id, "pack_id": target.pack_id, "file_id": target.file_id}
    made = await session.execute(upsert(likes).values(values).on_conflict_do_nothing().returning(likes.c.id))
    like_id = made.scalar_one_or_none()
    if like_id is not None:
        await activity.notify_group(
            session, user_id=target.seller_id, kind="like", group=f"like:{target.file_id or target.pack_id}", actor=viewer,
            one=f"{{name}} likes {target.title}.", many=f"{{name}} and {{others}} like {target.title}.",
            link=routes.pack(target.slug),
        )  # fmt: skip
        await taste_signals.record(
            session, viewer.user_id, TasteSignal.LIKE, pack_id=target.pack_id, file_id=target.file_id, source_id=like_id
        )
    return LikeMark(liked=True, like_count=await _count(session, target))


async def unlike(
    session: AsyncSession, viewer: Viewer, *, pack: str | None = None, file: str | None = None
) -> LikeMark:
    """Remove a like, even from an item no longer on sale. Idempotent.

    Raises:
        InvalidInputError: not exactly one is named.
        NotFoundError: there is no such pack or sound.
        RateLimitedError: too many likes in a minute.
    """
    await limits.hit((limits.LIKE, str(viewer.user_id)))
    target = await targets.find(session, pack=pack, file=file, must_be_on_sale=False)
    gone = await session.execute(
        delete(likes)
        .where(
            likes.c.user_id == viewer.user_id,
            likes.c.pack_id == target.pack_id,
            likes.c.file_id.is_not_distinct_from(target.file_id),
        )
        .returning(likes.c.id)
    )
    like_id = gone.scalar_one_or_none()
    if like_id is not None:
        await taste_signals.withdraw(session, viewer.user_id, TasteSignal.LIKE, source_id=like_id)
    return LikeMark(liked=False, like_count=await _count(session, target))


async def list_likes(
    session: AsyncSession, viewer: Viewer, *, kind: str = "", cursor: str | None = None, limit: int = 24
) -> Page[LikedItem]:
    """List the liked items that are on sale, newest first; ``kind`` is ``pack``, ``file`` or empty for both.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    size = max(1, min(limit, MAX_LIMIT))
    # A sound that was taken out of its pack, or whose pack is withdrawn, keeps its like but is not listed.
    found = (
        select(likes)
        .select_from(
            likes.join(packs, packs.c.id == likes.c.pack_id).outerjoin(audio_files, audio_files.c.id == likes.c.file_id)
        )
        .where(likes.c.user_id == viewer.user_id, cards.IS_PUBLISHED, audio_files.c.retired_at.is_(None))
        .order_by(likes.c.id.desc())
        .limit(size + 1)
    )
    if kind:
        found = found.where(likes.c.file_id.is_(None) if kind == "pack" else likes.c.file_id.is_not(None))
    if cursor:
        [after] = cursors.decode(cursor, length=1)
        found = found.where(likes.c.id < cursors.as_id(after))
    rows = (await session.execute(found)).all()
    page = rows[:size]
    items = await _items(session, viewer, page)
    return Page(items, cursors.encode(str(page[-1].id)) if len(rows) > size else None)


async def _items(session: AsyncSession, viewer: Viewer, rows: Any) -> tuple[LikedItem, ...]:
    found_packs = await targets.load_packs(session, viewer, {row.pack_id for row in rows if row.file_id is None})
    found_files = await targets.load_files(session, viewer, {row.file_id for row in rows if row.file_id is not None})
    items = (
        LikedItem(
            id=str(row.id),
            liked_at=row.created_at,
            pack=found_packs.get(row.pack_id) if row.file_id is None else None,
            file=found_files.get(row.file_id) if row.file_id is not None else None,
        )
        for row in rows
    )
    return tuple(item for item in items if item.pack or item.file)


async def _count(session: AsyncSession, target: targets.Target) -> int:
    statement = (
        select(packs.c.like_count).where(packs.c.id == target.pack_id)
        if target.file_id is None
        else select(audio_files.c.like_count).where(audio_files.c.id == target.file_id)
    )
    return int((await session.execute(statement)).scalar_one())
