"""State of the likes page."""

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.likes import LikedItem
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.services.community import likes
from askchopper.services.search import similar
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

PAGE, ALIKE = 48, 5


class LikesState(rx.State):
    """Liked sounds or packs, selected by ``show`` in the URL, and packs similar to the latest one."""

    is_loaded: bool = False
    is_of_packs: bool = False
    rows: list[SoundRow] = []
    cards: list[Card] = []
    because: str = ""  # title of the liked item that the packs below are similar to
    alike: list[Card] = []
    has_more: bool = False
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        self.is_of_packs = self.router.url.query_parameters.get("show") == "packs"
        self.rows, self.cards, self.because, self.alike = [], [], "", []
        async with read_only() as session:
            items = await self._read(session, viewer, cursor=None)
            if items:
                await self._show_alike(session, viewer, items[0])
        self.is_loaded = True

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self._cursor is not None:
            async with read_only() as session:
                await self._read(session, identity.require_viewer(), cursor=self._cursor)

    async def _read(self, session: AsyncSession, viewer: Viewer, *, cursor: str | None) -> tuple[LikedItem, ...]:
        kind = "pack" if self.is_of_packs else "file"
        page = await likes.list_likes(session, viewer, kind=kind, cursor=cursor, limit=PAGE)
        self.rows = self.rows + [catalogue.sound_row(item.file) for item in page.items if item.file]
        self.cards = self.cards + [catalogue.card(item.pack) for item in page.items if item.pack]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        return page.items

    async def _show_alike(self, session: AsyncSession, viewer: Viewer, latest: LikedItem) -> None:
        """Show packs similar to the latest like; none before similarity has been computed."""
        slug = latest.pack.slug if latest.pack else latest.file.pack.slug if latest.file else ""
        try:
            like = await similar.pack_target(session, slug=slug)
        except NotFoundError:
            return
        hits = await similar.similar_packs(session, viewer, like, limit=ALIKE)
        self.because = latest.pack.title if latest.pack else latest.file.title if latest.file else ""
        self.alike = [catalogue.card(hit.card) for hit in hits]
