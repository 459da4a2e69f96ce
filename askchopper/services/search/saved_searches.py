"""Saved searches, and notifications about new matches."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database_statements import prepared
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files
from askchopper.models.search import saved_searches
from askchopper.schemas import search_filters
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.search import SavedSearch
from askchopper.schemas.text import clean_line
from askchopper.services import activity
from askchopper.services.search import filters as filtering
from askchopper.services.search import text_query as wording

MAX_SAVED = 30
MAX_NAME = 100
MOST_CHECKED = 50
CAP = 100
CHECK_MINUTES = 10
_MISSING = "This search is not saved."


async def save(session: AsyncSession, viewer: Viewer, *, name: str, query: dict[str, str]) -> SavedSearch:
    """Save a search; saving an identical one renames it.

    Raises:
        InvalidInputError: the search has no filter, the search or its name is invalid, or there are ``MAX_SAVED`` others already.
    """
    filters = search_filters.parse(query)
    canonical = search_filters.as_query(filters)
    if not canonical:
        raise InvalidInputError("Choose at least one filter before saving a search.", field="query")
    label = clean_line(name, label="The name", field="name", max_length=MAX_NAME)
    address = urlencode(canonical)
    others = await session.execute(
        select(func.count()).where(saved_searches.c.user_id == viewer.user_id, saved_searches.c.query != address)
    )
    if others.scalar_one() >= MAX_SAVED:
        raise InvalidInputError(f"You can keep {MAX_SAVED} searches. Remove one first.", field="name")
    values = {"id": new_id(), "user_id": viewer.user_id, "name": label, "query": address, "new_count": 0}
    made = await session.execute(
        upsert(saved_searches)
        .values(values)
        .on_conflict_do_update(index_elements=["user_id", "query"], set_={"name": label})
        .returning(saved_searches.c.id)
    )
    return SavedSearch(made.scalar_one(), label, canonical)


_LIST = prepared(
    select(saved_searches)
    .where(saved_searches.c.user_id == bindparam("user"))
    .order_by(saved_searches.c.created_at.desc())
    .limit(MAX_SAVED)
)


async def list_saved(session: AsyncSession, viewer: Viewer) -> tuple[SavedSearch, ...]:
    """List the viewer's saved searches, newest first."""
    rows = await session.execute(_LIST, {"user": viewer.user_id})
    return tuple(_saved(row) for row in rows)


async def rename(session: AsyncSession, viewer: Viewer, *, search_id: str, name: str) -> None:
    """Rename a saved search.

    Raises:
        InvalidInputError: the name is empty or too long.
        NotFoundError: the viewer has no such search.
    """
    label = clean_line(name, label="The name", field="name", max_length=MAX_NAME)
    own = (saved_searches.c.id == require_id(search_id, _MISSING), saved_searches.c.user_id == viewer.user_id)
    renamed = await session.execute(
        update(saved_searches).where(*own).values(name=label).returning(saved_searches.c.id)
    )
    if renamed.first() is None:
        raise NotFoundError(_MISSING)


async def remove(session: AsyncSession, viewer: Viewer, *, search_id: str) -> SavedSearch:
    """Delete a saved search; returns it, so that the caller can restore it.

    Raises:
        NotFoundError: the viewer has no such search.
    """
    own = (saved_searches.c.id == require_id(search_id, _MISSING), saved_searches.c.user_id == viewer.user_id)
    gone = (await session.execute(delete(saved_searches).where(*own).returning(saved_searches))).first()
    if gone is None:
        raise NotFoundError(_MISSING)
    return _saved(gone)


async def restore(session: AsyncSession, viewer: Viewer, removed: SavedSearch) -> None:
    """Restore a deleted search, with its number of unseen matches.

    Raises:
        InvalidInputError: there are ``MAX_SAVED`` again, or a filter has become invalid.
    """
    again = await save(session, viewer, name=removed.name, query=removed.query)
    await session.execute(
        update(saved_searches).where(saved_searches.c.id == again.id).values(new_count=removed.new_count)
    )


def is_same(one: SavedSearch, query: Mapping[str, str]) -> bool:
    """Return whether a saved search has the same parameters as a query, apart from the sort order."""
    return _unordered(one.query) == _unordered(query)


async def list_viewing(session: AsyncSession, viewer: Viewer, query: dict[str, str]) -> tuple[SavedSearch, ...]:
    """List the viewer's saved searches, newest first, and reset the new matches of those that equal ``query``."""
    kept = await list_saved(session, viewer)
    seen = [one.id for one in kept if one.new_count and is_same(one, query)]
    if not seen:
        return kept
    await session.execute(update(saved_searches).where(saved_searches.c.id.in_(seen)).values(new_count=0))
    return tuple(replace(one, new_count=0) if one.id in seen else one for one in kept)


async def notify_new_matches(session: AsyncSession) -> int:
    """Notify members of new matches; returns the number of searches with any.

    Checks up to ``MOST_CHECKED`` searches, least recently checked first, at most once in ``CHECK_MINUTES`` each.
    """
    due = await session.execute(
        select(saved_searches)
        .where(saved_searches.c.checked_at < func.now() - func.make_interval(0, 0, 0, 0, 0, CHECK_MINUTES))
        .order_by(saved_searches.c.checked_at)
        .limit(MOST_CHECKED)
        .with_for_update(skip_locked=True)
    )
    told = 0
    for row in due.all():
        count = await _count_new(session, row)
        values: dict[str, Any] = {"checked_at": func.now()}
        if count:
            values["new_count"] = saved_searches.c.new_count + count
            told += 1
            what = "1 new sound matches" if count == 1 else f"{count if count < CAP else f'{CAP}+'} new sounds match"
            await activity.notify(
                session, user_id=row.user_id, kind="search", sentence=f"{what} “{row.name}”.",
                link=routes.browse(**{**dict(parse_qsl(row.query)), "sort": "newest"}),
            )  # fmt: skip
        await session.execute(update(saved_searches).where(saved_searches.c.id == row.id).values(values))
    return told


def _saved(row: Any) -> SavedSearch:
    return SavedSearch(row.id, row.name, dict(parse_qsl(row.query)), row.new_count)


def _unordered(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if name != "sort"}


async def _count_new(session: AsyncSession, row: Any) -> int:
    try:
        filters = search_filters.parse(dict(parse_qsl(row.query)))
    except InvalidInputError:  # for example, a genre that was removed
        return 0
    plain = replace(filters, like=None, owned=None, is_unheard=False)
    words = await wording.prepare(session, plain)
    bounded = (
        select(audio_files.c.id)
        .where(*filtering.file_conditions(plain, words, None), audio_files.c.published_at > row.checked_at)
        .limit(CAP)
        .subquery()
    )
    return (await session.execute(select(func.count()).select_from(bounded))).scalar_one()
