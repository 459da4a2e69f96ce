"""Glossary of music production and theory, with lookup by question: built-in terms and those edited by administrators."""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from askchopper.errors import NotFoundError
from askchopper.schemas.glossary import GlossaryEntry

KINDS = frozenset(
    {"production", "mixing", "sound design", "rhythm", "theory", "format", "genre", "business", "licence"}
)
_FOLDER = Path(__file__).with_name("terms")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
RESERVED_SLUGS = frozenset({"cards"})  # paths below /learn
_WORD = re.compile(r"[a-z0-9]+(?:[&/.][a-z0-9]+)*")
_LONGEST_QUESTION = 400  # characters; the rest is not about the term
_MOST_WORDS = 5  # words of a term
_LEAST_COVERED = 0.5  # share of the words of the question's subject; the terms found must cover more
_SHORTEST_TYPO = 6  # letters: shorter words have too many neighbours
_LONG_WORD = 8  # letters: may contain two typos, or one in the first letter
_TYPO_WORTH = 0.9
_SHORTEST_PART = 3  # letters, to find a part of a name
_SHORTEST_FUZZY = 4
_LIKE = 74  # minimum similarity, at most 100; that of "sidechian" and "sidechain" is 89
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
    by_length: dict[int, list[str]]  # the keys by length, so that a misspelling is compared with few of them
    by_slug: dict[str, GlossaryEntry]


@dataclass(frozen=True)
class _Found:
    entry: GlossaryEntry
    start: int  # index of its first word in the question
    end: int  # index after its last word
    worth: float


_current: dict[str, _Glossary] = {}


def use(written: Iterable[GlossaryEntry]) -> None:
    """Set the edited terms of this process, which override built-in ones.

    Raises:
        ValueError: see ``compose``; nothing is changed.
    """
    _current["glossary"] = compose(written)


def compose(written: Iterable[GlossaryEntry]) -> _Glossary:
    """Return the glossary of built-in terms and edits; an edit replaces the built-in term with its slug.

    Raises:
        ValueError: a name or slug would refer to two terms, a slug is reserved, a name has no letter or digit, or a
            related term does not exist.
    """
    by_slug = {entry.slug: entry for entry in _shipped()}
    for entry in written:
        shipped = by_slug.get(entry.slug)
        examples = (
            {"search": shipped.search, "rule": shipped.rule, "is_practice": shipped.is_practice} if shipped else {}
        )
        by_slug[entry.slug] = replace(entry, **examples)
    return _indexed(tuple(by_slug.values()))


def is_shipped(slug: str) -> bool:
    """Return whether a built-in term has this slug, edited or not."""
    return any(entry.slug == slug for entry in _shipped())


def slug_of(term: str) -> str:
    """Return the URL slug of a term."""
    return _NO_SLUG.sub("-", term.casefold()).strip("-")


def get(term: str) -> GlossaryEntry | None:
    """Return the entry for a term or alias; None if there is none."""
    return _load().by_key.get(_key(_words(term)))


def all_entries() -> tuple[GlossaryEntry, ...]:
    """Return all entries in alphabetical order of their terms."""
    return _load().entries


def by_slug(slug: str) -> GlossaryEntry:
    """Return an entry by its slug.

    Raises:
        NotFoundError: there is none.
    """
    entry = _load().by_slug.get(slug[:80])
    if entry is None:
        raise NotFoundError("This term is not in our glossary.")
    return entry


def neighbours(entry: GlossaryEntry) -> tuple[GlossaryEntry, GlossaryEntry]:
    """Return the previous and next entry in alphabetical order, wrapping around at the ends."""
    entries = _load().entries
    at = next(place for place, other in enumerate(entries) if other.slug == entry.slug)
    return entries[at - 1], entries[(at + 1) % len(entries)]


