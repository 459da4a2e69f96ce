"""State of a payment on the wallet page: the debt, and the order whose buyer returns from Stripe."""

from typing import Any

import reflex as rx

from askchopper.database import read_only
from askchopper.plurals import counted
from askchopper.services import payments, wallet
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState
from askchopper.states.wallet import WalletState
from askchopper.vocabulary import OrderStatus

_MESSAGES = {
    OrderStatus.OPEN: "Your payment has not been confirmed yet. We'll notify you when your tokens arrive.",
    OrderStatus.PROCESSING: "Your bank has not confirmed the payment yet. We'll notify you when your tokens arrive.",
    OrderStatus.EXPIRED: "The payment page has expired. Nothing was charged.",
    OrderStatus.FAILED: "The payment did not go through. Nothing was charged.",
}


class PaymentState(rx.State):
    """The order whose buyer has returned from Stripe, and the tokens owed."""

    message: str = ""
    is_paid: bool = False
    is_waiting: bool = False
    owed: str = ""
    _order_id: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        viewer = identity.require_viewer()
        query = self.router.url.query_parameters
        async with read_only() as session:
            debt = (await wallet.balance(session, viewer)).debt_tokens
        self.owed = f"{debt:,}" if debt else ""
        self._order_id = str(query.get(payments.ORDER, ""))[:60]
        self.message = "You left the payment page. Nothing was charged." if payments.CANCELLED in query else ""
        self.is_waiting, self.is_paid = bool(self._order_id), False
        return PaymentState.watch if self.is_waiting else None

    @rx.event(background=True)
    @handler(Access.MEMBER)
    async def watch(self) -> Any:
        """Poll the order until it is paid or failed, or waiting times out, and show the result."""
        viewer = identity.require_viewer()
        async with self:
            order_id, self._order_id = self._order_id, ""
        if not order_id:
            return
        try:
            order = await payments.wait_for_payment(viewer, order_id=order_id)
            async with self:
                self.message = _MESSAGES.get(
                    order.status, f"Thank you. {counted(order.tokens, 'token')} added to your wallet."
                )
                self.is_paid = order.status.is_credited
                wallet_page = await self.get_state(WalletState)
                balance = await wallet_page._read(viewer)  # noqa: SLF001 - public methods of states are callable by browsers
                self.owed = f"{balance.debt_tokens:,}" if balance.debt_tokens else ""
                (await self.get_state(SessionState))._show_tokens(balance.total_tokens)  # noqa: SLF001
        finally:
            async with self:
                self.is_waiting = False
