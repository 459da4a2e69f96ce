"""Administration of members: search, roles, suspensions with reason and end, and sign-out. Every action is in the audit log.

Passwords, mails and chats are not shown to anyone.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal, or_, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.accounts import sessions as session_rows
from askchopper.models.accounts import users
from askchopper.models.audit import suspensions
from askchopper.models.base import utc_now
from askchopper.models.catalogue import creators
from askchopper.models.two_factor import two_factor_secrets
from askchopper.schemas import cursors
from askchopper.schemas.accounts import SessionSummary, Viewer
from askchopper.schemas.administration import MemberLine
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import parse_id, require_id
from askchopper.schemas.text import clean_line, searchable
from askchopper.services import access_tokens, audit, sessions
from askchopper.vocabulary import Role

PAGE_SIZE = 50
MAX_LIMIT = 200
_MISSING = "There is no such member."
_ONLY_ADMIN = "This is the only administrator. Give somebody else the role first."
_END = text("""
    WITH ended AS (DELETE FROM suspensions WHERE ends_at <= now() RETURNING user_id)
    UPDATE users SET disabled_at = NULL FROM ended WHERE users.id = ended.user_id AND users.deleted_at IS NULL
""")


async def search(
    session: AsyncSession, viewer: Viewer | None, *, words: str = "", cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[MemberLine]:
    """List all members, or those whose id equals or whose name or e-mail begins with ``words``, newest first.

    Includes deleted accounts.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: the cursor is malformed.
    """
    audit.require_admin(viewer)
    size = max(1, min(limit, MAX_LIMIT))
    statement = _members()
    if wanted := searchable(words):
        begins = [
            func.lower(column).startswith(wanted.lower(), autoescape=True) for column in (users.c.display_name, users.c.email)
        ]  # fmt: skip
        statement = statement.where(or_(*begins, users.c.id == parse_id(wanted)))
    if cursor:
        joined, last = cursors.decode(cursor, length=2)
        end = tuple_(literal(cursors.as_time(joined)), literal(cursors.as_id(last)))
        statement = statement.where(tuple_(users.c.created_at, users.c.id) < end)
    newest = statement.order_by(users.c.created_at.desc(), users.c.id.desc())
    rows = (await session.execute(newest.limit(size + 1))).all()
    shown = rows[:size]
    next_cursor = cursors.encode(shown[-1].created_at.isoformat(), str(shown[-1].id)) if len(rows) > size else None
    return Page(tuple(_line(row) for row in shown), next_cursor)


async def suspend(
    session: AsyncSession, viewer: Viewer | None, *, member_id: str, reason: str, until: datetime | None = None
) -> None:
    """Suspend a member, or change a suspension: ends all sessions, revokes access tokens, and blocks sign-in until its end.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such member.
        InvalidInputError: no reason, or an end in the past or too far away.
        ConflictError: it is the viewer, or an administrator.
    """
    admin = audit.require_admin(viewer)
    said = clean_line(reason, label="The reason", field="reason", max_length=300, min_length=5)
    now = utc_now()
    if until is not None and (
        until.tzinfo is None or not now < until < now + timedelta(days=policy.MAX_SUSPENSION_DAYS)
    ):
        raise InvalidInputError("The end of a suspension is a time in the future, within ten years.", field="until")
    row = await _locked(session, member_id)
    if row.id == admin.user_id:
        raise ConflictError("You cannot suspend yourself.")
    if row.role == Role.ADMIN.value:
        raise ConflictError("Take the role of administrator away first.")
    values = {"user_id": row.id, "reason": said, "ends_at": until}
    statement = upsert(suspensions).values(values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_={"reason": said, "ends_at": until})
    )
    await session.execute(
        update(users).where(users.c.id == row.id).values(disabled_at=func.coalesce(users.c.disabled_at, func.now()))
    )
    await _sign_out(session, row.id)
    after = {"suspended": True, "until": until.isoformat() if until else None}
    await audit.record(
        session, admin, action="member.suspended", target="member", target_id=str(row.id), reason=said,
        before={"suspended": row.disabled_at is not None}, after=after,
    )  # fmt: skip


async def lift(session: AsyncSession, viewer: Viewer | None, *, member_id: str) -> None:
    """End a suspension early. Idempotent.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such member.
    """
    admin = audit.require_admin(viewer)
    row = await _locked(session, member_id)
    gone = await session.execute(
        delete(suspensions).where(suspensions.c.user_id == row.id).returning(suspensions.c.reason)
    )
    was = gone.scalar_one_or_none()
    if was is None:
        return
    await session.execute(update(users).where(users.c.id == row.id).values(disabled_at=None))
    await audit.record(
        session, admin, action="member.reinstated", target="member", target_id=str(row.id), before={"suspended": True, "reason": was},
        after={"suspended": False},
    )  # fmt: skip


async def set_role(session: AsyncSession, viewer: Viewer | None, *, member_id: str, role: str) -> None:
    """Change a member's role, effective on their next request.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such member.
        InvalidInputError: there is no such role.
        ConflictError: it would take the role from the last administrator.
    """
    admin = audit.require_admin(viewer)
    if role not in set(Role):
        raise InvalidInputError("There is no such role.", field="role")
    row = await _locked(session, member_id)
    if row.role == role:
        return
    if row.role == Role.ADMIN.value:
        await _require_another_admin(session, row.id)
    await session.execute(update(users).where(users.c.id == row.id).values(role=role))
    await audit.record(
        session,
        admin,
        action="member.role",
        target="member",
        target_id=str(row.id),
        before={"role": row.role},
        after={"role": role},
    )


async def sign_out(session: AsyncSession, viewer: Viewer | None, *, member_id: str) -> None:
    """End all sessions of a member and revoke their access tokens.

    Raises:
        NotFoundError: the viewer is not an administrator, or there is no such member.
    """
    admin = audit.require_admin(viewer)
    row = await _locked(session, member_id)
    ended = await _sign_out(session, row.id)
    await audit.record(
        session,
        admin,
        action="member.signed_out",
        target="member",
        target_id=str(row.id),
        before={"sessions": ended},
        after={"sessions": 0},
    )


async def list_sessions(session: AsyncSession, viewer: Viewer, *, member_id: str) -> tuple[SessionSummary, ...]:
    """List the sessions of a member, last used first; none if there is no such member.

    Raises:
        NotFoundError: the viewer is not an administrator, or the id is malformed.
    """
    audit.require_admin(viewer)
    return await sessions.list_of_user(session, require_id(member_id, _MISSING))


async def end_due(session: AsyncSession) -> None:
    """End the suspensions that have expired."""
    await session.execute(_END)


def _members() -> Any:
    seen = select(func.max(session_rows.c.last_seen_at)).where(session_rows.c.user_id == users.c.id).scalar_subquery()
    open_sessions = (
        select(func.count())
        .where(session_rows.c.user_id == users.c.id, *sessions.is_valid())
        .correlate(users)
        .scalar_subquery()
    )
    return select(
        users.c.id, users.c.display_name, users.c.email, users.c.role, users.c.created_at, users.c.deleted_at,
        seen.label("last_seen_at"), open_sessions.label("sessions"), creators.c.slug, suspensions.c.reason, suspensions.c.ends_at,
        two_factor_secrets.c.confirmed_at,
    ).select_from(
        users.outerjoin(creators, creators.c.user_id == users.c.id)
        .outerjoin(suspensions, suspensions.c.user_id == users.c.id)
        .outerjoin(two_factor_secrets, two_factor_secrets.c.user_id == users.c.id)
    )  # fmt: skip


async def _locked(session: AsyncSession, member_id: str) -> Any:
    found = await session.execute(
        select(users.c.id, users.c.role, users.c.disabled_at)
        .where(users.c.id == require_id(member_id, _MISSING), users.c.deleted_at.is_(None))
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_MISSING)
    return row


async def _require_another_admin(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Lock all administrators, so that two cannot demote each other concurrently; raise if no other is left."""
    others = await session.execute(
        select(users.c.id).where(users.c.role == Role.ADMIN.value, users.c.disabled_at.is_(None)).order_by(users.c.id).with_for_update()
    )  # fmt: skip
    if not [other for other in others.scalars() if other != user_id]:
        raise ConflictError(_ONLY_ADMIN)


async def _sign_out(session: AsyncSession, user_id: uuid.UUID) -> int:
    ended = await session.execute(
        delete(session_rows).where(session_rows.c.user_id == user_id).returning(session_rows.c.id)
    )
    await access_tokens.revoke_all(session, user_id)
    return len(ended.all())


def _line(row: Any) -> MemberLine:
    return MemberLine(
        id=str(row.id), name=row.display_name, email=row.email, role=Role(row.role), created_at=row.created_at, last_seen_at=row.last_seen_at,
        sessions=row.sessions, has_second_factor=row.confirmed_at is not None, creator_slug=row.slug or "", is_deleted=row.deleted_at is not None,
        suspended_because=row.reason or "", suspended_until=row.ends_at,
    )  # fmt: skip
