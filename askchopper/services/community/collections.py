"""Collections: create, change, list and read them. Entries are changed in ``collection_items``."""

import secrets
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.collections import collection_items, collection_members, collections
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.collections import Collaborator, CollectionDetail, CollectionEntry, CollectionSummary
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.text import clean_line, paragraphs
from askchopper.services import limits
from askchopper.services.catalogue.pack_store import slugify
from askchopper.services.community import blocks, targets
from askchopper.vocabulary import Visibility

NO_COLLECTION = "This collection does not exist, or is private."
ENTRIES_A_PAGE = 100
MAX_LISTED = policy.MAX_COLLECTIONS
_COVERS = 4

# Covers of the first packs, each once.
_LIST = """
    SELECT c.*, u.display_name AS owner_name, ARRAY(
            SELECT p.cover_key FROM (
                SELECT pack_id, min(position) AS place FROM collection_items
                WHERE collection_id = c.id AND position < 40 GROUP BY pack_id
            ) i JOIN packs p ON p.id = i.pack_id
            WHERE p.status = 'published' AND p.cover_key <> '' ORDER BY i.place LIMIT :covers
        ) AS cover_keys, (
            SELECT i.id FROM collection_items i WHERE i.collection_id = c.id AND (
                (i.is_sound AND i.file_id = CAST(:file AS uuid)) OR (NOT i.is_sound AND i.pack_id = CAST(:pack AS uuid)))
        ) AS item_id
    FROM collections c JOIN users u ON u.id = c.user_id WHERE {condition} ORDER BY c.updated_at DESC LIMIT :limit
"""
_OWN = text(
    _LIST.format(
        condition="c.user_id = :user OR c.id IN (SELECT collection_id FROM collection_members WHERE user_id = :user)"
    )
)
_PUBLIC = text(
    _LIST.format(
        condition="c.visibility = 'public' AND c.hidden_at IS NULL AND c.item_count > 0 AND c.user_id <> :user AND "
        + blocks.not_blocked("c.user_id")
    )
)
_ONE = text(_LIST.format(condition="c.id = :id"))


@dataclass(frozen=True)
class Known:
    """A collection visible to the viewer, and whether they own it or collaborate on it."""

    id: uuid.UUID
    is_own: bool
    is_shared: bool
    item_count: int
    invite_token: str | None
    title: str
    user_id: uuid.UUID
    visibility: Visibility

    @property
    def can_edit(self) -> bool:
        """Whether the viewer may change its items."""
        return self.is_own or self.is_shared


async def create(
    session: AsyncSession, viewer: Viewer, *, title: str, visibility: Visibility, description: str = ""
) -> str:
    """Create an empty collection; returns its slug, which cannot be guessed from the title.

    Raises:
        InvalidInputError: a text is invalid, or the viewer has too many collections.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.COLLECTION, str(viewer.user_id)))
    await session.execute(select(users.c.id).where(users.c.id == viewer.user_id).with_for_update(key_share=True))
    own = select(func.count()).select_from(collections).where(collections.c.user_id == viewer.user_id)
    if (await session.execute(own)).scalar_one() >= policy.MAX_COLLECTIONS:
        raise InvalidInputError(f"You can have {policy.MAX_COLLECTIONS} collections. Delete one first.", field="title")
    known_title = _title(title)
    values = {
        "id": new_id(), "user_id": viewer.user_id, "slug": f"{slugify(known_title)[:60]}-{secrets.token_hex(6)}",
        "title": known_title, "description": _description(description), "visibility": visibility.value, "item_count": 0,
    }  # fmt: skip
    await session.execute(insert(collections).values(values))
    return str(values["slug"])


async def change(
    session: AsyncSession,
    viewer: Viewer,
    *,
    slug: str,
    title: str | None = None,
    description: str | None = None,
    visibility: Visibility | None = None,
) -> None:
    """Change the title, text or visibility of a collection of the viewer; None leaves a value unchanged.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: it belongs to another member.
        InvalidInputError: a text is invalid.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_own(session, viewer, slug=slug)
    values: dict[str, Any] = {
        "title": None if title is None else _title(title),
        "description": None if description is None else _description(description),
        "visibility": None if visibility is None else visibility.value,
    }
    changed = {name: value for name, value in values.items() if value is not None}
    if changed:
        await session.execute(update(collections).where(collections.c.id == known.id).values(changed))


