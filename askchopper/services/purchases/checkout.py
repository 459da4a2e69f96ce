"""Purchases. The SQL function ``purchase_buy`` validates and charges; this module maps its outcome to a receipt or an error."""

import hashlib
import json
import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import (
    AskChopperError,
    ConflictError,
    InDebtError,
    InsufficientTokensError,
    InvalidInputError,
    KeyReusedError,
    NotFoundError,
    PriceChangedError,
)
from askchopper.models.base import new_id
from askchopper.moderation_vocabulary import Switch
from askchopper.observability import log
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.purchases import PurchaseOffer, Receipt
from askchopper.services import limits, payments, switches, wallet
from askchopper.services.purchases.ledger_call import call
from askchopper.vocabulary import LicenceKind

_MAX_PRICE = 2**31 - 1
_CONFLICTS = {"owned": "You own this already. It is in your library.", "own_pack": "This is your own pack."}
_NOT_ON_SALE = "This is not on sale any more."

# The same query adds the seller's notification: a second round trip made purchases a tenth slower. SQL fills the placeholders,
# since only the function knows title and slug.
_BUY = """
    WITH bought AS MATERIALIZED (
        SELECT * FROM purchase_buy(%(buyer)s, %(slug)s, %(file)s, %(kind)s, %(price)s::integer, %(key)s,
            %(request_hash)s, %(purchase)s, %(transaction)s, %(licence)s, %(share)s::integer)
    ), notified AS (
        INSERT INTO notifications (id, user_id, kind, sentence, link, created_at)
        SELECT purchase_id, seller_id, 'sale', replace(%(sentence)s, '[item]', item_title),
            replace(%(link)s, '[slug]', pack_slug), purchased_at
        FROM bought WHERE outcome = 'bought'
    )
    SELECT * FROM bought
"""


async def buy(
    session: AsyncSession,
    viewer: Viewer,
    *,
    pack_slug: str | None = None,
    file_id: str | None = None,
    licence_kind: LicenceKind = LicenceKind.STANDARD,
    price_tokens: int,
    key: str,
) -> Receipt:
    """Buy a pack, or a single sound under the standard licence.

    ``price_tokens`` is the price shown to the viewer. Repeating a request with the same key buys nothing new and returns its receipt.

    Raises:
        NotFoundError: not for sale.
        ConflictError: already owned, or the viewer's own pack.
        PriceChangedError: the price has changed.
        InsufficientTokensError: the balance is below the price, or tokens are owed.
        KeyReusedError: the key was used with another request.
        InvalidInputError: not exactly one target, or the key or price is malformed.
        SwitchedOffError: purchases are switched off.
        RateLimitedError: too many purchases in a short time.
        TransactionAbortedError: the database aborted the transaction; nothing was charged.

    Invariant: payment, rights and licence are committed together; bonus tokens are spent first; no balance falls below zero.
    Emits: activity ``purchase.completed`` and a notification to the creator.
    """
    wallet.validate_idempotency_key(key)
    _check_item(pack_slug, file_id, price_tokens)
    await switches.require(Switch.PURCHASES)
    await limits.hit((limits.PURCHASE, str(viewer.user_id)))
    return await buy_uncounted(
        session,
        viewer,
        pack_slug=pack_slug,
        file_id=file_id,
        licence_kind=licence_kind,
        price_tokens=price_tokens,
        key=key,
    )


