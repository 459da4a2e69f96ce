"""Buying and giving back. The work is one SQL function each; this module asks for it and says the outcome."""

import asyncio
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import TextClause, text
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

MAX_TRIES = 3
_MAX_PRICE = 2**31 - 1
_RETRYABLE = {"40001", "40P01"}
_NOT_ON_SALE = "This is not on sale any more."

_BUY = text("""
    SELECT * FROM purchase_buy(:buyer, :pack, :file, :kind, CAST(:price AS integer), :key, :request_hash,
        :purchase, :transaction, :licence)
""")
_REFUND = text("SELECT purchase_refund(:buyer, :purchase, :transaction)")
_GOODS_OF_PACK = text("SELECT id AS pack_id, CAST(NULL AS uuid) AS file_id FROM packs WHERE slug = :slug")
_GOODS_OF_FILE = text("SELECT pack_id, id AS file_id FROM audio_files WHERE id = :file")
_RECEIPT = text("""
    SELECT p.id, p.price_tokens, packs.slug, packs.title, l.id AS licence_id,
        w.spendable_tokens + w.bonus_tokens AS balance,
        ARRAY(SELECT e.file_id FROM entitlements e JOIN audio_files f ON f.id = e.file_id
              WHERE e.purchase_id = p.id ORDER BY f.position) AS file_ids
    FROM purchases p
    JOIN packs ON packs.id = p.pack_id
    JOIN licences l ON l.purchase_id = p.id
    JOIN wallets w ON w.user_id = p.buyer_id
    WHERE p.id = :purchase
""")
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

    ``price_tokens`` is the price that the viewer was shown. The same key and request buys once and answers the same again.

    Raises:
        NotFoundError: not on sale.
        ConflictError: owned already, or the viewer's own pack.
        PriceChangedError: the price is another one by now.
        InsufficientTokensError: the wallet holds less than the price.
        KeyReusedError: the key came before with another request.
        InvalidInputError: not exactly one thing was named, or the key or price is malformed.
        RateLimitedError: too many purchases in a minute.

    Invariant: money, rights and licence appear together or not at all; bonus tokens go first; no balance falls below zero.
    Emits: activity ``purchase.completed`` and a notification to the creator.
    """
    wallet.checked_key(key)
    if (pack_slug is None) == (file_id is None):
        raise InvalidInputError("Name one pack or one sound.", field="pack")
    if isinstance(price_tokens, bool) or not 0 <= price_tokens <= _MAX_PRICE:
        raise InvalidInputError("The price must be a number of tokens.", field="price_tokens")
    await limits.take((limits.PURCHASE, str(viewer.user_id)))
    goods = await _find_goods(session, pack_slug, file_id)
    purchase_id = new_id()
    row = await _try_hard(
        session,
        _BUY,
        {
            "buyer": viewer.user_id,
            "pack": goods.pack_id,
            "file": goods.file_id,
            "kind": licence_kind.value,
            "price": price_tokens,
            "key": key,
            "request_hash": _fingerprint(goods, licence_kind, price_tokens),
            "purchase": purchase_id,
            "transaction": new_id(),
            "licence": uuid.uuid4(),
        },
    )
    if row.outcome not in {"bought", "replayed"}:
        raise _refusal(row)
    log.info(
        "catalogue.bought",
        user=str(viewer.user_id),
        purchase=str(row.purchase_id),
        outcome=row.outcome,
    )
    return await _receipt(session, row.purchase_id)


async def refund(session: AsyncSession, viewer: Viewer, *, purchase_id: str) -> Balance:
    """Give a purchase back: within 24 hours, if nothing of it was downloaded.

    Raises:
        NotFoundError: the viewer has no such purchase.
        ConflictError: too late, downloaded, or upgraded since.

    Invariant: the entries of the purchase are mirrored exactly, once; its rights and licence end in the same transaction.
    Emits: activity ``purchase.refunded``.
    """
    try:
        purchase = uuid.UUID(purchase_id)
    except ValueError as error:
        raise NotFoundError("There is no such purchase.") from error
    values = {"buyer": viewer.user_id, "purchase": purchase, "transaction": new_id()}
    outcome: str = (await _try_hard(session, _REFUND, values))[0]
    if outcome == "not_found":
        raise NotFoundError("There is no such purchase.")
    if outcome in _REFUND_REFUSALS:
        raise ConflictError(_REFUND_REFUSALS[outcome])
    log.info("catalogue.refunded", user=str(viewer.user_id), purchase=purchase_id, outcome=outcome)
    return await wallet.balance(session, viewer)


async def _find_goods(session: AsyncSession, pack_slug: str | None, file_id: str | None) -> Any:
    if pack_slug is not None:
        printable = "".join(c for c in pack_slug if c.isprintable())
        found = await session.execute(_GOODS_OF_PACK, {"slug": printable})
    else:
        try:
            found = await session.execute(_GOODS_OF_FILE, {"file": uuid.UUID(file_id)})
        except ValueError as error:
            raise NotFoundError(_NOT_ON_SALE) from error
    goods = found.one_or_none()
    if goods is None:
        raise NotFoundError(_NOT_ON_SALE)
    return goods


async def _try_hard(session: AsyncSession, statement: TextClause, values: Mapping[str, Any]) -> Any:
    for attempt in range(MAX_TRIES):
        try:
            # The savepoint gives the locks back, so that the other side of a deadlock can go on.
            async with session.begin_nested():
                return (await session.execute(statement, values)).one()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                raise
            log.warning("catalogue.purchase_retried", attempt=attempt + 1)
        await asyncio.sleep((attempt + 1) * (20 + secrets.randbelow(40)) / 1000)
    raise UnavailableError("Many people are buying right now. Nothing was charged; try again.")


async def _receipt(session: AsyncSession, purchase_id: uuid.UUID) -> Receipt:
    row = (await session.execute(_RECEIPT, {"purchase": purchase_id})).one()
    return Receipt(
        purchase_id=str(row.id),
        pack_slug=row.slug,
        pack_title=row.title,
        price_tokens=row.price_tokens,
        balance_tokens=row.balance,
        licence_id=str(row.licence_id),
        file_ids=tuple(str(file_id) for file_id in row.file_ids),
    )


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


def _fingerprint(goods: Any, kind: LicenceKind, price_tokens: int) -> bytes:
    request = [str(goods.pack_id), str(goods.file_id), kind.value, price_tokens]
    return hashlib.sha256(json.dumps(request).encode()).digest()
