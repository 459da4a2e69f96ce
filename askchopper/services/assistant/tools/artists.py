"""Tool that describes a real-world artist, from the artist pages or new web research, with packs in a similar style."""

from pydantic import Field

from askchopper import routes
from askchopper.database import read_only
from askchopper.genres import GENRES
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import artist_research
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge.artists import matching, pages, wording

_PACKS = 3


class ArtistArguments(Arguments):
    """Arguments of ``artist_info``."""

    name: str = Field(max_length=120, description="The artist's or producer's name.")


async def artist_info(viewer: Viewer, wanted: ArtistArguments, _page: PageContext) -> Outcome:
    """Describe an artist from the artist pages or, in the chat, from web research, with similar artists and matching packs."""
    async with read_only() as session:
        artist = await pages.find(session, wanted.name)
    if artist is None and not viewer.mcp_scopes:  # MCP clients cause no web search
        artist = await artist_research.research(viewer, wanted.name)
    async with read_only() as session:
        if artist is None:
            return Outcome(
                {"found": False, "note": "Not in our table. Say only what a cited page of the web says."},
                "not in our table",
            )
        packs = await matching.find(session, viewer, artist, limit=_PACKS)
        similar = await pages.similar(session, artist)
        others = await pages.namesakes(session, artist, wanted.name)
    content = {
        "found": True, "name": artist.name, "biography": artist.summary, "works": [f"{work.title} ({work.year})" for work in artist.works],
        "genres": [GENRES[slug] for slug in artist.genres], "style": list(artist.style), "page": routes.artist(artist.slug),
        "sources": [source.url for source in artist.sources], "biography_sources": [sentence.source for sentence in artist.biography], "similar": [{"name": name, "why": why} for _, name, why in similar],
        "packs": [{"ref": f"pack:{pack.card.slug}", "title": pack.card.title, "why": pack.why} for pack in packs],
        "packs_are": f"{wording.in_style(artist.name)}; {wording.disclaimer(artist.name)}",
        "same_name_here": [{"kind": one.kind, "label": one.label, "page": one.path} for one in others],
    }  # fmt: skip
    return Outcome(content, artist.name, tuple(f"pack:{pack.card.slug}" for pack in packs), artists=(artist.name,))


TOOLS = (
    Tool(
        "artist_info", "Looking up the artist", "Looked up the artist", "user-round", 15.0,
        "Who a real-world artist or producer is: biography, notable works, style in the terms of the glossary, similar artists, and packs here that fit"
        " the style. Creators who sell here are not artists in this sense: search_packs finds them.",
        ArtistArguments, artist_info,
    ),
)  # fmt: skip
