"""States of the landing, pack and creator pages."""

from dataclasses import asdict
from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import (
    ConflictError,
    InsufficientTokensError,
    NotFoundError,
    PriceChangedError,
    RateLimitedError,
    UnavailableError,
)
from askchopper.musical_key import MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import LicenceOfferSummary, PackCard, PackDetail
from askchopper.schemas.purchases import Receipt
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card, SoundRow
from askchopper.security import new_token
from askchopper.services import wallet
from askchopper.services.catalogue import detail
from askchopper.services.catalogue import totals as figures
from askchopper.services.purchases import checkout
from askchopper.services.search import queries, recommendations, similar
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler, toast_error
from askchopper.states.session import SessionState
from askchopper.vocabulary import LicenceKind, PackSort

LANDING_CARDS = 5
STRIP_SLICES = 6
RELATED_CARDS = 5
# The clicked button is gone; move the focus to the receipt for keyboard users.
_FOCUS_RECEIPT = "setTimeout(() => document.querySelector('[data-receipt] a')?.focus(), 50)"


class LandingState(rx.State):
    """State of the landing page: newest packs, the playable strip and catalogue totals."""

    fresh: list[Card] = []
    liked_reason: str = ""
    liked: list[Card] = []
    daily: list[SoundRow] = []
    strip: list[Card] = []
    files: str = ""
    packs: str = ""
    creators: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        async with read_only() as session:
            newest = Filters(sort=PackSort.NEWEST)
            fresh = await queries.list_packs(session, viewer, filters=newest, limit=LANDING_CARDS)
            popular = Filters(sort=PackSort.POPULAR)
            strip = await queries.list_packs(session, viewer, filters=popular, limit=STRIP_SLICES)
            totals = await figures.totals(session)
            liked = await recommendations.because_you_played(session, viewer, limit=LANDING_CARDS) if viewer else None
            daily = await recommendations.sound_of_the_day(session, viewer)
        self.fresh = [catalogue.card(pack) for pack in fresh.items]
        self.strip = [catalogue.card(pack) for pack in strip.items]
        self.liked_reason = liked.reason if liked else ""
        self.liked = [catalogue.card(pack) for pack in liked.packs] if liked else []
        self.daily = [catalogue.sound_row(daily)] if daily else []
        self.files, self.packs = f"{totals.files:,}", f"{totals.packs:,}"
        self.creators = f"{totals.creators:,}"


class PackState(rx.State):
    """State of a pack page: contents, current price for this viewer, ownership."""

    is_missing: bool = False
    card: Card | None = None
    title: str = ""
    description: str = ""
    place: str = ""
    facts: dict[str, str] = {}
    tags: list[str] = []
    rows: list[SoundRow] = []
    related: list[Card] = []
    alike: list[Card] = []
    is_own: bool = False
    is_whole: bool = False
    hue: int = 0

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        slug = identity.route_parameter(self, "slug")
        try:
            async with read_only() as session:
                pack = await detail.get_pack(session, viewer, slug=slug)
                related = await detail.related_packs(session, viewer, slug=slug, limit=RELATED_CARDS)
                alike = await _load_similar(session, viewer, slug)
        except NotFoundError:
            self.is_missing, self.card = True, None
            return
        self.is_missing = False
        self._show(pack)
        purchase = await self.get_state(PurchaseState)
        purchase._reset(pack)  # noqa: SLF001 - public methods of states are callable by browsers
        self.related = [catalogue.card(other) for other in related]
        self.alike = [catalogue.card(other) for other in alike]

    def _show(self, pack: PackDetail) -> None:
        """Copy a pack to the state's vars."""
        card = pack.card
        self.card = catalogue.card(card)
        self.title, self.description, self.place = card.title, pack.description, pack.creator_place
        self.tags, self.hue, self.is_own = [tag[:1].upper() + tag[1:] for tag in card.tags], card.cover_hue, pack.is_own
        self.rows = [catalogue.sound_row(row) for row in pack.files]
        self.is_whole = card.owned
        key = MusicalKey.parse(card.keys[0]) if len(card.keys) == 1 else None
        self.facts = {
            "camelot": key.camelot if key else "",
            "count": str(card.file_count),
            "time": catalogue.clock(card.duration_seconds),
            "size": catalogue.size(card.size_bytes),
            "genre": card.genre,
            "genre_href": routes.browse(genre=card.genre_slug),
        }


