"""States of the library page and of the public licence certificate."""

from enum import StrEnum
from typing import Any, TypeVar

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.plurals import counted
from askchopper.schemas.purchases import LibraryFilter, LibrarySort, LicenceRef
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.schemas.view_models.library import LibraryRow, library_row
from askchopper.services import wallet
from askchopper.services.assistant import markdown
from askchopper.services.catalogue import licences
from askchopper.services.purchases import library, library_entries, refunds
from askchopper.services.rewards import loyalty
from askchopper.services.search import queries
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState
from askchopper.vocabulary import PackSort

FREE_CARDS = 5
FREE = Filters(price_max_tokens=0, sort=PackSort.POPULAR)
Choice = TypeVar("Choice", bound=StrEnum)

_REFUNDED, _REMOVED = "Refunded. Your tokens are back in your wallet.", "Removed from your library."
# The clicked button is gone; move the focus to the top of the list for keyboard users.
_FOCUS_HEADING = "(() => { const h = document.querySelector('main h1'); h.tabIndex = -1; h.focus(); })()"


class LibraryState(rx.State):
    """State of the library page. Filter, search text and order are in the URL."""

    is_loaded: bool = False
    rows: list[LibraryRow] = []
    counts: dict[str, str] = {}
    summary: str = ""
    zip_href: str = ""  # of the first packs that are shown, as many as the tier allows
    zip_label: str = ""
    free: list[Card] = []
    open_id: str = ""
    open_rows: list[SoundRow] = []
    open_licences: list[dict[str, Any]] = []
    has_more: bool = False
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self._close()
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self._cursor is not None:  # a second click after the last rows would start over
            await self._read(cursor=self._cursor)

    @rx.event
    @handler(Access.MEMBER)
    async def toggle(self, row_id: str) -> None:
        """Open or close the details of a row: a pack's sounds, its licences, and refundable purchases."""
        viewer = identity.require_viewer()
        row = next((row for row in self.rows if row.id == row_id), None)
        if row is None or self.open_id == row_id:
            self._close()
            return
        async with read_only() as session:
            item = await library.get_library_item(session, viewer, pack_slug=row.slug)
        self.open_id = row.id
        self.open_rows = [catalogue.sound_row(file) for file in item.files] if row.is_pack else []
        self.open_licences = [_licence(one) for one in item.licences if row.is_pack or one.file_id == row.id]

    @rx.event
    @handler(Access.MEMBER)
    async def refund(self, purchase_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            before = await wallet.balance(session, viewer)
            balance = await refunds.refund(session, viewer, purchase_id=str(purchase_id)[:60])
        is_paid = balance.total_tokens > before.total_tokens
        self._close()
        header = await self.get_state(SessionState)
        header._show_tokens(balance.total_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        await self._read()
        return [rx.toast.success(_REFUNDED if is_paid else _REMOVED), rx.call_script(_FOCUS_HEADING)]

    async def _read(self, cursor: str | None = None) -> None:
        viewer = identity.require_viewer()
        given = self.router.url.query_parameters
        part = _choice(LibraryFilter, given.get("show"), LibraryFilter.ALL)
        words = str(given.get("q") or "")[:100]
        async with read_only() as session:
            page = await library_entries.list_entries(
                session, viewer, part=part, words=words,
                sort=_choice(LibrarySort, given.get("sort"), LibrarySort.NEWEST), cursor=cursor,
            )  # fmt: skip
            counts = await library_entries.count_entries(session, viewer)
            tier = await loyalty.tier(session, viewer.user_id)
            free = (
                [] if counts.all else (await queries.list_packs(session, viewer, filters=FREE, limit=FREE_CARDS)).items
            )
        rows = [library_row(entry) for entry in page.items]
        self.rows = self.rows + rows if cursor else rows
        together = [row.slug for row in self.rows if row.is_pack][: tier.zip_packs]
        self.zip_href = routes.packs_zip(together) if len(together) > 1 else ""
        self.zip_label = f"Download {len(together)} packs"
        self.free = [catalogue.card(pack) for pack in free]
        self.counts = {name: f"{getattr(counts, name):,}" for name in ("all", "packs", "sounds", "new")}
        numbers = ((counts.packs, "pack"), (counts.sounds, "single sound"))
        self.summary = ", ".join(counted(number, unit) for number, unit in numbers if number) + "."
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
        self.is_loaded = True

    def _close(self) -> None:
        self.open_id, self.open_rows, self.open_licences = "", [], []


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


def _licence(licence: LicenceRef) -> dict[str, Any]:
    return {
        "number": licence.number,
        "href": routes.verify(licence.id),
        "kind": licence.kind.value.capitalize(),
        "purchase_id": licence.purchase_id,
        "is_refundable": licence.is_refundable,
    }


def _choice(choices: type[Choice], given: Any, default: Choice) -> Choice:
    """Return a choice from the URL, or the default if it is invalid."""
    return choices(given) if given in {one.value for one in choices} else default
