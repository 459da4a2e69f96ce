"""State of the purchase dialog. One dialog serves every price button and key B; it ends with the download.

Missing tokens are paid for on Stripe's page; on return, the dialog opens again, waits for the payment, and buys.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes, settings, token_prices
from askchopper.database import read_only, transaction
from askchopper.errors import (
    AskChopperError,
    ConflictError,
    InsufficientTokensError,
    NotFoundError,
    PriceChangedError,
    RateLimitedError,
    UnavailableError,
)
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.payments import TokenOrderSummary
from askchopper.schemas.purchases import PurchaseOffer, Receipt
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.wallet import Balance
from askchopper.security import new_token
from askchopper.services import payments, wallet
from askchopper.services.purchases import checkout, offers, refunds
from askchopper.states import identity
from askchopper.states.catalogue import PackState
from askchopper.states.error_handling import Access, handler, toast_error
from askchopper.states.search import BrowseState
from askchopper.states.session import SessionState
from askchopper.vocabulary import LicenceKind

JOIN, CONFIRM, PAYING, DONE = "join", "confirm", "paying", "done"
_NOT_BOUGHT = "Your tokens were added, but the purchase was not completed. Check the price and buy again."
_NOT_PAID = "The payment did not go through. Nothing was charged."
_STILL_WAITING = "Your bank has not confirmed the payment yet. We'll notify you when your tokens arrive."


class PurchaseState(rx.State):
    """The purchase dialog: visitors register, members confirm and may return from payment, owners download."""

    step: str = ""  # JOIN, CONFIRM, PAYING or DONE; empty while closed
    goods: dict[str, str] = {}
    price: int = 0
    balance: int = 0
    top_up: dict[str, str] = {}  # the bundle that covers what is missing, if tokens can be bought here
    missing_tokens: int = 0
    purchase_id: str = ""
    receipt_title: str = ""
    problem: str = ""
    attempt: str = ""  # identifies what the dialog shows; also the idempotency key
    is_busy_buying: bool = False
    turn: int = 0  # requests answered; the dialog is open before the answer, and closes if there is no offer
    _offer: PurchaseOffer | None = None
    _top_up_tokens: int = 0
    _order_id: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def open(self, ref: str, licence: str = LicenceKind.STANDARD.value) -> Any:
        """Show the current offer of a sound or pack; ``ref`` is the id of its ``Sound``."""
        return await self._open(ref, licence, "")

    @rx.event
    @handler(Access.PUBLIC)
    async def open_from_address(self, ref: str, licence: str, order_id: str) -> Any:
        """Show the offer named in the URL. If the viewer has a token order for it, wait for its payment, then buy."""
        return await self._open(ref, licence, order_id)

    async def _open(self, ref: str, licence: str, order_id: str) -> Any:
        self.turn += 1
        self.step, self.attempt = "", ""  # an earlier offer must not stay open if this one is refused
        ref = str(ref)[:130].removeprefix("sound:")
        kind = LicenceKind(str(licence)) if str(licence) in set(LicenceKind) else LicenceKind.STANDARD
        viewer = identity.viewer()
        async with read_only() as session:
            offer = await offers.get_offer(session, viewer, ref=ref, licence_kind=kind)
            balance = await wallet.balance(session, viewer) if viewer else None
            order = await _order_of(session, viewer, order_id, offer)
        if offer.is_own:
            raise ConflictError("This is your own pack.")
        self.problem, self.purchase_id, self.receipt_title = "", "", ""
        self._show(offer, balance)
        self.step = DONE if offer.is_owned else CONFIRM if viewer else JOIN
        if self.step == CONFIRM and order is not None:
            self.step, self._order_id = PAYING, str(order.id)
            return PaymentWatcher.watch
        return None

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.step, self.attempt = "", ""

    @rx.event
    @handler(Access.MEMBER)
    async def buy(self, attempt: str) -> Any:
        """Buy, topping up missing tokens in the same transaction or first on Stripe. A double click repeats the idempotency key."""
        viewer, offer = identity.require_viewer(), self._offer
        if offer is None or self.step != CONFIRM or not self.attempt or attempt != self.attempt:
            return
        self.is_busy_buying, self.problem = True, ""
        yield
        try:
            if self.top_up.get("way") == "stripe":
                address = await self._open_checkout(viewer, offer)
                self.is_busy_buying = False  # a browser that goes back finds the page as it was
                yield rx.redirect(address)
                return
            async with transaction() as session:
                receipt = await checkout.top_up_and_buy(
                    session, viewer, offer, top_up_tokens=self._top_up_tokens, key=self.attempt
                )
        except PriceChangedError as error:
            await self._show_again(viewer, replace(offer, price_tokens=error.price_tokens), error.sentence)
        except InsufficientTokensError:
            await self._show_again(viewer, offer, "Your balance has changed.")
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
        return rx.toast.success(f"{'Refunded' if offer.price_tokens else 'Removed from your library'}: {offer.title}.")

    async def _open_checkout(self, viewer: Viewer, offer: PurchaseOffer) -> str:
        bundle = token_prices.covering(self.missing_tokens)
        if bundle is None:
            raise UnavailableError("This is more than one payment can cover. Get tokens in your wallet first.")
        return await payments.start_checkout(
            viewer, bundle, key=self.attempt, return_path=self.goods["return_path"], offer=offer
        )

    async def _finish_order(self, viewer: Viewer, order: TokenOrderSummary) -> None:
        """Buy the item of a paid order, or show why that is not possible."""
        offer = self._offer
        if self.step != PAYING or offer is None or self._order_id != str(order.id):
            return
        try:
            async with transaction() as session:
                receipt = await checkout.buy_ordered(session, viewer, order_id=order.id)
        except AskChopperError as error:
            await self._show_again(viewer, offer, error.sentence)
            return
        if receipt is not None:
            await self._show_receipt(offer, receipt)
        elif order.status.is_credited:
            await self._show_again(viewer, offer, _NOT_BOUGHT)
        else:
            await self._show_again(viewer, offer, _STILL_WAITING if order.status.is_waiting else _NOT_PAID)

    async def _show_again(self, viewer: Viewer, offer: PurchaseOffer, problem: str) -> None:
        async with read_only() as session:
            balance = await wallet.balance(session, viewer)
        self._show(offer, balance)
        self.step, self.problem = CONFIRM, problem

    def _show(self, offer: PurchaseOffer, balance: Balance | None) -> None:
        """Show an offer with a new idempotency key."""
        return_path = self._path_back(offer)
        self._offer, self.attempt = offer, new_token()
        self.price, self.balance = offer.price_tokens, balance.total_tokens if balance else 0
        debt = balance.debt_tokens if balance and offer.price_tokens else 0
        self.missing_tokens = max(0, offer.price_tokens - self.balance) + debt
        config = settings.get()
        can_top_up = self.missing_tokens and (config.takes_payments or config.allows_test_checkout)
        bundle = token_prices.covering(self.missing_tokens) if can_top_up else None
        self._top_up_tokens = bundle.tokens if bundle else 0
        self.top_up = (
            {
                "tokens": f"{bundle.tokens:,}",
                "money": token_prices.money(bundle.cents),
                "way": "stripe" if config.takes_payments else "test",
                "left": f"{self.balance + bundle.tokens - self.price - debt:,}",
                "owed": f"{debt:,}" if debt else "",
            }
            if bundle
            else {}
        )
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
            "needs_code": "yes" if config.verification_code is not None else "",
        }

    async def _show_receipt(self, offer: PurchaseOffer, receipt: Receipt) -> None:
        self.step, self.attempt = DONE, ""
        self.purchase_id, self.receipt_title = receipt.purchase_id, offer.title
        self.goods = {**self.goods, "licence_href": routes.verify(receipt.licence_id)}
        self.balance = receipt.balance_tokens
        (await self.get_state(SessionState))._show_tokens(receipt.balance_tokens)  # noqa: SLF001
        await self._update_page(offer)

    async def _update_page(self, offer: PurchaseOffer) -> None:
        """Update ownership on the page under the dialog."""
        page = await self.get_state(PackState)
        if page.card is not None and page.card.slug == offer.pack_slug:
            await page._reload()  # noqa: SLF001
        results = await self.get_state(BrowseState)
        if results.rows or results.cards:
            await results._update_owned()  # noqa: SLF001

    def _path_back(self, offer: PurchaseOffer) -> str:
        """Return this page's path with a query that reopens the dialog; the client component ``PurchaseRequests`` reads it."""
        url = self.router.url
        query = {**url.query_parameters, "buy": offer.ref}
        if offer.licence_kind is not LicenceKind.STANDARD:
            query["licence"] = offer.licence_kind.value
        path = f"{url.path}?{urlencode(query)}"
        return path if routes.is_local_path(path) else routes.HOME


