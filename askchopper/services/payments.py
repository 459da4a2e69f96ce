"""Payments: token orders paid on Stripe's checkout page, and the webhook events that report their outcome.

The stored order is the only source of amounts. An event is recorded and applied in one transaction, so that a second
delivery has no effect. Events may arrive late and in any order: one about a payment without a known order is kept until
the order is known.
"""

import asyncio
import math
import time
import uuid
from typing import Any

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, KeyReusedError, NotFoundError, UnavailableError
from askchopper.integrations import stripe
from askchopper.models.accounts import users
from askchopper.models.base import new_id
from askchopper.models.payments import payment_events, token_orders
from askchopper.observability import log
from askchopper.plurals import counted
from askchopper.routes import WALLET, with_query
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.payments import TokenOrderSummary
from askchopper.schemas.purchases import PurchaseOffer
from askchopper.services import activity, limits, wallet
from askchopper.token_prices import Bundle, money
from askchopper.vocabulary import DisputeStatus, OrderStatus

ORDER, CANCELLED = "order", "cancelled"  # query parameters of the URLs that Stripe redirects back to
WAIT_SECONDS = 90.0
_POLL_SECONDS = 0.7
_UNKNOWN = "There is no such order."
_PAID, _CLOSED = "checkout.session.completed", "checkout.session.expired"
_PAID_LATER, _FAILED = "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"
_SESSIONS = {_PAID, _PAID_LATER, _FAILED, _CLOSED}
_REFUNDED, _CHARGED = "charge.refunded", "charge.succeeded"
_DISPUTED = {"charge.dispute.created", "charge.dispute.funds_withdrawn"}
_DISPUTE_ENDED = {"charge.dispute.closed", "charge.dispute.funds_reinstated"}
# Events of one payment are applied one after another, so that a refund does not miss a concurrent event that names the payment's order.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('payment ' || :payment, 0)) WHERE :payment <> ''")
_HANDLED = _SESSIONS | {_REFUNDED, _CHARGED} | _DISPUTED | _DISPUTE_ENDED


async def start_checkout(
    viewer: Viewer, bundle: Bundle, *, key: str, return_path: str = WALLET, offer: PurchaseOffer | None = None
) -> str:
    """Order tokens and open a checkout page, once per key. Opens its own transactions and holds none while calling Stripe.

    Args:
        viewer: the member to credit.
        bundle: tokens and price, from ``token_prices``, never from the browser.
        key: idempotency key.
        return_path: local path to return to from Stripe.
        offer: the purchase to complete on return; None to only buy tokens.

    Returns:
        The URL of the checkout page.

    Raises:
        ForbiddenError: payments are not configured.
        InvalidInputError: the key is malformed.
        KeyReusedError: the key was used with another order.
        RateLimitedError: too many token purchases.
        UnavailableError: the order of this key is closed, or Stripe is unavailable; nothing was charged.
    """
    if not settings.get().takes_payments:
        raise ForbiddenError("Buying tokens is not set up here.")
    wallet.validate_idempotency_key(key)
    await limits.hit((limits.TOKEN_PURCHASE, str(viewer.user_id)))
    async with transaction() as session:
        order = await _order(session, viewer, bundle, key=key, offer=offer)
    if order.checkout_url:
        return str(order.checkout_url)
    made = await stripe.create_checkout(_request(order, return_path))
    async with transaction() as session:
        known = {"session_id": made.session_id, "checkout_url": made.url[:2_000]}
        await session.execute(update(token_orders).where(token_orders.c.id == order.id).values(**known))
    log.info("payments.checkout_opened", user=str(viewer.user_id), order=str(order.id), tokens=bundle.tokens)
    return made.url


