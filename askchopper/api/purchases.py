"""Buying and giving back over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, StrictInt

from askchopper.api import shapes
from askchopper.api.dependencies import IdempotencyKey, SignedIn
from askchopper.database import transaction
from askchopper.services.catalogue import library, purchases
from askchopper.vocabulary import LicenceKind

router = APIRouter(tags=["purchases"])


class PurchaseRequest(BaseModel):
    """Exactly one of ``pack`` and ``file``, and the price that was shown."""

    pack: Annotated[str | None, Field(max_length=100)] = None
    file: Annotated[str | None, Field(max_length=60)] = None
    price_tokens: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]
    licence: LicenceKind = LicenceKind.STANDARD


@router.post("/purchases", status_code=201)
async def buy(viewer: SignedIn, key: IdempotencyKey, wanted: PurchaseRequest) -> shapes.Purchase:
    """Buy a pack or a sound. The same key and request may be sent again; it buys once."""
    async with transaction() as session:
        receipt = await purchases.buy(
            session,
            viewer,
            pack_slug=wanted.pack,
            file_id=wanted.file,
            licence_kind=wanted.licence,
            price_tokens=wanted.price_tokens,
            key=key,
        )
        owned = await library.list_purchased(session, viewer, purchase_id=receipt.purchase_id)
    return shapes.Purchase.of(receipt, owned)


@router.post("/purchases/{purchase_id}/refund")
async def refund(viewer: SignedIn, purchase_id: str) -> shapes.Balance:
    """Refund a purchase within the refund window, if nothing of it was downloaded."""
    async with transaction() as session:
        return shapes.Balance.of(await purchases.refund(session, viewer, purchase_id=purchase_id))
