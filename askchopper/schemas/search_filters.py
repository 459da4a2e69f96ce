"""Filters of sounds and packs, and their URL encoding; the only parser of these parameters."""

import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.musical_key import MusicalKey
from askchopper.root_note import RootNote
from askchopper.schemas.text import searchable
from askchopper.vocabulary import Certainty, Compatible, FileKind, LicenceKind, Owned, PackSort

FORMATS = ("wav", "aiff", "flac", "mp3", "ogg", "m4a")
MAX_TEXT = 200
MAX_TAGS = 6
MAX_OR_KEYS = 5
MAX_SECONDS = 7_200.0
PACK_PREFIX = "pack:"  # prefix of a pack's slug, as in the player's ids
_OFF = {"off", "0", "false", "no"}
_ON = {"on", "1", "true", "yes"}
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True)
class Filters:
    """Filters for a list of sounds or packs; the defaults match everything.

    ``like`` is the reference of a similarity search: the id of a sound, pack or query sound, or ``pack:<slug>``; ``fits`` is the reference
    for compatible sounds; ``or_keys`` are further keys besides ``key``; ``note`` and ``or_notes`` are root notes of one-shots. With keys and
    notes, a sound matches by either. ``is_other_pack`` excludes the pack of the reference. With ``has_unknown``, a sound of unknown
    tempo or key passes the filters on them.
    """

    text: str = ""
    genre: str | None = None
    tags: tuple[str, ...] = ()
    kind: FileKind | None = None
    bpm_min: float | None = None
    bpm_max: float | None = None
    half_double: bool = True
    key: MusicalKey | None = None
    or_keys: tuple[MusicalKey, ...] = ()
    note: RootNote | None = None
    or_notes: tuple[RootNote, ...] = ()
    compatible: Compatible = Compatible.OFF
    has_unknown: bool = False
    certainty: Certainty | None = None
    duration_min_seconds: float | None = None
    duration_max_seconds: float | None = None
    price_max_tokens: int | None = None
    licence: LicenceKind | None = None
    quality_min: int | None = None
    format: str | None = None
    creator: str | None = None
    owned: Owned | None = None
    is_unheard: bool = False
    like: str | None = None
    fits: str | None = None
    is_other_pack: bool = False
    sort: PackSort | None = None

    @property
    def keys(self) -> tuple[MusicalKey, ...]:
        """The keys that match: ``key`` and ``or_keys``, with their compatible keys if ``compatible`` is on; empty without ``key``."""
        if self.key is None:
            return ()
        wanted = (self.key, *self.or_keys)
        if self.compatible is not Compatible.OFF:
            is_wide = self.compatible is Compatible.WIDE
            wanted = tuple(near for key in wanted for near in key.compatible(wide=is_wide))
        return tuple(dict.fromkeys(wanted))

    @property
    def notes(self) -> tuple[RootNote, ...]:
        """The root notes that match; empty without ``note``."""
        return () if self.note is None else (self.note, *self.or_notes)

    @property
    def tonic_notes(self) -> tuple[int, ...]:
        """The MIDI numbers of the tonics of ``keys``; they also match one-shots without a key that have such a root note."""
        tonics = {key.tonic for key in self.keys}
        return tuple(midi for tonic in sorted(tonics) for midi in RootNote(tonic).midi)

    @property
    def has_tempo(self) -> bool:
        """Whether a tempo filter is set."""
        return self.bpm_min is not None or self.bpm_max is not None


def parse(query: Mapping[str, str]) -> Filters:
    """Parse filters from URL parameters. Unknown names are ignored.

    Raises:
        InvalidInputError: a value is invalid, or a range is empty; the message says which.
    """
    given = {name: _clean(query.get(name) or query.get(_LONG_NAMES.get(name, ""), "")) for name in NAMES}
    found = Filters(**{
        reader.attribute: reader.read(name, given[name]) for name, reader in _READERS.items() if given[name]
    })  # fmt: skip
    _check_range(found.bpm_min, found.bpm_max, "bpm_min", "The lowest tempo is above the highest.")
    _check_range(
        found.duration_min_seconds,
        found.duration_max_seconds,
        "duration_min",
        "The shortest length is above the longest.",
    )
    return found


