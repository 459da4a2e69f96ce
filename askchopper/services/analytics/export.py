"""Tables of figures as CSV, streamed: every day and value of a year may be a million rows."""

import csv
import io
from collections.abc import AsyncGenerator
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.analytics_vocabulary import Dimension
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.text import escape_formula

_COLUMNS = (
    "shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed", "seconds",
    "gross_tokens", "refunded_tokens", "fee_tokens", "net_tokens",
)  # fmt: skip
_CHUNK_ROWS = 1_000
_DETAIL = text("""
    SELECT f.day, coalesce(p.slug, '') AS pack, f.dimension, f.value, shown, opened, played, liked, collected, bought, downloaded, refunded,
        completed, seconds, gross_tokens, refunded_tokens, fee_tokens, gross_tokens - refunded_tokens - fee_tokens AS net_tokens
    FROM daily_breakdowns f JOIN packs p ON p.id = f.subject_id
    WHERE p.creator_id = (SELECT id FROM creators WHERE user_id = :user) AND (:slug = '' OR p.slug = :slug) AND day BETWEEN :first AND :last
    ORDER BY f.day, p.slug, f.dimension, f.value
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


async def stream(
    session: AsyncSession, viewer: Viewer, found: Analytics, table: Table, *, pack_slug: str = ""
) -> AsyncGenerator[str]:
    """Yield a table as lines of CSV. ``found`` are the figures that were read for the same period and pack."""
    if table is Table.DETAIL:
        async for chunk in _stream_detail(session, viewer, found, pack_slug):
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


async def _stream_detail(
    session: AsyncSession, viewer: Viewer, found: Analytics, pack_slug: str
) -> AsyncGenerator[str]:
    yield _lines([["Day", "Pack", "By", "Value", *_heads()]])
    values = {"user": viewer.user_id, "slug": pack_slug, "first": found.period.first, "last": found.period.last}
    result = await session.stream(_DETAIL, values)
    async for rows in result.partitions(_CHUNK_ROWS):
        yield _lines([[row.day, row.pack, row.dimension, escape_formula(row.value), *row[4:]] for row in rows])


def _heads() -> list[str]:
    return [name.replace("_", " ").capitalize() for name in _COLUMNS]


def _values(values: Figures) -> list[object]:
    return [round(value, 1) if isinstance(value := getattr(values, name), float) else value for name in _COLUMNS]


def _lines(rows: list[list[object]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
