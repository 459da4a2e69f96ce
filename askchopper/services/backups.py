"""The record of backups, for monitoring."""

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.backups import backup_rows


async def record(session: AsyncSession, *, name: str, file_count: int, size_bytes: int) -> None:
    """Record a completed backup."""
    await session.execute(insert(backup_rows).values(name=name, file_count=file_count, size_bytes=size_bytes))


async def last_age_seconds(session: AsyncSession) -> float | None:
    """Return the age of the last backup in seconds; None if there was none."""
    age = func.extract("epoch", func.now() - backup_rows.c.finished_at)
    newest = select(age).order_by(backup_rows.c.finished_at.desc()).limit(1)
    found = (await session.execute(newest)).scalar_one_or_none()
    return None if found is None else float(found)
