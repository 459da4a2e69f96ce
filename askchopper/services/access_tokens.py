"""Personal access tokens for scripts: bearer tokens shown once and stored only as hashes.

Revoking a token deletes its row, so ``find_viewer`` no longer finds it; ``api.dependencies`` answers 401.
"""

import uuid
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import bindparam, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, security
from askchopper.errors import ForbiddenError, InvalidInputError
from askchopper.models.accounts import personal_tokens, users
from askchopper.models.base import new_id, utc_now
from askchopper.observability import log
from askchopper.schemas.accounts import AccessTokenSummary, Viewer
from askchopper.schemas.text import clean_line
from askchopper.services.own_rows import delete_own
from askchopper.services.sessions import (
    IS_READ_ONLY,
    SEEN_INTERVAL,
    VIEWER_COLUMNS,
    hash_untrusted,
    viewer_of,
    with_viewer,
)
from askchopper.vocabulary import McpScope, Role, TokenScope

MAX_NAME_LENGTH = 60
MAX_TOKENS = 20
_PREFIX = "ac_"
_BY_TOKEN = (
    select(
        *VIEWER_COLUMNS,
        personal_tokens.c.id.label("token_id"),
        personal_tokens.c.last_used_at,
        personal_tokens.c.scopes,
        personal_tokens.c.mcp_scopes,
        IS_READ_ONLY,
    )
    .select_from(with_viewer(personal_tokens))
    .where(
        personal_tokens.c.token_hash == bindparam("token_hash"),
        func.coalesce(personal_tokens.c.expires_at > func.now(), True),
        users.c.disabled_at.is_(None),
    )
)
_TOUCH_TOKEN = text(
    "UPDATE personal_tokens SET last_used_at = now()"
    " WHERE id = (SELECT id FROM personal_tokens WHERE id = :id FOR UPDATE SKIP LOCKED)"
)


async def find_viewer(session: AsyncSession, token: str) -> Viewer | None:
    """Return the owner of a personal access token, limited to its scopes.

    The viewer has the role of a member without the scope ``admin``, or if they lack a required second factor. Updates ``last_used_at``, except in a read-only
    transaction.

    Returns:
        The viewer; None if the token is unknown, expired or revoked, or the account is disabled.
    """
    if not token.startswith(_PREFIX) or len(token) > 100:
        return None
    row = (await session.execute(_BY_TOKEN, {"token_hash": hash_untrusted(token)})).one_or_none()
    if row is None:
        return None
    is_stale = row.last_used_at is None or utc_now() - row.last_used_at > SEEN_INTERVAL
    if row.read_only == "off" and is_stale:
        await session.execute(_TOUCH_TOKEN, {"id": row.token_id})
    viewer, scopes = viewer_of(row, session_id=None), frozenset(TokenScope(scope) for scope in row.scopes)
    mcp_scopes = frozenset(McpScope(scope) for scope in row.mcp_scopes)
    limited = replace(viewer, scopes=scopes, mcp_scopes=mcp_scopes)
    return limited if TokenScope.ADMIN in scopes else replace(limited, role=Role.MEMBER, needs_second_factor=False)


async def create(
    session: AsyncSession,
    viewer: Viewer,
    *,
    name: str,
    scopes: Collection[TokenScope] = (TokenScope.READ, TokenScope.WRITE),
    mcp_scopes: Collection[McpScope] = (),
    days: int = policy.TOKEN_DAYS[1],
) -> str:
    """Create a bearer token for scripts. The plain token is returned only here.

    Args:
        session: a transaction.
        viewer: its owner.
        name: purpose of the token.
        scopes: permitted API scopes; ``read`` is always added to others, none makes an MCP-only token.
        mcp_scopes: permitted MCP scopes.
        days: days until it expires, one of ``policy.TOKEN_DAYS``.

    Raises:
        InvalidInputError: a value is invalid, no scope is given, or the member has too many tokens.
        ForbiddenError: the scope ``admin`` is requested by a member who is neither moderator nor administrator.
    """
    if days not in policy.TOKEN_DAYS:
        raise InvalidInputError("Choose one of the offered times.", field="days")
    if not scopes and not mcp_scopes:
        raise InvalidInputError("Choose what the key may use.", field="access")
    if TokenScope.ADMIN in scopes and viewer.role is Role.MEMBER:
        raise ForbiddenError("Only moderators and administrators can create a key with administrator rights.")
    cleaned = clean_line(name, label="The name", field="name", max_length=MAX_NAME_LENGTH)
    count = select(func.count()).select_from(personal_tokens).where(personal_tokens.c.user_id == viewer.user_id)
    if (await session.execute(count)).scalar_one() >= MAX_TOKENS:
        sentence = f"You can have up to {MAX_TOKENS} API keys. Revoke one first."
        raise InvalidInputError(sentence, field="name")
    token = _PREFIX + security.new_token()
    statement = insert(personal_tokens).values(
        id=new_id(),
        user_id=viewer.user_id,
        name=cleaned,
        token_hash=security.hash_token(token),
        scopes=sorted({TokenScope.READ, *scopes}) if scopes else [],
        mcp_scopes=sorted(set(mcp_scopes)),
        expires_at=func.now() + text(f"interval '{days} days'"),
    )
    await session.execute(statement)
    log.info("tokens.created", user=str(viewer.user_id), scopes=sorted(scopes), days=days)
    return token


async def list_tokens(session: AsyncSession, viewer: Viewer) -> tuple[AccessTokenSummary, ...]:
    """List the viewer's personal tokens, newest first."""
    rows = await session.execute(
        select(personal_tokens)
        .where(personal_tokens.c.user_id == viewer.user_id)
        .order_by(personal_tokens.c.created_at.desc())
    )
    return tuple(
        AccessTokenSummary(
            id=str(row.id),
            name=row.name,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            expires_at=row.expires_at,
            scopes=frozenset(TokenScope(scope) for scope in row.scopes),
            mcp_scopes=frozenset(McpScope(scope) for scope in row.mcp_scopes),
        )
        for row in rows
    )


async def revoke(session: AsyncSession, viewer: Viewer, *, token_id: str) -> None:
    """Revoke one of the viewer's tokens.

    Raises:
        NotFoundError: the viewer has no such token, or it is already revoked.
    """
    await delete_own(session, personal_tokens, viewer, row_id=token_id, missing="This API key was already revoked.")


async def revoke_all(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Revoke all tokens of a user."""
    await session.execute(delete(personal_tokens).where(personal_tokens.c.user_id == user_id))
