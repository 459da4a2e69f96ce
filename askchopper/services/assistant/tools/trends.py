"""Tool that reads what is trending on the marketplace."""

from pydantic import Field

from askchopper import routes
from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.trends import TrendLine
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.catalogue import detail
from askchopper.services.knowledge import trends

_SHOWN = 4


class TrendsArguments(Arguments):
    """Arguments of ``catalogue_trends``."""

    genre: str = Field("", max_length=60, description="A genre's name; empty for all of them.")


async def catalogue_trends(viewer: Viewer, wanted: TrendsArguments, _page: PageContext) -> Outcome:
    """Return the marketplace's trends in a genre or in all, and its rising packs and sounds that the viewer may see."""
    async with read_only() as session:
        found = await trends.catalogue_trends(session, genre=wanted.genre)
        packs = await detail.find_packs_by_id(session, viewer, ids=[line.value for line in found.packs[:_SHOWN]])
        sounds = await detail.find_files(session, viewer, file_ids=[line.value for line in found.sounds[:_SHOWN]])
    refs = [f"pack:{pack.slug}" for pack in packs]
    refs += [f"sound:{line.value}" for line in found.sounds[:_SHOWN] if line.value in sounds]
    content = {
        "source": "this marketplace only, last seven days against the four weeks before",
        "genre": found.genre, "plays_by_week": found.plays, "downloads_by_week": found.downloads, "sales_by_week": found.sales,
        "dimensions": {name: [_line(line) for line in lines] for name, lines in found.dimensions.items()},
        "rising_packs": [_line(line) for line in found.packs[:_SHOWN]], "rising_sounds": [_line(line) for line in found.sounds[:_SHOWN]],
        "page": routes.with_query(routes.TRENDS, genre=found.genre) if found.genre else routes.TRENDS,
        "enough_activity": not found.is_empty,
    }  # fmt: skip
    return Outcome(content, "too little activity" if found.is_empty else f"{len(refs)} rising", tuple(refs))


def _line(line: TrendLine) -> dict[str, object]:
    return {"label": line.label, "weeks": line.weeks, "change": line.change, "is_rising": line.is_rising}


TOOLS = (
    Tool(
        "catalogue_trends", "Looking at trends", "Looked at trends", "trending-up", 3.0,
        "What is trending on this marketplace: genres, keys, tempos, kinds, creators, packs and sounds, this week against the four before. Says nothing about the rest of the world.",
        TrendsArguments, catalogue_trends,
    ),
)  # fmt: skip
