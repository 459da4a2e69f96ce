"""Validates the fields of a draft. Each check returns the normalised value or raises with a message."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from askchopper import policy
from askchopper.errors import InvalidInputError
from askchopper.genres import GENRES
from askchopper.musical_key import MusicalKey
from askchopper.root_note import parse_midi
from askchopper.schemas.text import clean_line, paragraphs
from askchopper.vocabulary import FileKind

BPM_RANGE = (20.0, 400.0)


def _tags(value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else list(value)
    names = (clean_line(part, label="A tag", field="tags", max_length=40, min_length=0).lower() for part in parts)
    kept = list(dict.fromkeys(name for name in names if name))
    if len(kept) > policy.MAX_PACK_TAGS:
        raise InvalidInputError(f"A pack can have up to {policy.MAX_PACK_TAGS} tags.", field="tags")
    return kept


def _genre(value: Any) -> str:
    if value and value not in GENRES:
        raise InvalidInputError("This genre is unknown.", field="genre_slug")
    return value or ""


def _price(value: Any, *, label: str, field: str, most: int = policy.MAX_PRICE_TOKENS) -> int:
    try:
        price = int(str(value).strip())
    except ValueError as error:
        raise InvalidInputError(f"{label} is a whole number of tokens.", field=field) from error
    if not 0 <= price <= most:
        raise InvalidInputError(f"{label} is 0 to {most:,} tokens.", field=field)
    return price


def _broadcast_price(value: Any) -> int | None:
    if value is None or value == "":
        return None
    return _price(
        value, label="The broadcast price", field="broadcast_price_tokens", most=policy.MAX_BROADCAST_PRICE_TOKENS
    )


def _own_price(value: Any) -> int | None:
    if value is None or value == "":
        return None
    return _price(value, label="The price of a sound", field="price_tokens")


def _release_at(value: Any) -> datetime | None:
    if value is not None and (not isinstance(value, datetime) or value.tzinfo is None):
        raise InvalidInputError("Choose a date and a time.", field="release_at")
    return value


def _bpm(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        bpm = float(str(value).replace(",", "."))
    except ValueError as error:
        raise InvalidInputError("A tempo is a number, such as 128 or 87.5.", field="bpm") from error
    lowest, highest = BPM_RANGE
    if not lowest <= bpm <= highest:
        raise InvalidInputError(f"A tempo is {lowest:g} to {highest:g} BPM.", field="bpm")
    return Decimal(str(round(bpm, 2)))


def _key(value: Any) -> str | None:
    if value is None or value == "":
        return None
    key = MusicalKey.parse(str(value)[:40])
    if key is None:
        raise InvalidInputError("A key is written like A minor, F# major or 8A.", field="key")
    return key.name


def _note(value: Any) -> int | None:
    if value is None or value == "":
        return None
    midi = parse_midi(str(value)[:20])
    if midi is None:
        raise InvalidInputError("A root note is written like F1 or G#2.", field="note")
    return midi


def _kind(value: Any) -> str:
    try:
        return FileKind(value).value
    except ValueError as error:
        raise InvalidInputError("A sound is a loop, a one-shot or a track.", field="kind") from error


CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": partial(clean_line, label="The title", field="title", max_length=80, min_length=0),
    "summary": partial(clean_line, label="The summary", field="summary", max_length=200, min_length=0),
    "description": partial(paragraphs, label="The description", field="description", max_length=4000),
    "genre_slug": _genre,
    "tags": _tags,
    "price_tokens": partial(_price, label="The price", field="price_tokens"),
    "sound_price_tokens": partial(_price, label="The price of a sound", field="sound_price_tokens"),
    "broadcast_price_tokens": _broadcast_price,
    "release_at": _release_at,
}
FILE_CHECKS: dict[str, Callable[[Any], Any]] = {
    "title": partial(clean_line, label="A sound's title", field="title", max_length=100),
    "kind": _kind,
    "bpm": _bpm,
    "key": _key,
    "note": _note,
    "price_tokens": _own_price,
}
