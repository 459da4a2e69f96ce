"""What proves who is asking: signed-in browsers and personal tokens. Tokens are handed out once and kept only as hashes."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import security, settings
from askchopper.errors import InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.models.accounts import PersonalToken, UserSession
from askchopper.models.base import utc_now
from askchopper.models.tables import creators, personal_tokens, users
from askchopper.models.tables import sessions as session_rows
from askchopper.schemas.accounts import SessionLine, TokenLine, Viewer
from askchopper.schemas.identifiers import require_id
from askchopper.schemas.text import clean_line
from askchopper.vocabulary import Role

MAX_TOKEN_NAME_LENGTH = 60
MAX_PERSONAL_TOKENS = 20
_NO_SESSION = "This session has already ended."
_REVOKED = "This token was already revoked."
_PERSONAL_PREFIX = "ac_"
_SEEN_INTERVAL = timedelta(minutes=1)
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
_VIEWER_COLUMNS = (users.c.id, users.c.display_name, users.c.email, users.c.role, creators.c.slug)
_IS_READ_ONLY = func.current_setting("transaction_read_only").label("read_only")
# Every request asks one of these two; writing them anew each time would cost as much as the answer.
_BY_SESSION = (
    select(*_VIEWER_COLUMNS, session_rows.c.id.label("session_id"), session_rows.c.last_seen_at, _IS_READ_ONLY)
    .select_from(
        session_rows.join(users, users.c.id == session_rows.c.user_id).outerjoin(
            creators, creators.c.user_id == users.c.id
        )
    )
    .where(
        session_rows.c.token_hash == bindparam("token_hash"),
        session_rows.c.expires_at > func.now(),
        users.c.disabled_at.is_(None),
    )
)
_BY_TOKEN = (
    select(*_VIEWER_COLUMNS, personal_tokens.c.id.label("token_id"), personal_tokens.c.last_used_at, _IS_READ_ONLY)
    .select_from(
        personal_tokens.join(users, users.c.id == personal_tokens.c.user_id).outerjoin(
            creators, creators.c.user_id == users.c.id
        )
    )
    .where(
        personal_tokens.c.token_hash == bindparam("token_hash"),
        func.coalesce(personal_tokens.c.expires_at > func.now(), True),
        users.c.disabled_at.is_(None),
    )
)
# A row that somebody else is touching right now needs no second touch, and nobody waits.
_TOUCH_SESSION = text(
    "UPDATE sessions SET last_seen_at = now() WHERE id = (SELECT id FROM sessions WHERE id = :id FOR UPDATE SKIP LOCKED)"
)
_TOUCH_TOKEN = text(
    "UPDATE personal_tokens SET last_used_at = now()"
    " WHERE id = (SELECT id FROM personal_tokens WHERE id = :id FOR UPDATE SKIP LOCKED)"
)


async def open_session(session: AsyncSession, *, user_id: uuid.UUID, user_agent: str) -> tuple[str, Viewer]:
    """Open a session for a user whose identity is proven; every call makes a new token."""
    token = security.new_token()
    expires_at = utc_now() + timedelta(days=settings.get().session_days)
    session.add(
        UserSession(
            token_hash=security.hash_token(token),
            user_id=user_id,
            user_agent="".join(c for c in user_agent if c.isprintable())[:300],
            expires_at=expires_at,
        )
    )
    await session.flush()
    viewer = await viewer_by_session_token(session, token)
    if viewer is None:
        raise SignInRequiredError
    return token, viewer


async def viewer_by_session_token(session: AsyncSession, token: str) -> Viewer | None:
    """Find who holds a session token; None when it is unknown, expired, revoked or of a disabled account.

    Works in a read-only transaction too; there the time of the last visit stays as it was.
    """
    if not token or len(token) > 100:
        return None
    row = (await session.execute(_BY_SESSION, {"token_hash": _hash(token)})).one_or_none()
    if row is None:
        return None
    if row.read_only == "off" and utc_now() - row.last_seen_at > _SEEN_INTERVAL:
        await session.execute(_TOUCH_SESSION, {"id": row.session_id})
    return _viewer(row, session_id=row.session_id)


async def viewer_by_personal_token(session: AsyncSession, token: str) -> Viewer | None:
    """Find who made a personal token; None when it is unknown, expired or of a disabled account."""
    if not token.startswith(_PERSONAL_PREFIX) or len(token) > 100:
        return None
    row = (await session.execute(_BY_TOKEN, {"token_hash": _hash(token)})).one_or_none()
    if row is None:
        return None
    is_stale = row.last_used_at is None or utc_now() - row.last_used_at > _SEEN_INTERVAL
    if row.read_only == "off" and is_stale:
        await session.execute(_TOUCH_TOKEN, {"id": row.token_id})
    return _viewer(row, session_id=None)


async def sign_out(session: AsyncSession, viewer: Viewer) -> None:
    """End the session behind this request; every tab that uses it is signed out at once."""
    if viewer.session_id is not None:
        await session.execute(delete(session_rows).where(session_rows.c.id == viewer.session_id))


async def sign_out_everywhere(session: AsyncSession, viewer: Viewer) -> None:
    """End all sessions of the viewer, this one too."""
    await session.execute(delete(session_rows).where(session_rows.c.user_id == viewer.user_id))


async def list_sessions(session: AsyncSession, viewer: Viewer) -> tuple[SessionLine, ...]:
    """List the viewer's signed-in browsers, the present one first, then the last seen."""
    rows = await session.execute(
        select(session_rows)
        .where(session_rows.c.user_id == viewer.user_id, session_rows.c.expires_at > func.now())
        .order_by((session_rows.c.id == viewer.session_id).desc(), session_rows.c.last_seen_at.desc())
    )
    return tuple(
        SessionLine(
            id=str(row.id),
            device=_device(row.user_agent),
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            is_current=row.id == viewer.session_id,
        )
        for row in rows
    )


