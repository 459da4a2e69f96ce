"""Calls the SQL functions that move tokens, and maps an aborted transaction to a retryable error."""

from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import TransactionAbortedError
from askchopper.observability import log

_ABORTED = {"40001", "40P01"}  # serialization failure, deadlock


async def call(session: AsyncSession, statement: str, values: dict[str, Any]) -> Any:
    """Execute a SQL query that calls one ledger function, and return its row.

    Raises:
        TransactionAbortedError: the database aborted the transaction; nothing was charged.
    """
    # Purchases and refunds first lock one wallet, the viewer's, so no deadlock is possible between them. If the database
    # still aborts one, it is rolled back completely, and ``database.retrying`` runs it again.
    try:
        connection = await session.connection()
        return (await connection.exec_driver_sql(statement, values)).one()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _ABORTED:
            raise
        log.warning("purchases.purchase_aborted", cause=str(error.orig))
        raise TransactionAbortedError("Many people are buying right now. Nothing was charged; try again.") from error
