"""Paged comments on a pack with their answers, as seen by a viewer: without members blocked in either direction."""

import uuid
from collections.abc import Iterable
from itertools import chain, groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.community_vocabulary import CommentSort
from askchopper.database_statements import prepared
from askchopper.errors import NotFoundError
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import Author, Comment, CommentPage
from askchopper.schemas.identifiers import printable_slug
from askchopper.services.community import blocks, wording

PAGE_SIZE = 20
MAX_LIMIT = 50
MOST_COUNTED = 1_000
_MOST = 1_000_000  # above any position or second
_PREVIEW = -1  # the position of the pack's preview
_FIRST, _LAST = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)
FORMER_MEMBER = "Former member"
NO_PACK = "This pack does not exist, or is not on sale any more."

# A deleted comment is shown while it has answers. Only its author and moderators see a hidden one.
_IS_SHOWN = f"""
    {blocks.not_blocked("c.user_id")}
    AND (c.hidden_at IS NULL OR c.user_id = CAST(:viewer AS uuid) OR :is_moderator)
    AND (c.deleted_at IS NULL OR EXISTS (SELECT FROM comments r WHERE r.parent_id = c.id AND r.deleted_at IS NULL))
"""
# A page with its answers in one query, which is prepared, since planning it takes longer than running it.
_WITH_ANSWERS = f"""
    WITH pack AS MATERIALIZED ({{pack}}), page AS MATERIALIZED ({{page}}),
    shown AS (
        SELECT id, place FROM page
        UNION ALL SELECT c.id, page.place FROM page JOIN comments c ON c.parent_id = page.id WHERE {_IS_SHOWN}
    )
    SELECT pack.total, c.id, c.parent_id, c.file_id, c.at_seconds, c.text, c.created_at, c.edited_at, c.deleted_at, c.hidden_at,
        u.id AS author_id, u.display_name, u.picture_key, w.slug AS author_slug, f.title AS file_title, f.position,
        f.retired_at IS NOT NULL AS is_of_earlier_version, c.user_id = pack.seller_id AS is_by_creator, shown.place
    FROM pack LEFT JOIN (shown JOIN comments c ON c.id = shown.id) ON true
    LEFT JOIN users u ON u.id = c.user_id LEFT JOIN creators w ON w.user_id = u.id LEFT JOIN audio_files f ON f.id = c.file_id
    ORDER BY shown.place, c.parent_id NULLS FIRST, c.id
"""  # noqa: S608 - constants
_PACK = """
    SELECT p.id, s.user_id AS seller_id, (SELECT count(*) FROM (
        SELECT FROM comments WHERE pack_id = p.id AND parent_id IS NULL AND deleted_at IS NULL AND hidden_at IS NULL LIMIT :most
    ) counted) AS total
    FROM packs p JOIN creators s ON s.id = p.creator_id WHERE p.slug = :slug AND p.status = 'published'
"""
_NEWEST = prepared(
    text(
        _WITH_ANSWERS.format(
            pack=_PACK,
            page=f"""
        SELECT c.id, row_number() OVER (ORDER BY c.id DESC) AS place FROM comments c
        WHERE c.pack_id = (SELECT id FROM pack) AND c.parent_id IS NULL AND {_IS_SHOWN} AND c.id < CAST(:after AS uuid)
        ORDER BY c.id DESC LIMIT :limit""",  # noqa: S608 - constants
        )
    )
)
# Sound by sound in the order of the pack, its preview first: a page reads the start of one index range for each sound it shows.
_BY_MOMENT = prepared(
    text(
        _WITH_ANSWERS.format(
            pack=_PACK,
            page=f"""
        SELECT chosen.id, row_number() OVER (ORDER BY sound.position, chosen.at_seconds, chosen.id) AS place
        FROM (
            SELECT * FROM (
                SELECT id, {_PREVIEW} AS position FROM pack
                UNION ALL SELECT id, position FROM audio_files WHERE pack_id = (SELECT id FROM pack)
            ) every WHERE position >= :position ORDER BY position
        ) sound CROSS JOIN LATERAL (
            SELECT c.id, c.at_seconds FROM comments c
            WHERE coalesce(c.file_id, c.pack_id) = sound.id AND c.parent_id IS NULL AND c.at_seconds IS NOT NULL AND {_IS_SHOWN}
                AND (c.at_seconds, c.id) > (CASE WHEN sound.position = :position THEN CAST(:at AS numeric) ELSE -1 END, CAST(:after AS uuid))
            ORDER BY c.at_seconds, c.id LIMIT :limit
        ) chosen ORDER BY sound.position, chosen.at_seconds, chosen.id LIMIT :limit""",  # noqa: S608 - constants
        )
    )
)
_ONE = prepared(
    text(
        _WITH_ANSWERS.format(
            pack="""
        SELECT s.user_id AS seller_id, 1 AS total
        FROM comments c JOIN packs p ON p.id = c.pack_id JOIN creators s ON s.id = p.creator_id WHERE c.id = :id""",
            page=f"SELECT c.id, 1 AS place FROM comments c WHERE c.id = :id AND {_IS_SHOWN}",  # noqa: S608 - constants
        )
    )
)
_FIND_PACK = text("""
    SELECT p.id, p.title, p.slug, p.preview_seconds, p.rating_count, p.rating_sum, p.rating_counts, c.user_id AS seller_id
    FROM packs p JOIN creators c ON c.id = p.creator_id WHERE p.slug = :slug AND p.status = 'published'
""")