async def _load_similar(session: AsyncSession, viewer: Viewer | None, slug: str) -> list[PackCard]:
    """List similar packs; none for an unpublished pack."""
    try:
        like = await similar.pack_target(session, slug=slug)
    except NotFoundError:
        return []
    return [hit.card for hit in await similar.similar_packs(session, viewer, like, limit=RELATED_CARDS)]


class PurchaseState(rx.State):
    """Licence choice and purchase. Separate from ``PackState``, so that a choice does not re-render the page."""

    offers: list[dict[str, Any]] = []
    licence: str = LicenceKind.STANDARD.value
    is_own: bool = False
    is_dialog_open: bool = False
    goods: dict[str, str] = {}
    price: int = 0
    balance: int = 0
    missing_tokens: int = 0
    is_busy_buying: bool = False
    receipt_title: str = ""
    problem: str = ""
    attempt: str = ""  # identifies what the dialog shows; also the idempotency key
    _slug: str = ""
    _title: str = ""
    _creator: str = ""
    _cover: str = ""
    _sounds: dict[str, tuple[str, int]] = {}
    _file_id: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def choose_licence(self, kind: str) -> None:
        if kind in {offer["kind"] for offer in self.offers}:
            self.licence = kind

    @rx.event
    @handler(Access.OPEN)
    async def ask_to_buy_pack(self) -> Any:
        return await self._ask_to_buy_pack()

    @rx.event
    @handler(Access.OPEN)
    async def ask_to_buy_file(self, file_id: str) -> Any:
        return await self._ask_to_buy_file(str(file_id))

    async def _ask_to_buy_pack(self) -> Any:
        offer = next((o for o in self.offers if o["kind"] == self.licence), None)
        if offer is None:
            return None
        return await self._open_dialog(self._title, offer["title"], int(offer["price_now"]), file_id="")

    async def _ask_to_buy_file(self, file_id: str) -> Any:
        sound = self._sounds.get(file_id)
        if sound is None:
            return None
        return await self._open_dialog(sound[0], "Standard licence", sound[1], file_id=file_id)

    @rx.event
    @handler(Access.MEMBER)
    async def refresh_balance(self) -> None:
        viewer = identity.require_viewer()
        if not self.attempt:
            return
        async with read_only() as session:
            balance = await wallet.balance(session, viewer)
        self._set_balance(balance.total_tokens)
        self.is_dialog_open = True

    @rx.event
    @handler(Access.OPEN)
    async def close_dialog(self) -> None:
        self.is_dialog_open, self.attempt = False, ""

    @rx.event
    @handler(Access.MEMBER)
    async def buy(self, attempt: str) -> Any:
        viewer = identity.require_viewer()
        if not self._slug or not self.attempt or attempt != self.attempt:
            return
        self.is_busy_buying, self.problem = True, ""
        yield
        try:
            receipt = await self._pay(viewer)
        except PriceChangedError as error:
            self.price, self.attempt, self.problem = error.price_tokens, new_token(), error.sentence
            yield PurchaseState.refresh_balance
        except InsufficientTokensError as error:
            self._set_balance(self.price - error.missing_tokens)
        except (RateLimitedError, UnavailableError) as error:
            self.problem = error.sentence  # the same attempt may be retried: it buys once
        except (ConflictError, NotFoundError) as error:
            self.is_dialog_open, self.attempt = False, ""
            await self._reload_price()
            yield toast_error(error.sentence)
        else:
            await self._show_receipt(receipt)
            yield rx.toast.success(f"{self.receipt_title} is yours.")
            yield rx.call_script(_FOCUS_RECEIPT)
        self.is_busy_buying = False

    async def _open_proposal(self, viewer: Viewer, ref: str) -> Any:
        """Open the dialog for a proposed pack or sound, with current data.

        Raises:
            NotFoundError: it is not for sale.
        """
        kind, _, name = ref.partition(":")
        async with read_only() as session:
            slug = name if kind == "pack" else (await detail.get_file(session, viewer, file_id=name)).pack.slug
            pack = await detail.get_pack(session, viewer, slug=slug)
        self._reset(pack)
        if kind == "pack":
            return await self._ask_to_buy_pack()
        return await self._ask_to_buy_file(name)

    async def _pay(self, viewer: Viewer) -> Receipt:
        async with transaction() as session:
            return await checkout.buy(
                session,
                viewer,
                pack_slug=None if self._file_id else self._slug,
                file_id=self._file_id or None,
                licence_kind=LicenceKind.STANDARD if self._file_id else LicenceKind(self.licence),
                price_tokens=self.price,
                key=self.attempt,
            )

    async def _show_receipt(self, receipt: Receipt) -> None:
        self.is_dialog_open, self.attempt = False, ""
        self.receipt_title = self.goods.get("title", "")
        self.balance = receipt.balance_tokens
        header = await self.get_state(SessionState)
        header._show_tokens(receipt.balance_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        await self._reload_price()

    async def _reload_price(self) -> None:
        async with read_only() as session:
            pack = await detail.get_pack(session, identity.viewer(), slug=self._slug)
        self._set_offers(pack)
        page = await self.get_state(PackState)
        if page.card is not None and page.card.slug == self._slug:
            page._show(pack)  # noqa: SLF001 - public methods of states are callable by browsers

    async def _open_dialog(self, title: str, licence: str, price: int, *, file_id: str) -> Any:
        """Open the dialog with the data of the page, and load the balance in the background."""
        header = await self.get_state(SessionState)
        self._file_id, self.attempt, self.problem = file_id, new_token(), ""
        self.goods = {"title": title, "licence": licence, "creator": self._creator, "cover": self._cover}
        self.price = price
        self._set_balance(header._tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        self.is_dialog_open = header.is_signed_in
        return PurchaseState.refresh_balance

    def _set_balance(self, balance: int) -> None:
        self.balance = balance
        self.missing_tokens = max(0, self.price - balance)

    def _reset(self, pack: PackDetail) -> None:
        """Reset the state for a newly opened pack."""
        self.is_dialog_open, self.receipt_title, self.attempt = False, "", ""
        self._set_offers(pack)

    def _set_offers(self, pack: PackDetail) -> None:
        """Set the current offers of the pack and its sounds for this viewer."""
        self._slug, self._title, self.is_own = pack.card.slug, pack.card.title, pack.is_own
        self._creator, self._cover = pack.card.creator.name, pack.card.cover_key
        self._sounds = {row.id: (row.title, row.price_tokens) for row in pack.files}
        self.offers = [_offer(line) for line in pack.offers]
        if self.licence not in {offer["kind"] for offer in self.offers}:
            self.licence = LicenceKind.STANDARD.value

    @rx.var
    def chosen_price(self) -> int:
        """Price of the chosen licence for this viewer."""
        return next((int(o["price_now"]) for o in self.offers if o["kind"] == self.licence), 0)

    @rx.var
    def can_buy(self) -> bool:
        """Whether anything is left to buy under the chosen licence."""
        left = next((int(o["missing"]) for o in self.offers if o["kind"] == self.licence), 0)
        return left > 0 and not self.is_own


class CreatorState(rx.State):
    """State of a creator's page."""

    is_missing: bool = False
    name: str = ""
    initials: str = ""
    place: str = ""
    bio: str = ""
    facts: dict[str, str] = {}
    cards: list[Card] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        try:
            async with read_only() as session:
                found = await detail.get_creator(session, viewer, slug=identity.route_parameter(self, "slug"))
        except NotFoundError:
            self.is_missing, self.name = True, ""
            return
        self.is_missing = False
        self.name, self.place, self.bio = found.name, found.place, found.bio
        self.initials = "".join(word[0] for word in found.name.split()[:2]).upper()
        self.facts = {
            "packs": f"{found.pack_count:,}",
            "sounds": f"{found.file_count:,}",
            "since": f"{found.since:%B %Y}",
        }
        self.cards = [catalogue.card(pack) for pack in found.packs]


def _offer(line: LicenceOfferSummary) -> dict[str, Any]:
    values = asdict(line)
    return {
        "kind": line.kind.value,
        "title": values["title"],
        "sentence": values["sentence"],
        "price": f"{line.price_tokens:,}",
        "price_now": line.missing_price_tokens,
        "is_reduced": line.missing_price_tokens < line.price_tokens and line.missing_files > 0,
        "missing": line.missing_files,
    }
