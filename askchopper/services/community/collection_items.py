"""Entries of collections: adding, removing, annotating and reordering them. Each change locks its collection."""

from datetime import UTC, datetime

from sqlalchemy import case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.collections import collection_items, collections
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.text import clean_line
from askchopper.services import feed_events
from askchopper.services.community import targets
from askchopper.services.community.collections import Known, find_editable
from askchopper.vocabulary import FeedKind, Visibility

_NO_ENTRY = "This is not in the collection any more."


async def add(
    session: AsyncSession,
    viewer: Viewer,
    *,
    slug: str,
    pack: str | None = None,
    file: str | None = None,
    note: str = "",
) -> tuple[str, bool]:
    """Append a pack, by its slug, or a sound, by its id, to a collection. Idempotent; an existing entry keeps its note.

    Returns:
        The entry's id, and whether it is new.

    Raises:
        NotFoundError: there is no such collection, or the item is not on sale.
        ForbiddenError: the viewer may not change the collection.
        InvalidInputError: not exactly one item is named, the note is invalid, or the collection is full.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_editable(session, viewer, slug=slug)
    target = await targets.find(session, pack=pack, file=file)
    is_sound = target.file_id is not None
    same = (
        collection_items.c.file_id == target.file_id
        if is_sound
        else (collection_items.c.pack_id == target.pack_id) & ~collection_items.c.is_sound
    )
    found = await session.execute(
        select(collection_items.c.id).where(collection_items.c.collection_id == known.id, same)
    )
    if (entry_id := found.scalar_one_or_none()) is not None:
        return str(entry_id), False
    if known.item_count >= policy.MAX_COLLECTION_ITEMS:
        raise InvalidInputError(f"A collection can have up to {policy.MAX_COLLECTION_ITEMS} items.", field="item")
    made_id = new_id()
    await session.execute(
        insert(collection_items).values(
            id=made_id, collection_id=known.id, position=known.item_count, is_sound=is_sound, pack_id=target.pack_id,
            file_id=target.file_id, title=target.title, note=_note(note), added_by=viewer.user_id,
        )
    )  # fmt: skip
    await _count(session, known, 1)
    if known.visibility is not Visibility.PRIVATE:
        await feed_events.record(
            session, FeedKind.COLLECTION, source=f"collection:{known.id}:{datetime.now(UTC):%Y-%m-%d}",
            collection_id=known.id, facts={"count": 1, "actor": str(viewer.user_id)},
        )  # fmt: skip
    return str(made_id), True


async def remove(session: AsyncSession, viewer: Viewer, *, slug: str, item_id: str) -> None:
    """Remove an entry; the ones after it move up.

    Raises:
        NotFoundError: there is no such collection or entry.
        ForbiddenError: the viewer may not change the collection.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_editable(session, viewer, slug=slug)
    gone = await session.execute(
        delete(collection_items)
        .where(collection_items.c.id == require_id(item_id, _NO_ENTRY), collection_items.c.collection_id == known.id)
        .returning(collection_items.c.position)
    )
    position = gone.scalar_one_or_none()
    if position is None:
        raise NotFoundError(_NO_ENTRY)
    await session.execute(
        update(collection_items)
        .where(collection_items.c.collection_id == known.id, collection_items.c.position > position)
        .values(position=collection_items.c.position - 1)
    )
    await _count(session, known, -1)


async def move(session: AsyncSession, viewer: Viewer, *, slug: str, item_id: str, position: int) -> int:
    """Move an entry to a zero-based position, capped at the end. Returns the new position.

    Raises:
        NotFoundError: there is no such collection or entry.
        ForbiddenError: the viewer may not change the collection.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_editable(session, viewer, slug=slug)
    place = collection_items.c.position
    wanted = (
        collection_items.c.id == require_id(item_id, _NO_ENTRY),
        collection_items.c.collection_id == known.id,
    )
    start = (await session.execute(select(place).where(*wanted))).scalar_one_or_none()
    if start is None:
        raise NotFoundError(_NO_ENTRY)
    end = max(0, min(position, known.item_count - 1))
    if start == end:
        return end
    step = -1 if end > start else 1
    await session.execute(
        update(collection_items)
        .where(collection_items.c.collection_id == known.id, place.between(min(start, end), max(start, end)))
        .values(position=case((place == start, end), else_=place + step))
    )
    await _count(session, known, 0)
    return end


async def annotate(session: AsyncSession, viewer: Viewer, *, slug: str, item_id: str, note: str) -> None:
    """Set the note of an entry; an empty one removes it.

    Raises:
        NotFoundError: there is no such collection or entry.
        ForbiddenError: the viewer may not change the collection.
        RateLimitedError: too many changes in a minute.
        InvalidInputError: the note is invalid.
    """
    known = await find_editable(session, viewer, slug=slug)
    changed = await session.execute(
        update(collection_items)
        .where(collection_items.c.id == require_id(item_id, _NO_ENTRY), collection_items.c.collection_id == known.id)
        .values(note=_note(note))
        .returning(collection_items.c.id)
    )
    if changed.first() is None:
        raise NotFoundError(_NO_ENTRY)


async def _count(session: AsyncSession, known: Known, step: int) -> None:
    await session.execute(
        update(collections)
        .where(collections.c.id == known.id)
        .values(item_count=collections.c.item_count + step, updated_at=func.now())
    )


def _note(text: str) -> str:
    return clean_line(text, label="The note", field="note", max_length=policy.MAX_NOTE_CHARACTERS, min_length=0)
