"""The Stripe webhook. Events are verified on their raw bytes; the middleware limits size and duration."""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from askchopper import routes, settings
from askchopper.database import retrying
from askchopper.errors import NotFoundError
from askchopper.integrations import stripe
from askchopper.services import payments

router = APIRouter(tags=["payments"], include_in_schema=False)


@router.post(routes.STRIPE_EVENTS)
async def take_event(request: Request) -> Response:
    """Apply a signed Stripe event. Events without use here are accepted too, because Stripe redelivers after any status other than 2xx."""
    if not settings.get().takes_payments:
        raise NotFoundError("There is nothing here.")
    event = await stripe.verify_event(await request.body(), request.headers.get("stripe-signature", ""))
    outcome = await retrying(lambda session: payments.apply_event(session, event))
    return JSONResponse({"outcome": outcome})