async def find_pack(session: AsyncSession, slug: str) -> Any:
    """Return id, title, slug, preview_seconds, rating totals and seller_id of a published pack.

    Raises:
        NotFoundError: there is none.
    """
    row = (await session.execute(_FIND_PACK, {"slug": printable_slug(slug)})).one_or_none()
    if row is None:
        raise NotFoundError(NO_PACK)
    return row


async def list_comments(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    slug: str,
    sort: CommentSort = CommentSort.NEWEST,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> CommentPage:
    """List the comments on a pack and its sounds that the viewer may see, each with its answers, which are oldest first.

    Args:
        session: database session.
        viewer: the reader; None for a visitor.
        slug: slug of the pack.
        sort: newest first; or only comments on a moment, by sound and second.
        cursor: cursor of the page.
        limit: number of comments, at most ``MAX_LIMIT``.

    Raises:
        NotFoundError: there is no such published pack.
        InvalidInputError: the cursor is invalid or belongs to another list.
    """
    size = max(1, min(limit, MAX_LIMIT))
    values = {
        **_reader(viewer), **_start(cursor, sort), "slug": printable_slug(slug), "limit": size + 1, "most": MOST_COUNTED
    }  # fmt: skip
    rows = (await session.execute(_NEWEST if sort is CommentSort.NEWEST else _BY_MOMENT, values)).all()
    if not rows:
        raise NotFoundError(NO_PACK)
    threads = _threads(rows)
    shown = threads[:size]
    return CommentPage(
        items=await _comments(session, viewer, shown),
        next_cursor=_end(shown[-1][0], sort) if len(threads) > size else None,
        total=rows[0].total,
    )


async def get(session: AsyncSession, viewer: Viewer | None, comment_id: uuid.UUID) -> Comment | None:
    """Return a comment with its answers; None if it does not exist or this viewer may not see it."""
    threads = _threads(await session.execute(_ONE, {**_reader(viewer), "id": comment_id}))
    return next(iter(await _comments(session, viewer, threads)), None)


def _reader(viewer: Viewer | None) -> dict[str, Any]:
    return {"viewer": viewer.user_id if viewer else None, "is_moderator": viewer is not None and viewer.is_moderator}


def _threads(rows: Iterable[Any]) -> list[list[Any]]:
    """Group rows into threads: a comment and its answers. A pack without comments yields none."""
    return [list(thread) for place, thread in groupby(rows, lambda row: row.place) if place]


async def _comments(session: AsyncSession, viewer: Viewer | None, threads: list[list[Any]]) -> tuple[Comment, ...]:
    known = await _existing(session, chain.from_iterable(threads))
    return tuple(
        _comment(first, viewer, known, tuple(_comment(answer, viewer, known) for answer in answers))
        for first, *answers in threads
    )


async def _existing(session: AsyncSession, rows: Iterable[Any]) -> set[str]:
    """Return the slugs of the mentioned creators that exist."""
    wanted = sorted({slug for row in rows for slug in wording.mentions(row.text)})
    if not wanted:
        return set()
    found = await session.execute(text("SELECT slug FROM creators WHERE slug = ANY(:wanted)"), {"wanted": wanted})
    return set(found.scalars())


def _comment(row: Any, viewer: Viewer | None, known: set[str], replies: tuple[Comment, ...] = ()) -> Comment:
    is_own = viewer is not None and row.author_id == viewer.user_id
    is_deleted = row.deleted_at is not None
    shown = "" if is_deleted else row.text
    author = Author(str(row.author_id), row.display_name, row.author_slug or "", row.picture_key or "")
    return Comment(
        id=str(row.id),
        author=author if row.author_id and not is_deleted else Author("", FORMER_MEMBER if not is_deleted else ""),
        text=shown,
        html=wording.render(shown, frozenset(known.intersection(wording.mentions(shown)))) if shown else "",
        file_id=str(row.file_id) if row.file_id and not row.is_of_earlier_version else None,
        file_title=row.file_title or "",
        at_seconds=None if row.at_seconds is None else float(row.at_seconds),
        parent_id=str(row.parent_id) if row.parent_id else None,
        created_at=row.created_at,
        edited_at=row.edited_at,
        is_deleted=is_deleted,
        is_hidden=row.hidden_at is not None,
        is_own=is_own,
        is_by_creator=bool(row.is_by_creator),
        is_of_earlier_version=bool(row.is_of_earlier_version),
        replies=replies,
    )


def _start(cursor: str | None, sort: CommentSort) -> dict[str, Any]:
    """Return the query parameters for the start of a page."""
    if not cursor:
        return {"after": _LAST} if sort is CommentSort.NEWEST else {"after": _FIRST, "position": _PREVIEW, "at": -1}
    if sort is CommentSort.NEWEST:
        (last,) = cursors.decode(cursor, length=1)
        return {"after": cursors.as_id(last)}
    position, at, last = cursors.decode(cursor, length=3)
    if type(position) is not int or abs(position) > _MOST or type(at) not in {int, float} or not 0 <= at <= _MOST:
        raise cursors.bad_cursor()
    return {"after": cursors.as_id(last), "position": position, "at": at}


def _end(row: Any, sort: CommentSort) -> str:
    if sort is CommentSort.NEWEST:
        return cursors.encode(str(row.id))
    position = _PREVIEW if row.position is None else row.position
    return cursors.encode(position, float(row.at_seconds), str(row.id))
