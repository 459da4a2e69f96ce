"""State of the genre and tag pages."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.schemas.catalogue import Category
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.services.catalogue import categories
from askchopper.services.search import queries
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import PackSort

CARDS = 10
ROWS = 12


class CategoryState(rx.State):
    """State of a genre's or tag's page: its most played packs and sounds."""

    path: str = ""  # of the page that these vars describe
    is_missing: bool = False
    name: str = ""
    sentence: str = ""
    neighbours_label: str = ""
    neighbours: list[dict[str, str]] = []
    cards: list[Card] = []
    rows: list[SoundRow] = []
    packs_href: str = ""
    sounds_href: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load_genre(self) -> None:
        slug = self._start()
        try:
            async with read_only() as session:
                genre = await categories.get_genre(session, slug=slug)
        except NotFoundError:
            self.is_missing = True
            return
        self.neighbours_label = "Tags in this genre"
        await self._show(genre, Filters(genre=genre.slug), routes.tag, {"genre": genre.slug})

    @rx.event
    @handler(Access.PUBLIC)
    async def load_tag(self) -> None:
        slug = self._start()
        try:
            async with read_only() as session:
                tag = await categories.get_tag(session, slug=slug)
        except NotFoundError:
            self.is_missing = True
            return
        self.neighbours_label = "Genres with this tag"
        await self._show(tag, Filters(tags=(tag.name,)), routes.genre, {"tags": tag.name})

    def _start(self) -> str:
        self.path, self.is_missing, self.name = self.router.url.path.rstrip("/"), False, ""
        return identity.route_parameter(self, "slug")

    async def _show(self, category: Category, filters: Filters, link: Any, query: dict[str, str]) -> None:
        viewer = identity.viewer()
        popular = Filters(genre=filters.genre, tags=filters.tags, sort=PackSort.POPULAR)
        async with read_only() as session:
            packs = await queries.list_packs(session, viewer, filters=popular, limit=CARDS)
            sounds = await queries.list_files(session, viewer, filters=popular, limit=ROWS)
            pack_count = await queries.count_packs(session, viewer, filters)
            file_count = await queries.count_files(session, viewer, filters)
        self.name = category.name[:1].upper() + category.name[1:]
        self.sentence = catalogue.category_sentence(category, packs=pack_count, sounds=file_count)
        self.neighbours = [
            {"label": name[:1].upper() + name[1:], "href": link(slug)} for slug, name in category.neighbours
        ]
        self.cards = [catalogue.card(pack) for pack in packs.items]
        self.rows = [catalogue.sound_row(row) for row in sounds.items]
        self.packs_href = routes.browse(**query, view="grid")
        self.sounds_href = routes.browse(**query, view="list")
