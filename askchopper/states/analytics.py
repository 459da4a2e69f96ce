"""State of a creator's figures, for all packs or for one. Period, chart and comparison are in the URL."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.schemas.view_models import analytics as rows
from askchopper.schemas.view_models.analytics import Report
from askchopper.services import limits
from askchopper.services.analytics import figures, page, periods, rollup
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

_ZONE = "Intl.DateTimeFormat().resolvedOptions().timeZone"
_NAMES = ("days", "from", "to", "chart", "compare")
_LONGEST = 100


class AnalyticsState(rx.State):
    """Figures of all the creator's packs, or of the pack of this page."""

    is_loaded: bool = False
    is_missing: bool = False
    is_empty: bool = False
    problem: str = ""
    report: Report = Report()

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        """Show the figures; a creator who has not chosen a time zone gets the browser's."""
        await self._read()
        if self.is_loaded and self.report.zone == periods.FIRST_ZONE:
            return rx.call_script(_ZONE, callback=AnalyticsState.use_zone)
        return None

    @rx.event
    @handler(Access.MEMBER)
    async def use_zone(self, zone: str) -> None:
        """Use the browser's time zone for days, unless the creator has chosen one."""
        if self.report.zone == periods.FIRST_ZONE and zone != periods.FIRST_ZONE:
            # If the browser has no valid zone or a rollup is running, the next visit tries again.
            with suppress(InvalidInputError, ConflictError):
                await self._set_zone(str(zone))

    @rx.event
    @handler(Access.MEMBER)
    async def choose_zone(self, form: dict[str, Any]) -> Any:
        """Use the time zone that the creator chose for days."""
        zone = str(form.get("zone", ""))
        await self._set_zone(periods.CHOSEN_UTC if zone == periods.FIRST_ZONE else zone)
        return rx.toast(f"Days are counted in {self.report.zone}.")

    async def _set_zone(self, zone: str) -> None:
        """Change the time zone of days, and recount past days in it."""
        viewer, zone = identity.require_viewer(), zone[:64]
        if zone != self.report.zone:
            await limits.hit((limits.TIME_ZONE, str(viewer.user_id)))
            async with transaction() as session:
                await periods.set_zone(session, viewer, zone=zone)
            await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def choose_days(self, form: dict[str, Any]) -> Any:
        """Show the days between two dates."""
        given = {name: str(form.get(name, ""))[:10] for name in ("from", "to")}
        path = routes.pack_analytics(self.report.slug) if self.report.slug else routes.ANALYTICS
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
        other = given.get("compare", "") if slug and given.get("compare") != slug else ""
        read = await page.read(session, viewer, pack_slug=slug, **span)
        found = read.found
        compared = await self._compared(session, viewer, other, span) if other else None
        chart = given.get("chart", "")
        report = rows.days(
            found,
            title=found.pack_title or "Analytics",
            slug=slug,
            query=_exports(slug, span),
        )
        self.report = replace(
            report,
            chart=rows.chart(found, chart if chart in rows.CHARTS else "earned", compared),
            other_title=compared.pack_title if compared else "",
            comparison=rows.comparison(found, compared) if compared else [],
            others=[["", "Nothing"], *[[one, title] for one, title in found.own_packs if one != slug]],
            revenue=rows.revenue(found),
            stops=rows.stop_rows(found.stops),
            groups=[] if slug else rows.audience(found.audience),
            advice=list(read.advice),
        )
        self.is_empty = not slug and not found.packs and not any(found.before)

    async def _compared(
        self, session: AsyncSession, viewer: Viewer, other: str, span: dict[str, str]
    ) -> Analytics | None:
        """Return the figures of the pack to compare with; None and a message if the viewer has no such pack."""
        try:
            return await figures.read(session, viewer, pack_slug=other, **span)
        except NotFoundError:
            self.problem = "You have no pack with this address to compare with."
            return None


def _exports(slug: str, span: dict[str, str]) -> str:
    given = {"from": span["first"], "to": span["last"], "days": span["days"], "pack": slug}
    return routes.with_query(routes.ANALYTICS_CSV, **{name: value for name, value in given.items() if value})