async def get_order(session: AsyncSession, viewer: Viewer, *, order_id: str) -> TokenOrderSummary:
    """Return an order of the viewer.

    Raises:
        NotFoundError: there is none.
    """
    statement = select(token_orders).where(
        token_orders.c.id == require_id(order_id, _UNKNOWN), token_orders.c.user_id == viewer.user_id
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        raise NotFoundError(_UNKNOWN)
    return TokenOrderSummary(
        id=row.id,
        tokens=row.tokens,
        cents=row.cents,
        status=OrderStatus(row.status),
        created_at=row.created_at,
        item_ref=row.item_ref,
        is_complete=row.completed_at is not None,
    )


async def wait_for_payment(viewer: Viewer, *, order_id: str, seconds: float = WAIT_SECONDS) -> TokenOrderSummary:
    """Poll an order until its payment succeeds or fails, for at most ``seconds``; return the order, perhaps still waiting.

    No connection is held between polls.

    Raises:
        NotFoundError: there is no such order of the viewer.
    """
    give_up = time.monotonic() + seconds
    while True:
        async with read_only() as session:
            order = await get_order(session, viewer, order_id=order_id)
        if not order.status.is_waiting or time.monotonic() > give_up:
            return order
        await asyncio.sleep(_POLL_SECONDS)


async def apply_event(session: AsyncSession, event: stripe.Event) -> str:
    """Apply a Stripe event to its order, once.

    Returns:
        ``applied``, ``duplicate``, ``ignored`` (an unused kind), ``other_environment`` or ``unknown`` (no such
        order).

    Invariant: an order is credited at most once; the reversed tokens correspond to the refunded and disputed part of
    the payment.
    """
    if event.is_live != settings.get().is_stripe_live:
        log.warning("payments.event_of_other_environment", event_id=event.id, kind=event.kind[:100])
        return "other_environment"
    if event.kind not in _HANDLED:
        return "ignored"
    await session.execute(_LOCK, {"payment": event.payment_intent_id})
    order = await _find(session, event)
    if order is None and event.kind == _CHARGED:  # of something else that is sold through this account
        return "unknown"
    if not await _is_new(session, event, order):
        return "duplicate"
    if order is None:
        log.warning("payments.event_of_unknown_order", event_id=event.id, kind=event.kind)
        return "unknown"
    if event.payer_hash and event.payer_hash not in order.payer_hashes:
        await _add_payer(session, order, event.payer_hash)
    if event.kind in _SESSIONS:
        await _apply_session(session, order, event)
    elif event.kind != _CHARGED:  # a charge only identifies the payer; tokens are credited by the session's events
        await _apply_money(session, order, [event])
    log.info("payments.event_applied", order=str(order.id), event_id=event.id, kind=event.kind)
    return "applied"


async def forget_payer(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Remove the payer hashes from a member's orders; the orders are kept."""
    await session.execute(update(token_orders).where(token_orders.c.user_id == user_id).values(payer_hashes=[]))


async def _add_payer(session: AsyncSession, order: Any, payer_hash: str) -> None:
    """Store the payer of an order, unless the member's account is deleted: events may arrive later."""
    is_member = exists().where(users.c.id == order.user_id, users.c.deleted_at.is_(None))
    known = {"payer_hashes": [*order.payer_hashes, payer_hash]}
    await session.execute(update(token_orders).where(token_orders.c.id == order.id, is_member).values(**known))


async def _order(
    session: AsyncSession, viewer: Viewer, bundle: Bundle, *, key: str, offer: PurchaseOffer | None
) -> Any:
    values = {
        "id": new_id(),
        "user_id": viewer.user_id,
        "tokens": bundle.tokens,
        "cents": bundle.cents,
        "currency": settings.get().currency,
        "status": OrderStatus.OPEN.value,
        "dispute_status": DisputeStatus.NONE.value,
        "idempotency_key": key,
        "item_ref": offer.ref if offer else "",
        "licence_kind": offer.licence_kind.value if offer else "",
        "price_tokens": offer.price_tokens if offer else 0,
        "checkout_url": "",
    }
    amounts = dict.fromkeys(("charged_cents", "refunded_cents", "disputed_cents", "reversed_tokens", "adjustments"), 0)
    await session.execute(insert(token_orders).values(**values, **amounts).on_conflict_do_nothing())
    mine = token_orders.c.user_id == viewer.user_id, token_orders.c.idempotency_key == key
    order = (await session.execute(select(token_orders).where(*mine))).one()
    if (order.tokens, order.cents, order.item_ref) != (bundle.tokens, bundle.cents, values["item_ref"]):
        raise KeyReusedError("This key was used for another order.", field="Idempotency-Key")
    if not OrderStatus(order.status).is_waiting:
        raise UnavailableError("This order is closed. Reload the page.")
    return order


def _request(order: Any, return_path: str) -> stripe.CheckoutRequest:
    base = settings.get().base_url
    return stripe.CheckoutRequest(
        reference=str(order.id),
        title=f"{counted(order.tokens, 'token')} for Ask Chopper",
        cents=order.cents,
        currency=order.currency,
        success_url=f"{base}{with_query(return_path, **{ORDER: str(order.id)})}",
        cancel_url=f"{base}{with_query(return_path, **{CANCELLED: '1'})}",
    )


async def _is_new(session: AsyncSession, event: stripe.Event, order: Any) -> bool:
    """Record an event; False if it was already recorded. A concurrent duplicate waits here for the first delivery."""
    values = {
        "id": event.id,
        "kind": event.kind,
        "order_id": order.id if order else None,
        "payment_intent_id": event.payment_intent_id or None,
        "facts": event.facts() if order is None else {},
    }
    recorded = insert(payment_events).values(**values).on_conflict_do_nothing().returning(payment_events.c.id)
    return (await session.execute(recorded)).first() is not None


async def _find(session: AsyncSession, event: stripe.Event) -> Any:
    """Find and lock the order of an event; by reference if a crash prevented storing the id of its checkout session."""
    wanted = [token_orders.c.session_id == event.session_id] if event.session_id else []
    if event.kind not in _SESSIONS and event.payment_intent_id:
        wanted.append(token_orders.c.payment_intent_id == event.payment_intent_id)
    statement = select(token_orders).with_for_update()
    for condition in wanted:
        if order := (await session.execute(statement.where(condition))).one_or_none():
            return order
    try:
        reference = uuid.UUID(event.reference)
    except ValueError:
        return None
    if event.kind == _CHARGED:
        return (await session.execute(statement.where(token_orders.c.id == reference))).one_or_none()
    unnamed = token_orders.c.id == reference, token_orders.c.session_id.is_(None)
    return (await session.execute(statement.where(*unnamed))).one_or_none() if event.session_id else None


async def _apply_session(session: AsyncSession, order: Any, event: stripe.Event) -> None:
    is_paid = event.kind == _PAID_LATER or (event.kind == _PAID and event.payment_status == "paid")
    status = OrderStatus(order.status)
    if is_paid and not status.is_credited:
        await _credit(session, order, event)
    elif event.kind == _PAID and status is OrderStatus.OPEN:
        await _set(session, order, status=OrderStatus.PROCESSING)
    elif event.kind in {_FAILED, _CLOSED} and status.is_waiting:
        await _set(session, order, status=OrderStatus.FAILED if event.kind == _FAILED else OrderStatus.EXPIRED)


async def _credit(session: AsyncSession, order: Any, event: stripe.Event) -> None:
    if (event.subtotal_cents, event.currency) != (order.cents, order.currency):
        log.error("payments.amount_differs", order=str(order.id), paid=event.subtotal_cents, expected=order.cents)
        return
    await wallet.credit_payment(
        session,
        user_id=order.user_id,
        tokens=order.tokens,
        key=f"order.{order.id}",
        memo=f"{counted(order.tokens, 'token')} for {money(order.cents)}",
    )
    await _set(
        session,
        order,
        status=OrderStatus.PAID,
        session_id=event.session_id,
        payment_intent_id=event.payment_intent_id or None,
        charged_cents=event.total_cents,
        paid_at=func.now(),
    )
    sentence = f"Your payment arrived: {counted(order.tokens, 'token')} added to your wallet."
    await activity.notify(session, user_id=order.user_id, kind="payment", sentence=sentence, link=WALLET)
    if earlier := await _claim_earlier(session, order, event):
        await _apply_money(session, await _again(session, order), earlier)


async def _claim_earlier(session: AsyncSession, order: Any, event: stripe.Event) -> list[stripe.Event]:
    """Assign earlier events of the payment, which arrived before its order was known, to the order and return them."""
    if not event.payment_intent_id:
        return []
    mine = payment_events.c.payment_intent_id == event.payment_intent_id, payment_events.c.order_id.is_(None)
    claimed = update(payment_events).where(*mine).values(order_id=order.id, facts={}).returning(payment_events.c.id)
    kept = (await session.execute(select(payment_events.c.facts).where(*mine))).scalars().all()
    await session.execute(claimed)
    return [stripe.Event(**facts) for facts in kept]


async def _apply_money(session: AsyncSession, order: Any, events: list[stripe.Event]) -> None:
    """Store refunds and disputes, and credit or debit the resulting difference in the ledger."""
    refunded, disputed, dispute = order.refunded_cents, order.disputed_cents, DisputeStatus(order.dispute_status)
    for event in events:
        if event.kind == _REFUNDED:
            refunded = max(refunded, event.refunded_cents)  # a total; an older event has a smaller one
        else:
            dispute = _next(dispute, event)
            disputed = max(disputed, event.total_cents)
    taken = refunded + (disputed if dispute in {DisputeStatus.OPEN, DisputeStatus.LOST} else 0)
    target = _part(order.tokens, taken, order.charged_cents)
    change, number = target - order.reversed_tokens, order.adjustments + 1
    status = OrderStatus.PAID
    if dispute in {DisputeStatus.OPEN, DisputeStatus.LOST}:
        status = OrderStatus.DISPUTED
    elif refunded:
        status = OrderStatus.REFUNDED if refunded >= order.charged_cents else OrderStatus.PARTLY_REFUNDED
    if change:
        await _move(session, order, change, key=f"order.{order.id}.{number}", status=status)
    await _set(
        session,
        order,
        status=status,
        refunded_cents=refunded,
        disputed_cents=disputed,
        dispute_status=dispute,
        reversed_tokens=target,
        adjustments=number if change else order.adjustments,
    )


def _next(dispute: DisputeStatus, event: stripe.Event) -> DisputeStatus:
    """Return a dispute's status after an event. Won and lost are final; an inquiry does not open a dispute."""
    if dispute in {DisputeStatus.WON, DisputeStatus.LOST}:
        return dispute
    if event.kind in _DISPUTE_ENDED:
        return DisputeStatus.LOST if event.dispute_status == "lost" else DisputeStatus.WON
    return dispute if event.dispute_status.startswith("warning_") else DisputeStatus.OPEN


def _part(tokens: int, taken_cents: int, charged_cents: int) -> int:
    """Return the tokens that correspond to part of a payment, rounded down; all of them for the full amount."""
    if taken_cents >= charged_cents:
        return tokens if taken_cents else 0
    return math.floor(tokens * taken_cents / charged_cents)


async def _move(session: AsyncSession, order: Any, change: int, *, key: str, status: OrderStatus) -> None:
    if change < 0:
        sentence = f"Your payment is no longer disputed, so we added {counted(-change, 'token')} back."
        await wallet.credit_payment(session, user_id=order.user_id, tokens=-change, key=key, memo="Dispute ended")
    else:
        why = "disputed" if status is OrderStatus.DISPUTED else "refunded"
        sentence = f"One of your payments was {why}, so we took back {counted(change, 'token')}."
        await wallet.reverse_payment(session, user_id=order.user_id, tokens=change, key=key, memo=f"Payment {why}")
    await activity.notify(session, user_id=order.user_id, kind="payment", sentence=sentence, link=WALLET)


async def _set(session: AsyncSession, order: Any, **values: Any) -> None:
    await session.execute(update(token_orders).where(token_orders.c.id == order.id).values(**values))


async def _again(session: AsyncSession, order: Any) -> Any:
    return (await session.execute(select(token_orders).where(token_orders.c.id == order.id))).one()


async def mark_complete(session: AsyncSession, viewer: Viewer, *, order_id: uuid.UUID) -> Any:
    """Mark a paid order of the viewer as used for its intended purchase.

    Returns:
        A row with ``item_ref``, ``licence_kind`` and ``price_tokens``; None if the order is not paid, was already used or
        was for tokens only.
    """
    statement = text("""
        UPDATE token_orders SET completed_at = now()
        WHERE id = :id AND user_id = :user AND status = 'paid' AND completed_at IS NULL AND item_ref <> ''
        RETURNING item_ref, licence_kind, price_tokens
    """)
    return (await session.execute(statement, {"id": order_id, "user": viewer.user_id})).one_or_none()
