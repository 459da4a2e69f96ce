"""All data of the creator analytics page and its API, read in one session."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.services.analytics import advice, figures


@dataclass(frozen=True)
class PageFigures:
    """Figures of a period, with advice."""

    found: Analytics
    advice: tuple[str, ...]


async def read(
    session: AsyncSession, viewer: Viewer, *, pack_slug: str = "", first: str = "", last: str = "", days: str = ""
) -> PageFigures:
    """Return the figures of all the viewer's packs, or of one, with advice. Parameters and errors are those of ``figures.read``."""
    found = await figures.read(session, viewer, pack_slug=pack_slug, first=first, last=last, days=days)
    return PageFigures(found, await advice.advise(session, found, pack_slug=pack_slug))
