"""Purchases and refunds. Each is one SQL function; this module maps its outcome to a result or an error."""

import hashlib
import json
import uuid
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import (
    AskChopperError,
    ConflictError,
    InsufficientTokensError,
    InvalidInputError,
    KeyReusedError,
    NotFoundError,
    PriceChangedError,
    UnavailableError,
)
from askchopper.models.base import new_id
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.purchases import Receipt
from askchopper.schemas.wallet import Balance
from askchopper.services import limits, wallet
from askchopper.vocabulary import LicenceKind

_MAX_PRICE = 2**31 - 1
_CALLED_OFF = {"40001", "40P01"}  # serialization failure, deadlock
_NOT_ON_SALE = "This is not on sale any more."

# The seller's notification goes with the same statement: a second round trip made purchases a tenth slower. Placeholders are
# filled there, since only the function knows title and slug.
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
_REFUND = "SELECT purchase_refund(%(buyer)s, %(purchase)s, %(transaction)s, %(hours)s::integer) AS outcome"
_REFUND_REFUSALS = {
    "too_late": f"A purchase can be refunded within {policy.REFUND_HOURS} hours.",
    "downloaded": "Sounds of this purchase were downloaded, so it cannot be given back.",
    "upgraded": "This purchase was upgraded to the broadcast licence. Give the upgrade back first.",
}


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

    ``price_tokens`` is the price that the viewer was shown. Repeating a request with the same key returns the same receipt.

    Raises:
        NotFoundError: not for sale.
        ConflictError: already owned, or the viewer's own pack.
        PriceChangedError: the price has changed.
        InsufficientTokensError: the balance is below the price.
        KeyReusedError: the key was used with another request.
        InvalidInputError: not exactly one target, or the key or price is malformed.
        RateLimitedError: too many purchases in a minute.

    Invariant: payment, rights and licence are committed together; bonus tokens are spent first; no balance falls below zero.
    Emits: activity ``purchase.completed`` and a notification to the creator.
    """
    wallet.validate_idempotency_key(key)
    if (pack_slug is None) == (file_id is None):
        raise InvalidInputError("Name one pack or one sound.", field="pack")
    if isinstance(price_tokens, bool) or not 0 <= price_tokens <= _MAX_PRICE:
        raise InvalidInputError("The price must be a number of tokens.", field="price_tokens")
    await limits.hit((limits.PURCHASE, str(viewer.user_id)))
    wanted = (
        None if pack_slug is None else printable_slug(pack_slug),
        None if file_id is None else require_id(file_id, _NOT_ON_SALE),
    )
    row = await _call(
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
    log.info("catalogue.bought", user=str(viewer.user_id), purchase=str(row.purchase_id), outcome=row.outcome)
    return Receipt(
        purchase_id=str(row.purchase_id),
        pack_slug=row.pack_slug,
        pack_title=row.pack_title,
        price_tokens=row.price,
        balance_tokens=row.balance,
        licence_id=str(row.licence_id),
        file_ids=tuple(str(one) for one in row.file_ids),
    )


async def refund(session: AsyncSession, viewer: Viewer, *, purchase_id: str) -> Balance:
    """Refund a purchase within ``policy.REFUND_HOURS``, if nothing of it was downloaded.

    Raises:
        NotFoundError: the viewer has no such purchase.
        ConflictError: too late, downloaded, or upgraded since.

    Invariant: the entries of the purchase are reversed exactly once; its rights and licence end in the same transaction.
    Emits: activity ``purchase.refunded``.
    """
    purchase = require_id(purchase_id, "There is no such purchase.")
    values = {"buyer": viewer.user_id, "purchase": purchase, "transaction": new_id(), "hours": policy.REFUND_HOURS}
    outcome: str = (await _call(session, _REFUND, values)).outcome
    if outcome == "not_found":
        raise NotFoundError("There is no such purchase.")
    if outcome in _REFUND_REFUSALS:
        raise ConflictError(_REFUND_REFUSALS[outcome])
    log.info("catalogue.refunded", user=str(viewer.user_id), purchase=purchase_id, outcome=outcome)
    return await wallet.balance(session, viewer)


def _sale_sentence(price_tokens: int) -> str:
    """Write what the seller is told; the price is the shown one, since no other is ever charged."""
    match price_tokens:
        case 0:
            return "Sold: [item], for free."
        case 1:
            return "Sold: [item] for 1 token."
        case _:
            return f"Sold: [item] for {price_tokens} tokens."


async def _call(session: AsyncSession, statement: str, values: dict[str, Any]) -> Any:
    # Both lock one wallet, the viewer's, before anything else, so no deadlock is possible between them. If the
    # database aborts one all the same, it is rolled back completely.
    try:
        connection = await session.connection()
        return (await connection.exec_driver_sql(statement, values)).one()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _CALLED_OFF:
            raise
        log.warning("catalogue.purchase_called_off", cause=str(error.orig))
        raise UnavailableError("Many people are buying right now. Nothing was charged; try again.") from error


def _refusal(row: Any) -> AskChopperError:
    match row.outcome:
        case "owned":
            return ConflictError("You own this already. It is in your library.")
        case "own_pack":
            return ConflictError("This is your own pack.")
        case "price_changed":
            return PriceChangedError(price_tokens=row.price)
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
