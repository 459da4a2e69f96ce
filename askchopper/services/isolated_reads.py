"""Optional reads of a page: each has its own session and a time limit, so that a failure does not affect the rest."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.errors import AskChopperError
from askchopper.observability import log

STATEMENT_MILLISECONDS = 2_000
T = TypeVar("T")


async def read_or_none(name: str, read: Callable[[AsyncSession], Awaitable[T]]) -> T | None:
    """Return the result of ``read``; None if it fails or exceeds the time limit, which is logged under ``name``."""
    try:
        async with read_only() as session:
            await session.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}"))
            return await read(session)
    except (AskChopperError, DBAPIError):
        log.exception("metrics.figure_failed", figure=name)
        return None
