"""Tool that searches the web, through whichever backend is configured."""

from pydantic import Field

from askchopper import settings
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.web_search import Freshness
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge.web_search import search

NAME = "brave_web_search"


class WebSearchArguments(Arguments):
    """Arguments of ``brave_web_search``."""

    query: str = Field(
        max_length=300, description="A few words, as one types into a search engine. Nothing about the member."
    )
    freshness: Freshness = Field(Freshness.ANY, description="How recent the pages must be.")


async def brave_web_search(viewer: Viewer, wanted: WebSearchArguments, _page: PageContext) -> Outcome:
    """Search the web and the news."""
    found = await search.search(viewer, wanted.query, freshness=wanted.freshness)
    pages = [
        {"title": one.title, "site": one.site, "date": str(one.published_on or "unknown"), "is_news": one.is_news}
        for one in found
    ]
    summary = counted(len(found), "page")
    return Outcome({"results": pages}, summary, sources=found)


def is_offered() -> bool:
    """Return whether web search is configured; otherwise the tool is not offered."""
    return settings.get().searches_web


TOOLS = (
    Tool(
        NAME, "Searching the web", "Searched the web", "globe", 8.0,
        "Search the web for what this marketplace cannot know: techniques, tutorials, artists, gear and software, music news. Each result has its date."
        " Searches are few: one or two an answer. The query leaves the site, so put nothing about the member in it.",
        WebSearchArguments, brave_web_search, scope=None,
    ),
)  # fmt: skip
