"""Translates filters to SQL conditions, and sort orders to columns and cursors. Shared by pack and sound lists."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Numeric,
    Select,
    and_,
    cast,
    exists,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from askchopper.models.activity import plays
from askchopper.models.catalogue import audio_files, creators, licence_offers, packs
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search_filters import Filters
from askchopper.services.catalogue import cards
from askchopper.services.search.text_query import TextQuery
from askchopper.vocabulary import Certainty, FileKind, LicenceKind, Owned, PackSort, TempoMatch

# A loop labelled 128 may measure 127.6: a range includes tempos that round into it.
BPM_TOLERANCE = Decimal("0.5")
_MAX_INTEGER = 2**31 - 1
_AT_LEAST = {
    Certainty.CONFIRMED: ("confirmed",),
    Certainty.MEASURED: ("confirmed", "measured"),
    Certainty.LOW: ("low",),
}


@dataclass(frozen=True)
class Order:
    """A sort order: column, direction, and how its values are encoded in a cursor."""

    column: ColumnElement[Any]
    id_column: ColumnElement[Any]
    is_descending: bool
    read: Callable[[Any], Any]
    has_unknown: bool

    def apply(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Apply the order to a query, with the id as tie-breaker."""
        if self.is_descending:
            column = self.column.desc().nulls_last() if self.has_unknown else self.column.desc()
            return statement.order_by(column, self.id_column.desc())
        return statement.order_by(self.column.asc(), self.id_column.asc())

    def after(self, value: Any, last_id: uuid.UUID) -> ColumnElement[bool]:
        """Return the SQL condition for the rows after the last one of a page. Unknown values come last.

        Uses row comparison, so that the index scan starts at the end of that page.
        """
        if value is None:
            after_id = self.id_column < last_id if self.is_descending else self.id_column > last_id
            return and_(self.column.is_(None), after_id)
        place = tuple_(self.column, self.id_column)
        end = tuple_(literal(value, self.column.type), literal(last_id, self.id_column.type))
        after = place < end if self.is_descending else place > end
        return or_(after, self.column.is_(None)) if self.has_unknown else after


def order_of(sort: PackSort, *, of_files: bool) -> Order:
    """Return the order of a column-based sort.

    Raises:
        KeyError: the sort is by relevance or taste, which are computed.
    """
    table = audio_files if of_files else packs
    bpm = table.c.bpm if of_files else table.c.bpm_min
    column, is_descending, read = {
        PackSort.NEWEST: (table.c.published_at, True, _read_time),
        PackSort.OLDEST: (table.c.published_at, False, _read_time),
        PackSort.POPULAR: (table.c.popularity, True, _read_integer),
        PackSort.TOP_RATED: (table.c.popularity, True, _read_integer)
        if of_files
        else (packs.c.rating_score, True, read_float),
        PackSort.PRICE: (table.c.price_tokens, False, _read_integer),
        PackSort.PRICE_DESC: (table.c.price_tokens, True, _read_integer),
        PackSort.BPM: (bpm, False, _read_decimal),
        PackSort.BPM_DESC: (bpm if of_files else table.c.bpm_max, True, _read_decimal),
        PackSort.DURATION: (table.c.duration_seconds, False, read_float),
        PackSort.DURATION_DESC: (table.c.duration_seconds, True, read_float),
    }[sort]
    return Order(column, table.c.id, is_descending, read, has_unknown=sort in {PackSort.BPM, PackSort.BPM_DESC})


def sort_of(filters: Filters) -> PackSort:
    """Return the sort order of a list: the requested one, by default relevance; without text or tags, newest instead of relevance."""
    has_words = bool(filters.text or filters.tags)
    sort = filters.sort or (PackSort.RELEVANCE if has_words else PackSort.NEWEST)
    if sort is PackSort.RELEVANCE and not has_words:
        return PackSort.NEWEST
    return sort


def default_sort(filters: Filters) -> PackSort:
    """Return the order of sounds if the filters name none."""
    return PackSort.RELEVANCE if filters.like or filters.fits else sort_of(replace(filters, sort=None))


def decode_cursor(cursor: str, sort: PackSort, order: Order) -> ColumnElement[bool]:
    """Decode a cursor to the condition for the next page.

    Raises:
        InvalidInputError: the cursor is invalid, or belongs to another sort.
    """
    value, last_id = read_cursor(cursor, sort, order.read)
    return order.after(value, last_id)


def read_cursor(cursor: str, sort: PackSort, read: Callable[[Any], Any]) -> tuple[Any, uuid.UUID]:
    """Decode a cursor.

    Raises:
        InvalidInputError: the cursor is invalid, or belongs to another sort.
    """
    name, value, text_id = cursors.decode(cursor, length=3)
    if name != sort.value:
        raise cursors.bad_cursor()
    try:
        return read(value), uuid.UUID(text_id)
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise cursors.bad_cursor() from error


