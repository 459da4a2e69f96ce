"""Queries for filtered lists of packs and sounds and their counts; ranked by text match if the search has text."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    REAL,
    Boolean,
    ColumnElement,
    Float,
    FromClause,
    Select,
    case,
    cast,
    func,
    literal,
    select,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import audio_files, packs
from askchopper.models.taste import taste_picks
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow, PackCard, Page
from askchopper.schemas.search_filters import Filters
from askchopper.services.catalogue import cards
from askchopper.services.search import filters as filtering
from askchopper.services.search import text_query as wording
from askchopper.services.search.text_query import TextQuery
from askchopper.services.taste import preferences, ranking
from askchopper.vocabulary import PackSort

MAX_LIMIT = 100
# Only the most popular matches are ranked; the list ends after them.
MOST_RANKED = 200
_WEIGHTS = [0.1, 0.3, 0.4, 1.0]  # of D, C, B, A: description, creator, pack and tags, title
_POPULARITY_SHARE = 0.02
_BEHIND_ALL = 10.0  # greater than any taste score
MOST_TOGETHER = 3  # sounds of a pack among recommended ones
_STEP = 0.1


async def list_packs(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    filters: Filters,
    cursor: str | None = None,
    limit: int = 24,
) -> Page[PackCard]:
    """List published packs that match all filters, 1 to ``MAX_LIMIT`` per page.

    Sorted by relevance or by taste, the list ends after the ``MOST_RANKED`` most popular matches (by taste, also recommended ones).

    Raises:
        InvalidInputError: the cursor is invalid, or from another sort order.
    """
    words = await wording.prepare(session, filters)
    conditions: list[ColumnElement[bool]] = filtering.pack_conditions(filters, words, viewer)
    if filters.creator:
        # The creator's slug is in another table, and candidates are chosen before the join.
        chosen = select(packs.c.id).select_from(cards.PACKS).where(*conditions)
        conditions = [cast(packs.c.id.in_(chosen), Boolean)]
    return await _page(
        session, cards.select_packs(viewer), packs, conditions,
        viewer=viewer, make=cards.pack_card, filters=filters, words=words, cursor=cursor, limit=limit,
    )  # fmt: skip


async def list_files(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    filters: Filters,
    cursor: str | None = None,
    limit: int = 24,
) -> Page[FileRow]:
    """List sounds of published packs; otherwise like ``list_packs``."""
    words = await wording.prepare(session, filters)
    conditions = filtering.file_conditions(filters, words, viewer)
    return await _page(
        session, cards.select_files(viewer), audio_files, conditions,
        viewer=viewer, make=cards.file_row, filters=filters, words=words, cursor=cursor, limit=limit,
    )  # fmt: skip


async def count_packs(session: AsyncSession, viewer: Viewer | None, filters: Filters, cap: int = 1000) -> int:
    """Count matching packs, up to ``cap``."""
    words = await wording.prepare(session, filters)
    return await _count(session, cards.PACKS, filtering.pack_conditions(filters, words, viewer), cap)


async def count_files(session: AsyncSession, viewer: Viewer | None, filters: Filters, cap: int = 1000) -> int:
    """Count matching sounds, up to ``cap``."""
    words = await wording.prepare(session, filters)
    return await _count(session, audio_files, filtering.file_conditions(filters, words, viewer), cap)


async def _page(
    session: AsyncSession,
    base: Select[*tuple[Any, ...]],
    table: Any,
    conditions: list[ColumnElement[bool]],
    *,
    viewer: Viewer | None,
    make: Any,
    filters: Filters,
    words: TextQuery,
    cursor: str | None,
    limit: int,
) -> Page[Any]:
    sort, size = filtering.sort_of(filters), max(1, min(limit, MAX_LIMIT))
    liked = await preferences.load(session, viewer) if sort is PackSort.FOR_YOU else preferences.NONE
    if sort is PackSort.FOR_YOU and not liked:
        sort = PackSort.POPULAR
    if sort is PackSort.RELEVANCE:
        score = rank(table.c.search, table.c.popularity, words)
        statement = _ranked(base, table, conditions, score, sort, cursor)
    elif sort is PackSort.FOR_YOU and viewer:
        statement = _for_you(base, table, conditions, viewer, liked, cursor)
    else:
        order = filtering.order_of(sort, of_files=table is audio_files)
        statement = base.add_columns(order.column.label("sort_value")).where(*conditions)
        if cursor:
            statement = statement.where(filtering.decode_cursor(cursor, sort, order))
        statement = order.apply(statement)
    rows = (await session.execute(statement.limit(size + 1))).all()
    page = tuple(make(row) for row in rows[:size])
    if len(rows) <= size:
        return Page(page, None)
    return Page(page, filtering.encode_cursor(sort, rows[size - 1].sort_value, rows[size - 1].id))


def _ranked(
    base: Select[*tuple[Any, ...]],
    table: Any,
    conditions: list[ColumnElement[bool]],
    score: ColumnElement[Any],
    sort: PackSort,
    cursor: str | None,
    *,
    also: ColumnElement[bool] | None = None,
    mixed_by: ColumnElement[Any] | None = None,
) -> Select[*tuple[Any, ...]]:
    """Select candidates by popularity, a limited number even for common words, and order them by a score.

    Args:
        base: query that selects the columns of the list.
        table: table of the items.
        conditions: conditions on the items.
        score: SQL expression of the score.
        sort: sort order to check in the cursor.
        cursor: cursor from the page before.
        also: condition that makes up to ``MOST_RANKED`` items candidates regardless of their popularity.
        mixed_by: column of the group, such as the pack, whose items are spread over the list, see ``_mixed``.
    """
    scored = select(
        table.c.id.label("candidate_id"), score.label("sort_value"), (table.c.id if mixed_by is None else mixed_by).label("group")
    ).where(*conditions)  # fmt: skip
    popular = scored.order_by(table.c.popularity.desc(), table.c.id.desc()).limit(MOST_RANKED)
    candidates = (
        popular.subquery("candidates")
        if also is None
        else union(
            select(popular.subquery("popular")), select(scored.where(also).limit(MOST_RANKED).subquery("listed"))
        ).subquery("candidates")
    )
    if mixed_by is not None:
        candidates = _mixed(candidates)
    chosen = select(candidates.c.candidate_id, candidates.c.sort_value)
    if cursor:
        value, last_id = filtering.read_cursor(cursor, sort, filtering.read_float)
        chosen = chosen.where(
            tuple_(candidates.c.sort_value, candidates.c.candidate_id)
            < tuple_(cast(value, Float(53)), literal(last_id, table.c.id.type))
        )
    top = (
        chosen.order_by(candidates.c.sort_value.desc(), candidates.c.candidate_id.desc())
        .limit(MAX_LIMIT + 1)
        .subquery("top")
    )
    return (
        base.add_columns(top.c.sort_value)
        .join(top, top.c.candidate_id == table.c.id)
        .order_by(top.c.sort_value.desc(), table.c.id.desc())
    )


def _mixed(candidates: Any) -> Any:
    """Mix groups: lower an item's score by a step for every ``MOST_TOGETHER`` better items of its group."""
    place = func.row_number().over(
        partition_by=candidates.c.group, order_by=(candidates.c.sort_value.desc(), candidates.c.candidate_id.desc())
    )
    lowered = candidates.c.sort_value - _STEP * func.floor((place - 1) / float(MOST_TOGETHER))
    return select(candidates.c.candidate_id, lowered.label("sort_value")).subquery("mixed")


