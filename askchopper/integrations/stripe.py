"""Client of Stripe: hosted checkout pages and webhook events. Contains no domain rules.

The library is blocking and slow to import, so it is imported and called in its own thread pool. Only a few fields of an event are read,
each with a type check, since a valid signature does not imply well-formed content.
"""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from askchopper import settings
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.observability import log

CALL_SECONDS = 10
MAX_RETRIES = 2
TOLERANCE_SECONDS = 300
_NOT_OPENED = "The payment page could not be opened. Nothing was charged; try again in a minute."
_calls = ThreadPoolExecutor(4, thread_name_prefix="stripe")
T = TypeVar("T")


@dataclass(frozen=True)
class Checkout:
    """A hosted checkout page."""

    session_id: str
    url: str


@dataclass(frozen=True)
class CheckoutRequest:
    """Parameters of a checkout page: what it charges, and where it redirects.

    ``reference`` is the id of our order; it also makes a repeated request return the same page.
    """

    reference: str
    title: str
    cents: int
    currency: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class Event:
    """The fields of a Stripe event that we use; empty or zero where its object lacks them."""

    id: str
    kind: str
    is_live: bool
    session_id: str = ""
    reference: str = ""
    payment_intent_id: str = ""
    payment_status: str = ""
    currency: str = ""
    subtotal_cents: int = 0
    total_cents: int = 0
    refunded_cents: int = 0
    dispute_status: str = ""
    # A keyed hash of the card that was charged, or of the address that the payer gave.
    payer_hash: str = ""

    def facts(self) -> dict[str, Any]:
        """Return the fields to store, readable by ``Event(**facts)``; without ``payer_hash``, which the previous release does not know."""
        return {name: value for name, value in asdict(self).items() if name != "payer_hash"}


async def create_checkout(wanted: CheckoutRequest) -> Checkout:
    """Create a checkout page. Idempotent: the same reference returns the same page.

    Raises:
        UnavailableError: Stripe is unavailable or refuses; nothing was charged.
    """
    return await _in_thread(lambda: _create(wanted))


async def verify_event(payload: bytes, signature: str) -> Event:
    """Verify the signature of an event over its raw bytes, and parse it.

    Raises:
        InvalidInputError: not signed by Stripe, too old, or not an event.
    """
    return await _in_thread(lambda: _verify(payload, signature))


def _create(wanted: CheckoutRequest) -> Checkout:
    import stripe  # noqa: PLC0415 - takes half a second, which sites without payments need not spend

    config = settings.get()
    price = {"currency": wanted.currency.lower(), "unit_amount": wanted.cents, "product_data": {"name": wanted.title}}
    params: dict[str, Any] = {
        "mode": "payment",
        "client_reference_id": wanted.reference,
        "line_items": [{"price_data": price, "quantity": 1}],
        "metadata": {"order": wanted.reference},
        "payment_intent_data": {"metadata": {"order": wanted.reference}},
        "success_url": wanted.success_url,
        "cancel_url": wanted.cancel_url,
    }
    if config.stripe_tax:
        params["automatic_tax"] = {"enabled": True}
    client = stripe.StripeClient(
        _secret(config.stripe_secret_key),
        base_addresses=cast("Any", {"api": config.stripe_api_base.rstrip("/")} if config.stripe_api_base else {}),
        http_client=stripe.RequestsClient(timeout=CALL_SECONDS),
        max_network_retries=MAX_RETRIES,
    )
    try:
        made = client.v1.checkout.sessions.create(
            params=cast("Any", params), options={"idempotency_key": f"order-{wanted.reference}"}
        )
    except stripe.StripeError as error:
        log.error("stripe.checkout_failed", kind=type(error).__name__, code=error.code, request=error.request_id)
        raise UnavailableError(_NOT_OPENED) from error
    if not made.url or not _is_checkout_address(made.url):
        log.error("stripe.checkout_without_address")
        raise UnavailableError(_NOT_OPENED)
    return Checkout(session_id=made.id, url=made.url)


def _is_checkout_address(url: str) -> bool:
    parts, base = urlsplit(url), urlsplit(settings.get().stripe_api_base)
    return parts.scheme == "https" or (base.scheme == "http" and parts.netloc == base.netloc)


def _verify(payload: bytes, signature: str) -> Event:
    import stripe  # noqa: PLC0415

    try:
        check = cast("Any", stripe.WebhookSignature).verify_header  # not typed completely
        check(payload.decode(), signature, _secret(settings.get().stripe_webhook_secret), TOLERANCE_SECONDS)
        return parse_event(json.loads(payload))
    except stripe.SignatureVerificationError as error:
        raise InvalidInputError("The signature is not valid.", field="Stripe-Signature") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("This is not an event of Stripe.") from error


def parse_event(content: Any) -> Event:
    """Parse an event into the fields that we use.

    Raises:
        ValueError: the content is not an event.
    """
    event = _mapping(content)
    subject = _mapping(_mapping(event.get("data")).get("object"))
    known = _text(event.get("id")), _text(event.get("type"))
    if not all(known) or not isinstance(event.get("livemode"), bool):
        raise ValueError("no id, type or mode")
    is_session, is_dispute = subject.get("object") == "checkout.session", subject.get("object") == "dispute"
    return Event(
        id=known[0],
        kind=known[1],
        is_live=bool(event["livemode"]),
        session_id=_text(subject.get("id")) if is_session else "",
        # A charge has the metadata of its payment.
        reference=_text(subject.get("client_reference_id")) or _text(_mapping(subject.get("metadata")).get("order")),
        payment_intent_id=_text(subject.get("payment_intent")),
        payment_status=_text(subject.get("payment_status")),
        currency=_text(subject.get("currency")).upper(),
        subtotal_cents=_number(subject.get("amount_subtotal")),
        total_cents=_number(subject.get("amount_total")) or _number(subject.get("amount")),
        refunded_cents=_number(subject.get("amount_refunded")),
        dispute_status=_text(subject.get("status")) if is_dispute else "",
        payer_hash=_payer_hash(subject),
    )


def _payer_hash(subject: dict[str, Any]) -> str:
    card = _text(_mapping(_mapping(subject.get("payment_method_details")).get("card")).get("fingerprint"))
    email = _text(_mapping(subject.get("customer_details")).get("email")).lower()
    payer = f"card {card}" if card else f"email {email}" if email else ""
    key = settings.get().signing_key.encode()
    return hmac.new(key, f"payer {payer}".encode(), hashlib.sha256).hexdigest() if payer else ""


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= 255 and value.isprintable() else ""


def _number(value: Any) -> int:
    return value if type(value) is int and 0 <= value < 2**31 else 0


def _secret(value: Any) -> str:
    return value.get_secret_value() if value else ""


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_calls, work)
