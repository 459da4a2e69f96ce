"""Search entry point for page, API and assistant: parses the query into filters, finds sounds or packs, explains each hit."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.models.catalogue import creators
from askchopper.schemas import cursors, search_filters
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Correction, Hit, Results, Understood
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import compatible, explanations, queries, query_parser, similar
from askchopper.services.search import filters as filtering
from askchopper.services.search import text_query as wording
from askchopper.services.search.title_match import SAME_TITLE
from askchopper.services.taste import preferences, ranking

SHIFT = 0.05  # share of the tempo for "but slower"
_SIMILAR_CURSOR = "similar"
_LAST = {"download": "downloaded", "purchase": "bought", "play": "played"}


async def understand(session: AsyncSession, viewer: Viewer | None, query: Mapping[str, str]) -> Understood:
    """Parse a search into filters: explicit ones, and those recognised in its words.

    Raises:
        InvalidInputError: an explicit filter is invalid; the message says which.
        NotFoundError: the reference sound is unknown.
    """
    explicit = search_filters.parse(query)
    reading = query_parser.parse(explicit.text)
    found = search_filters.merged(reading.filters(), explicit)
    notes: list[str] = []
    if reading.creator_words and explicit.creator is None:
        found = await _with_creator(session, found, reading.creator_words)
    if reading.reference and explicit.like is None and explicit.fits is None:
        found, note = await _resolve_reference(session, viewer, found, reading.reference, reading.tempo_shift)
        notes.append(note)
    return Understood(found, tuple(note for note in notes if note))


async def find_files(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    filters: Filters,
    cursor: str | None = None,
    limit: int = 24,
) -> Results:
    """Find sounds by the filters: compatible with a reference, similar to one, or by text and other filters.

    If a text search finds nothing, the text is corrected; the result then has a ``correction``.

    Raises:
        InvalidInputError: the cursor is invalid, or belongs to another kind of search.
        NotFoundError: the reference sound is unknown.
    """
    if filters.fits:
        return await _find_compatible(session, viewer, filters, cursor, limit)
    if filters.like:
        return await _find_similar(session, viewer, filters, cursor, limit)
    words = await wording.prepare(session, filters)
    page = await queries.list_files(session, viewer, filters=filters, cursor=cursor, limit=limit)
    correction: Correction | None = None
    if not page.items and not cursor and filters.text:
        correction = await wording.correct(session, filters)
        if correction:
            retried = replace(filters, text=correction.corrected)
            words = await wording.prepare(session, retried)
            page = await queries.list_files(session, viewer, filters=retried, limit=limit)
            if page.items:
                filters = retried
            else:
                correction = None
    hits = tuple(
        Hit(row, why=explanations.explain(row, filters, words), tempo_match=filtering.tempo_match(filters, row.bpm))
        for row in page.items
    )
    return Results(filters, hits, page.next_cursor, correction)


async def best_relaxation(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, *, of_files: bool
) -> tuple[str, int]:
    """For an empty result, return the filter whose removal gives most hits, and their number; ``("", 0)`` if none gives any."""
    found = await counts_without(session, viewer, filters, of_files=of_files)
    return max(found.items(), key=lambda one: one[1], default=("", 0))


async def counts_without(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, *, of_files: bool
) -> dict[str, int]:
    """For an empty result, count the hits after removing each filter, by its URL parameter; omits zero counts."""
    count = queries.count_files if of_files else queries.count_packs
    counts = {name: await count(session, viewer, without) for name, without in _removals(filters)}
    return {name: found for name, found in counts.items() if found}


async def missing_terms(session: AsyncSession, viewer: Viewer | None, words: str) -> tuple[str, ...]:
    """Return the words to remove so that the others match sounds together; ignores filters and words after ``MAX_WORDS``.

    Checks the words from left to right, and drops each that has no match together with the words before it.
    """
    typed = words.replace('"', " ").casefold().split()[: wording.MAX_WORDS]
    kept: list[str] = []
    for word in typed:
        # In quotes no word is a prefix: "can" does not match "candle".
        quoted = " ".join(f'"{one.strip("-")}"' for one in (*kept, word))
        if await queries.count_files(session, viewer, Filters(text=quoted), 1):
            kept.append(word)
    return tuple(word for word in typed if word not in kept)


def _removals(filters: Filters) -> list[tuple[str, Filters]]:
    """Return each active filter's URL parameter, with the filters that remain without it."""
    query = search_filters.as_query(filters)
    together = {
        "bpm_min": ("bpm_min", "bpm_max"),
        "key": ("key", "or_key", "note", "or_note", "compatible"),
        "note": ("note", "or_note"),
        "duration_max": ("duration_min", "duration_max"),
    }
    found: list[tuple[str, Filters]] = []
    for name in query:
        if name in {"sort", "half_double", "compatible", "or_key", "or_note", "same_pack"} or (
            (name == "bpm_max" and "bpm_min" in query) or (name == "note" and "key" in query)
        ):
            continue
        dropped = together.get(name, (name,))
        found.append((name, search_filters.parse({key: value for key, value in query.items() if key not in dropped})))
    return found


