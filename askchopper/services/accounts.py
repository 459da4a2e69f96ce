"""Accounts: registration, sign-in, passwords, password resets and roles.

Reset tokens are stored only as hashes. The caller sends mail after its transaction has committed.
"""

import hmac
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy, routes, security, settings
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.models.accounts import PasswordReset, User, password_resets, users
from askchopper.models.accounts import sessions as session_rows
from askchopper.models.base import utc_now
from askchopper.observability import log
from askchopper.schemas.accounts import ResetMail, Viewer
from askchopper.schemas.credentials import checked_password, normalise_email
from askchopper.schemas.text import clean_line
from askchopper.services import limits, sessions
from askchopper.vocabulary import Role

WRONG_CREDENTIALS = "The e-mail or the password is wrong."


class WrongCredentialsError(InvalidInputError):
    """Sign-in failed. The message does not reveal which part was wrong."""

    status = 401
    title = "Sign-in failed"


async def register(
    session: AsyncSession,
    *,
    email: str,
    display_name: str,
    password: str,
    code: str,
    client_ip: str = "",
) -> uuid.UUID:
    """Register an account.

    The verification code is checked only if one is configured. Without a ``client_ip`` no rate limit applies.

    Returns:
        The new user's id.

    Raises:
        InvalidInputError: a field is invalid, or the e-mail is taken.
        RateLimitedError: too many registrations from this address.

    Invariant: one account per e-mail, compared case-insensitively.
    """
    expected = settings.get().verification_code
    if expected and not hmac.compare_digest(code.strip().encode(), expected.get_secret_value().encode()):
        raise InvalidInputError("The verification code is wrong.", field="code")
    checked = (normalise_email(email), _checked_name(display_name), checked_password(password))
    if client_ip:
        await limits.hit((limits.REGISTER, client_ip))
    user_id = await create_user(session, email=checked[0], display_name=checked[1], password=checked[2])
    log.info("accounts.registered", user=str(user_id))
    return user_id


async def create_user(
    session: AsyncSession, *, email: str, display_name: str, password: str, role: Role = Role.MEMBER
) -> uuid.UUID:
    """Create an account without verification code or rate limit, for CLI commands and demo data.

    Raises:
        InvalidInputError: a field is invalid, or the e-mail is taken.
    """
    user = User(
        email=normalise_email(email),
        display_name=_checked_name(display_name),
        password_hash=await security.hash_password(checked_password(password)),
        role=role,
    )
    try:
        async with session.begin_nested():
            session.add(user)
            await session.flush()
    except IntegrityError as error:
        sentence = "There is already an account with this e-mail. Sign in instead."
        raise InvalidInputError(sentence, field="email") from error
    return user.id


async def authenticate(
    session: AsyncSession, *, email: str, password: str, user_agent: str, client_ip: str = ""
) -> tuple[str, Viewer]:
    """Sign in with e-mail and password.

    Returns:
        A new session token for the cookie, and the viewer.

    Raises:
        WrongCredentialsError: unknown e-mail, wrong password or disabled account.
        RateLimitedError: too many failures for this account or from this address.
    """
    known_email = email.strip().casefold()
    tries = await limits.hit(
        (limits.LOGIN_ACCOUNT, known_email),
        *(((limits.LOGIN_ADDRESS, client_ip),) if client_ip else ()),
    )
    found = await _find_credentials(email)
    # No pooled connection is held meanwhile: a hash takes tens of milliseconds, and many may queue for it.
    matches, upgraded = await security.verify_password(
        password[: policy.MAX_PASSWORD_CHARACTERS + 1], found.password_hash if found else None
    )
    if found is None or not matches or found.disabled_at is not None:
        log.warning("accounts.sign_in_failed", user=str(found.id) if found else None)
        raise WrongCredentialsError(WRONG_CREDENTIALS, field="password")
    await limits.release(tries)
    if upgraded:
        await session.execute(update(users).where(users.c.id == found.id).values(password_hash=upgraded))
    log.info("accounts.signed_in", user=str(found.id))
    return await sessions.open_session(session, user_id=found.id, user_agent=user_agent)