async def remove(session: AsyncSession, viewer: Viewer, *, slug: str) -> None:
    """Delete a collection of the viewer.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: it belongs to another member.
        RateLimitedError: too many changes in a minute.
    """
    known = await find_own(session, viewer, slug=slug)
    await session.execute(delete(collections).where(collections.c.id == known.id))


async def list_own(
    session: AsyncSession, viewer: Viewer, *, pack: str | None = None, file: str | None = None
) -> tuple[CollectionSummary, ...]:
    """List own and shared collections, last changed first; with a pack or sound, also whether each contains it.

    Raises:
        InvalidInputError: both a pack and a sound are given.
        NotFoundError: the pack or sound does not exist.
    """
    target = None
    if pack is not None or file is not None:
        target = await targets.find(session, pack=pack, file=file, must_be_on_sale=False)
    values = {
        "user": viewer.user_id, "covers": _COVERS, "limit": MAX_LISTED + policy.MAX_COLLECTIONS,
        "file": target.file_id if target else None,
        "pack": target.pack_id if target and target.file_id is None else None,
    }  # fmt: skip
    return tuple(_summary(row, viewer) for row in await session.execute(_OWN, values))


async def list_public(
    session: AsyncSession, viewer: Viewer | None, *, limit: int = 24
) -> tuple[CollectionSummary, ...]:
    """List public, non-empty collections of other members, last changed first; without those of blocked members."""
    values = {
        "viewer": viewer.user_id if viewer else None, "user": viewer.user_id if viewer else uuid.UUID(int=0), "covers": _COVERS, "limit": max(1, min(limit, 100)),
        "file": None, "pack": None,
    }  # fmt: skip
    return tuple(_summary(row, viewer) for row in await session.execute(_PUBLIC, values))


async def get(session: AsyncSession, viewer: Viewer | None, *, slug: str, after: int = 0) -> CollectionDetail:
    """Return a collection with up to ``ENTRIES_A_PAGE`` entries, starting at the position ``after``.

    Raises:
        NotFoundError: the viewer may not see such a collection, see ``find``.
    """
    known = await find(session, viewer, slug=slug)
    values = {"id": known.id, "covers": _COVERS, "limit": 1, "file": None, "pack": None}
    row = (await session.execute(_ONE, values)).one()
    entries = await _entries(session, viewer, known.id, max(0, after))
    named = await session.execute(
        select(users.c.id, users.c.display_name)
        .select_from(collection_members.join(users, users.c.id == collection_members.c.user_id))
        .where(collection_members.c.collection_id == known.id)
        .order_by(collection_members.c.created_at)
    )
    return CollectionDetail(
        summary=_summary(row, viewer),
        entries=entries,
        has_more=max(0, after) + len(entries) < known.item_count,
        can_edit=known.can_edit,
        collaborators=tuple(Collaborator(str(one.id), one.display_name) for one in named),
        invite_token=known.invite_token if known.is_own else None,
    )


