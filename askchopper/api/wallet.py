"""The viewer's account and wallet over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StrictInt
from starlette.responses import Response

from askchopper import policy, security
from askchopper.api import shapes
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, transaction
from askchopper.services import wallet

router = APIRouter(tags=["wallet"])


class TopUpRequest(BaseModel):
    """How many tokens to credit."""

    tokens: Annotated[StrictInt, Field(ge=1, le=policy.MAX_TOP_UP_TOKENS)]


@router.get("/me")
async def me(viewer: SignedIn) -> shapes.Me:
    """Return who is signed in."""
    return shapes.Me.of(viewer)


@router.get("/me/wallet")
async def get_wallet(
    viewer: SignedIn,
    kind: wallet.StatementKind = "all",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> shapes.Wallet:
    """Return balance and movements, newest first."""
    async with read_only() as session:
        balance = await wallet.balance(session, viewer)
        page = await wallet.statement(session, viewer, cursor=cursor, limit=limit, kind=kind)
    return shapes.Wallet.of(balance, page)


@router.get("/me/wallet/statement.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def statement_csv(viewer: SignedIn) -> Response:
    """Return all movements as CSV."""
    async with read_only() as session:
        content = await wallet.statement_csv(session, viewer)
    headers = {"Content-Disposition": 'attachment; filename="ask-chopper-statement.csv"', "Cache-Control": "no-store"}
    return Response(content, media_type="text/csv", headers=headers)


@router.post("/tokens/test-checkout")
async def test_checkout(request: Request, viewer: SignedIn, wanted: TopUpRequest) -> shapes.Balance:
    """Credit tokens without money; only outside production. An Idempotency-Key makes it safe to repeat."""
    key = request.headers.get("idempotency-key") or security.new_token()
    async with transaction() as session:
        return shapes.Balance.of(await wallet.top_up_test(session, viewer, tokens=wanted.tokens, key=key))