def encode_cursor(sort: PackSort, value: Any, last_id: uuid.UUID) -> str:
    """Encode the position where a page ended."""
    if isinstance(value, datetime):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return cursors.encode(sort.value, value, str(last_id))


def pack_conditions(filters: Filters, words: TextQuery, viewer: Viewer | None) -> list[ColumnElement[bool]]:
    """Return the conditions on a published pack. All sound-level filters must match the same sound."""
    found: list[ColumnElement[bool]] = [packs.c.status == "published"]
    if filters.genre:
        found.append(packs.c.genre_slug == filters.genre)
    if filters.creator:
        found.append(creators.c.slug == filters.creator)
    if filters.price_max_tokens is not None:
        found.append(packs.c.price_tokens <= _capped(filters.price_max_tokens))
    if filters.licence:
        found.append(_is_offered(filters.licence, packs.c.id))
    if words:
        found.append(_has_words(words))
    found += _personal(filters, viewer, owns=cards.owns_pack(viewer), heard=plays.c.pack_id == packs.c.id)
    # The conditions on the sounds imply these on the pack's tempo range and keys, which are faster to check.
    if (tempo := _spans(filters, packs.c.bpm_min, packs.c.bpm_max)) is not None and not filters.has_unknown:
        found.append(tempo)
    if (keys := _key_names(filters)) and not filters.has_unknown and filters.note is None:
        is_keyed = cards.has_any_key(keys)
        may_match_by_note = filters.kind in {None, FileKind.ONE_SHOT}
        found.append(or_(is_keyed, cards.has_kind(FileKind.ONE_SHOT)) if may_match_by_note else is_keyed)
    if sounds := _sound_conditions(filters):
        if filters.genre:
            # Sounds repeat the genre of their pack; with it, a rare combination can be looked up among the sounds.
            sounds += [audio_files.c.genre_slug == filters.genre]
        found.append(
            exists().where(audio_files.c.pack_id == packs.c.id, audio_files.c.published_at.is_not(None), *sounds)
        )
    return found


def file_conditions(filters: Filters, words: TextQuery, viewer: Viewer | None) -> list[ColumnElement[bool]]:
    """Return the conditions on a sound of a published pack."""
    found: list[ColumnElement[bool]] = [audio_files.c.published_at.is_not(None)]
    if filters.genre:
        found.append(audio_files.c.genre_slug == filters.genre)
    if filters.creator:
        made = select(packs.c.id).select_from(packs.join(creators, creators.c.id == packs.c.creator_id))
        found.append(audio_files.c.pack_id.in_(made.where(creators.c.slug == filters.creator)))
    if filters.price_max_tokens is not None:
        found.append(audio_files.c.price_tokens <= _capped(filters.price_max_tokens))
    if filters.licence and filters.licence is not LicenceKind.STANDARD:
        found.append(_is_offered(filters.licence, audio_files.c.pack_id))
    if words:
        found.append(matches(audio_files.c.search, words))
    found += _personal(filters, viewer, owns=cards.owns_file(viewer), heard=plays.c.file_id == audio_files.c.id)
    return found + _sound_conditions(filters)


def matches(document: ColumnElement[Any], words: TextQuery) -> ColumnElement[bool]:
    """Return the SQL condition that a search document matches the text query."""
    return document.bool_op("@@")(words.query)


def tempo_match(filters: Filters, bpm: float | None) -> TempoMatch | None:
    """Return how a tempo matches the filter: exactly, at half or double tempo; None if it does not, or a tempo is missing."""
    if bpm is None or not filters.has_tempo:
        return None
    reach = float(BPM_TOLERANCE)
    for factor, match in ((1.0, TempoMatch.EXACT), (0.5, TempoMatch.HALF), (2.0, TempoMatch.DOUBLE)):
        low = (filters.bpm_min or 0.0) * factor - reach * factor
        high = (filters.bpm_max or math.inf) * factor + reach * factor
        if low <= bpm < high:
            return match
    return None


def _personal(
    filters: Filters, viewer: Viewer | None, *, owns: ColumnElement[bool], heard: ColumnElement[bool]
) -> list[ColumnElement[bool]]:
    """Return the conditions on ownership and play history. Visitors own nothing; the play history filter is ignored for them."""
    found: list[ColumnElement[bool]] = []
    if filters.owned:
        found.append(owns if filters.owned is Owned.ONLY else ~owns)
    if filters.is_unheard and viewer:
        found.append(~exists().where(plays.c.user_id == viewer.user_id, heard))
    return found


