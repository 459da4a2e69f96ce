"""State of the purchase dialog. One dialog serves every price button and key B; it ends with the download."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from askchopper import routes, settings, token_prices
from askchopper.database import read_only, transaction
from askchopper.errors import (
    ConflictError,
    InsufficientTokensError,
    NotFoundError,
    PriceChangedError,
    RateLimitedError,
    UnavailableError,
)
from askchopper.schemas.purchases import PurchaseOffer, Receipt
from askchopper.schemas.view_models import catalogue
from askchopper.security import new_token
from askchopper.services import wallet
from askchopper.services.purchases import checkout, offers, refunds
from askchopper.states import identity
from askchopper.states.catalogue import PackState
from askchopper.states.error_handling import Access, handler, toast_error
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.vocabulary import LicenceKind

JOIN, CONFIRM, DONE = "join", "confirm", "done"


class PurchaseState(rx.State):
    """The dialog: a visitor joins, a member confirms, an owner downloads."""

    step: str = ""  # JOIN, CONFIRM or DONE; empty while closed
    goods: dict[str, str] = {}
    price: int = 0
    balance: int = 0
    top_up: dict[str, str] = {}  # the bundle that covers what is missing, if tokens can be bought here
    missing_tokens: int = 0
    needs_code: bool = False
    purchase_id: str = ""
    receipt_title: str = ""
    problem: str = ""
    attempt: str = ""  # identifies what the dialog shows; also the idempotency key
    is_busy_buying: bool = False
    _offer: PurchaseOffer | None = None
    _top_up_tokens: int = 0

    @rx.event
    @handler(Access.PUBLIC)
    async def open(self, ref: str, licence: str = LicenceKind.STANDARD.value) -> None:
        """Show the current offer of a sound or pack; ``ref`` is the id of its ``Sound``."""
        ref = str(ref)[:130].removeprefix("sound:")
        kind = LicenceKind(str(licence)) if str(licence) in set(LicenceKind) else LicenceKind.STANDARD
        viewer = identity.viewer()
        async with read_only() as session:
            offer = await offers.get_offer(session, viewer, ref=ref, licence_kind=kind)
            balance = (await wallet.balance(session, viewer)).total_tokens if viewer else 0
        if offer.is_own:
            raise ConflictError("This is your own pack.")
        self.problem, self.purchase_id, self.receipt_title = "", "", ""
        self._show(offer, balance)
        self.needs_code = settings.get().verification_code is not None
        self.step = DONE if offer.is_owned else CONFIRM if viewer else JOIN

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.step, self.attempt = "", ""

    @rx.event
    @handler(Access.MEMBER)
    async def buy(self, attempt: str) -> Any:
        """Add the missing tokens and buy, both or nothing. A double click sends the same attempt."""
        viewer, offer = identity.require_viewer(), self._offer
        if offer is None or self.step != CONFIRM or not self.attempt or attempt != self.attempt:
            return
        self.is_busy_buying, self.problem = True, ""
        yield
        try:
            async with transaction() as session:
                receipt = await checkout.top_up_and_buy(
                    session, viewer, offer, top_up_tokens=self._top_up_tokens, key=self.attempt
                )
        except PriceChangedError as error:
            self._show(replace(offer, price_tokens=error.price_tokens), self.balance)
            self.problem = error.sentence
        except InsufficientTokensError as error:
            self._show(offer, self.price + self._top_up_tokens - error.missing_tokens)
            self.problem = "Your balance has changed."
        except (RateLimitedError, UnavailableError) as error:
            self.problem = error.sentence  # the same attempt may be retried: it buys once
        except (ConflictError, NotFoundError) as error:
            self.step, self.attempt = "", ""
            await self._update_page(offer)
            yield toast_error(error.sentence)
        else:
            await self._show_receipt(offer, receipt)
        self.is_busy_buying = False

    @rx.event
    @handler(Access.MEMBER)
    async def refund(self) -> Any:
        viewer, offer = identity.require_viewer(), self._offer
        if offer is None or not self.purchase_id:
            return None
        async with transaction() as session:
            balance = await refunds.refund(session, viewer, purchase_id=self.purchase_id)
        self.step, self.purchase_id, self.receipt_title = "", "", ""
        (await self.get_state(SessionState))._show_tokens(balance.total_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        await self._update_page(offer)
        return rx.toast.success(f"Refunded: {offer.title}.")

    def _show(self, offer: PurchaseOffer, balance: int) -> None:
        """Show an offer as a new attempt."""
        return_path = self._path_back(offer)
        self._offer, self.attempt = offer, new_token()
        self.price, self.balance = offer.price_tokens, balance
        self.missing_tokens = max(0, offer.price_tokens - balance)
        can_top_up = self.missing_tokens and settings.get().allows_test_checkout
        bundle = token_prices.covering(self.missing_tokens) if can_top_up else None
        self._top_up_tokens = bundle.tokens if bundle else 0
        self.top_up = (
            {"tokens": f"{bundle.tokens:,}", "money": token_prices.money(bundle.cents), "left": f"{balance + bundle.tokens - self.price:,}"}
            if bundle
            else {}
        )  # fmt: skip
        self.goods = {
            "ref": offer.ref,
            "title": offer.title,
            "creator": offer.creator,
            "cover": offer.cover_key,
            "licence": offer.licence_title,
            "money": token_prices.approximate(offer.price_tokens),
            "paid": f"{offer.paid_tokens:,}" if offer.paid_tokens else "",
            "download": offer.download,
            "size": catalogue.size(offer.size_bytes),
            "return_path": return_path,
            "login_href": routes.login(return_path),
            "licence_href": "",
        }

    async def _show_receipt(self, offer: PurchaseOffer, receipt: Receipt) -> None:
        self.step, self.attempt = DONE, ""
        self.purchase_id, self.receipt_title = receipt.purchase_id, offer.title
        self.goods = {**self.goods, "licence_href": routes.verify(receipt.licence_id)}
        self.balance = receipt.balance_tokens
        (await self.get_state(SessionState))._show_tokens(receipt.balance_tokens)  # noqa: SLF001
        await self._update_page(offer)

    async def _update_page(self, offer: PurchaseOffer) -> None:
        """Show what is owned now on the page under the dialog."""
        page = await self.get_state(PackState)
        if page.card is not None and page.card.slug == offer.pack_slug:
            await page._reload()  # noqa: SLF001
        results = await self.get_state(BrowseState)
        if results.rows or results.cards:
            await results._update_owned()  # noqa: SLF001

    def _path_back(self, offer: PurchaseOffer) -> str:
        """Return the address of this page with the dialog open; the client component ``PurchaseRequests`` reads it."""
        url = self.router.url
        query = {**url.query_parameters, "buy": offer.ref}
        if offer.licence_kind is not LicenceKind.STANDARD:
            query["licence"] = offer.licence_kind.value
        path = f"{url.path}?{urlencode(query)}"
        return path if routes.is_local_path(path) else routes.HOME
