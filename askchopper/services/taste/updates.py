"""The job that updates members' profiles and recommendations."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database
from askchopper.services.taste import counting, recommendations


async def update_member(user_id: uuid.UUID) -> None:
    """Add a member's new signals to their profile, and re-rank their recommendations unless they were ranked very recently."""
    async with database.transaction(timeout_seconds=database.JOB_TRANSACTION_SECONDS) as session:
        await _update(session, user_id)


async def update_pending() -> None:
    """Update the members in ``counting.list_pending``, whose job was lost or never enqueued."""
    async with database.read_only() as session:
        waiting = await counting.list_pending(session)
    for user_id in waiting:
        await update_member(user_id)


async def _update(session: AsyncSession, user_id: uuid.UUID) -> None:
    await counting.update_profile(session, user_id)
    await recommendations.refresh_if_due(session, user_id)
