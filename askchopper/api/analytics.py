"""A creator's analytics as JSON and CSV. Returns 404 for a pack of another creator."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from askchopper.analytics_vocabulary import AudienceTrait, Dimension
from askchopper.api.dependencies import SignedIn
from askchopper.api.responses import Moment
from askchopper.database import read_only
from askchopper.schemas.analytics import Analytics, Figures, Part
from askchopper.services import limits
from askchopper.services.analytics import export, figures, page, rollup
from askchopper.services.analytics.export import Table

router = APIRouter(prefix="/studio/analytics", tags=["analytics"])
_Day = Annotated[str, Query(max_length=10)]
_Slug = Annotated[str, Query(max_length=100)]
_First = Annotated[str, Query(alias="from", max_length=10)]
_Last = Annotated[str, Query(alias="to", max_length=10)]


class FunnelCounts(BaseModel):
    """Number of events at each step of the funnel, from impressions to refunds."""

    shown: int
    opened: int
    played: int
    liked: int
    collected: int
    bought: int
    downloaded: int
    refunded: int

    @classmethod
    def of(cls, found: Figures) -> "FunnelCounts":
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class Revenue(BaseModel):
    """Revenue in tokens: ``net`` is ``gross`` less ``refunds`` less ``fee``."""

    gross: int
    fee: int
    net: int
    refunds: int

    @classmethod
    def of(cls, found: Figures) -> "Revenue":
        return cls(gross=found.gross_tokens, fee=found.fee_tokens, net=found.net_tokens, refunds=found.refunded_tokens)


class Balance(BaseModel):
    """All-time totals in tokens: earnings that are still refundable, and payouts."""

    pending: int
    paid: int


class Listening(BaseModel):
    """Listening figures. ``completion`` is the share of plays that reached the end; it and the average are null without plays."""

    listeners: int
    seconds: float
    average_seconds: float | None
    completion: float | None


class Row(FunnelCounts):
    """Figures of one day, or of one value of a dimension."""

    value: str
    seconds: float
    revenue: Revenue

    @classmethod
    def of_part(cls, value: str, found: Figures) -> "Row":
        counts = {name: getattr(found, name) for name in FunnelCounts.model_fields}
        return cls(value=value, seconds=round(found.seconds, 1), revenue=Revenue.of(found), **counts)


class Day(Row):
    """Figures of one day in the creator's time zone."""

    day: date


class PackRow(Row):
    """Figures of a pack; ``value`` is its title."""

    slug: str


class Stops(BaseModel):
    """Share of stopped plays in each fiftieth of a sound, or of the pack's preview if ``file`` is null; empty without stops."""

    file: str | None
    title: str
    seconds: float
    plays: int
    parts: list[float]


class AnalyticsAnswer(BaseModel):
    """Figures of a period; ``previous_*`` are those of the preceding period of the same length."""

    first: date
    last: date
    zone: str
    counted_at: Moment | None
    funnel: FunnelCounts
    previous_funnel: FunnelCounts
    revenue: Revenue
    previous_revenue: Revenue
    balance: Balance
    listening: Listening
    by_day: list[Day]
    by_region: list[Row]
    by_device: list[Row]
    by_source: list[Row]
    by_price: list[Row]
    by_campaign: list[Row]
    search_terms: list[Row]
    near_terms: list[Row]
    packs: list[PackRow]
    stops: list[Stops]
    audience: dict[AudienceTrait, dict[str, int]]
    advice: list[str]


@router.get("")
async def read_analytics(
    viewer: SignedIn, first: _First = "", last: _Last = "", days: _Day = "", pack: _Slug = ""
) -> AnalyticsAnswer:
    """Return the figures of all your packs or of one, for a range of dates or the last 7, 30, 90 or 365 days."""
    await rollup.refresh()
    async with read_only() as session:
        read = await page.read(session, viewer, pack_slug=pack, first=first, last=last, days=days)
    found, sums, total = read.found, read.found.outstanding, read.found.total
    return AnalyticsAnswer(
        first=found.period.first, last=found.period.last, zone=found.period.zone, counted_at=found.counted_at,
        funnel=FunnelCounts.of(total), previous_funnel=FunnelCounts.of(found.before), revenue=Revenue.of(total),
        previous_revenue=Revenue.of(found.before), balance=Balance(pending=sums.pending_tokens, paid=sums.paid_out_tokens),
        listening=Listening(
            listeners=total.listeners, seconds=round(total.seconds, 1), average_seconds=total.average_seconds, completion=total.completion
        ),
        by_day=[Day(day=day, **Row.of_part(day.isoformat(), values).model_dump()) for day, values in found.by_day],
        by_region=_rows(found, Dimension.COUNTRY), by_device=_rows(found, Dimension.DEVICE), by_source=_rows(found, Dimension.SOURCE),
        by_price=_rows(found, Dimension.PRICE), by_campaign=_rows(found, Dimension.CAMPAIGN), search_terms=[_row(one) for one in found.led_terms], near_terms=[_row(one) for one in found.near_terms],
        packs=[PackRow(slug=one.slug, **Row.of_part(one.title, one.figures).model_dump()) for one in found.packs],
        stops=[Stops(file=one.file_id or None, title=one.title, seconds=one.length_seconds, plays=one.plays, parts=list(one.parts)) for one in read.found.stops],
        audience={trait: dict(members) for trait, members in found.audience.items()}, advice=list(read.advice),
    )  # fmt: skip


@router.get("/export.csv", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}})
async def export_analytics(
    viewer: SignedIn,
    first: _First = "",
    last: _Last = "",
    days: _Day = "",
    pack: _Slug = "",
    table: Annotated[str, Query(max_length=20)] = Table.DAYS,
) -> StreamingResponse:
    """Download one table of the figures as CSV; `detail` has a row for every day, pack and value."""
    chosen = export.parse_table(table)
    await limits.hit((limits.FIGURES_EXPORT, str(viewer.user_id)))
    await rollup.refresh()
    async with read_only() as session:
        found = await figures.read(session, viewer, pack_slug=pack, first=first, last=last, days=days)
    name = f"analytics-{chosen}-{found.period.first}-{found.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(
        export.stream(viewer, found, chosen, pack_slug=pack), media_type="text/csv; charset=utf-8", headers=headers
    )


def _rows(found: Analytics, dimension: Dimension) -> list[Row]:
    return [_row(one) for one in found.parts[dimension]]


def _row(one: Part) -> Row:
    return Row.of_part(one.value, one.figures)
