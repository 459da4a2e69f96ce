"""The newest packs as the landing page's HTML holds them, for readers whose script has not run yet, or never will."""

import time

from askchopper.components import first_html
from askchopper.database import read_only
from askchopper.errors import UnavailableError
from askchopper.schemas import screens
from askchopper.schemas.catalogue import Filters
from askchopper.services.catalogue import listing
from askchopper.vocabulary import PackSort

COUNT = 5
_KEPT_SECONDS = 30.0


class FirstPacks:
    """Writes the list and keeps it for half a minute, so that the busiest page costs no query."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._html = ""
        self._good_until = 0.0

    async def html(self) -> str:
        """Return the list; empty while the database is away, and the page shows its skeleton."""
        if time.monotonic() >= self._good_until:
            try:
                self._html = await _written()
            except UnavailableError:
                return self._html
            self._good_until = time.monotonic() + _KEPT_SECONDS
        return self._html


async def _written() -> str:
    async with read_only() as session:
        page = await listing.list_packs(session, None, filters=Filters(sort=PackSort.NEWEST), limit=COUNT)
    return first_html.card_grid([screens.card(pack) for pack in page.items]) if page.items else ""
