"""Buys all items of a collection that the viewer does not own, in one transaction at the price shown before."""

import hashlib
import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import ConflictError, InsufficientTokensError, KeyReusedError, PriceChangedError
from askchopper.models.purchases import purchase_rows
from askchopper.moderation_vocabulary import Switch
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.collections import CollectionReceipt, MissingItem
from askchopper.services import limits, switches, wallet
from askchopper.services.community.collections import find
from askchopper.services.purchases import checkout

# One row per pack in the collection: whether the whole pack is an entry, the price of the sounds in it that the viewer does not own, and the entries that
# are sounds they do not own. The viewer's own packs and those not on sale are left out.
_MISSING = text("""
    SELECT p.slug, bool_or(NOT i.is_sound) AS is_whole, q.price, cardinality(q.file_ids) AS missing_files,
        array_agg(f.id ORDER BY i.position) FILTER (WHERE f.id = ANY (q.file_ids)) AS file_ids,
        array_agg(f.price_tokens ORDER BY i.position) FILTER (WHERE f.id = ANY (q.file_ids)) AS file_prices
    FROM collection_items i JOIN packs p ON p.id = i.pack_id JOIN creators c ON c.id = p.creator_id
    CROSS JOIN LATERAL purchase_quote(CAST(:viewer AS uuid), p.id, NULL, 'standard') q
    LEFT JOIN audio_files f ON f.id = i.file_id AND i.is_sound
    WHERE i.collection_id = :collection AND p.status = 'published' AND c.user_id IS DISTINCT FROM CAST(:viewer AS uuid)
    GROUP BY p.id, p.slug, q.price, q.file_ids ORDER BY min(i.position)
""")
# Serialises a member's purchases of collections: a second request waits, and then sees what the first one bought.
_WAIT = text("SELECT pg_advisory_xact_lock(hashtextextended('collection-purchase:' || CAST(:user AS text), 0))")


async def list_missing(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> tuple[MissingItem, ...]:
    """List the items that the viewer must buy to own the whole collection.

    Single sounds that together cost at least as much as the rest of their pack are replaced by the pack.

    Raises:
        NotFoundError: there is no such collection, or it is private.
    """
    known = await find(session, viewer, slug=slug)
    return await _missing(session, viewer, known.id)


async def buy(session: AsyncSession, viewer: Viewer, *, slug: str, price_tokens: int, key: str) -> CollectionReceipt:
    """Buy all missing items of a collection, or none.

    ``price_tokens`` is the sum that the viewer was shown. Repeating a request with the same key buys nothing new.

    Raises:
        InvalidInputError: the key is malformed.
        SwitchedOffError: purchases are switched off.
        NotFoundError: there is no such collection, or it is private.
        ConflictError: nothing is missing.
        PriceChangedError: the sum has changed.
        InsufficientTokensError: the balance is below the sum, or tokens are owed.
        KeyReusedError: the key was used with another price.
        RateLimitedError: too many purchases in a minute.
    """
    wallet.validate_idempotency_key(key)
    await switches.require(Switch.PURCHASES)
    await limits.hit((limits.PURCHASE, str(viewer.user_id)))
    known = await find(session, viewer, slug=slug)
    await session.execute(_WAIT, {"user": viewer.user_id})
    balance = (await wallet.balance(session, viewer)).total_tokens
    prefix = f"collection.{hashlib.sha256(f'{known.id}|{key}'.encode()).hexdigest()[:40]}."
    if (earlier := await _earlier(session, viewer, prefix, balance)) is not None:
        if earlier.price_tokens != price_tokens:
            raise KeyReusedError("This key was used for another purchase.", field="Idempotency-Key")
        return earlier
    items = await _missing(session, viewer, known.id)
    total = sum(item.price_tokens for item in items)
    if not items:
        raise ConflictError("You own everything in this collection that is on sale.")
    if total != price_tokens:
        raise PriceChangedError(price_tokens=total)
    if total > balance:
        raise InsufficientTokensError(missing_tokens=total - balance)
    receipts = [
        await checkout.buy_uncounted(
            session, viewer, pack_slug=item.pack_slug, file_id=item.file_id, price_tokens=item.price_tokens,
            key=f"{prefix}{number}",
        )
        for number, item in enumerate(items)
    ]  # fmt: skip
    return CollectionReceipt(tuple(one.purchase_id for one in receipts), total, receipts[-1].balance_tokens)


async def _missing(session: AsyncSession, viewer: Viewer | None, collection_id: uuid.UUID) -> tuple[MissingItem, ...]:
    values = {"viewer": viewer.user_id if viewer else None, "collection": collection_id}
    found: dict[str, list[MissingItem]] = defaultdict(list)
    for row in await session.execute(_MISSING, values):
        found[row.slug] = _items(row)
    return tuple(item for items in found.values() for item in items)


def _items(row: Any) -> list[MissingItem]:
    if not row.missing_files:
        return []
    pack = MissingItem(pack_slug=row.slug, file_id=None, price_tokens=row.price)
    if row.is_whole:
        return [pack]
    sounds = [
        MissingItem(pack_slug=None, file_id=str(file_id), price_tokens=price)
        for file_id, price in zip(row.file_ids or (), row.file_prices or (), strict=True)
    ]
    is_dearer = len(sounds) > 1 and sum(sound.price_tokens for sound in sounds) >= row.price
    return [pack] if is_dearer else sounds


async def _earlier(session: AsyncSession, viewer: Viewer, prefix: str, balance_tokens: int) -> CollectionReceipt | None:
    """Return the receipt of an earlier request with the same idempotency key; None if there was none."""
    rows = (
        await session.execute(
            select(purchase_rows.c.id, purchase_rows.c.price_tokens)
            .where(
                purchase_rows.c.buyer_id == viewer.user_id,
                func.starts_with(purchase_rows.c.idempotency_key, prefix),
            )
            .order_by(purchase_rows.c.id)
        )
    ).all()
    if not rows:
        return None
    return CollectionReceipt(tuple(str(row.id) for row in rows), sum(row.price_tokens for row in rows), balance_tokens)
