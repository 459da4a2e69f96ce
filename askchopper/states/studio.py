"""State of the creator's studio."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.schemas.analytics import Analytics, Figures
from askchopper.schemas.drafts import DraftSummary
from askchopper.schemas.view_models import studio, studio_dashboard
from askchopper.schemas.view_models.studio import StudioRow
from askchopper.schemas.view_models.studio_dashboard import Chart, Task, Tile
from askchopper.services.analytics import figures, rollup
from askchopper.services.studio import drafts, overview, publishing
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.undo import undo_toast

DEFAULT_DAYS = 30
_PERIODS = ("7", "30", "90")


class StudioState(rx.State):
    """State of the studio page: open tasks, the figures of a period, and the packs. Period, chart and order are in the URL."""

    is_loaded: bool = False
    has_sold: bool = False  # a pack has been on sale, so there are figures
    tasks: list[Task] = []
    tiles: list[Tile] = []
    chart: Chart | None = None
    compared: str = ""
    rows: list[StudioRow] = []
    heads: list[dict[str, str]] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def withdraw(self, draft_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await publishing.withdraw(session, viewer, draft_id=str(draft_id))
        await self._read()
        return rx.toast("Off sale. Buyers keep it.")

    @rx.event
    @handler(Access.MEMBER)
    async def discard(self, draft_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await drafts.discard(session, viewer, draft_id=str(draft_id))
        await self._read()
        return undo_toast("Draft discarded.", StudioState.restore_discarded(str(draft_id)))

    @rx.event
    @handler(Access.MEMBER)
    async def restore_discarded(self, draft_id: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await drafts.restore(session, viewer, draft_id=draft_id[:60])
        await self._read()

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        given = {name: str(value)[:20] for name, value in self.router.url.query_parameters.items()}
        days = given.get("days", "")
        days = days if days in _PERIODS else str(DEFAULT_DAYS)
        await rollup.refresh()
        async with read_only() as session:
            own = await overview.list_own(session, viewer)
            self.has_sold = any(draft.pack_slug for draft in own)
            found = await figures.read(session, viewer, days=days) if viewer.creator_slug else None
        self.tasks = studio_dashboard.tasks(own)
        self.compared = f"than the {days} days before"
        if found:
            self.tiles = studio_dashboard.tiles(found)
            chosen = given.get("chart", "")
            self.chart = studio_dashboard.chart(found, chosen if chosen in studio_dashboard.CHARTS else "earned")
        self._show_packs(own, found, given)
        self.is_loaded = True

    def _show_packs(self, own: Sequence[DraftSummary], found: Analytics | None, given: dict[str, str]) -> None:
        sort = given.get("sort", "")
        name = sort.removeprefix("-")
        by_pack = {one.slug: one.figures for one in found.packs} if found else {}
        pairs = [(draft, by_pack.get(draft.pack_slug or "", Figures())) for draft in own]
        if name in _ORDERS:
            pairs.sort(key=_ORDERS[name], reverse=sort.startswith("-"))
        self.rows = [studio.studio_row(draft, sums) for draft, sums in pairs]
        self.heads = [_head(column, sort, given) for column in _ORDERS]


_ORDERS: dict[str, Callable[[tuple[DraftSummary, Figures]], Any]] = {
    "name": lambda pair: pair[0].title.casefold(),
    "plays": lambda pair: pair[1].played,
    "sales": lambda pair: pair[1].sales,
    "earned": lambda pair: pair[1].net_tokens,
}
_LABELS = {"name": "Pack", "plays": "Plays", "sales": "Sales", "earned": "Tokens earned"}


def _head(column: str, sort: str, given: dict[str, str]) -> dict[str, str]:
    """Return a column heading: its sort direction, and the URL that sorts by it or reverses the order."""
    first = column if column == "name" else f"-{column}"
    turned = {column: f"-{column}", f"-{column}": column}
    kept = {name: given[name] for name in ("days", "chart") if name in given}
    return {
        "label": _LABELS[column],
        "direction": {column: "ascending", f"-{column}": "descending"}.get(sort, "none"),
        "href": f"{routes.STUDIO}?{urlencode({**kept, 'sort': turned.get(sort, first)})}",
    }
