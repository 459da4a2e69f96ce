"""Glossary of music production and theory terms, with lookup by question."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from askchopper.schemas.glossary import GlossaryEntry

KINDS = frozenset({"production", "mixing", "sound design", "rhythm", "theory", "format", "genre", "licence"})
_PATH = Path(__file__).with_name("glossary_terms.toml")
_WORD = re.compile(r"[a-z0-9]+(?:[&/.][a-z0-9]+)*")
_LONGEST_QUESTION = 400  # characters; the rest is not about the term
_MOST_WORDS = 5  # of a term
_LEAST_COVERED = 0.5  # of the question's subject; a term has to cover more
_SHORTEST_TYPO = 6  # letters: shorter words have too many neighbours
_LONG_WORD = 8  # letters: may contain two typos, or one in the first letter
_TYPO_WORTH = 0.9
# Words that frame a question and say nothing about its subject.
_FRAME = frozenset(
    _WORD.findall(
        "a about actually an and are as at audio be beginner best better between by can chopper compared could define"
        " definition describe did difference do does even exactly example explain explained for from get give good have"
        " hello help hey hi how i if im important in is it its just know like long make me mean meaning means mix mixing much music"
        " musical my need of on one or our please producer producing production properly quick quickly s set should"
        " simple simply so some someone something song stand stands tell term terms than that the them there these they"
        " thing think this to track understand up us use used useful uses using versus vs want was we what whats when"
        " where which why will with word words work works would you your"
    )
)


@dataclass(frozen=True)
class _Glossary:
    entries: tuple[GlossaryEntry, ...]
    by_key: dict[str, GlossaryEntry]  # terms and aliases without spaces, hyphens and plurals


@dataclass(frozen=True)
class _Found:
    entry: GlossaryEntry
    start: int  # of its words in the question
    end: int
    worth: float


def get(term: str) -> GlossaryEntry | None:
    """Return the entry of a term or alias."""
    return _load().by_key.get(_key(_words(term)))


def lookup(question: str, *, limit: int = 3) -> tuple[GlossaryEntry, ...]:
    """Return the terms that a question asks about, best first; empty if its subject is not in the glossary."""
    words = _words(question[:_LONGEST_QUESTION])
    found = _matches(words)
    covered = {at for one in found for at in range(one.start, one.end)}
    subject = {at for at, word in enumerate(words) if word not in _FRAME} | covered
    if not subject or len(covered) / len(subject) <= _LEAST_COVERED:
        return ()
    share = len(covered) / len(subject)
    best: dict[str, GlossaryEntry] = {}
    for one in sorted(found, key=lambda one: (-one.worth, one.start)):
        best.setdefault(one.entry.term, replace(one.entry, score=round(100 * one.worth * share, 1)))
    return tuple(best.values())[:limit]


def _matches(words: list[str]) -> list[_Found]:
    """Match terms in a question: longest first, exact before misspelt."""
    found: list[_Found] = []
    for size in range(min(_MOST_WORDS, len(words)), 0, -1):
        for match, worth in ((_exact, 1.0), (_misspelt, _TYPO_WORTH)):
            for start in range(len(words) - size + 1):
                end = start + size
                if any(start < one.end and one.start < end for one in found):
                    continue
                entry = match(words[start:end])
                if entry is not None:
                    found.append(_Found(entry, start, end, worth))
    return found


def _exact(words: list[str]) -> GlossaryEntry | None:
    return _load().by_key.get(_key(words))


def _misspelt(words: list[str]) -> GlossaryEntry | None:
    key = _key(words)
    if len(key) < _SHORTEST_TYPO or words[0] in _FRAME or words[-1] in _FRAME:
        return None
    known = _load().by_key
    slips = 2 if len(key) >= _LONG_WORD else 1
    nearest = process.extractOne(key, known.keys(), scorer=DamerauLevenshtein.distance, score_cutoff=slips)
    if nearest is None or (len(key) < _LONG_WORD and nearest[0][0] != key[0]):
        return None
    # Two typos in a short term make another word.
    return known[nearest[0]] if nearest[1] <= 1 or len(nearest[0]) >= _LONG_WORD else None


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("'s", " ")  # noqa: RUF001
    return _WORD.findall(plain.replace("'", ""))


def _key(words: list[str]) -> str:
    key = "".join(words)
    return key[:-1] if len(key) > len("bus") and key.endswith("s") and not key.endswith("ss") else key


@lru_cache(maxsize=1)
def _load() -> _Glossary:
    """Load and validate the glossary; an error in the file fails at first use."""
    rows = tomllib.loads(_PATH.read_text(encoding="utf-8"))["terms"]
    entries = tuple(_entry(row) for row in rows)
    by_key: dict[str, GlossaryEntry] = {}
    for entry in entries:
        for name in (entry.term, *entry.aliases):
            other = by_key.setdefault(_key(_words(name)), entry)
            if other is not entry:
                raise ValueError(f"Glossary: {name!r} means {other.term!r} and {entry.term!r}.")
    terms = {entry.term for entry in entries}
    for entry in entries:
        if not set(entry.related) <= terms - {entry.term}:
            raise ValueError(f"Glossary: {entry.term!r} is related to what is no other term.")
    return _Glossary(entries, by_key)


def _entry(row: dict[str, Any]) -> GlossaryEntry:
    if not row["term"] or not row["text"].strip() or row["kind"] not in KINDS:
        raise ValueError(f"Glossary: {row['term']!r} has no text, or a kind that does not exist.")
    return GlossaryEntry(
        term=row["term"],
        aliases=tuple(row["aliases"]),
        kind=row["kind"],
        text=row["text"].strip(),
        related=tuple(row["related"]),
        search=row.get("search", ""),
    )