def search(text: str, *, limit: int = 40) -> tuple[GlossaryEntry, ...]:
    """Find terms by name, prefix, substring or misspelling, then by words of their text, best match first."""
    asked = _key(_words(text[:_LONGEST_QUESTION]))
    if not asked:
        return ()
    known = _load()
    ranked = [
        (score, entry) for key, entry in known.by_key.items() if asked in key and (score := _name_score(key, asked))
    ]
    if len(asked) >= _SHORTEST_FUZZY:
        alike = process.extract(asked, known.by_key.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE, limit=8)
        ranked += [(score * 0.8, known.by_key[key]) for key, score, _ in alike]
    ranked += [(60 + entry.score / 4, entry) for entry in lookup(text, limit=8)]
    word = text.strip().casefold()
    if len(asked) >= _SHORTEST_PART:
        ranked += [(20.0, entry) for entry in known.entries if word in entry.text.casefold()]
    best: dict[str, GlossaryEntry] = {}
    for score, entry in sorted(ranked, key=lambda pair: (-pair[0], pair[1].term.casefold())):
        best.setdefault(entry.slug, replace(entry, score=round(score, 1)))
    return tuple(best.values())[:limit]


def _name_score(key: str, asked: str) -> float:
    """Score a name that contains the search text: exact match, prefix or substring."""
    if key == asked:
        return 100.0
    if key.startswith(asked):
        return 90 - len(key) / 10
    return 70 - len(key) / 10 if len(asked) >= _SHORTEST_PART else 0.0


def lookup(question: str, *, limit: int = 3) -> tuple[GlossaryEntry, ...]:
    """Return the terms that a question asks about, best first; empty if the glossary does not cover its subject."""
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


def mentions(question: str) -> tuple[GlossaryEntry, ...]:
    """Return the terms named in a question on any subject, in order."""
    found = _matches(_words(question[:_LONGEST_QUESTION]))
    return tuple(dict.fromkeys(one.entry for one in sorted(found, key=lambda one: one.start)))


def _matches(words: list[str]) -> list[_Found]:
    """Match terms in a question: longest first, exact before misspelled."""
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
    known, slips = _load(), 2 if len(key) >= _LONG_WORD else 1
    names = [name for size in range(len(key) - slips, len(key) + slips + 1) for name in known.by_length.get(size, ())]
    nearest = process.extractOne(key, names, scorer=DamerauLevenshtein.distance, score_cutoff=slips)
    if nearest is None or (len(key) < _LONG_WORD and nearest[0][0] != key[0]):
        return None
    # Two typos in a short term make another word.
    return known.by_key[nearest[0]] if nearest[1] <= 1 or len(nearest[0]) >= _LONG_WORD else None


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("'s", " ")  # noqa: RUF001
    return _WORD.findall(plain.replace("'", ""))


def _key(words: list[str]) -> str:
    key = "".join(words)
    return key[:-1] if len(key) > len("bus") and key.endswith("s") and not key.endswith("ss") else key


def _load() -> _Glossary:
    if "glossary" not in _current:
        use(())
    return _current["glossary"]


@lru_cache(maxsize=1)
def _shipped() -> tuple[GlossaryEntry, ...]:
    """Load the built-in terms; an error in a file is raised at first use."""
    return tuple(
        _entry(row)
        for path in sorted(_FOLDER.glob("*.toml"))
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["terms"]
    )


def _indexed(entries: tuple[GlossaryEntry, ...]) -> _Glossary:
    """Validate entries and return them with their indexes; raises ``ValueError`` as described in ``compose``."""
    entries = tuple(sorted(entries, key=lambda entry: entry.term.casefold()))
    by_key: dict[str, GlossaryEntry] = {}
    for entry in entries:
        for name in (entry.term, *entry.aliases):
            if not _words(name):
                raise ValueError(f"Glossary: {name!r} has no letter from A to Z and no digit, so nobody could find it.")
            other = by_key.setdefault(_key(_words(name)), entry)
            if other is not entry:
                raise ValueError(f"Glossary: {name!r} means {other.term!r} and {entry.term!r}.")
    for entry in entries:
        if any(by_key.get(_key(_words(name)), entry) is entry for name in entry.related):
            raise ValueError(f"Glossary: {entry.term!r} has a related name that is not another term.")
    by_slug = {entry.slug: entry for entry in entries}
    if len(by_slug) < len(entries) or RESERVED_SLUGS & set(by_slug):
        raise ValueError("Glossary: two terms have the same address, or one that is reserved.")
    by_length: dict[int, list[str]] = defaultdict(list)
    for key in by_key:
        by_length[len(key)].append(key)
    return _Glossary(entries, by_key, dict(by_length), by_slug)


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
        slug=slug_of(row["term"]),
        rule=row.get("examples", "") or row.get("practice", ""),
        is_practice="practice" in row,
    )
