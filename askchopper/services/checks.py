"""Stores results of checks that are too slow for a request, such as the ledger audit, for the metrics."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_RECORD = text("""
    INSERT INTO check_results (name, problems, checked_at) VALUES (:name, :problems, now())
    ON CONFLICT (name) DO UPDATE SET problems = excluded.problems, checked_at = excluded.checked_at
""")
_LATEST = text("SELECT name, problems, extract(epoch FROM now() - checked_at) AS age FROM check_results ORDER BY name")


async def record(session: AsyncSession, name: str, *, problems: int) -> None:
    """Store the latest result of a check."""
    await session.execute(_RECORD, {"name": name, "problems": problems})


async def latest(session: AsyncSession) -> tuple[tuple[str, int, float], ...]:
    """Return the name, the number of problems and the age in seconds of each check's latest result."""
    return tuple((row.name, row.problems, float(row.age)) for row in await session.execute(_LATEST))


async def damaged_files(session: AsyncSession) -> int:
    """Return the number of pack sounds whose stored file is marked as missing or damaged."""
    statement = text("SELECT count(*) FROM audio_files WHERE damaged_at IS NOT NULL")
    return int((await session.execute(statement)).scalar_one())
