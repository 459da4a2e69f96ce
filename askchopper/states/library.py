"""States of the library page and of the public licence certificate."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.purchases import LibraryItem
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.services.assistant import markdown
from askchopper.services.catalogue import licences
from askchopper.services.purchases import library, refunds
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState

# The clicked button is gone; move the focus to the top of the list for keyboard users.
_FOCUS_HEADING = "(() => { const h = document.querySelector('main h1'); h.tabIndex = -1; h.focus(); })()"


class LibraryState(rx.State):
    """State of the library page."""

    is_loaded: bool = False
    text: str = ""
    items: list[dict[str, Any]] = []
    open_pack: str = ""
    open_rows: list[SoundRow] = []
    open_licences: list[dict[str, Any]] = []
    has_more: bool = False
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.text, self.open_pack = "", ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def search(self, text: str) -> None:
        self.text = str(text)[:100]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        await self._read(cursor=self._cursor)

    @rx.event
    @handler(Access.MEMBER)
    async def toggle(self, slug: str) -> None:
        viewer = identity.require_viewer()
        if self.open_pack == slug:
            self.open_pack, self.open_rows, self.open_licences = "", [], []
            return
        async with read_only() as session:
            item = await library.get_library_item(session, viewer, pack_slug=str(slug)[:100])
        self.open_pack = item.pack.slug
        self.open_rows = [catalogue.sound_row(row) for row in item.files]
        self.open_licences = [
            {
                "number": licence.number,
                "href": routes.verify(licence.id),
                "kind": licence.kind.value.capitalize(),
                "purchase_id": licence.purchase_id,
                "is_refundable": licence.is_refundable,
            }
            for licence in item.licences
        ]

    @rx.event
    @handler(Access.MEMBER)
    async def refund(self, purchase_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            balance = await refunds.refund(session, viewer, purchase_id=str(purchase_id)[:60])
        self.open_pack, self.open_rows, self.open_licences = "", [], []
        header = await self.get_state(SessionState)
        header._show_tokens(balance.total_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        await self._read()
        return [rx.toast.success("Undone. The tokens are back in your wallet."), rx.call_script(_FOCUS_HEADING)]

    async def _read(self, cursor: str | None = None) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            page = await library.list_library(session, viewer, text=self.text, cursor=cursor)
        items = [_item(item) for item in page.items]
        self.items = self.items + items if cursor else items
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        self.is_loaded = True


class CertificateState(rx.State):
    is_missing: bool = False
    facts: dict[str, str] = {}
    body: str = ""  # the licence text as HTML
    files: list[dict[str, str]] = []
    is_revoked: bool = False

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        try:
            async with read_only() as session:
                found = await licences.get_certificate(session, licence_id=identity.route_parameter(self, "uuid"))
        except NotFoundError:
            self.is_missing, self.facts = True, {}
            return
        self.is_missing, self.is_revoked = False, found.revoked_at is not None
        self.facts = {
            "number": found.number,
            "title": found.title,
            "pack": found.pack_title,
            "pack_href": routes.pack(found.pack_slug),
            "creator": found.creator_name,
            "buyer": found.buyer_name,
            "email": found.buyer_email_masked,
            "issued": f"{found.issued_at:%-d %B %Y, %H:%M} UTC",
            "version": str(found.text_version),
            "sha256": found.text_sha256,
            "id": found.id,
            "address": found.address,
            "qr": found.qr,
        }
        self.body = markdown.render(found.text.partition("\n")[2])  # the first line repeats the title
        self.files = [{"title": title, "sha256": checksum} for title, checksum in found.files]


def _item(item: LibraryItem) -> dict[str, Any]:
    card = catalogue.card(item.pack)
    return {
        "slug": card.slug,
        "title": card.title,
        "href": card.href,
        "subtitle": f"{card.creator}, {len(item.files)} {'sound' if len(item.files) == 1 else 'sounds'}",
        "cover": card.cover,
        "bpm": card.bpm,
        "key": card.key,
        "sound": card.sound,
        "bought": f"{item.purchased_at:%-d %b %Y}",
        "is_new": not item.is_downloaded,
        "licence": item.licences[0].kind.value.capitalize() if item.licences else "",
        "licence_href": routes.verify(item.licences[0].id) if item.licences else "",
        "zip_href": routes.pack_zip(card.slug),
    }
