"""State of an artist's page, and of reporting it."""

from dataclasses import replace
from datetime import date
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.genres import GENRES
from askchopper.schemas.artists import Artist, ArtistSource
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card
from askchopper.services import limits
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import matching, pages, wording
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class ArtistState(rx.State):
    """The page of an artist. ``facts``: name, summary, heading, disclaimer, note."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    is_reporting: bool = False
    facts: dict[str, str] = {}
    sentences: list[dict[str, str]] = []
    sources: list[dict[str, str]] = []
    works: list[dict[str, str]] = []
    genres: list[dict[str, str]] = []
    style: list[dict[str, str]] = []
    packs: list[Card] = []
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
        self.sentences = [
            {"text": one.text, "source": str(one.source) if artist.is_from_web else ""} for one in artist.biography
        ]
        self.sources = _sources(artist)
        self.works = [
            {"title": work.title, "year": str(work.year), "source": str(work.source) if artist.is_from_web else ""}
            for work in artist.works
        ]
        self.genres = [{"label": GENRES[slug], "href": routes.genre(slug)} for slug in artist.genres]
        self.style = [
            {"label": entry.term, "href": routes.term(entry.slug)}
            for term in artist.style
            if (entry := glossary.get(term))
        ]
        self.packs = [replace(catalogue.card(one.card), why=one.why) for one in fitting]
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
        return rx.toast.success("Thank you. The page is hidden until we have reviewed it.")


def _facts(artist: Artist) -> dict[str, str]:
    return {
        "name": artist.name, "summary": artist.summary, "heading": f"Packs {wording.in_style(artist.name)}", "disclaimer": wording.disclaimer(artist.name),
        "note": "Written by a program from these pages; each sentence names its page." if artist.is_from_web else "",
    }  # fmt: skip


def _sources(artist: Artist) -> list[dict[str, str]]:
    """List the cited sources with numbers and dates."""
    cited = {one.source for one in (*artist.biography, *artist.works)}
    return [
        {"number": str(number), "title": one.title, "href": one.url, "facts": _dates(one)}
        for number, one in enumerate(artist.sources, 1)
        if number in cited
    ]


def _dates(source: ArtistSource) -> str:
    if source.seen_on is None:
        return source.site
    day = date.fromisoformat(source.published_on) if source.published_on else None
    published = f"of {day:%-d %B %Y}" if day else "without a date"
    return f"{source.site}, {published}, read on {source.seen_on:%-d %B %Y}"
