"""Browser sessions: opened at sign-in, found by the hash of their cookie, listed and revoked."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Join, Table, bindparam, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, security, settings
from askchopper.database_statements import prepared
from askchopper.errors import SignInRequiredError
from askchopper.models.accounts import sessions as session_rows
from askchopper.models.accounts import users
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import creators
from askchopper.models.two_factor import two_factor_secrets
from askchopper.schemas.accounts import SessionSummary, Viewer
from askchopper.services.own_rows import delete_own
from askchopper.vocabulary import Role

SEEN_INTERVAL = timedelta(minutes=1)
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
VIEWER_COLUMNS = (
    users.c.id, users.c.display_name, users.c.email, users.c.role, creators.c.slug, two_factor_secrets.c.confirmed_at,
)  # fmt: skip
IS_READ_ONLY = func.current_setting("transaction_read_only").label("read_only")
_MAX_TOKEN_CHARACTERS = 100
_MAX_LISTED = 100


def with_viewer(credentials: Table) -> Join:
    """Join a table of credentials with the tables of ``VIEWER_COLUMNS``."""
    return (
        credentials.join(users, users.c.id == credentials.c.user_id)
        .outerjoin(creators, creators.c.user_id == users.c.id)
        .outerjoin(two_factor_secrets, two_factor_secrets.c.user_id == users.c.id)
    )


def is_valid() -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions of a valid session: not expired, not idle for too long, and its account not disabled."""
    idle = text(f"interval '{policy.SESSION_IDLE_DAYS} days'")
    return (
        session_rows.c.expires_at > func.now(),
        session_rows.c.last_seen_at > func.now() - idle,
        users.c.disabled_at.is_(None),
    )


# Built once: every request runs it, and compiling the query costs as much as executing it.
_BY_SESSION = prepared(
    select(
        *VIEWER_COLUMNS,
        session_rows.c.id.label("session_id"),
        session_rows.c.last_seen_at,
        IS_READ_ONLY,
    )
    .select_from(with_viewer(session_rows))
    .where(session_rows.c.token_hash == bindparam("token_hash"), *is_valid())
)
# Skip a row that another request is touching, without waiting.
_TOUCH_SESSION = text(
    "UPDATE sessions SET last_seen_at = now() WHERE id = (SELECT id FROM sessions WHERE id = :id FOR UPDATE SKIP LOCKED)"
)


async def open_session(session: AsyncSession, *, user_id: uuid.UUID, user_agent: str) -> tuple[str, Viewer]:
    """Open a session for an authenticated user.

    Returns:
        A new session token for the cookie, and the viewer.

    Raises:
        SignInRequiredError: the account is disabled.
    """
    token = security.new_token()
    await session.execute(
        insert(session_rows).values(
            id=new_id(),
            token_hash=security.hash_token(token),
            user_id=user_id,
            user_agent="".join(c for c in user_agent if c.isprintable())[:300],
            expires_at=func.now() + text(f"interval '{settings.get().session_days} days'"),
        )
    )
    viewer = await viewer_by_session_token(session, token)
    if viewer is None:
        raise SignInRequiredError
    return token, viewer


async def viewer_by_session_token(session: AsyncSession, token: str) -> Viewer | None:
    """Return the owner of a session token; None if it is unknown, expired, revoked or the account is disabled.

    Also works in a read-only transaction, where ``last_seen_at`` is not updated.
    """
    if not token or len(token) > _MAX_TOKEN_CHARACTERS:
        return None
    row = (await session.execute(_BY_SESSION, {"token_hash": hash_untrusted(token)})).one_or_none()
    if row is None:
        return None
    if row.read_only == "off" and utc_now() - row.last_seen_at > SEEN_INTERVAL:
        await session.execute(_TOUCH_SESSION, {"id": row.session_id})
    return viewer_of(row, session_id=row.session_id)


async def roles_of(session: AsyncSession, tokens: Sequence[str]) -> dict[str, Role]:
    """Return the role in effect of the owner for each session token that is still valid."""
    by_hash = {hash_untrusted(token): token for token in tokens if len(token) <= _MAX_TOKEN_CHARACTERS}
    rows = await session.execute(
        select(session_rows.c.token_hash, users.c.role, two_factor_secrets.c.confirmed_at)
        .select_from(with_viewer(session_rows))
        .where(session_rows.c.token_hash.in_(list(by_hash)), *is_valid())
    )
    return {
        by_hash[bytes(row.token_hash)]: Role.MEMBER if _needs_second_factor(row) else Role(row.role) for row in rows
    }


async def is_recent(session: AsyncSession, viewer: Viewer) -> bool:
    """Return whether the viewer signed in recently enough that no password is required."""
    opened = select(session_rows.c.id).where(
        session_rows.c.id == viewer.session_id,
        session_rows.c.created_at > func.now() - text(f"interval '{policy.RECENT_SIGN_IN_MINUTES} minutes'"),
    )
    return (await session.execute(opened)).first() is not None


async def sign_out(session: AsyncSession, viewer: Viewer) -> None:
    """End the viewer's current session, in all tabs."""
    if viewer.session_id is not None:
        await session.execute(delete(session_rows).where(session_rows.c.id == viewer.session_id))


async def list_sessions(session: AsyncSession, viewer: Viewer) -> tuple[SessionSummary, ...]:
    """List the viewer's valid sessions, the current one first, then last used first, at most 100."""
    return await list_of_user(session, viewer.user_id, current_id=viewer.session_id)


async def list_of_user(
    session: AsyncSession, user_id: uuid.UUID, *, current_id: uuid.UUID | None = None
) -> tuple[SessionSummary, ...]:
    """List a member's valid sessions, the current one first, then last used first, at most 100; the caller authorises."""
    rows = await session.execute(
        select(session_rows)
        .join(users, users.c.id == session_rows.c.user_id)
        .where(session_rows.c.user_id == user_id, *is_valid())
        .order_by((session_rows.c.id == current_id).desc(), session_rows.c.last_seen_at.desc())
        .limit(_MAX_LISTED)
    )
    return tuple(
        SessionSummary(
            id=str(row.id),
            device=_device(row.user_agent),
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.id == current_id,
        )
        for row in rows
    )


async def revoke_session(session: AsyncSession, viewer: Viewer, *, session_id: str) -> None:
    """Revoke one of the viewer's sessions.

    Raises:
        NotFoundError: it is not theirs, or has ended.
    """
    await delete_own(session, session_rows, viewer, row_id=session_id, missing="This session has already ended.")


def viewer_of(row: Any, *, session_id: uuid.UUID | None) -> Viewer:
    """Build the viewer from a row with ``VIEWER_COLUMNS``, without scopes.

    The role is the one in effect: an administrator without a second factor is a member if the operator requires one.
    """
    needs_second_factor = _needs_second_factor(row)
    return Viewer(
        user_id=row.id,
        session_id=session_id,
        display_name=row.display_name,
        email=row.email,
        role=Role.MEMBER if needs_second_factor else Role(row.role),
        creator_slug=row.slug,
        needs_second_factor=needs_second_factor,
    )


def _needs_second_factor(row: Any) -> bool:
    return row.role == Role.ADMIN and row.confirmed_at is None and settings.get().admins_must_have_totp


def hash_untrusted(token: str) -> bytes:
    """Hash a token from a request; it may contain code points that UTF-8 cannot encode."""
    return security.hash_token(token.encode("utf-8", "replace").decode())


def _device(user_agent: str) -> str:
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or (user_agent.partition("/")[0][:40] or "Unknown device")
