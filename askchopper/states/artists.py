"""State of an artist's page, and of its report."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.genres import GENRES
from askchopper.schemas.artists import Artist
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.taste import RecommendedCard
from askchopper.services import limits
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import matching, pages, wording
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class ArtistState(rx.State):
    """The page of an artist. ``facts``: name, summary, heading, disclaimer, source, href, site, ask."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    is_reporting: bool = False
    facts: dict[str, str] = {}
    works: list[dict[str, str]] = []
    genres: list[dict[str, str]] = []
    style: list[dict[str, str]] = []
    packs: list[RecommendedCard] = []
    similar: list[dict[str, str]] = []
    others: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.path, self.is_missing, self.is_reporting, self.facts = self.router.url.path.rstrip("/"), False, False, {}
        viewer = identity.viewer()
        try:
            async with read_only() as session:
                artist = await pages.get(session, identity.route_parameter(self, "artist"))
                fitting = await matching.find(session, viewer, artist)
                similar = await pages.similar(session, artist)
                others = await pages.namesakes(session, artist)
        except NotFoundError:
            self.is_missing = True
            return
        self.works = [{"title": work.title, "year": str(work.year)} for work in artist.works]
        self.genres = [{"label": GENRES[slug], "href": routes.genre(slug)} for slug in artist.genres]
        self.style = [
            {"label": entry.term, "href": routes.term(entry.slug)}
            for term in artist.style
            if (entry := glossary.get(term))
        ]
        self.packs = [RecommendedCard(catalogue.card(one.card), one.why) for one in fitting]
        self.similar = [{"label": name, "href": routes.artist(slug), "why": why} for slug, name, why in similar]
        self.others = [{"label": one.label, "href": one.path, "kind": one.kind} for one in others]
        self.facts = _facts(artist)

    @rx.event
    @handler(Access.OPEN)
    async def toggle_report(self) -> None:
        self.is_reporting = not self.is_reporting

    @rx.event
    @handler(Access.MEMBER)
    async def report(self, form: dict[str, str]) -> Any:
        viewer = identity.require_viewer()
        await limits.hit((limits.REPORT, str(viewer.user_id)))
        async with transaction() as session:
            await pages.report(session, viewer, slug=self.path.rpartition("/")[2], reason=str(form.get("reason", "")))
        self.is_reporting, self.is_missing, self.facts = False, True, {}
        return rx.toast.success("Thank you. The page is hidden until we have looked at it.")


def _facts(artist: Artist) -> dict[str, str]:
    source = artist.sources[0]
    return {
        "name": artist.name, "summary": artist.summary, "heading": f"Packs {wording.in_style(artist.name)}", "disclaimer": wording.disclaimer(artist.name),
        "source": source.title, "href": source.url, "ask": f"What here sounds like {artist.name}?",
    }  # fmt: skip
