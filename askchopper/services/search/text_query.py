"""Text queries: synonyms, spelling correction, and completion while typing."""

import json
import re
import time
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein
from sqlalchemy import ARRAY, ColumnElement, String, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.genres import GENRES
from askchopper.models.search import search_synonyms
from askchopper.schemas.search import Correction, Suggestion
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.text import searchable
from askchopper.services.search.synonyms import COMPOUNDS

MAX_WORDS = 12
_HALVES = {joined: halves for halves, joined in COMPOUNDS.items()}
SYNONYMS_KEPT_SECONDS = 60.0
_SHORTEST_CORRECTED = 4
_SHORTEST_COMPLETED = 2  # a single letter matches too much
_CLOSE = 0.2  # trigram similarity; it is about 0.25 for a word of six letters with two swapped
_WORD = re.compile(r"[^\W_]+(?:['&.-][^\W_]+)*#?")


@dataclass(frozen=True)
class TextQuery:
    """A parsed text query.

    Args:
        groups: alternatives for each word, the word itself first; one of each group must match.
        without: excluded words.
        is_open: whether the last word may be a prefix.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    without: tuple[str, ...] = ()
    is_open: bool = True

    def __bool__(self) -> bool:
        return bool(self.groups or self.without)

    @property
    def query(self) -> ColumnElement[Any]:
        """Return the tsquery as a SQL literal, not a parameter, so that the planner can distinguish rare words from common ones."""
        query: ColumnElement[Any] = _tsquery(self.groups, is_open=self.is_open)
        for word in self.without:
            unwanted = func.tsquery_not(_tsquery(((word,),), is_open=False))
            query = query.op("&&", return_type=TSQUERY())(unwanted)
        return query


async def prepare(session: AsyncSession, filters: Filters) -> TextQuery:
    """Build the text query of a search from its text and tags, with synonyms; words after the first ``MAX_WORDS`` are ignored."""
    synonyms = await _synonyms(session)
    typed, without, has_end_quote = _split(filters.text)
    groups: list[tuple[str, ...]] = [(tag,) for tag in filters.tags]
    for word in _joined(typed)[: MAX_WORDS - len(groups)]:
        forms = _forms(word)
        meant = [means for form in forms for means in synonyms.get(form, ())]
        groups.append(tuple(dict.fromkeys((*forms, *meant))))
    excluded = tuple(form for word in _joined(without) for form in _forms(word))
    return TextQuery(tuple(groups), excluded, is_open=bool(typed) and not has_end_quote)


def _joined(words: list[str]) -> list[str]:
    """Join the two halves of known compounds: "hi hat" becomes "hihat"."""
    found: list[str] = []
    for word in words:
        pair = (found[-1], word.removesuffix("s")) if found else ("", "")
        if pair in COMPOUNDS:
            found[-1] = COMPOUNDS[pair]
        else:
            found.append(word)
    return found


def _forms(word: str) -> tuple[str, ...]:
    """Return the spellings of a word, itself first: numbers without a plural s, compounds as one word or two."""
    if numeral := re.fullmatch(r"(\d+)'?s", word):  # 808s; the stemmer leaves numbers alone
        return (word, numeral[1])
    plain = word.replace("-", "").removesuffix("s")
    halves = _HALVES.get(plain)
    if halves is None:
        return (word,)
    first, second = halves
    return tuple(
        dict.fromkeys((word, *(f"{first}{joint}{second}{plural}" for joint in ("", " ", "-") for plural in ("", "s"))))
    )


async def correct(session: AsyncSession, filters: Filters) -> Correction | None:
    """Correct the words that are not in the vocabulary to similar ones that are; None if no word can be corrected.

    Source of the distance: F. Damerau, "A technique for computer detection and correction of spelling errors", 1964.
    """
    quoted = set(_WORD.findall(" ".join(re.findall(r'"([^"]+)"', filters.text.casefold()))))
    typed, without, _ = _split(filters.text)
    doubtful = sorted(
        {word for word in typed if len(word) >= _SHORTEST_CORRECTED and " " not in word and not word.isdigit()} - quoted
    )
    if not doubtful:
        return None
    await session.execute(_SET_CLOSE, {"share": str(_CLOSE)})
    rows = await session.execute(_CLOSE_WORDS, {"words": doubtful})
    near: dict[str, list[str]] = {}
    for row in rows:
        near.setdefault(row.typed, []).append(row.word)
    better = {word: found for word, candidates in near.items() if (found := _nearest(word, candidates))}
    if not better:
        return None
    words = [f'"{word}"' if " " in word else better.get(word, word) for word in typed]
    words += [f'-"{word}"' if " " in word else f"-{word}" for word in without]
    return Correction(typed=filters.text, corrected=" ".join(words))


async def suggest(session: AsyncSession, typed: str, *, limit: int = 8) -> tuple[Suggestion, ...]:
    """Complete the text being typed: genres, words and, for the first word, packs and creators. Empty for a single letter."""
    plain = searchable(typed, max_length=60).casefold()
    head, _, last = plain.rpartition(" ")
    if len(plain) < _SHORTEST_COMPLETED:
        return ()
    genres = [Suggestion("genre", name) for name in GENRES.values() if name.casefold().startswith(plain)][:2]
    if len(last) < _SHORTEST_COMPLETED:
        return tuple(genres)
    pattern = "".join(f"\\{c}" if c in "\\%_" else c for c in last) + "%"
    rows = (await session.execute(_SUGGEST, {"prefix": pattern})).all()
    words = [
        Suggestion("word", completed)
        for row in rows
        if row.kind == "word" and (completed := f"{head} {row.label}".strip()) != plain
    ]
    others = [] if head else [Suggestion(row.kind, row.label) for row in rows if row.kind != "word"]
    known: dict[str, Suggestion] = {}
    for found in (*genres, *words, *others):
        known.setdefault(found.label.casefold(), found)
    return tuple(known.values())[:limit]


async def refresh_vocabulary(session: AsyncSession) -> None:
    """Rebuild the vocabulary from the published catalogue."""
    await session.execute(select(func.search_recount()))


def _split(typed: str) -> tuple[list[str], list[str], bool]:
    """Split text into required words and phrases, and those excluded by a minus; also return whether it ends with a quotation mark."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, quote, rest in re.findall(r'(?:(?<!\S)(-))?(?:"([^"]+)"|([^\s"]+))', typed.casefold()):
        found = [" ".join(_WORD.findall(quote))] if quote else _WORD.findall(rest)
        (unwanted if minus else wanted).extend(word for word in found if word)
    return wanted[:MAX_WORDS], unwanted[:MAX_WORDS], typed.rstrip().endswith('"')


def _tsquery(groups: tuple[tuple[str, ...], ...], *, is_open: bool) -> ColumnElement[Any]:
    written = bindparam(None, json.dumps(groups), type_=String(), literal_execute=True)
    return func.search_words(cast(written, JSONB), is_open, type_=TSQUERY())


def _nearest(word: str, candidates: list[str]) -> str:
    """Return the nearest candidate within the typo distance; empty if there is none."""
    allowed = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
    by_distance = sorted((DamerauLevenshtein.distance(word, other), n) for n, other in enumerate(candidates))
    return candidates[by_distance[0][1]] if by_distance and by_distance[0][0] <= allowed else ""


_known_synonyms: dict[str, tuple[str, ...]] = {}
_read_at = -SYNONYMS_KEPT_SECONDS


def forget_synonyms() -> None:
    """Clear this process's synonym cache; other processes reload within a minute."""
    global _read_at  # noqa: PLW0603 - a cache of this process
    _read_at = -SYNONYMS_KEPT_SECONDS


async def _synonyms(session: AsyncSession) -> dict[str, tuple[str, ...]]:
    """Return the synonyms of every word; cached for a minute, since operators may edit them."""
    global _known_synonyms, _read_at
    if time.monotonic() - _read_at >= SYNONYMS_KEPT_SECONDS:
        found: dict[str, tuple[str, ...]] = {}
        for row in await session.execute(select(search_synonyms.c.word, search_synonyms.c.means)):
            found[row.word] = (*found.get(row.word, ()), row.means)
        _known_synonyms, _read_at = found, time.monotonic()
    return _known_synonyms


_SET_CLOSE = text("SELECT set_config('pg_trgm.similarity_threshold', :share, true)")
_CLOSE_WORDS = text("""
    SELECT typed, near.word FROM unnest(:words) AS typed,
        LATERAL (SELECT v.word, v.uses FROM search_vocabulary v WHERE v.word % fold(typed)
                 ORDER BY similarity(v.word, fold(typed)) DESC, v.uses DESC LIMIT 8) AS near
    WHERE NOT EXISTS (SELECT 1 FROM search_vocabulary known WHERE known.word = fold(typed))
""").bindparams(bindparam("words", type_=ARRAY(String)))
_SUGGEST = text("""
    (SELECT 'word' AS kind, word AS label, uses FROM search_vocabulary WHERE word LIKE fold(:prefix) ORDER BY uses DESC LIMIT 6)
    UNION ALL
    (SELECT 'creator', display_name, 0 FROM creators WHERE lower(display_name) LIKE :prefix ORDER BY display_name LIMIT 2)
    UNION ALL
    (SELECT 'pack', title, popularity FROM packs WHERE status = 'published' AND lower(title) LIKE :prefix
     ORDER BY popularity DESC LIMIT 3)
""")