def _has_words(words: TextQuery) -> ColumnElement[bool]:
    """Return the SQL condition that the pack, or one of its sounds, matches the text query.

    A sound's search document includes its pack's title, tags and creator, but not the description. The condition is a union,
    since an OR over two tables prevents a join.
    """
    has = select(audio_files.c.pack_id).where(
        matches(audio_files.c.search, words), audio_files.c.published_at.is_not(None)
    )
    described = select(packs.c.id).where(matches(packs.c.search, words))
    return packs.c.id.in_(union_all(has, described))


def _is_offered(licence: LicenceKind, pack_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(licence_offers.c.pack_id == pack_id, licence_offers.c.kind == licence.value)


def _sound_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    table = audio_files.c
    found: list[ColumnElement[bool]] = []
    if filters.kind:
        found.append(table.kind == filters.kind.value)
    if (pitch := _pitch(filters)) is not None:
        found.append(pitch)
    if (tempo := _spans(filters, table.bpm, table.bpm)) is not None:
        found.append(_or_unknown(tempo, table.bpm, filters))
    if filters.certainty:
        found.append(table.certainty.in_(_AT_LEAST[filters.certainty]))
    if filters.duration_min_seconds is not None:
        found.append(table.duration_seconds >= filters.duration_min_seconds)
    if filters.duration_max_seconds is not None:
        found.append(table.duration_seconds <= filters.duration_max_seconds)
    if filters.quality_min is not None:
        found.append(table.quality >= filters.quality_min)
    if filters.format:
        found.append(table.format == filters.format)
    return found


def _pitch(filters: Filters) -> ColumnElement[bool] | None:
    """Return the SQL condition that a sound has one of the keys or root notes, or no key and the tonic of one of the keys.

    None without a filter for key or root note.
    """
    table, found = audio_files.c, list[ColumnElement[bool]]()
    if keys := _key_names(filters):
        found.append(_or_unknown(table.key.in_(keys), table.key, filters))
        # A single note has no mode, so an 808 on F is stored without a key and fits F minor as well as F major.
        found.append(and_(table.key.is_(None), table.note.in_(filters.tonic_notes)))
    if filters.notes:
        found.append(table.note.in_(sorted({midi for note in filters.notes for midi in note.midi})))
    return or_(*found) if found else None


def _or_unknown(condition: ColumnElement[bool], column: ColumnElement[Any], filters: Filters) -> ColumnElement[bool]:
    return or_(condition, column.is_(None)) if filters.has_unknown else condition


def _spans(filters: Filters, low: ColumnElement[Any], high: ColumnElement[Any]) -> ColumnElement[bool] | None:
    """Return the SQL condition that the range from ``low`` to ``high`` overlaps the requested tempo range; None without one.

    With ``half_double``, half and double the requested range also match.
    """
    if not filters.has_tempo:
        return None
    factors = (Decimal(1),)
    # Half of "from 140" would match nearly everything, and so would a range that contains its own double.
    if filters.half_double and filters.bpm_min and filters.bpm_max and filters.bpm_max < 2 * filters.bpm_min:
        factors = (Decimal(1), Decimal("0.5"), Decimal(2))
    return or_(*(_span(filters, low, high, factor) for factor in factors))


def _span(filters: Filters, low: ColumnElement[Any], high: ColumnElement[Any], factor: Decimal) -> ColumnElement[bool]:
    ends: list[ColumnElement[bool]] = []
    if filters.bpm_min is not None:
        ends.append(high >= _tempo(filters.bpm_min, -BPM_TOLERANCE, factor))
    if filters.bpm_max is not None:
        ends.append(low < _tempo(filters.bpm_max, BPM_TOLERANCE, factor))
    return and_(*ends)


def _tempo(bpm: float, shift: Decimal, factor: Decimal) -> ColumnElement[Any]:
    bounded = min(max(bpm, 0.0), 1000.0) if math.isfinite(bpm) else 0.0
    return cast((Decimal(str(round(bounded, 2))) + shift) * factor, Numeric(8, 3))


def _key_names(filters: Filters) -> list[str]:
    return [key.name for key in filters.keys]


def _capped(number: int) -> int:
    return min(number, _MAX_INTEGER)


def _read_time(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


def _read_integer(value: Any) -> int:
    if type(value) is not int or abs(value) > _MAX_INTEGER:
        raise ValueError(value)
    return value


def read_float(value: Any) -> float:
    """Decode a number from a cursor.

    Raises:
        ValueError: it is not a finite number.
    """
    if type(value) not in {int, float} or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _read_decimal(value: Any) -> Decimal | None:
    if value is None:
        return None
    number = Decimal(value)
    if not number.is_finite() or abs(number) > _MAX_INTEGER:
        raise ValueError(value)
    return number