def as_query(filters: Filters) -> dict[str, str]:
    """Return filters as URL parameters, without defaults."""
    written: dict[str, str] = {}
    for name, reader in _READERS.items():
        value = getattr(filters, reader.attribute)
        if value != getattr(_DEFAULT, reader.attribute):
            written[name] = reader.write(value)
    return written


def merged(understood: Filters, explicit: Filters) -> Filters:
    """Merge parsed filters with explicit ones, which take precedence."""
    chosen = {
        reader.attribute: getattr(explicit, reader.attribute)
        for reader in _READERS.values()
        if reader.attribute != "text" and getattr(explicit, reader.attribute) != getattr(_DEFAULT, reader.attribute)
    }
    if explicit.has_tempo:  # an explicit end replaces the whole range
        chosen |= {"bpm_min": explicit.bpm_min, "bpm_max": explicit.bpm_max}
    return replace(understood, **chosen)


def genre_slug(text: str) -> str | None:
    """Return the slug of a genre given by slug or name; None if it is unknown."""
    wanted = text.strip().casefold()
    return next((slug for slug, title in GENRES.items() if wanted in {slug, title.casefold()}), None)


@dataclass(frozen=True)
class _Reader:
    """Parser and formatter of a filter's URL parameter."""

    attribute: str
    read: Callable[[str, str], Any]
    write: Callable[[Any], str]


def _clean(text: str) -> str:
    """Remove unprintable characters and outer spaces, and cut the text. If nothing remains, return U+FFFD, so that it does not count as unset."""
    cleaned = "".join(c for c in str(text)[: MAX_TEXT * 2] if c.isprintable()).strip()
    return cleaned or ("\ufffd" if text.strip() else "")


def _check_range(low: float | None, high: float | None, name: str, sentence: str) -> None:
    if low is not None and high is not None and low > high:
        raise InvalidInputError(sentence, field=name)