class PaymentWatcher(rx.State):
    """Waits for the payment of the dialog's token order."""

    _watched: str = ""

    @rx.event(background=True)
    @handler(Access.MEMBER)
    async def watch(self) -> None:
        """Poll the order until it is paid or failed, or waiting times out, and finish the purchase."""
        viewer = identity.require_viewer()
        async with self:
            order_id = (await self.get_state(PurchaseState))._order_id  # noqa: SLF001
            if not order_id or self._watched == order_id:
                return
            self._watched = order_id
        try:
            order = await payments.wait_for_payment(viewer, order_id=order_id)
            async with self:
                await (await self.get_state(PurchaseState))._finish_order(viewer, order)  # noqa: SLF001
        finally:
            async with self:
                self._watched = ""


async def _order_of(
    session: AsyncSession, viewer: Viewer | None, order_id: str, offer: PurchaseOffer
) -> TokenOrderSummary | None:
    """Return the viewer's token order for this offer; None if it is complete, for another item, or not theirs.

    ``order_id`` comes from the URL and is untrusted; empty without an order.
    """
    if viewer is None or not order_id:
        return None
    try:
        order = await payments.get_order(session, viewer, order_id=order_id)
    except NotFoundError:
        return None
    return order if order.item_ref == offer.ref and not order.is_complete else None