async def find(
    session: AsyncSession, viewer: Viewer | None, *, slug: str, invite: str = "", is_locked: bool = False
) -> Known:
    """Return a collection that is not private, or that the viewer owns, edits, or is invited to by the token ``invite``.

    One that reports hid is returned only to its owner and editors, and to moderators unless it is private.

    Raises:
        NotFoundError: there is none, or its owner or the viewer has blocked the other.
    """
    user_id = viewer.user_id if viewer else None
    is_shared: ColumnElement[bool] = exists().where(
        collection_members.c.collection_id == collections.c.id, collection_members.c.user_id == user_id
    )
    is_open = collections.c.visibility != Visibility.PRIVATE.value
    if viewer is None or not viewer.is_moderator:
        is_open &= collections.c.hidden_at.is_(None)
    visible = [is_open, collections.c.user_id == user_id, is_shared]
    if invite:
        visible.append((collections.c.invite_token == printable_slug(invite)) & collections.c.hidden_at.is_(None))
    statement = select(collections, is_shared.label("is_shared")).where(
        collections.c.slug == printable_slug(slug), or_(*visible)
    )
    if is_locked:
        statement = statement.with_for_update(of=collections)
    row = (await session.execute(statement)).one_or_none()
    if row is None or (viewer is not None and await blocks.are_apart(session, viewer.user_id, row.user_id)):
        raise NotFoundError(NO_COLLECTION)
    return Known(
        id=row.id, is_own=row.user_id == user_id, is_shared=bool(row.is_shared), item_count=row.item_count,
        invite_token=row.invite_token, title=row.title, user_id=row.user_id, visibility=Visibility(row.visibility),
    )  # fmt: skip


async def find_own(session: AsyncSession, viewer: Viewer, *, slug: str) -> Known:
    """Lock and return a collection that the viewer owns, and count a change against the rate limit.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: it belongs to another member.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.COLLECTION, str(viewer.user_id)))
    known = await find(session, viewer, slug=slug, is_locked=True)
    if not known.is_own:
        raise ForbiddenError("Only the owner of a collection can do this.")
    return known


async def find_editable(session: AsyncSession, viewer: Viewer, *, slug: str) -> Known:
    """Lock and return a collection whose items the viewer may change, and count a change against the rate limit.

    Raises:
        NotFoundError: there is no such collection.
        ForbiddenError: the viewer is not one of its collaborators.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.COLLECTION, str(viewer.user_id)))
    known = await find(session, viewer, slug=slug, is_locked=True)
    if not known.can_edit:
        raise ForbiddenError("Only the owner and collaborators can change a collection.")
    return known


async def _entries(
    session: AsyncSession, viewer: Viewer | None, collection_id: uuid.UUID, after: int
) -> tuple[CollectionEntry, ...]:
    rows = (
        await session.execute(
            select(collection_items, users.c.display_name)
            .select_from(collection_items.outerjoin(users, users.c.id == collection_items.c.added_by))
            .where(collection_items.c.collection_id == collection_id, collection_items.c.position >= after)
            .order_by(collection_items.c.position)
            .limit(ENTRIES_A_PAGE)
        )
    ).all()
    of_packs = await targets.load_packs(session, viewer, {row.pack_id for row in rows if not row.is_sound})
    of_files = await targets.load_files(session, viewer, {row.file_id for row in rows if row.is_sound})
    return tuple(
        CollectionEntry(
            id=str(row.id), position=row.position, title=row.title, note=row.note, is_sound=row.is_sound,
            pack=None if row.is_sound else of_packs.get(row.pack_id), file=of_files.get(row.file_id) if row.is_sound else None,
            added_by=row.display_name or policy.DELETED_MEMBER,
        )
        for row in rows
    )  # fmt: skip


def _summary(row: Any, viewer: Viewer | None) -> CollectionSummary:
    return CollectionSummary(
        slug=row.slug, title=row.title, description=row.description, visibility=Visibility(row.visibility),
        owner_name=row.owner_name, is_own=viewer is not None and row.user_id == viewer.user_id, item_count=row.item_count,
        cover_keys=tuple(row.cover_keys), updated_at=row.updated_at, is_hidden=row.hidden_at is not None, item_id=str(row.item_id) if row.item_id else None,
    )  # fmt: skip


def _title(text: str) -> str:
    return clean_line(text, label="The title", field="title", max_length=policy.MAX_COLLECTION_TITLE_CHARACTERS)


def _description(text: str) -> str:
    return paragraphs(
        text, label="The description", field="description", max_length=policy.MAX_COLLECTION_TEXT_CHARACTERS
    )
