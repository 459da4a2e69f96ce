"""Everything that the page of a creator's figures and the API read, in one session."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.analytics_vocabulary import AudienceTrait
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Analytics, SoundStops
from askchopper.schemas.wallet import Outstanding
from askchopper.services import earnings
from askchopper.services.analytics import advice, figures


@dataclass(frozen=True)
class PageFigures:
    """Figures of a period with what does not depend on it: stops, audience, and what is pending and paid."""

    found: Analytics
    stops: tuple[SoundStops, ...]
    outstanding: Outstanding
    audience: Mapping[AudienceTrait, tuple[tuple[str, int], ...]]
    advice: tuple[str, ...]


async def read(
    session: AsyncSession, viewer: Viewer, *, pack_slug: str = "", first: str = "", last: str = "", days: str = ""
) -> PageFigures:
    """Return the figures of all the viewer's packs, or of one, as ``figures.read`` with its parameters and errors."""
    found = await figures.read(session, viewer, pack_slug=pack_slug, first=first, last=last, days=days)
    stops = await figures.stops(session, found)
    return PageFigures(
        found=found,
        stops=stops,
        outstanding=await earnings.outstanding(session, viewer),
        audience=await figures.audience(session, found),
        advice=await advice.advise(session, found, pack_slug=pack_slug, stops=stops),
    )
