"""Tables of figures as CSV, streamed: every day and value of a year may be a million rows."""

import csv
import io
from collections.abc import AsyncGenerator
from enum import StrEnum

from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.text import escape_formula

_COLUMNS = (
    "shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed", "seconds",
    "gross_tokens", "refunded_tokens", "fee_tokens", "net_tokens",
)  # fmt: skip
_CHUNK_ROWS = 1_000
# In the order of the key, page by page: a slow reader holds no connection.
_PACKS = text("""
    SELECT p.id, p.slug FROM packs p JOIN creators c ON c.id = p.creator_id
    WHERE c.user_id = :user AND (:slug = '' OR p.slug = :slug) ORDER BY p.id
""")
_DETAIL = text("""
    SELECT dimension, day, value, shown, opened, played, liked, collected, bought, downloaded, refunded, completed, seconds, gross_tokens,
        refunded_tokens, fee_tokens, gross_tokens - refunded_tokens - fee_tokens AS net_tokens
    FROM daily_breakdowns
    WHERE subject_id = :pack AND day BETWEEN :first AND :last AND (dimension, day, value) > (:dimension, :day, :value)
    ORDER BY dimension, day, value LIMIT :most
""")


class Table(StrEnum):
    """A table that can be exported."""

    DAYS = "days"
    PACKS = "packs"
    COUNTRIES = "countries"
    DEVICES = "devices"
    SOURCES = "sources"
    TERMS = "terms"
    PRICES = "prices"
    DETAIL = "detail"


_DIMENSIONS = {
    Table.COUNTRIES: Dimension.COUNTRY,
    Table.DEVICES: Dimension.DEVICE,
    Table.SOURCES: Dimension.SOURCE,
    Table.TERMS: Dimension.TERM,
    Table.PRICES: Dimension.PRICE,
}


def parse_table(given: str) -> Table:
    """Return the table of a name.

    Raises:
        InvalidInputError: there is none.
    """
    try:
        return Table(given)
    except ValueError as error:
        raise InvalidInputError(f"Choose a table: {', '.join(Table)}.", field="table") from error


async def stream(viewer: Viewer, found: Analytics, table: Table, *, pack_slug: str = "") -> AsyncGenerator[str]:
    """Yield a table as lines of CSV. ``found`` are the figures that were read for the same period and pack."""
    if table is Table.DETAIL:
        async for chunk in _stream_detail(viewer, found, pack_slug):
            yield chunk
        return
    rows: list[list[object]] = [["Day" if table is Table.DAYS else table.value.rstrip("s").capitalize(), *_heads()]]
    if table is Table.DAYS:
        rows += [[day.isoformat(), *_values(values)] for day, values in found.by_day]
    elif table is Table.PACKS:
        rows += [[escape_formula(one.title), *_values(one.figures)] for one in found.packs]
    else:
        rows += [[escape_formula(one.value), *_values(one.figures)] for one in found.parts[_DIMENSIONS[table]]]
    yield _lines(rows)


async def _stream_detail(viewer: Viewer, found: Analytics, pack_slug: str) -> AsyncGenerator[str]:
    yield _lines([["Pack", "By", "Day", "Value", *_heads()]])
    async with read_only() as session:
        packs = (await session.execute(_PACKS, {"user": viewer.user_id, "slug": pack_slug})).all()
    for pack in packs:
        after = {"dimension": "", "day": found.period.first, "value": ""}
        values = {"pack": pack.id, "first": found.period.first, "last": found.period.last, "most": _CHUNK_ROWS}
        while True:
            async with read_only() as session:
                rows = (await session.execute(_DETAIL, {**values, **after})).all()
            if rows:
                yield _lines([[pack.slug, row.dimension, row.day, escape_formula(row.value), *row[3:]] for row in rows])
            if len(rows) < _CHUNK_ROWS:
                break
            last = rows[-1]
            after = {"dimension": last.dimension, "day": last.day, "value": last.value}


def _heads() -> list[str]:
    return [name.replace("_", " ").capitalize() for name in _COLUMNS]


def _values(values: Figures) -> list[object]:
    return [round(value, 1) if isinstance(value := getattr(values, name), float) else value for name in _COLUMNS]


def _lines(rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
