"""Web search cache with claims: of identical concurrent queries, in any process, only one is sent.

The first caller claims a row; the others wait for its results. A claim is a lease that expires and holds no connection,
so that a crash of its process cannot block others. Queries are stored only as hashes.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, settings
from askchopper.schemas.web_search import Freshness, WebResult, WebSearchFault

CLAIM_SECONDS = 12  # longer than a request and its wait; a claim of a process that died ends then
FAILED_SECONDS = 5  # how long waiting callers get the same failure, instead of retrying one after another
MAX_ROWS = 5_000
_HIT = text("""
    WITH hit AS (
        UPDATE web_searches SET hits = hits + 1 WHERE key = :key AND expires_at > now() AND results IS NOT NULL RETURNING results
    ), counted AS (
        UPDATE web_search_months SET cache_hits = cache_hits + 1
        WHERE month = date_trunc('month', now() AT TIME ZONE 'UTC')::date AND EXISTS (SELECT 1 FROM hit)
    )
    SELECT results, NULL::text AS fault FROM hit
""")
_PEEK = text("SELECT results, fault, expires_at > now() AS is_fresh FROM web_searches WHERE key = :key")
_CLAIM = text("""
    INSERT INTO web_searches (key, expires_at) VALUES (:key, now() + make_interval(secs => :seconds))
    ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at, results = NULL, fault = NULL, hits = 0
    WHERE web_searches.expires_at <= now() RETURNING key
""")
_STORE = text("""
    UPDATE web_searches SET results = CAST(:results AS jsonb), fault = NULL, expires_at = now() + make_interval(secs => :seconds)
    WHERE key = :key
""")
_FAIL = text("""
    UPDATE web_searches SET results = NULL, fault = :fault, expires_at = now() + make_interval(secs => :seconds) WHERE key = :key
""")
_RELEASE = text("DELETE FROM web_searches WHERE key = :key AND results IS NULL")
_PURGE = text("""
    DELETE FROM web_searches WHERE expires_at <= now()
        OR key IN (SELECT key FROM web_searches ORDER BY expires_at DESC OFFSET :most)
""")


@dataclass(frozen=True)
class Waiting:
    """State seen by a waiting caller: results, a fault, or neither yet; ``is_open`` if the query is not claimed any more."""

    results: tuple[WebResult, ...] | None = None
    fault: WebSearchFault | None = None
    is_open: bool = False


def key_of(query: str, freshness: Freshness) -> str:
    """Return a query's cache key, a hash; ignores case, extra spaces and punctuation at the ends."""
    plain = unicodedata.normalize("NFKC", query).casefold().strip(" \t\n?!.,;:\"'")
    return hashlib.sha256(f"{freshness.value}\n{' '.join(plain.split())}".encode()).hexdigest()


async def read(key: str) -> tuple[WebResult, ...] | None:
    """Return cached results and count the hit; None on a miss."""
    async with database.autocommit() as session:
        row = (await session.execute(_HIT, {"key": key})).one_or_none()
    return None if row is None else load(row.results)


async def claim(key: str) -> bool:
    """Claim a query. False if another caller has claimed it, or its results or a recent failure are stored."""
    async with database.autocommit() as session:
        return (await session.execute(_CLAIM, {"key": key, "seconds": CLAIM_SECONDS})).one_or_none() is not None


async def peek(key: str) -> Waiting:
    """Return the state of a query claimed by another caller."""
    async with database.autocommit() as session:
        row = (await session.execute(_PEEK, {"key": key})).one_or_none()
    if row is None or not row.is_fresh:
        return Waiting(is_open=True)
    if row.results is not None:
        return Waiting(load(row.results))
    return Waiting(fault=WebSearchFault(row.fault) if row.fault else None)


async def store(key: str, results: tuple[WebResult, ...]) -> None:
    """Store the results of a claimed query."""
    content = json.dumps([asdict(result) for result in results], default=str)
    async with database.autocommit() as session:
        given = {"key": key, "results": content, "seconds": settings.get().brave_search_cache_ttl}
        await session.execute(_STORE, given)


async def fail(key: str, fault: WebSearchFault) -> None:
    """Record the fault of a claimed query for waiting callers."""
    async with database.autocommit() as session:
        await session.execute(_FAIL, {"key": key, "fault": fault.value, "seconds": FAILED_SECONDS})


async def release(key: str) -> None:
    """Release a claim, so that another caller may send the query."""
    async with database.autocommit() as session:
        await session.execute(_RELEASE, {"key": key})


async def purge(session: AsyncSession) -> None:
    """Delete expired entries, and the oldest beyond ``MAX_ROWS``."""
    await session.execute(_PURGE, {"most": MAX_ROWS})


def load(rows: list[dict[str, Any]]) -> tuple[WebResult, ...]:
    """Deserialise stored results."""
    return tuple(_load(row) for row in rows)


def _load(row: dict[str, Any]) -> WebResult:
    day = row.pop("published_on")
    return WebResult(**row, published_on=date.fromisoformat(day) if day else None)