async def _find_similar(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, cursor: str | None, limit: int
) -> Results:
    like = await similar.target(session, viewer, filters.like or "")
    skip = _read_skip(cursor)
    size = max(1, min(limit, similar.MAX_HITS))
    found = await similar.similar_files(session, viewer, like, filters=filters, limit=size + 1, skip=skip)
    page = found[:size]  # ties are broken only within a page, so that no sound is on two pages
    if liked := await preferences.load(session, viewer):
        page = ranking.break_ties(page, lambda row: ranking.liking_of_sound(liked, row))
    hits = tuple(
        Hit(
            row,
            score=score,
            why=explanations.explain_compatibility(row, like.bpm, like.key),
            tempo_match=filtering.tempo_match(filters, row.bpm),
        )
        for row, score in page
    )
    is_more = len(found) > size and skip + size < similar.MAX_HITS
    notes = () if like.vector else (f"{like.label} has not been compared yet. Try again in a minute.",)
    next_cursor = cursors.encode(_SIMILAR_CURSOR, skip + size) if is_more else None
    return Results(filters, hits, next_cursor, notes=notes)


def _read_skip(cursor: str | None) -> int:
    if not cursor:
        return 0
    name, skip = cursors.decode(cursor, length=2)
    if name != _SIMILAR_CURSOR or type(skip) is not int or not 0 <= skip <= similar.MAX_HITS:
        raise cursors.bad_cursor()
    return skip


async def _find_compatible(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, cursor: str | None, limit: int
) -> Results:
    reference = await similar.target(session, viewer, filters.fits or "")
    skip = _read_skip(cursor)
    size = max(1, min(limit, compatible.MAX_HITS))
    found = await compatible.find(session, viewer, reference, filters=filters)
    notes = (
        () if reference.bpm else (f"The tempo of {reference.label} is unknown, so these are ranked by key and sound.",)
    )
    next_cursor = cursors.encode(_SIMILAR_CURSOR, skip + size) if len(found) > skip + size else None
    return Results(filters, tuple(found[skip : skip + size]), next_cursor, notes=notes, total=len(found))


async def _with_creator(session: AsyncSession, filters: Filters, said: str) -> Filters:
    """Resolve a creator named after "by", allowing typos, and parse the words after the name as filters."""
    parts = said.split()
    starts = [" ".join(parts[:count]) for count in range(len(parts), 0, -1)]
    rows = await session.execute(
        select(creators.c.slug, func.lower(creators.c.display_name).label("name")).where(
            func.lower(creators.c.display_name).in_(starts)
        )
    )
    best = max(rows.all(), key=lambda row: len(row.name), default=None)
    if best is None:
        rows = await session.execute(_SIMILAR_CREATORS, {"said": said})
        best = max(rows.all(), key=lambda row: _likeness(row.name, parts), default=None)
        best = best if best and _likeness(best.name, parts) >= SAME_TITLE else None
    rest = parts if best is None else parts[len(best.name.split()) :]
    left = query_parser.parse(" ".join(rest)).filters()
    joined = " ".join(part for part in (filters.text, left.text) if part)
    return replace(search_filters.merged(left, filters), text=joined, creator=best.slug if best else None)


def _likeness(name: str, parts: list[str]) -> float:
    return fuzz.ratio(name, " ".join(parts[: len(name.split())]))


async def _resolve_reference(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, reference: str, shift: int
) -> tuple[Filters, str]:
    """Resolve "my last download" to a sound, and "but slower" to a tempo range; returns the filters and a note for the viewer.

    The filters are unchanged if the viewer is not signed in, or the sound does not exist.
    """
    if viewer is None:
        return filters, f"Sign in to search from what you last {_LAST[reference]}."
    last: uuid.UUID | None = (
        await session.execute(_LAST_SOUND[reference], {"user": viewer.user_id})
    ).scalar_one_or_none()
    if last is None:
        return filters, f"You have not {_LAST[reference]} anything yet."
    try:
        like = await similar.target(session, viewer, str(last))
    except NotFoundError:
        return filters, f"What you last {_LAST[reference]} is not on sale any more."
    changes: dict[str, Any] = {"like": str(last), "is_other_pack": True}
    if shift and like.bpm and not filters.has_tempo:
        end = round(like.bpm * (1 + shift * SHIFT), 1)
        # A slower one must not match again at double tempo.
        changes |= {"bpm_max" if shift < 0 else "bpm_min": end}
    return replace(filters, **changes), f"Similar to {like.label}."


_SIMILAR_CREATORS = text("""
    SELECT slug, lower(display_name) AS name FROM creators WHERE word_similarity(lower(display_name), :said) >= 0.4
    ORDER BY word_similarity(lower(display_name), :said) DESC LIMIT 5
""")
_LAST_SOUND = {
    "download": text("SELECT coalesce(file_id, pack_id) FROM downloads WHERE user_id = :user ORDER BY created_at DESC LIMIT 1"),
    "purchase": text(
        "SELECT file_ids[1] FROM active_purchases(:user) ORDER BY created_at DESC LIMIT 1"
    ),
    "play": text("SELECT coalesce(file_id, pack_id) FROM plays WHERE user_id = :user ORDER BY created_at DESC LIMIT 1"),
}  # fmt: skip
