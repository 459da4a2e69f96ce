"""From filters to conditions, and from a sort order to columns and cursors. Shared by the lists of packs and of sounds."""

import math
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Float,
    Numeric,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from askchopper.models.tables import audio_files, creators, packs
from askchopper.schemas import cursors
from askchopper.schemas.catalogue import Filters
from askchopper.schemas.text import searchable
from askchopper.vocabulary import MusicalKey, PackSort

# A loop labelled 128 may measure 127.6; a range takes in what rounds into it.
BPM_TOLERANCE = Decimal("0.5")
_MAX_INTEGER = 2**31 - 1


@dataclass(frozen=True)
class Order:
    """A sort order: its column, its direction, and how its values travel in a cursor."""

    column: ColumnElement[Any]
    id_column: ColumnElement[Any]
    is_descending: bool
    read: Callable[[Any], Any]
    has_unknown: bool

    def apply(self, statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        """Sort a statement, with the id to break ties."""
        if self.is_descending:
            return statement.order_by(self.column.desc(), self.id_column.desc())
        return statement.order_by(self.column.asc(), self.id_column.asc())

    def after(self, value: Any, last_id: uuid.UUID) -> ColumnElement[bool]:
        """Condition for the rows behind the last one of a page. Unknown values come last.

        Rows are compared whole, so that the index is entered where the page ended, however far that is.
        """
        if value is None:
            return and_(self.column.is_(None), self.id_column > last_id)
        place = tuple_(self.column, self.id_column)
        end = tuple_(literal(value, self.column.type), literal(last_id, self.id_column.type))
        if self.is_descending:
            return place < end
        return or_(place > end, self.column.is_(None)) if self.has_unknown else place > end


def order_of(filters: Filters, *, of_files: bool) -> tuple[PackSort, Order]:
    """Choose the order of a list; without a wish, relevance for a search and newest otherwise."""
    words = searchable(filters.text)
    sort = filters.sort or (PackSort.RELEVANCE if words else PackSort.NEWEST)
    if sort is PackSort.RELEVANCE and not words:
        sort = PackSort.NEWEST
    table = audio_files if of_files else packs
    column, is_descending, read = {
        PackSort.NEWEST: (table.c.published_at, True, _read_time),
        PackSort.POPULAR: (table.c.popularity, True, _read_integer),
        PackSort.PRICE: (table.c.price_tokens, False, _read_integer),
        PackSort.BPM: (table.c.bpm if of_files else table.c.bpm_min, False, _read_decimal),
        PackSort.DURATION: (table.c.duration_seconds, False, _read_float),
        PackSort.RELEVANCE: (_relevance(words, of_files=of_files), True, _read_float),
    }[sort]
    return sort, Order(column, table.c.id, is_descending, read, has_unknown=sort is PackSort.BPM)


def decode_cursor(cursor: str, sort: PackSort, order: Order) -> ColumnElement[bool]:
    """Read a cursor as the condition for the next page.

    Raises:
        InvalidInputError: the cursor is made up, or belongs to another order.
    """
    name, value, text_id = cursors.decode(cursor, length=3)
    if name != sort.value:
        raise cursors.bad_cursor()
    try:
        return order.after(order.read(value), uuid.UUID(text_id))
    except (ValueError, TypeError, AttributeError, InvalidOperation) as error:
        raise cursors.bad_cursor() from error


def encode_cursor(sort: PackSort, value: Any, last_id: uuid.UUID) -> str:
    """Write the place where a page ended."""
    if isinstance(value, datetime):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    return cursors.encode(sort.value, value, str(last_id))


def pack_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on a published pack. Sound-level filters must all hold for one and the same sound of it."""
    found: list[ColumnElement[bool]] = [packs.c.status == "published"]
    if filters.genre:
        found.append(packs.c.genre_slug == searchable(filters.genre))
    if filters.creator:
        found.append(creators.c.slug == searchable(filters.creator))
    if filters.price_max_tokens is not None:
        found.append(packs.c.price_tokens <= _capped(filters.price_max_tokens))
    if words := searchable(filters.text):
        found.append(packs.c.id.in_(_packs_matching(words)))
    # Implied by the conditions on its sounds, and quicker to check: the pack's own span, then its keys.
    if filters.bpm_min is not None:
        found.append(packs.c.bpm_max >= _tempo(filters.bpm_min, -BPM_TOLERANCE))
    if filters.bpm_max is not None:
        found.append(packs.c.bpm_min < _tempo(filters.bpm_max, BPM_TOLERANCE))
    if keys := _key_names(filters):
        found.append(has_any_key(keys))
    if sounds := _sound_conditions(filters):
        if filters.genre:
            # Sounds repeat the genre of their pack; with it, a rare combination can be looked up among the sounds.
            sounds += [audio_files.c.genre_slug == searchable(filters.genre), audio_files.c.published_at.is_not(None)]
        found.append(exists().where(audio_files.c.pack_id == packs.c.id, *sounds))
    return found


def file_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Conditions on a sound of a published pack."""
    found: list[ColumnElement[bool]] = [audio_files.c.published_at.is_not(None)]
    if filters.genre:
        found.append(audio_files.c.genre_slug == searchable(filters.genre))
    if filters.creator:
        found.append(creators.c.slug == searchable(filters.creator))
    if filters.price_max_tokens is not None:
        found.append(audio_files.c.price_tokens <= _capped(filters.price_max_tokens))
    if words := searchable(filters.text):
        query = query_of(words)
        in_packs = select(packs.c.id).where(packs.c.search.op("@@", return_type=Boolean())(query))
        found.append(
            or_(
                audio_files.c.search.op("@@", return_type=Boolean())(query),
                audio_files.c.pack_id.in_(in_packs),
            )
        )
    return found + _sound_conditions(filters)


def query_of(words: str) -> ColumnElement[Any]:
    """Search words as a tsquery, read once for the whole statement."""
    return select(func.search_query(words)).scalar_subquery()


def has_any_key(keys: list[str]) -> ColumnElement[bool]:
    """Whether one of the keys is among those of the row's pack."""
    return packs.c["keys"].op("&&", return_type=Boolean())(cast(keys, ARRAY(String)))


def _packs_matching(words: str) -> Any:
    query = query_of(words)
    by_pack = select(packs.c.id).where(packs.c.search.op("@@", return_type=Boolean())(query))
    by_sound = select(audio_files.c.pack_id).where(
        audio_files.c.search.op("@@", return_type=Boolean())(query),
        audio_files.c.published_at.is_not(None),
    )
    return union(by_pack, by_sound)


def _relevance(words: str, *, of_files: bool) -> ColumnElement[Any]:
    query = query_of(words)
    rank = func.coalesce(func.ts_rank_cd(packs.c.search, query), 0.0)
    if of_files:
        rank = rank + 2.0 * func.coalesce(func.ts_rank_cd(audio_files.c.search, query), 0.0)
    return cast(rank, Float(53))


def _sound_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.kind:
        found.append(audio_files.c.kind == filters.kind.value)
    if keys := _key_names(filters):
        found.append(audio_files.c.key.in_(keys))
    if filters.bpm_min is not None:
        found.append(audio_files.c.bpm >= _tempo(filters.bpm_min, -BPM_TOLERANCE))
    if filters.bpm_max is not None:
        found.append(audio_files.c.bpm < _tempo(filters.bpm_max, BPM_TOLERANCE))
    return found


def _tempo(bpm: float, shift: Decimal) -> ColumnElement[Any]:
    bounded = min(max(bpm, 0.0), 1000.0) if math.isfinite(bpm) else 0.0
    return cast(Decimal(str(round(bounded, 2))) + shift, Numeric(8, 2))


def _key_names(filters: Filters) -> list[str]:
    if filters.key is None:
        return []
    keys: tuple[MusicalKey, ...] = filters.key.compatible() if filters.is_compatible else (filters.key,)
    return [key.name for key in keys]


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


def _read_float(value: Any) -> float:
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
