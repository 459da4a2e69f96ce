"""Payouts of creators' earnings: requested by the creator, paid or refused by an operator. Every step is booked in the ledger.

Earnings from bonus tokens are never paid out, and a sale counts once it is no longer refundable.
"""

import uuid
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, settings
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.observability import log
from askchopper.plurals import counted
from askchopper.routes import EARNINGS
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.text import csv_text
from askchopper.schemas.wallet import PayoutSummary
from askchopper.services import activity, audit, earnings, limits
from askchopper.token_prices import payout_cents
from askchopper.vocabulary import PayoutStatus

_UNKNOWN = "There is no such payout."
_REQUEST = text("""
    SELECT payout_request(:id, :transaction, :user, CAST(:tokens AS integer), CAST(:cents AS integer), :currency,
        :destination, CAST(:minimum AS integer), CAST(:hours AS integer))
""")
_SETTLE = text("SELECT payout_settle(:id, :transaction, :is_paid, :reason)")
_LIST = text("""
    SELECT p.*, u.display_name, u.email FROM payouts p JOIN users u ON u.id = p.user_id
    WHERE (CAST(:user AS uuid) IS NULL OR p.user_id = :user) AND (CAST(:status AS text) IS NULL OR p.status = :status)
    ORDER BY p.requested_at DESC LIMIT :limit
""")
_REFUSALS = {
    "waiting": "You already have a payout waiting.",
    "too_small": f"A payout needs at least {policy.MIN_PAYOUT_TOKENS:,} tokens.",
    "unavailable": "Your available earnings have changed. Reload the page.",
}


async def request(session: AsyncSession, viewer: Viewer, *, destination: str) -> PayoutSummary:
    """Request a payout of all available earnings of the viewer, and return it.

    Args:
        session: the caller's transaction.
        viewer: the creator.
        destination: account to pay to, for the operator: an IBAN, or another account's address.

    Raises:
        InvalidInputError: the destination is too short, too long or not printable.
        ConflictError: too little is available, or a request is open.
        RateLimitedError: too many requests.

    Invariant: no token is requested twice, and none from a refundable sale or from bonus tokens.
    """
    where = " ".join(destination.split())
    if not 5 <= len(where) <= policy.MAX_PAYOUT_DESTINATION_CHARACTERS or not where.isprintable():
        raise InvalidInputError(
            "Enter where to send the money: an IBAN, or the email of a payment account.", field="destination"
        )
    await limits.hit((limits.PAYOUT, str(viewer.user_id)))
    tokens = (await earnings.totals(session, viewer)).available_tokens
    values = {
        "id": new_id(),
        "transaction": new_id(),
        "user": viewer.user_id,
        "tokens": tokens,
        "cents": payout_cents(max(tokens, 0)),
        "currency": settings.get().currency,
        "destination": where,
        "minimum": policy.MIN_PAYOUT_TOKENS,
        "hours": policy.REFUND_HOURS,
    }
    outcome = (await session.execute(_REQUEST, values)).scalar_one()
    if outcome != "requested":
        raise ConflictError(_REFUSALS[outcome])
    log.info("payouts.requested", user=str(viewer.user_id), payout=str(values["id"]), tokens=tokens)
    return (await list_own(session, viewer))[0]


async def list_own(session: AsyncSession, viewer: Viewer, *, limit: int = 20) -> tuple[PayoutSummary, ...]:
    """List the viewer's latest payouts, at most ``limit``, newest first."""
    return await _list(session, user=viewer.user_id, status=None, limit=limit)


async def list_all(session: AsyncSession, *, status: PayoutStatus | None = None) -> tuple[PayoutSummary, ...]:
    """List payouts of all creators for an operator, newest first, at most 100,000. The caller authorises."""
    return await _list(session, user=None, status=status, limit=100_000)


async def list_csv(session: AsyncSession, *, status: PayoutStatus | None = None) -> str:
    """Return the payouts of ``list_all`` as CSV. Cells that a spreadsheet would evaluate are escaped."""
    heads = ["Id", "Requested (UTC)", "Creator", "Email", "Tokens", "Amount", "Currency", "Pay to", "Status", "Reason"]
    cells = (
        [
            one.id, f"{one.requested_at:%Y-%m-%d %H:%M:%S}", one.creator, one.email, one.tokens, f"{one.cents / 100:.2f}", one.currency,
            one.destination, one.status.value, one.reason,
        ]
        for one in await list_all(session, status=status)
    )  # fmt: skip
    return csv_text([heads, *cells])


async def settle(session: AsyncSession, *, payout_id: str, is_paid: bool, reason: str = "") -> None:
    """Mark a payout as paid, or refuse it with a reason, which makes its tokens available again.

    Idempotent; the caller authorises.

    Raises:
        NotFoundError: there is no such payout.
        InvalidInputError: a refusal has no reason.
        ConflictError: it was decided the other way.

    Emits: a notification to the creator.
    """
    known = require_id(payout_id, _UNKNOWN)
    why = " ".join(reason.split())[:300]
    if not is_paid and not why:
        raise InvalidInputError("A refusal needs a reason, which the creator reads.", field="reason")
    values = {"id": known, "transaction": new_id(), "is_paid": is_paid, "reason": why}
    outcome = (await session.execute(_SETTLE, values)).scalar_one()
    if outcome == "not_found":
        raise NotFoundError(_UNKNOWN)
    if outcome == "decided":
        raise ConflictError("This payout was decided already.")
    if outcome == "settled":
        await _notify(session, known, is_paid=is_paid, reason=why)
        action = "payout.paid" if is_paid else "payout.refused"
        await audit.record(session, None, action=action, target="payout", target_id=str(known), reason=why)
    log.info("payouts.settled", payout=str(known), is_paid=is_paid, outcome=outcome)


async def _notify(session: AsyncSession, payout: uuid.UUID, *, is_paid: bool, reason: str) -> None:
    statement = text("SELECT user_id, tokens FROM payouts WHERE id = :id")
    row = (await session.execute(statement, {"id": payout})).one()
    verdict = "was paid." if is_paid else f"was refused: {reason}"
    sentence = f"Your payout of {counted(row.tokens, 'token')} {verdict}"[:300]
    await activity.notify(session, user_id=row.user_id, kind="payout", sentence=sentence, link=EARNINGS)


async def _list(session: AsyncSession, **values: Any) -> tuple[PayoutSummary, ...]:
    rows = await session.execute(_LIST, values)
    return tuple(
        PayoutSummary(
            id=str(row.id),
            creator=row.display_name,
            email=row.email,
            tokens=row.tokens,
            cents=row.cents,
            currency=row.currency,
            destination=row.destination,
            status=PayoutStatus(row.status),
            reason=row.reason,
            requested_at=row.requested_at,
            settled_at=row.settled_at,
        )
        for row in rows
    )
