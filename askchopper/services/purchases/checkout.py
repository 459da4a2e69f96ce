"""Purchases and refunds. Each is one SQL function; this module maps its outcome to a result or an error."""

import hashlib
import json
import uuid
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

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
from askchopper.schemas.purchases import Receipt
from askchopper.schemas.wallet import Balance
from askchopper.services import limits, wallet
from askchopper.vocabulary import LicenceKind

_MAX_PRICE = 2**31 - 1
_CALLED_OFF = {"40001", "40P01"}  # serialization failure, deadlock
_NOT_ON_SALE = "This is not on sale any more."

_BUY = """
    SELECT * FROM purchase_buy(%(buyer)s, %(slug)s, %(file)s, %(kind)s, %(price)s::integer, %(key)s, %(request_hash)s,
        %(purchase)s, %(transaction)s, %(licence)s)
"""
_REFUND = "SELECT purchase_refund(%(buyer)s, %(purchase)s, %(transaction)s) AS outcome"
_REFUND_REFUSALS = {
    "too_late": "A purchase can be given back within 24 hours.",
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
    wanted = (_printable(pack_slug), _id_of(file_id))
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
    """Refund a purchase within the refund window, if nothing of it was downloaded.

    Raises:
        NotFoundError: the viewer has no such purchase.
        ConflictError: too late, downloaded, or upgraded since.

    Invariant: the entries of the purchase are reversed exactly once; its rights and licence end in the same transaction.
    Emits: activity ``purchase.refunded``.
    """
    try:
        purchase = uuid.UUID(purchase_id)
    except ValueError as error:
        raise NotFoundError("There is no such purchase.") from error
    values = {"buyer": viewer.user_id, "purchase": purchase, "transaction": new_id()}
    outcome: str = (await _call(session, _REFUND, values)).outcome
    if outcome == "not_found":
        raise NotFoundError("There is no such purchase.")
    if outcome in _REFUND_REFUSALS:
        raise ConflictError(_REFUND_REFUSALS[outcome])
    log.info("catalogue.refunded", user=str(viewer.user_id), purchase=purchase_id, outcome=outcome)
    return await wallet.balance(session, viewer)


async def _call(session: AsyncSession, statement: str, values: dict[str, Any]) -> Any:
    # Both lock one wallet, the viewer's, before anything else, so no deadlock is possible between them. If the
    # database still aborts one, it is rolled back completely.
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


def _printable(slug: str | None) -> str | None:
    return None if slug is None else "".join(c for c in slug if c.isprintable())


def _id_of(file_id: str | None) -> uuid.UUID | None:
    try:
        return None if file_id is None else uuid.UUID(file_id)
    except ValueError as error:
        raise NotFoundError(_NOT_ON_SALE) from error


def _fingerprint(slug: str | None, file_id: uuid.UUID | None, kind: LicenceKind, price_tokens: int) -> bytes:
    request = [slug, str(file_id), kind.value, price_tokens]
    return hashlib.sha256(json.dumps(request).encode()).digest()
