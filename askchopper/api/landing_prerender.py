"""Prerendered newest packs in the landing page's HTML, for clients before or without JavaScript."""

import asyncio
import time

from sqlalchemy.exc import SQLAlchemyError

from askchopper.components import landing_prerender
from askchopper.database import read_only
from askchopper.errors import AskChopperError
from askchopper.observability import log
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.services.search import queries
from askchopper.vocabulary import PackSort

COUNT = 5
_KEPT_SECONDS = 30.0
_RETRY_SECONDS = 5.0
_PATIENCE_SECONDS = 0.5


class FirstPacks:
    """Caches the list and refreshes it in the background, so that the landing page never waits for the database."""

    def __init__(self) -> None:
        self._html = ""
        self._good_until = 0.0
        self._renewal: asyncio.Task[None] | None = None

    async def html(self) -> str:
        """Return the list; empty until the first refresh, while the page shows its skeleton."""
        if time.monotonic() >= self._good_until and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(self._renew())
        if not self._html and self._renewal:
            await asyncio.wait({self._renewal}, timeout=_PATIENCE_SECONDS)
        return self._html

    async def _renew(self) -> None:
        try:
            self._html = await _written()
            self._good_until = time.monotonic() + _KEPT_SECONDS
        except (AskChopperError, SQLAlchemyError) as error:
            self._good_until = time.monotonic() + _RETRY_SECONDS
            log.warning("site.landing_refresh_failed", error=type(error).__name__)


async def _written() -> str:
    async with read_only() as session:
        page = await queries.list_packs(session, None, filters=Filters(sort=PackSort.NEWEST), limit=COUNT)
    return landing_prerender.card_grid([catalogue.card(pack) for pack in page.items]) if page.items else ""