def _for_you(
    base: Select[*tuple[Any, ...]],
    table: Any,
    conditions: list[ColumnElement[bool]],
    viewer: Viewer,
    liked: preferences.Preferences,
    cursor: str | None,
) -> Select[*tuple[Any, ...]]:
    """Order the most popular matches and the viewer's recommendations by taste; own, bought and dismissed ones come last."""
    of_packs = table is packs
    pack_id = table.c.id if of_packs else table.c.pack_id
    taste = cast(ranking.pack_score(liked) if of_packs else ranking.file_score(liked), Float(53))
    score = taste - case((ranking.is_known(viewer.user_id, pack_id), _BEHIND_ALL), else_=0.0)
    recommended = pack_id.in_(select(taste_picks.c.pack_id).where(taste_picks.c.user_id == viewer.user_id))
    allowed = ranking.is_allowed(liked) if of_packs else []
    return _ranked(
        base, table, [*conditions, *allowed], score, PackSort.FOR_YOU, cursor,
        also=recommended, mixed_by=None if of_packs else table.c.pack_id,
    )  # fmt: skip


def rank(document: ColumnElement[Any], popularity: ColumnElement[Any], words: TextQuery) -> ColumnElement[Any]:
    """Return the SQL expression of a document's rank: weight and proximity of the matched words, plus a little popularity.

    Source of the cover density: C. Clarke, G. Cormack, E. Tudhope, "Relevance ranking for one to three term queries", 1999.
    """
    weights = cast(_WEIGHTS, ARRAY(REAL))
    found = func.ts_rank_cd(weights, document, words.query)
    return cast(found, Float(53)) + _POPULARITY_SHARE * func.ln(1.0 + cast(popularity, Float(53)))


async def _count(session: AsyncSession, tables: FromClause, conditions: list[ColumnElement[bool]], cap: int) -> int:
    bounded = select(literal(1)).select_from(tables).where(*conditions).limit(cap).subquery()
    return (await session.execute(select(func.count()).select_from(bounded))).scalar_one()
