"""External learning resources: pages by topic, members' helpful marks, and link checks."""

import asyncio
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, settings
from askchopper.errors import NotFoundError
from askchopper.integrations import link_checker
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.resources import Resource
from askchopper.services import audit, checks
from askchopper.services.knowledge import glossary

KINDS = frozenset({"manual", "course", "article", "video", "reference"})
LEVELS = ("beginner", "intermediate", "advanced")
CHECK = "resources"
DEAD_AFTER = 3  # failures in a row; one may be the network's
_CHECKED_AT_ONCE = 4
_CHECKED_A_NIGHT = 40
_PATH = Path(__file__).with_name("resources.toml")
_MARKS = text("""
    SELECT resource, count(*) AS marks, bool_or(user_id = :user) AS own FROM resource_marks
    WHERE resource = ANY(:slugs) GROUP BY resource
""")
_DEAD = text("SELECT resource FROM resource_checks WHERE failures >= :dead")
_DEAD_LINKS = text("SELECT resource, status FROM resource_checks WHERE failures >= :dead ORDER BY resource")
_MARK = text("INSERT INTO resource_marks (resource, user_id) VALUES (:slug, :user) ON CONFLICT DO NOTHING")
_UNMARK = text("DELETE FROM resource_marks WHERE resource = :slug AND user_id = :user")
_CHECKED = text("SELECT resource, checked_at FROM resource_checks")
_RECORD = text("""
    INSERT INTO resource_checks (resource, status, failures) VALUES (:slug, :status, CAST(:failed AS integer))
    ON CONFLICT (resource) DO UPDATE SET status = excluded.status, checked_at = now(),
        failures = CASE WHEN :failed = 1 THEN least(resource_checks.failures + 1, 1000) ELSE 0 END
""")
_FORGET = text("DELETE FROM resource_checks WHERE resource <> ALL(:slugs)")


@lru_cache(maxsize=1)
def _all() -> dict[str, Resource]:
    """Load and validate the table; an error in the file is raised at first use."""
    rows: list[dict[str, Any]] = tomllib.loads(_PATH.read_text(encoding="utf-8"))["resources"]
    found: dict[str, Resource] = {}
    for row in rows:
        one = Resource(
            row["slug"], row["title"], row["by"], row["url"], row["kind"], row["level"], tuple(row["topics"])
        )
        is_known = one.kind in KINDS and one.level in LEVELS and one.topics and set(one.topics) <= glossary.KINDS
        if one.slug in found or not is_known or not one.url.startswith(("https://", "http://")):
            raise ValueError(
                f"Resources: {one.slug!r} exists twice, or has a kind, level, topic or address that does not exist."
            )
        found[one.slug] = one
    return found


def all_resources() -> tuple[Resource, ...]:
    """Return all resources, in file order."""
    return tuple(_all().values())


def for_topic(topic: str, *, limit: int = 2) -> tuple[Resource, ...]:
    """Return pages on a topic, easiest first; within a level, pages with the topic as main subject first."""
    fitting = [one for one in all_resources() if topic in one.topics]
    return tuple(sorted(fitting, key=lambda one: (LEVELS.index(one.level), one.topics.index(topic)))[:limit])


async def list_resources(
    session: AsyncSession, viewer: Viewer | None, *, topic: str = "", limit: int = 200
) -> tuple[Resource, ...]:
    """List the pages on a topic or on all, without dead links, those marked as helpful most often first."""
    dead = set((await session.execute(_DEAD, {"dead": DEAD_AFTER})).scalars())
    found = [one for one in (for_topic(topic, limit=200) if topic else all_resources()) if one.slug not in dead]
    marked = await _with_marks(session, viewer, found)
    return tuple(sorted(marked, key=lambda one: -one.helpful_count)[:limit])


async def _with_marks(session: AsyncSession, viewer: Viewer | None, found: Sequence[Resource]) -> list[Resource]:
    asked = {"slugs": [one.slug for one in found], "user": viewer.user_id if viewer else None}
    marks = {row.resource: row for row in await session.execute(_MARKS, asked)}
    return [
        replace(one, helpful_count=marks[one.slug].marks, is_helpful=bool(marks[one.slug].own)) if one.slug in marks else one
        for one in found
    ]  # fmt: skip


async def dead(session: AsyncSession, viewer: Viewer | None) -> tuple[tuple[Resource, int | None], ...]:
    """List pages whose link failed in several consecutive checks, with the last HTTP status; None means no response.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    rows = await session.execute(_DEAD_LINKS, {"dead": DEAD_AFTER})
    return tuple((_all()[row.resource], row.status) for row in rows if row.resource in _all())


async def mark(session: AsyncSession, viewer: Viewer, *, slug: str, is_helpful: bool) -> None:
    """Mark a page as helpful, or remove the mark. Idempotent.

    Raises:
        NotFoundError: there is no such page.
    """
    if slug not in _all():
        raise NotFoundError("This page is not in our list.")
    await session.execute(_MARK if is_helpful else _UNMARK, {"slug": slug, "user": viewer.user_id})


async def check_links() -> int:
    """Check the links with the oldest check, record the number of dead links for operators, and return it.

    Does nothing if ``RESOURCE_CHECKS`` is off.
    """
    if not settings.get().resource_checks:
        return 0
    async with database.read_only() as session:
        checked = {row.resource: row.checked_at for row in await session.execute(_CHECKED)}
    due = sorted(all_resources(), key=lambda one: (one.slug in checked, checked.get(one.slug)))[:_CHECKED_A_NIGHT]
    at_once = asyncio.Semaphore(_CHECKED_AT_ONCE)

    async def status_of(one: Resource) -> int | None:
        async with at_once:
            return await link_checker.status(one.url)

    statuses = await asyncio.gather(*(status_of(one) for one in due))
    async with database.transaction() as session:
        await session.execute(_FORGET, {"slugs": list(_all())})
        for one, status in zip(due, statuses, strict=True):
            await session.execute(
                _RECORD, {"slug": one.slug, "status": status, "failed": int(link_checker.is_dead(status))}
            )
        dead = list((await session.execute(_DEAD, {"dead": DEAD_AFTER})).scalars())
        await checks.record(session, CHECK, problems=len(dead))
    if dead:
        log.warning("resources.dead_links", count=len(dead), resources=sorted(dead)[:20])
    return len(dead)
