"""The audit log: actions of administrators and moderators, with the values before and after. Entries are never changed."""

import json
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.accounts import users
from askchopper.models.audit import audit_log
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.administration import AuditFilter, AuditLine
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.text import csv_text, searchable
from askchopper.vocabulary import Role

PAGE_SIZE = 50
MAX_LIMIT = 200
_CHUNK_ROWS = 1_000
COMMAND_LINE = "Operator, at the command line"
_ALL = AuditFilter()
_MISSING = "There is nothing here."


def require_admin(viewer: Viewer | None) -> Viewer:
    """Return the viewer if they are an administrator; otherwise raise.

    Raises:
        NotFoundError: anyone else, including an administrator who must set up two-factor authentication first. Not
            ForbiddenError, so that the page's existence is not revealed.
    """
    if viewer is None or viewer.role is not Role.ADMIN or viewer.needs_second_factor:
        raise NotFoundError(_MISSING)
    return viewer


def require_moderator(viewer: Viewer | None) -> Viewer:
    """Return the viewer if they are a moderator or administrator; otherwise raise.

    Raises:
        NotFoundError: anyone else, including one who must set up two-factor authentication first.
    """
    if viewer is None or not viewer.is_moderator or viewer.needs_second_factor:
        raise NotFoundError(_MISSING)
    return viewer


async def record(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    action: str,
    target: str,
    target_id: str,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Append an entry in the transaction of the action. ``viewer`` is None for an operator at the command line."""
    row = {
        "actor_id": viewer.user_id if viewer else None, "action": action, "target": target, "target_id": target_id[:60], "reason": reason[:300],
        "before": dict(before or {}), "after": dict(after or {}),
    }  # fmt: skip
    await session.execute(insert(audit_log).values(row))


def parse_filter(*, action: str = "", who: str = "", target: str = "", first: str = "", last: str = "") -> AuditFilter:
    """Parse a filter from form input; dates are ISO dates such as ``2026-11-30``.

    Raises:
        InvalidInputError: a date is invalid, or the first is after the last.
    """
    chosen = AuditFilter(
        printable_slug(action)[:60],
        searchable(who)[:200],
        searchable(target)[:60],
        _day(first, "from"),
        _day(last, "to"),
    )
    if chosen.first and chosen.last and chosen.first > chosen.last:
        raise InvalidInputError("The first day is after the last one.", field="from")
    return chosen


def _day(given: str, field: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InvalidInputError("Give days as year, month and day, such as 2026-11-30.", field=field) from error


async def entries(
    session: AsyncSession,
    viewer: Viewer | None,
    chosen: AuditFilter = _ALL,
    *,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[AuditLine]:
    """List the entries that match a filter, newest first.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: the cursor is malformed.
    """
    require_admin(viewer)
    size = max(1, min(limit, MAX_LIMIT))
    statement = _entries(chosen)
    if cursor:
        statement = statement.where(audit_log.c.id < cursors.as_number(cursor))
    rows = (await session.execute(statement.order_by(audit_log.c.id.desc()).limit(size + 1))).all()
    shown = rows[:size]
    return Page(tuple(_line(row) for row in shown), cursors.encode(shown[-1].id) if len(rows) > size else None)


async def stream_csv(viewer: Viewer | None, chosen: AuditFilter = _ALL) -> AsyncGenerator[str]:
    """Yield the entries that match a filter as CSV, newest first: a header, then chunks of up to ``_CHUNK_ROWS`` lines.

    Cells that a spreadsheet would evaluate are escaped. Reads page by page, so that a slow client holds no connection.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    require_admin(viewer)
    yield csv_text([["Number", "Time (UTC)", "Who", "Action", "Target", "Id", "Reason", "Before", "After"]])
    statement = _entries(chosen).order_by(audit_log.c.id.desc()).limit(_CHUNK_ROWS)
    page = statement
    while True:
        async with read_only() as session:
            rows = (await session.execute(page)).all()
        if rows:
            yield csv_text([_cells(row) for row in rows])
        if len(rows) < _CHUNK_ROWS:
            return
        page = statement.where(audit_log.c.id < rows[-1].id)


def _entries(chosen: AuditFilter) -> Any:
    joined = audit_log.outerjoin(users, users.c.id == audit_log.c.actor_id)
    return select(audit_log, users.c.display_name).select_from(joined).where(*_conditions(chosen))


def _conditions(chosen: AuditFilter) -> list[Any]:
    log, found = audit_log.c, list[Any]()
    if chosen.action:
        found.append((log.action == chosen.action) | log.action.startswith(f"{chosen.action}.", autoescape=True))
    if who := chosen.who.lower():
        names = (users.c.display_name, users.c.email)
        begins = [func.lower(name).startswith(who, autoescape=True) for name in names]
        if COMMAND_LINE.lower().startswith(who):
            begins.append(log.actor_id.is_(None))
        found.append(or_(*begins))
    if chosen.target:
        found.append((log.target_id == chosen.target) | (log.target == chosen.target))
    if chosen.first:
        found.append(log.created_at >= datetime.combine(chosen.first, time.min, UTC))
    if chosen.last:
        found.append(log.created_at <= datetime.combine(chosen.last, time.max, UTC))
    return found


def _cells(row: Any) -> list[object]:
    return [
        row.id, f"{row.created_at:%Y-%m-%d %H:%M:%S}", row.display_name or COMMAND_LINE, row.action, row.target, row.target_id, row.reason,
        json.dumps(row.before), json.dumps(row.after),
    ]  # fmt: skip


def _line(row: Any) -> AuditLine:
    return AuditLine(
        id=row.id, actor=row.display_name or COMMAND_LINE, action=row.action, target=row.target, target_id=row.target_id, reason=row.reason,
        before=row.before, after=row.after, created_at=row.created_at,
    )  # fmt: skip
