"""Passwords: changing, confirming and resetting them. Reset tokens are stored only as hashes."""

import uuid

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, security
from askchopper.errors import InvalidInputError
from askchopper.models.accounts import password_resets, users
from askchopper.models.accounts import sessions as session_rows
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail, Viewer
from askchopper.schemas.credentials import checked_password
from askchopper.services import access_tokens, accounts, limits, sessions


async def change_password(
    session: AsyncSession, viewer: Viewer, *, current: str, new: str, revokes_tokens: bool = False
) -> None:
    """Change the viewer's password, and optionally revoke their access tokens.

    Raises:
        InvalidInputError: the current password is wrong, or the new one is too weak.
        RateLimitedError: too many wrong current passwords.

    Invariant: all other sessions of the account end, and open reset links are invalidated.
    """
    fresh_hash = await security.hash_password(checked_password(new, field="new"))
    await confirm_password(session, viewer, password=current, field="current")
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(password_hash=fresh_hash))
    others = session_rows.c.id != viewer.session_id if viewer.session_id else session_rows.c.id.is_not(None)
    await session.execute(delete(session_rows).where(session_rows.c.user_id == viewer.user_id, others))
    await session.execute(delete(password_resets).where(password_resets.c.user_id == viewer.user_id))
    if revokes_tokens:
        await access_tokens.revoke_all(session, viewer.user_id)
    log.info("accounts.password_changed", user=str(viewer.user_id))


async def confirm_password(session: AsyncSession, viewer: Viewer, *, password: str, field: str = "password") -> None:
    """Require the viewer's password, before a change that outlasts their session.

    Raises:
        InvalidInputError: the password is wrong, or the account has none.
        RateLimitedError: too many wrong passwords.
    """
    tries = await limits.hit((limits.PASSWORD, str(viewer.user_id)))
    stored = (await session.execute(select(users.c.password_hash).where(users.c.id == viewer.user_id))).scalar_one()
    matches, _ = await security.verify_password(password[: policy.MAX_PASSWORD_CHARACTERS + 1], stored)
    if not matches:
        sentence = "The current password is wrong." if field == "current" else "The password is wrong."
        raise InvalidInputError(sentence, field=field)
    await limits.release(tries)


async def prove_identity(session: AsyncSession, viewer: Viewer, *, password: str) -> None:
    """Require the password unless the viewer signed in recently, before a change that outlasts their session.

    Raises:
        InvalidInputError: the password is wrong, or the account has none.
        RateLimitedError: too many wrong passwords.
    """
    if not await sessions.is_recent(session, viewer):
        await confirm_password(session, viewer, password=password)


async def has_password(session: AsyncSession, viewer: Viewer) -> bool:
    """Return whether the viewer can sign in with a password."""
    stored = await session.execute(select(users.c.password_hash).where(users.c.id == viewer.user_id))
    return stored.scalar_one() is not None


async def find_for_reset(*, email: str, client_ip: str = "") -> AccountMail | None:
    """Find the account to mail a reset link to; None if the e-mail has none or the account is disabled.

    The caller responds identically either way, and calls ``create_reset`` after responding, so that accounts cannot be
    enumerated by content or timing.

    Raises:
        RateLimitedError: too many requests from this address.
    """
    if client_ip:
        await limits.hit((limits.RESET, client_ip))
    user = await accounts.find_credentials(email)
    return None if user is None or user.disabled_at is not None else accounts.mail_of(user)


async def create_reset(session: AsyncSession, owner: AccountMail) -> str | None:
    """Create a password reset link for an account.

    Returns:
        The link's path; None if one was mailed very recently, which is still valid. The limit prevents flooding an
        inbox.
    """
    made = await session.execute(
        text(
            "INSERT INTO password_resets (token_hash, user_id, expires_at)"
            " SELECT :token_hash, :user_id, now() + make_interval(mins => :minutes)"
            " WHERE NOT EXISTS (SELECT 1 FROM password_resets WHERE user_id = :user_id AND used_at IS NULL"
            " AND created_at > now() - make_interval(secs => :pause))"
            " RETURNING 1"
        ),
        {
            "token_hash": security.hash_token(token := security.new_token()),
            "user_id": owner.user_id,
            "minutes": policy.PASSWORD_RESET_MINUTES,
            "pause": policy.PASSWORD_RESET_PAUSE_SECONDS,
        },
    )
    return routes.reset(token) if made.first() else None


async def reset_password(session: AsyncSession, *, token: str, new: str) -> uuid.UUID:
    """Set a new password with a mailed reset link.

    Returns:
        The user's id.

    Raises:
        InvalidInputError: the link is unknown, used or expired, or the password is too weak.

    Invariant: a link works once; all sessions and access tokens of the account end; its failed sign-ins are reset.
    """
    password = checked_password(new)
    used = (
        update(password_resets)
        .where(
            password_resets.c.token_hash == security.hash_token(token.encode("utf-8", "replace").decode()),
            password_resets.c.used_at.is_(None),
            password_resets.c.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(password_resets.c.user_id)
    )
    user_id = (await session.execute(used)).scalar_one_or_none()
    if user_id is None:
        raise InvalidInputError("This link no longer works. Ask for a new one.", field="token")
    fresh_hash = await security.hash_password(password)
    statement = (
        update(users)
        .where(users.c.id == user_id)
        .values(password_hash=fresh_hash, email_verified_at=func.coalesce(users.c.email_verified_at, func.now()))
        .returning(users.c.email)
    )
    email = (await session.execute(statement)).scalar_one()
    await session.execute(delete(session_rows).where(session_rows.c.user_id == user_id))
    await session.execute(
        delete(password_resets).where(password_resets.c.user_id == user_id, password_resets.c.used_at.is_(None))
    )
    await access_tokens.revoke_all(session, user_id)
    await limits.reset(session, limits.LOGIN_ACCOUNT, accounts.sign_in_subject(email))
    log.info("accounts.password_reset", user=str(user_id))
    return user_id
