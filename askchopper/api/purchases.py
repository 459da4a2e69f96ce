"""Purchases and refunds over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictInt
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.api import responses
from askchopper.api.dependencies import IdempotencyKey, SignedIn
from askchopper.database import retrying
from askchopper.services.purchases import checkout, library, refunds
from askchopper.vocabulary import LicenceKind

router = APIRouter(tags=["purchases"])


class PurchaseRequest(BaseModel):
    """The item, exactly one of ``pack`` and ``file``, and the price shown to the viewer."""

    pack: Annotated[str | None, Field(max_length=100)] = None
    file: Annotated[str | None, Field(max_length=60)] = None
    price_tokens: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
    licence: LicenceKind = LicenceKind.STANDARD


@router.post("/purchases", status_code=201)
async def buy(viewer: SignedIn, key: IdempotencyKey, wanted: PurchaseRequest) -> responses.Purchase:
    """Buy a pack or a sound. Idempotent by Idempotency-Key."""

    async def purchase(session: AsyncSession) -> responses.Purchase:
        receipt = await checkout.buy(
            session,
            viewer,
            pack_slug=wanted.pack,
            file_id=wanted.file,
            licence_kind=wanted.licence,
            price_tokens=wanted.price_tokens,
            key=key,
        )
        owned = await library.list_purchased(session, viewer, purchase_id=receipt.purchase_id)
        return responses.Purchase.of(receipt, owned)

    return await retrying(purchase)


@router.post("/purchases/{purchase_id}/refund")
async def refund(viewer: SignedIn, purchase_id: str) -> responses.Balance:
    """Refund a purchase within the refund window, if none of it was downloaded."""
    balance = await retrying(lambda session: refunds.refund(session, viewer, purchase_id=purchase_id))
    return responses.Balance.of(balance)
