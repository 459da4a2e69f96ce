"""The viewer's account and wallet."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, StrictInt
from starlette.responses import Response

from askchopper import policy, security
from askchopper.api import responses
from askchopper.api.dependencies import SignedIn
from askchopper.database import read_only, retrying
from askchopper.services import earnings, wallet

router = APIRouter(tags=["wallet"])


class TopUpRequest(BaseModel):
    tokens: Annotated[StrictInt, Field(ge=1, le=policy.MAX_TOP_UP_TOKENS)]


@router.get("/me")
async def me(viewer: SignedIn) -> responses.Me:
    """Return the signed-in user."""
    return responses.Me.of(viewer)


@router.get("/me/wallet")
async def get_wallet(
    viewer: SignedIn,
    kind: wallet.StatementKind = "all",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> responses.Wallet:
    """Return balance and transactions, newest first."""
    async with read_only() as session:
        balance = await wallet.balance(session, viewer)
        page = await wallet.statement(session, viewer, cursor=cursor, limit=limit, kind=kind)
    return responses.Wallet.of(balance, page)


@router.get("/me/wallet/statement.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def statement_csv(viewer: SignedIn) -> Response:
    """Return all transactions as CSV."""
    async with read_only() as session:
        return _csv_file(await wallet.statement_csv(session, viewer), name="statement")


@router.get("/me/earnings/statement.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def earnings_csv(viewer: SignedIn) -> Response:
    """Return all sales and refunds of the viewer's packs as CSV."""
    async with read_only() as session:
        return _csv_file(await earnings.statement_csv(session, viewer), name="earnings")


@router.get("/me/earnings/monthly.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def monthly_earnings_csv(
    viewer: SignedIn, month: Annotated[str, Query(max_length=7, examples=["2026-11"])]
) -> Response:
    """Return the sales, refunds and payouts of a month as CSV."""
    async with read_only() as session:
        return _csv_file(await earnings.monthly_csv(session, viewer, month=month), name=f"earnings-{month}")


@router.post("/tokens/test-checkout")
async def test_checkout(request: Request, viewer: SignedIn, wanted: TopUpRequest) -> responses.Balance:
    """Credit tokens without payment; outside production only. Repeatable with the same Idempotency-Key."""
    key = request.headers.get("idempotency-key") or security.new_token()
    balance = await retrying(lambda session: wallet.top_up_test(session, viewer, tokens=wanted.tokens, key=key))
    return responses.Balance.of(balance)


def _csv_file(content: str, *, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="ask-chopper-{name}.csv"', "Cache-Control": "no-store"}
    # With the byte order mark, spreadsheet programs read UTF-8 instead of the code page of the computer.
    return Response(content.encode("utf-8-sig"), media_type="text/csv", headers=headers)
