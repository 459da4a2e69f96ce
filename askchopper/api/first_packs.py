"""The first packs of the landing and browse pages, which the server renders into their HTML."""

import asyncio
import time
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from askchopper.components import prerender
from askchopper.database import read_only
from askchopper.errors import AskChopperError
from askchopper.observability import log
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SHELF_CARDS, Card
from askchopper.services.search import queries
from askchopper.vocabulary import PackSort

_KEPT_SECONDS = 30.0
_RETRY_SECONDS = 5.0
_PATIENCE_SECONDS = 0.5


class FirstPacks:
    """Cache of a page's first packs, refreshed in the background, so that the page does not wait for the database.

    Args:
        filters: filters that select the packs.
        limit: maximum number of packs.
        draw: renders the cards as HTML.
    """

    def __init__(self, filters: Filters, limit: int, draw: Callable[[Sequence[Card]], str]) -> None:
        self._filters, self._limit, self._draw = filters, limit, draw
        self._html = ""
        self._good_until = 0.0
        self._renewal: asyncio.Task[None] | None = None

    async def html(self) -> str:
        """Return the list as HTML. Empty if the first refresh is not done within half a second; the page then shows its skeleton."""
        if time.monotonic() >= self._good_until and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(self._renew())
        if not self._html and self._renewal:
            await asyncio.wait({self._renewal}, timeout=_PATIENCE_SECONDS)
        return self._html

    async def _renew(self) -> None:
        try:
            self._html = await self._drawn()
            self._good_until = time.monotonic() + _KEPT_SECONDS
        except (AskChopperError, SQLAlchemyError) as error:
            self._good_until = time.monotonic() + _RETRY_SECONDS
            log.warning("site.first_packs_failed", error=type(error).__name__)

    async def _drawn(self) -> str:
        async with read_only() as session:
            page = await queries.list_packs(session, None, filters=self._filters, limit=self._limit)
        return self._draw([catalogue.card(pack) for pack in page.items]) if page.items else ""


def of_landing() -> FirstPacks:
    """Create the cache of the newest packs, for the landing page."""
    return FirstPacks(Filters(sort=PackSort.NEWEST), SHELF_CARDS, prerender.landing)


def of_browse() -> FirstPacks:
    """Create the cache of the first 12 results of a search without filters, for the browse page."""
    return FirstPacks(Filters(), 12, prerender.browse)
