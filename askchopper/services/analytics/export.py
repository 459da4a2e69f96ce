"""Analytics tables as streamed CSV; a year by day and value may be a million rows."""

from collections.abc import AsyncGenerator, Callable
from enum import StrEnum

from sqlalchemy import text

from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.text import csv_text

_COLUMNS = (
    "shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed", "seconds",
    "gross_tokens", "refunded_tokens", "fee_tokens", "net_tokens",
)  # fmt: skip
_CHUNK_ROWS = 1_000
_Rows = list[list[object]]
# Read in key order, page by page, so that a slow client holds no connection.
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
    CAMPAIGNS = "campaigns"
    TOTALS = "totals"
    NEAR = "near"
    STOPS = "stops"
    AUDIENCE = "audience"
    MONEY = "money"
    DETAIL = "detail"


_DIMENSIONS = {
    Table.COUNTRIES: Dimension.COUNTRY,
    Table.DEVICES: Dimension.DEVICE,
    Table.SOURCES: Dimension.SOURCE,
    Table.TERMS: Dimension.TERM,
    Table.PRICES: Dimension.PRICE,
    Table.CAMPAIGNS: Dimension.CAMPAIGN,
}


def parse_table(given: str) -> Table:
    """Parse the name of a table.

    Raises:
        InvalidInputError: there is no such table.
    """
    try:
        return Table(given)
    except ValueError as error:
        raise InvalidInputError(f"Choose a table: {', '.join(Table)}.", field="table") from error


async def stream(viewer: Viewer, found: Analytics, table: Table, *, pack_slug: str = "") -> AsyncGenerator[str]:
    """Yield a table as CSV, in chunks of lines. ``found`` has the figures for the same period and pack."""
    if table is Table.DETAIL:
        async for chunk in _stream_detail(viewer, found, pack_slug):
            yield chunk
        return
    if table in _OTHERS:
        yield csv_text(_OTHERS[table](found))
        return
    rows: _Rows = [["Day" if table is Table.DAYS else table.value.rstrip("s").capitalize(), *_heads()]]
    if table is Table.DAYS:
        rows += [[day.isoformat(), *_values(values)] for day, values in found.by_day]
    elif table is Table.PACKS:
        rows += [[one.title, *_values(one.figures)] for one in found.packs]
    else:
        rows += [[one.value, *_values(one.figures)] for one in found.parts[_DIMENSIONS[table]]]
    yield csv_text(rows)


def _totals(found: Analytics) -> _Rows:
    """Return totals of the period and of the preceding one."""
    return [["Days", *_heads()], ["These", *_values(found.total)], ["Before", *_values(found.before)]]


def _near(found: Analytics) -> _Rows:
    """Return search terms that showed the packs but led to no visit, play or purchase."""
    return [["Term", "Shown"], *([one.value, one.figures.shown] for one in found.near_terms)]


def _stops(found: Analytics) -> _Rows:
    """Return where listeners stop the sounds of a pack: the position in seconds, and the share of the sound's stops."""
    rows: _Rows = [["Sound", "Plays", "From second", "Share of stops"]]
    for one in found.stops:
        step = one.length_seconds / max(1, len(one.parts))
        for place, share in enumerate(one.parts):
            rows.append([one.title, one.plays, round(place * step, 2), round(share, 4)])
    return rows


def _audience(found: Analytics) -> _Rows:
    """Return listeners' preferences, only for groups large enough to be anonymous."""
    return [
        ["By", "Value", "Members"],
        *([trait.value, value, count] for trait, members in found.audience.items() for value, count in members),
    ]


def _money(found: Analytics) -> _Rows:
    """Return sales, refunds, fees and earnings of the period, and the pending and paid-out amounts of all time."""
    sums, total = found.outstanding, found.total
    return [
        ["Tokens", "Amount"], ["Sales", total.gross_tokens], ["Refunds", -total.refunded_tokens], ["Platform fee", -total.fee_tokens],
        ["Earned", total.net_tokens], ["Pending, of all time", sums.pending_tokens], ["Paid out, of all time", sums.paid_out_tokens],
    ]  # fmt: skip


_OTHERS: dict[Table, Callable[[Analytics], _Rows]] = {
    Table.TOTALS: _totals, Table.NEAR: _near, Table.STOPS: _stops, Table.AUDIENCE: _audience, Table.MONEY: _money,
}  # fmt: skip


async def _stream_detail(viewer: Viewer, found: Analytics, pack_slug: str) -> AsyncGenerator[str]:
    yield csv_text([["Pack", "By", "Day", "Value", *_heads()]])
    async with read_only() as session:
        packs = (await session.execute(_PACKS, {"user": viewer.user_id, "slug": pack_slug})).all()
    for pack in packs:
        after = {"dimension": "", "day": found.period.first, "value": ""}
        values = {"pack": pack.id, "first": found.period.first, "last": found.period.last, "most": _CHUNK_ROWS}
        while True:
            async with read_only() as session:
                rows = (await session.execute(_DETAIL, {**values, **after})).all()
            if rows:
                yield csv_text([[pack.slug, row.dimension, row.day, row.value, *row[3:]] for row in rows])
            if len(rows) < _CHUNK_ROWS:
                break
            last = rows[-1]
            after = {"dimension": last.dimension, "day": last.day, "value": last.value}


def _heads() -> list[str]:
    return [name.replace("_", " ").capitalize() for name in _COLUMNS]


def _values(values: Figures) -> list[object]:
    return [round(value, 1) if isinstance(value := getattr(values, name), float) else value for name in _COLUMNS]