async def buy_uncounted(
    session: AsyncSession,
    viewer: Viewer,
    *,
    pack_slug: str | None = None,
    file_id: str | None = None,
    licence_kind: LicenceKind = LicenceKind.STANDARD,
    price_tokens: int,
    key: str,
) -> Receipt:
    """Buy like ``buy``, but without its checks of key, target and price, purchase switch and rate limit, which the caller has made."""
    wanted = (
        None if pack_slug is None else printable_slug(pack_slug),
        None if file_id is None else require_id(file_id, _NOT_ON_SALE),
    )
    row = await call(
        session,
        _BUY,
        {
            "buyer": viewer.user_id,
            "slug": wanted[0],
            "file": wanted[1],
            "kind": licence_kind.value,
            "price": price_tokens,
            "key": key,
            "request_hash": _fingerprint(*wanted, licence_kind, price_tokens),
            "purchase": new_id(),
            "transaction": new_id(),
            "licence": uuid.uuid4(),
            "share": policy.SELLER_SHARE_PERCENT,
            "sentence": _sale_sentence(price_tokens),
            "link": routes.PACK,
        },
    )
    if row.outcome not in {"bought", "replayed"}:
        raise _refusal(row)
    log.info("purchases.completed", user=str(viewer.user_id), purchase=str(row.purchase_id), outcome=row.outcome)
    return Receipt(
        purchase_id=str(row.purchase_id),
        pack_slug=row.pack_slug,
        pack_title=row.pack_title,
        price_tokens=row.price,
        balance_tokens=row.balance,
        licence_id=str(row.licence_id),
        file_ids=tuple(str(one) for one in row.file_ids),
    )


async def top_up_and_buy(
    session: AsyncSession, viewer: Viewer, offer: PurchaseOffer, *, top_up_tokens: int, key: str
) -> Receipt:
    """Buy an offer, after crediting ``top_up_tokens`` if it is not 0.

    Both happen in the transaction of ``session``: if the purchase is refused, no tokens are added. Raises as
    ``wallet.top_up_test`` and ``buy``. Repeating a request with the same key adds and buys nothing new.
    """
    if top_up_tokens:
        await wallet.top_up_test(session, viewer, tokens=top_up_tokens, key=f"{key}.top-up")
    is_pack = offer.ref.startswith("pack:")
    return await buy(
        session,
        viewer,
        pack_slug=offer.pack_slug if is_pack else None,
        file_id=None if is_pack else offer.ref,
        licence_kind=offer.licence_kind,
        price_tokens=offer.price_tokens,
        key=key,
    )


async def buy_ordered(session: AsyncSession, viewer: Viewer, *, order_id: uuid.UUID) -> Receipt | None:
    """Buy the item of a paid token order, at the price shown with the order; None if ``payments.mark_complete`` finds nothing to buy.

    Raises as ``buy``; the member keeps the ordered tokens, and can buy the item with them later.
    """
    wanted = await payments.mark_complete(session, viewer, order_id=order_id)
    if wanted is None:
        return None
    is_pack = wanted.item_ref.startswith("pack:")
    return await buy(
        session,
        viewer,
        pack_slug=wanted.item_ref.removeprefix("pack:") if is_pack else None,
        file_id=None if is_pack else wanted.item_ref,
        licence_kind=LicenceKind(wanted.licence_kind),
        price_tokens=wanted.price_tokens,
        key=f"order.{order_id}",
    )


def _check_item(pack_slug: str | None, file_id: str | None, price_tokens: int) -> None:
    if (pack_slug is None) == (file_id is None):
        raise InvalidInputError("Specify one pack or one sound.", field="pack")
    if isinstance(price_tokens, bool) or not 0 <= price_tokens <= _MAX_PRICE:
        raise InvalidInputError("The price must be a number of tokens.", field="price_tokens")


def _sale_sentence(price_tokens: int) -> str:
    """Return the text of the seller's notification. It states the price shown to the buyer, which is always the price charged."""
    return f"Sold: [item] for {counted(price_tokens, 'token')}." if price_tokens else "Sold: [item], for free."


def _refusal(row: Any) -> AskChopperError:
    match row.outcome:
        case "owned" | "own_pack":
            return ConflictError(_CONFLICTS[row.outcome])
        case "price_changed":
            return PriceChangedError(price_tokens=row.price)
        case "in_debt":
            return InDebtError(missing_tokens=row.missing_tokens)
        case "insufficient":
            return InsufficientTokensError(missing_tokens=row.missing_tokens)
        case "key_reused":
            sentence = "This key was used for another purchase."
            return KeyReusedError(sentence, field="Idempotency-Key")
        case _:
            return NotFoundError(_NOT_ON_SALE)


def _fingerprint(slug: str | None, file_id: uuid.UUID | None, kind: LicenceKind, price_tokens: int) -> bytes:
    request = [slug, str(file_id), kind.value, price_tokens]
    return hashlib.sha256(json.dumps(request).encode()).digest()
