"""States of the glossary: the list of terms and the page of a term."""

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.schemas.resources import Resource
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.schemas.view_models.learning import DemoRow, demo_rows
from askchopper.services.knowledge import demonstrations, examples, glossary, resources
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

TOPICS = ("production", "mixing", "sound design", "rhythm", "theory", "genre", "format", "business", "licence")
# The whole list is in the page, so that it is there at once and for search engines. Terms that administrators add are listed before it.
TERM_LIST: tuple[tuple[str, str, str], ...] = tuple(
    (entry.title, routes.term(entry.slug), entry.kind) for entry in glossary.all_entries()
)
_LONGEST_SEARCH = 400
PAGES = 4


class GlossaryState(rx.State):
    """The search of the glossary."""

    query: str = ""
    found: list[dict[str, str]] = []
    topic: str = ""
    added: list[dict[str, str]] = []

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        self.query, self.found, self.topic = "", [], ""
        self.added = [_link(entry) for entry in glossary.all_entries() if not glossary.is_shipped(entry.slug)]

    @rx.event
    @handler(Access.OPEN)
    async def search(self, text: str) -> None:
        self.query = text.strip()[:_LONGEST_SEARCH]
        self.found = [_hit(entry) for entry in glossary.search(self.query)] if self.query else []

    @rx.event
    @handler(Access.OPEN)
    async def choose_topic(self, topic: str) -> None:
        self.topic = topic if topic in TOPICS and topic != self.topic else ""


class TermState(rx.State):
    """The page of a term."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    title: str = ""
    topic: str = ""
    text: str = ""
    also: str = ""
    related: list[dict[str, str]] = []
    rows: list[SoundRow] = []
    heading: str = ""
    demos: list[DemoRow] = []
    around: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.path, self.is_missing, self.title = self.router.url.path.rstrip("/"), False, ""
        try:
            entry = glossary.by_slug(identity.route_parameter(self, "term"))
        except NotFoundError:
            self.is_missing = True
            return
        async with read_only() as session:
            found = (await examples.of_terms(session, identity.viewer(), [entry.slug])).get(entry.slug, ())
        self.topic, self.text = entry.kind[:1].upper() + entry.kind[1:], entry.text
        self.also = ", ".join(entry.aliases[:4])
        self.related = [_link(other) for name in entry.related if (other := glossary.get(name))]
        self.rows = [catalogue.sound_row(row) for row in found]
        self.heading = "Try it on these" if entry.is_practice else "Hear it"
        self.demos = demo_rows(entry, demonstrations.of_term(entry.slug), demonstrations.SECONDS)
        self.around = [_link(other) for other in glossary.neighbours(entry)]
        self.title = entry.title


def _link(entry: GlossaryEntry) -> dict[str, str]:
    return {"label": entry.title, "href": routes.term(entry.slug)}


def _hit(entry: GlossaryEntry) -> dict[str, str]:
    return {**_link(entry), "topic": entry.kind, "summary": entry.summary}


class ResourcesState(rx.State):
    """External learning pages on the topic of a term."""

    pages: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.pages = []
        try:
            topic = glossary.by_slug(identity.route_parameter(self, "term")).kind
        except NotFoundError:
            return
        async with read_only() as session:
            found = await resources.list_resources(session, identity.viewer(), topic=topic, limit=PAGES)
        self.pages = [_page(one) for one in found]

    @rx.event
    @handler(Access.MEMBER)
    async def toggle_helpful(self, slug: str) -> None:
        shown = next((one for one in self.pages if one["slug"] == slug), None)
        if shown is None:
            return
        is_helpful = shown["mark"] == ""
        async with transaction() as session:
            await resources.mark(session, identity.require_viewer(), slug=slug, is_helpful=is_helpful)
        count = int(shown["count"]) + (1 if is_helpful else -1)
        changed = {**shown, "mark": "on" if is_helpful else "", "count": str(count)}
        self.pages = [changed if one["slug"] == slug else dict(one) for one in self.pages]


def _page(one: Resource) -> dict[str, str]:
    return {
        "slug": one.slug, "title": one.title, "href": one.url, "facts": f"{one.by} · {one.kind} · {one.level}", "count": str(one.helpful_count),
        "mark": "on" if one.is_helpful else "",
    }  # fmt: skip