def _number(low: float, high: float, sentence: str) -> Callable[[str, str], float]:
    def read(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:  # rejects NaN, too
            raise InvalidInputError(sentence, field=name)
        return value

    return read


def _whole(high: int, sentence: str) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > len(str(high)) or int(text) > high:
            raise InvalidInputError(sentence, field=name)
        return int(text)

    return read


def _enum(kind: type[Choice], noun: str) -> Callable[[str, str], Choice]:
    def read(name: str, text: str) -> Choice:
        try:
            return kind(text.casefold())
        except ValueError as error:
            known = ", ".join(item.value for item in kind)
            raise InvalidInputError(
                f"There is no {noun} called {text[:40]}. Choose one of {known}.", field=name
            ) from error

    return read


def _switch(name: str, text: str) -> bool:
    if text.casefold() in _ON:
        return True
    if text.casefold() in _OFF:
        return False
    raise InvalidInputError(f"{name} is on or off.", field=name)


def _compatible(name: str, text: str) -> Compatible:
    """Parse the range of compatible keys; the boolean of earlier URLs means strict."""
    if text.casefold() in _ON:
        return Compatible.STRICT
    if text.casefold() in _OFF:
        return Compatible.OFF
    return _enum(Compatible, "width of keys")(name, text)


def _key(name: str, text: str) -> MusicalKey:
    key = MusicalKey.parse(text)
    if key is None:
        raise InvalidInputError("That is not a key we know. Try Am, F# minor or 8A.", field=name)
    return key


def _note(name: str, text: str) -> RootNote:
    note = RootNote.parse(text)
    if note is None:
        raise InvalidInputError("That is not a note we know. Try F, G# or F1.", field=name)
    return note


def _or_notes(name: str, text: str) -> tuple[RootNote, ...]:
    found = tuple(dict.fromkeys(_note(name, part) for part in text.split(",") if part.strip()))
    if len(found) > MAX_OR_KEYS:
        raise InvalidInputError(f"A search can have up to {MAX_OR_KEYS + 1} notes.", field=name)
    return found


def _or_keys(name: str, text: str) -> tuple[MusicalKey, ...]:
    found = tuple(dict.fromkeys(_key(name, part) for part in text.split(",") if part.strip()))
    if len(found) > MAX_OR_KEYS:
        raise InvalidInputError(f"A search can have up to {MAX_OR_KEYS + 1} keys.", field=name)
    return found


def _genre(name: str, text: str) -> str:
    slug = genre_slug(text)
    if slug is None:
        raise InvalidInputError(f"There is no genre called {text[:40]}.", field=name)
    return slug


def _format(name: str, text: str) -> str:
    if text.casefold() not in FORMATS:
        raise InvalidInputError(
            f"There is no format called {text[:40]}. Choose one of {', '.join(FORMATS)}.", field=name
        )
    return text.casefold()


def _tags(name: str, text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(tag for part in text.split(",") if (tag := searchable(part, max_length=40).casefold())))
    if len(found) > MAX_TAGS:
        raise InvalidInputError(f"A search can have up to {MAX_TAGS} tags.", field=name)
    return found


def _id(name: str, text: str) -> str:
    if text.startswith(PACK_PREFIX):
        return text[:100]
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise InvalidInputError("The sound to compare with is unknown.", field=name) from error


def _words(_: str, text: str) -> str:
    return searchable(text, max_length=MAX_TEXT)


def _slug(_: str, text: str) -> str:
    return searchable(text, max_length=60).casefold()


def _onoff(value: bool) -> str:  # noqa: FBT001
    return "on" if value else "off"


def _fixed(word: str, *, stands_for: bool) -> tuple[Callable[[str, str], bool], Callable[[Any], str]]:
    """Return parser and formatter of a switch with a value other than ``on``, such as ``heard=hide``."""

    def read(name: str, text: str) -> bool:
        if text.casefold() == word:
            return stands_for
        return _switch(name, text)

    return read, lambda _: word


_TEMPO = _number(1, 999, "A tempo is a number between 1 and 999.")
_LENGTH = _number(0, MAX_SECONDS, "A length is a number of seconds, up to two hours.")
_DEFAULT = Filters()
_READERS: dict[str, _Reader] = {
    "q": _Reader("text", _words, str),
    "genre": _Reader("genre", _genre, str),
    "tags": _Reader("tags", _tags, ",".join),
    "kind": _Reader("kind", _enum(FileKind, "kind"), str),
    "bpm_min": _Reader("bpm_min", _TEMPO, "{:g}".format),
    "bpm_max": _Reader("bpm_max", _TEMPO, "{:g}".format),
    "half_double": _Reader("half_double", _switch, _onoff),
    "key": _Reader("key", _key, lambda key: key.name),
    "or_key": _Reader("or_keys", _or_keys, lambda keys: ",".join(key.name for key in keys)),
    "note": _Reader("note", _note, lambda note: note.name),
    "or_note": _Reader("or_notes", _or_notes, lambda notes: ",".join(note.name for note in notes)),
    "compatible": _Reader("compatible", _compatible, str),
    "unknown": _Reader("has_unknown", _switch, _onoff),
    "certainty": _Reader("certainty", _enum(Certainty, "certainty"), str),
    "duration_min": _Reader("duration_min_seconds", _LENGTH, "{:g}".format),
    "duration_max": _Reader("duration_max_seconds", _LENGTH, "{:g}".format),
    "price_max": _Reader("price_max_tokens", _whole(999_999, "A price is a whole number of tokens."), str),
    "licence": _Reader("licence", _enum(LicenceKind, "licence"), str),
    "quality_min": _Reader("quality_min", _whole(100, "A quality is a whole number from 0 to 100."), str),
    "format": _Reader("format", _format, str),
    "creator": _Reader("creator", _slug, str),
    "owned": _Reader("owned", _enum(Owned, "choice"), str),
    "heard": _Reader("is_unheard", *_fixed("hide", stands_for=True)),
    "like": _Reader("like", _id, str),
    "fits": _Reader("fits", _id, str),
    "same_pack": _Reader("is_other_pack", *_fixed("hide", stands_for=True)),
    "sort": _Reader("sort", _enum(PackSort, "order"), str),
}
NAMES: tuple[str, ...] = tuple(_READERS)
# Names of these filters in API responses, accepted in requests, too.
_LONG_NAMES = {
    "q": "text",
    "duration_min": "duration_min_seconds",
    "duration_max": "duration_max_seconds",
    "price_max": "price_max_tokens",
}
