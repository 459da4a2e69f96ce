"""Refunds. The rule is the SQL function ``refund_refusal`` with ``policy.REFUND_HOURS``; ``purchase_refund`` applies it."""

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, NotFoundError
from askchopper.models.base import new_id
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.wallet import Balance
from askchopper.services import wallet
from askchopper.services.purchases.ledger_call import call

# The seller's notification of the sale has the id of the purchase; this changes it into a notification of the refund.
_REFUND = """
    WITH refunded AS (
        SELECT purchase_refund(%(buyer)s, %(purchase)s, %(transaction)s, %(hours)s::integer) AS outcome
    ), notified AS (
        UPDATE notifications SET kind = 'refund', sentence = regexp_replace(sentence, '^Sold:', 'Refunded:'), read_at = NULL
        FROM refunded WHERE id = %(purchase)s AND outcome = 'refunded'
    )
    SELECT outcome FROM refunded
"""

_REFUND_REFUSALS = {
    "too_late": f"A purchase can be refunded within {policy.REFUND_HOURS} hours.",
    "downloaded": "You downloaded sounds from this purchase, so it cannot be refunded.",
    "upgraded": "This purchase was upgraded to the broadcast licence. Refund the upgrade first.",
}


async def refund(session: AsyncSession, viewer: Viewer, *, purchase_id: str) -> Balance:
    """Refund a purchase within ``policy.REFUND_HOURS``, if nothing in it was downloaded; returns the new balance.

    Raises:
        NotFoundError: the viewer has no such purchase.
        ConflictError: too late, downloaded, or upgraded since.
        TransactionAbortedError: the database aborted the transaction; nothing was refunded.

    Invariant: the entries of the purchase are reversed exactly once; its rights and licence end in the same transaction.
    Emits: activity ``purchase.refunded``, and changes the seller's notification.
    """
    purchase = require_id(purchase_id, "There is no such purchase.")
    values = {"buyer": viewer.user_id, "purchase": purchase, "transaction": new_id(), "hours": policy.REFUND_HOURS}
    outcome: str = (await call(session, _REFUND, values)).outcome
    if outcome == "not_found":
        raise NotFoundError("There is no such purchase.")
    if outcome in _REFUND_REFUSALS:
        raise ConflictError(_REFUND_REFUSALS[outcome])
    log.info("purchases.refunded", user=str(viewer.user_id), purchase=purchase_id, outcome=outcome)
    return await wallet.balance(session, viewer)