async def revoke_session(session: AsyncSession, viewer: Viewer, *, session_id: str) -> None:
    """End one of the viewer's own sessions.

    Raises:
        NotFoundError: it is not theirs, or has ended already.
    """
    result = await session.execute(
        delete(session_rows)
        .where(session_rows.c.id == require_id(session_id, _NO_SESSION), session_rows.c.user_id == viewer.user_id)
        .returning(session_rows.c.id)
    )
    if result.first() is None:
        raise NotFoundError(_NO_SESSION)


async def make_personal_token(session: AsyncSession, viewer: Viewer, *, name: str) -> str:
    """Make a bearer token for scripts; it is shown this once.

    Raises:
        InvalidInputError: the name is wrong, or there are too many tokens.
    """
    cleaned = clean_line(name, label="The name", field="name", max_length=MAX_TOKEN_NAME_LENGTH)
    count = select(func.count()).select_from(personal_tokens).where(personal_tokens.c.user_id == viewer.user_id)
    if (await session.execute(count)).scalar_one() >= MAX_PERSONAL_TOKENS:
        sentence = f"You can have {MAX_PERSONAL_TOKENS} tokens. Revoke one first."
        raise InvalidInputError(sentence, field="name")
    token = _PERSONAL_PREFIX + security.new_token()
    session.add(PersonalToken(user_id=viewer.user_id, name=cleaned, token_hash=security.hash_token(token)))
    await session.flush()
    return token


async def list_personal_tokens(session: AsyncSession, viewer: Viewer) -> tuple[TokenLine, ...]:
    """List the viewer's personal tokens, newest first."""
    rows = await session.execute(
        select(personal_tokens)
        .where(personal_tokens.c.user_id == viewer.user_id)
        .order_by(personal_tokens.c.created_at.desc())
    )
    return tuple(
        TokenLine(id=str(row.id), name=row.name, created_at=row.created_at, last_used_at=row.last_used_at)
        for row in rows
    )


async def revoke_personal_token(session: AsyncSession, viewer: Viewer, *, token_id: str) -> None:
    """End one of the viewer's own personal tokens.

    Raises:
        NotFoundError: it is not theirs, or was revoked before.
    """
    result = await session.execute(
        delete(personal_tokens)
        .where(personal_tokens.c.id == require_id(token_id, _REVOKED), personal_tokens.c.user_id == viewer.user_id)
        .returning(personal_tokens.c.id)
    )
    if result.first() is None:
        raise NotFoundError(_REVOKED)


def _viewer(row: Any, *, session_id: uuid.UUID | None) -> Viewer:
    return Viewer(
        user_id=row.id,
        session_id=session_id,
        display_name=row.display_name,
        email=row.email,
        role=Role(row.role),
        creator_slug=row.slug,
    )


def _hash(token: str) -> bytes:
    return security.hash_token(token.encode("utf-8", "replace").decode())


def _device(user_agent: str) -> str:
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or (user_agent.partition("/")[0][:40] or "Unknown device")