async def change_password(session: AsyncSession, viewer: Viewer, *, current: str, new: str) -> None:
    """Change the viewer's password.

    Raises:
        InvalidInputError: the current password is wrong, or the new one is too weak.
        RateLimitedError: too many wrong current passwords.

    Invariant: all other sessions of the account end, and open reset links are invalidated.
    """
    fresh_hash = await security.hash_password(checked_password(new, field="new"))
    tries = await limits.hit((limits.LOGIN_ACCOUNT, viewer.email))
    stored = (await session.execute(select(users.c.password_hash).where(users.c.id == viewer.user_id))).scalar_one()
    matches, _ = await security.verify_password(current, stored)
    if not matches:
        raise InvalidInputError("The current password is wrong.", field="current")
    await limits.release(tries)
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(password_hash=fresh_hash))
    others = session_rows.c.id != viewer.session_id if viewer.session_id else session_rows.c.id.is_not(None)
    await session.execute(delete(session_rows).where(session_rows.c.user_id == viewer.user_id, others))
    await session.execute(delete(password_resets).where(password_resets.c.user_id == viewer.user_id))
    log.info("accounts.password_changed", user=str(viewer.user_id))


async def request_reset(session: AsyncSession, *, email: str) -> ResetMail | None:
    """Create a password reset link; None if the e-mail has no account.

    The caller mails it after the commit and responds the same either way, so that accounts cannot be enumerated.

    Raises:
        RateLimitedError: too many reset mails for this e-mail.
    """
    await limits.hit((limits.RESET, email.strip().casefold()))
    user = await _find_credentials(email)
    if user is None or user.disabled_at is not None:
        return None
    token = security.new_token()
    session.add(
        PasswordReset(
            token_hash=security.hash_token(token),
            user_id=user.id,
            expires_at=utc_now() + timedelta(minutes=policy.PASSWORD_RESET_MINUTES),
        )
    )
    await session.flush()
    return ResetMail(email=user.email, display_name=user.display_name, link=routes.reset(token))


async def reset_password(session: AsyncSession, *, token: str, new: str) -> None:
    """Set a new password with a mailed reset link.

    Raises:
        InvalidInputError: the link is unknown, used or expired, or the password is too weak.

    Invariant: a link works once; all sessions of the account end; its failed sign-ins are reset.
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
    statement = update(users).where(users.c.id == user_id).values(password_hash=fresh_hash).returning(users.c.email)
    email = (await session.execute(statement)).scalar_one()
    await session.execute(delete(session_rows).where(session_rows.c.user_id == user_id))
    await session.execute(
        delete(password_resets).where(password_resets.c.user_id == user_id, password_resets.c.used_at.is_(None))
    )
    await limits.reset(session, limits.LOGIN_ACCOUNT, email)
    log.info("accounts.password_reset", user=str(user_id))


async def grant_role(session: AsyncSession, *, email: str, role: Role) -> None:
    """Grant a role to a user, effective on their next request. For operators.

    Raises:
        NotFoundError: no account has this e-mail.
    """
    result = await session.execute(
        update(users).where(users.c.email == normalise_email(email)).values(role=role).returning(users.c.id)
    )
    if result.first() is None:
        raise NotFoundError("No account has this e-mail.")


def require_admin(viewer: Viewer | None) -> Viewer:
    """Return the viewer if they are an admin.

    Raises:
        SignInRequiredError: nobody is signed in.
        ForbiddenError: the viewer is not an admin.
    """
    if viewer is None:
        raise SignInRequiredError
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only admins may see this.")
    return viewer


async def _find_credentials(email: str) -> Any:
    try:
        normalised = normalise_email(email)
    except InvalidInputError:
        return None
    async with database.read_only() as reading:
        return (
            await reading.execute(
                select(
                    users.c.id,
                    users.c.email,
                    users.c.display_name,
                    users.c.password_hash,
                    users.c.disabled_at,
                ).where(func.lower(users.c.email) == normalised)
            )
        ).one_or_none()


def _checked_name(display_name: str) -> str:
    return clean_line(
        display_name, label="The display name", field="display_name", max_length=policy.MAX_DISPLAY_NAME_CHARACTERS
    )
