"""State of a creator's figures: of all packs, or of one. Period, chart and comparison are in the URL."""

from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.analytics_vocabulary import Dimension
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.schemas.view_models import analytics as rows
from askchopper.schemas.view_models.analytics import Group, Line, PackRow, PartRow, Step, StopRow
from askchopper.schemas.view_models.charts import Chart, Tile
from askchopper.services import earnings, limits
from askchopper.services.analytics import advice, figures, periods, rollup
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

_ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"
_FIRST_ZONE = "UTC"  # until the creator's browser said another
_NAMES = ("days", "from", "to", "chart", "compare")
_LONGEST = 100


class AnalyticsState(rx.State):
    """Figures of all the creator's packs, or of the one whose page it is."""

    is_loaded: bool = False
    is_missing: bool = False
    is_empty: bool = False
    problem: str = ""
    title: str = ""
    slug: str = ""
    period: str = ""
    compared: str = ""
    zone: str = _FIRST_ZONE
    counted: str = ""
    first: str = ""
    last: str = ""
    query: str = ""  # of the exports
    tiles: list[Tile] = []
    chart: Chart | None = None
    is_chart_empty: bool = False
    funnel: list[Step] = []
    revenue: list[Line] = []
    listening: list[Line] = []
    countries: list[PartRow] = []
    has_map: bool = False
    devices: list[PartRow] = []
    sources: list[PartRow] = []
    terms: list[PartRow] = []
    near_terms: list[PartRow] = []
    packs: list[PackRow] = []
    stops: list[StopRow] = []
    prices: str = ""
    groups: list[Group] = []
    advice: list[str] = []
    others: list[list[str]] = []  # packs that this one can be compared with
    other_title: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        """Show the figures; a creator who never chose a time zone gets that of the browser."""
        await self._read()
        if self.is_loaded and self.zone == _FIRST_ZONE:
            return rx.call_script(_ZONE, callback=AnalyticsState.use_zone)
        return None

    @rx.event
    @handler(Access.MEMBER)
    async def use_zone(self, zone: str) -> None:
        """Count days in a time zone from now on, and those before again."""
        viewer, zone = identity.require_viewer(), str(zone)[:64]
        if zone == self.zone:
            return
        await limits.hit((limits.TIME_ZONE, str(viewer.user_id)))
        try:
            async with transaction() as session:
                await periods.set_zone(session, viewer, zone=zone)
        except InvalidInputError:  # a browser that does not know its zone
            return
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def choose_days(self, form: dict[str, Any]) -> Any:
        """Show the days between two dates."""
        given = {name: str(form.get(name, ""))[:10] for name in ("from", "to")}
        path = routes.pack_analytics(self.slug) if self.slug else routes.ANALYTICS
        return rx.redirect(routes.with_query(path, **{name: value for name, value in given.items() if value}))

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        given = {name: str(self.router.url.query_parameters.get(name, ""))[:_LONGEST] for name in _NAMES}
        slug = identity.route_parameter(self, "sold_pack")
        await rollup.refresh()
        self.problem = ""
        async with read_only() as session:
            try:
                await self._show(session, viewer, slug, given)
                self.is_missing = False
            except NotFoundError:
                self.is_missing, self.is_empty = bool(slug), not slug
            except InvalidInputError as error:
                self.problem = error.sentence
                await self._show(session, viewer, slug, {"chart": given["chart"]})
        self.is_loaded = True

    async def _show(self, session: AsyncSession, viewer: Viewer, slug: str, given: dict[str, str]) -> None:
        span = {"first": given.get("from", ""), "last": given.get("to", ""), "days": given.get("days", "")}
        found = await figures.read(session, viewer, pack_slug=slug, **span)
        stops = await figures.stops(session, viewer, slug=slug) if slug else ()
        other = given.get("compare", "") if slug else ""
        compared = await figures.read(session, viewer, pack_slug=other, **span) if other else None
        self.title = (await figures.own_pack(session, viewer, slug=slug))[1] if slug else "Analytics"
        self.slug, self.other_title = slug, (await figures.own_pack(session, viewer, slug=other))[1] if other else ""
        self._show_days(found, span)
        chart = given.get("chart", "")
        self.tiles = rows.tiles(found)
        self.chart = rows.chart(found, chart if chart in rows.CHARTS else "earned", compared)
        self.is_chart_empty = self.chart.is_empty
        self.funnel, self.listening = rows.funnel(found), rows.listening(found)
        self.revenue = rows.revenue(found, await earnings.totals(session, viewer))
        self._show_parts(found)
        self.stops, self.prices = rows.stop_rows(stops), rows.prices(found.parts[Dimension.PRICE])
        self.groups = [] if slug else rows.audience(await figures.audience(session, viewer))
        self.advice = list(await advice.advise(session, found, pack_slug=slug, stops=stops))
        self.others = [
            ["", "Nothing"],
            *[[one, title] for one, title in await figures.own_packs(session, viewer) if one != slug],
        ]

    def _show_days(self, found: Analytics, span: dict[str, str]) -> None:
        period = found.period
        self.first, self.last, self.zone = str(period.first), str(period.last), period.zone
        self.period = f"{period.first:%-d %b %Y} to {period.last:%-d %b %Y}"
        self.compared = f"than the {period.days} days before" if period.days > 1 else "than the day before"
        self.counted = f"{found.counted_at:%-d %b, %H:%M} UTC" if found.counted_at else ""
        given = {"from": span["first"], "to": span["last"], "days": span["days"], "pack": self.slug}
        self.query = routes.with_query(routes.ANALYTICS_CSV, **{name: value for name, value in given.items() if value})
        self.is_empty = not self.slug and not found.packs and not any(found.before.__dict__.values())

    def _show_parts(self, found: Analytics) -> None:
        self.countries = rows.part_rows(found.parts[Dimension.COUNTRY], Dimension.COUNTRY)
        self.has_map = any(row.left for row in self.countries)
        self.devices = rows.part_rows(found.parts[Dimension.DEVICE], Dimension.DEVICE)
        self.sources = rows.part_rows(found.parts[Dimension.SOURCE], Dimension.SOURCE)
        self.terms = rows.part_rows(rows.led(found.parts[Dimension.TERM]), Dimension.TERM)
        self.near_terms = rows.near_rows(found.near_terms)
        self.packs = rows.pack_rows(found.packs)
