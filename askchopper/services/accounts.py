"""Accounts: registration, sign-in, sessions, passwords, resets, personal tokens, roles.

Tokens are handed out once and kept only as hashes. Mails are the caller's business, after the transaction has committed.
"""

import hmac
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, routes, security, settings
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.models.accounts import PasswordReset, PersonalToken, User, UserSession
from askchopper.models.base import utc_now
from askchopper.models.tables import creators, password_resets, personal_tokens, sessions, users
from askchopper.observability import log
from askchopper.schemas.accounts import ResetMail, SessionLine, TokenLine, Viewer
from askchopper.schemas.credentials import MAX_PASSWORD_LENGTH, checked_password, normalise_email
from askchopper.schemas.text import clean_line
from askchopper.services import limits
from askchopper.vocabulary import Role

MAX_NAME_LENGTH = 60
MAX_PERSONAL_TOKENS = 20
RESET_MINUTES = 10
WRONG_CREDENTIALS = "The e-mail or the password is wrong."
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


class WrongCredentialsError(InvalidInputError):
    """Sign-in failed; the sentence is the same whatever was wrong."""

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
    """Make an account for a visitor.

    The code is compared only where the operator demands one; without a ``client_ip`` no limit is counted.

    Returns:
        The new user's id.

    Raises:
        InvalidInputError: a field is wrong, or the e-mail is taken.
        RateLimitedError: too many accounts from this address.

    Invariant: one account per e-mail, whatever its letters' case.
    """
    expected = settings.get().verification_code
    if expected and not hmac.compare_digest(code.strip().encode(), expected.get_secret_value().encode()):
        raise InvalidInputError("The verification code is wrong.", field="code")
    checked = (normalise_email(email), _checked_name(display_name), checked_password(password))
    if client_ip:
        await limits.take((limits.REGISTER, client_ip))
    user_id = await create_user(session, email=checked[0], display_name=checked[1], password=checked[2])
    log.info("accounts.registered", user=str(user_id))
    return user_id


async def create_user(
    session: AsyncSession, *, email: str, display_name: str, password: str, role: Role = Role.MEMBER
) -> uuid.UUID:
    """Make an account without the rules for visitors: no code, no limit. For commands and demo data.

    Raises:
        InvalidInputError: a field is wrong, or the e-mail is taken.
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
        A new session token for the cookie, and who signed in.

    Raises:
        WrongCredentialsError: unknown e-mail, wrong password or disabled account; one sentence for all of them.
        RateLimitedError: too many failures for this account or from this address.
    """
    known_email = email.strip().casefold()
    tries = await limits.take(
        (limits.LOGIN_ACCOUNT, known_email),
        *(((limits.LOGIN_ADDRESS, client_ip),) if client_ip else ()),
    )
    found = await _find_credentials(email)
    # Nothing is held from the pool meanwhile: a hash takes tens of milliseconds, and many may queue for it.
    matches, upgraded = await security.verify_password(
        password[: MAX_PASSWORD_LENGTH + 1], found.password_hash if found else None
    )
    if found is None or not matches or found.disabled_at is not None:
        log.warning("accounts.sign_in_failed", user=str(found.id) if found else None)
        raise WrongCredentialsError(WRONG_CREDENTIALS, field="password")
    await limits.give_back(tries)
    if upgraded:
        await session.execute(update(users).where(users.c.id == found.id).values(password_hash=upgraded))
    log.info("accounts.signed_in", user=str(found.id))
    return await open_session(session, user_id=found.id, user_agent=user_agent)


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
    statement = (
        select(
            *_VIEWER_COLUMNS,
            sessions.c.id.label("session_id"),
            sessions.c.last_seen_at,
            func.current_setting("transaction_read_only").label("read_only"),
        )
        .select_from(
            sessions.join(users, users.c.id == sessions.c.user_id).outerjoin(creators, creators.c.user_id == users.c.id)
        )
        .where(
            sessions.c.token_hash == _hash(token),
            sessions.c.expires_at > func.now(),
            users.c.disabled_at.is_(None),
        )
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    if row.read_only == "off" and utc_now() - row.last_seen_at > _SEEN_INTERVAL:
        await session.execute(_TOUCH_SESSION, {"id": row.session_id})
    return _viewer(row, session_id=row.session_id)


async def viewer_by_personal_token(session: AsyncSession, token: str) -> Viewer | None:
    """Find who made a personal token; None when it is unknown, expired or of a disabled account."""
    if not token.startswith(_PERSONAL_PREFIX) or len(token) > 100:
        return None
    statement = (
        select(
            *_VIEWER_COLUMNS,
            personal_tokens.c.id.label("token_id"),
            personal_tokens.c.last_used_at,
            func.current_setting("transaction_read_only").label("read_only"),
        )
        .select_from(
            personal_tokens.join(users, users.c.id == personal_tokens.c.user_id).outerjoin(
                creators, creators.c.user_id == users.c.id
            )
        )
        .where(
            personal_tokens.c.token_hash == _hash(token),
            func.coalesce(personal_tokens.c.expires_at > func.now(), True),
            users.c.disabled_at.is_(None),
        )
    )
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        return None
    is_stale = row.last_used_at is None or utc_now() - row.last_used_at > _SEEN_INTERVAL
    if row.read_only == "off" and is_stale:
        await session.execute(_TOUCH_TOKEN, {"id": row.token_id})
    return _viewer(row, session_id=None)


async def sign_out(session: AsyncSession, viewer: Viewer) -> None:
    """End the session behind this request; every tab that uses it is signed out at once."""
    if viewer.session_id is not None:
        await session.execute(delete(sessions).where(sessions.c.id == viewer.session_id))


async def sign_out_everywhere(session: AsyncSession, viewer: Viewer) -> None:
    """End all sessions of the viewer, this one too."""
    await session.execute(delete(sessions).where(sessions.c.user_id == viewer.user_id))


async def list_sessions(session: AsyncSession, viewer: Viewer) -> tuple[SessionLine, ...]:
    """List the viewer's signed-in browsers, the present one first, then the last seen."""
    rows = await session.execute(
        select(sessions)
        .where(sessions.c.user_id == viewer.user_id, sessions.c.expires_at > func.now())
        .order_by((sessions.c.id == viewer.session_id).desc(), sessions.c.last_seen_at.desc())
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
        delete(sessions)
        .where(sessions.c.id == _own_id(session_id), sessions.c.user_id == viewer.user_id)
        .returning(sessions.c.id)
    )
    if result.first() is None:
        raise NotFoundError("This session has already ended.")


async def change_password(session: AsyncSession, viewer: Viewer, *, current: str, new: str) -> None:
    """Change the viewer's password.

    Raises:
        InvalidInputError: the current password is wrong, or the new one is too weak.
        RateLimitedError: too many wrong current passwords.

    Invariant: every other session of the account ends, and open reset links stop working.
    """
    fresh_hash = await security.hash_password(checked_password(new, field="new"))
    tries = await limits.take((limits.LOGIN_ACCOUNT, viewer.email))
    stored = (await session.execute(select(users.c.password_hash).where(users.c.id == viewer.user_id))).scalar_one()
    matches, _ = await security.verify_password(current, stored)
    if not matches:
        raise InvalidInputError("The current password is wrong.", field="current")
    await limits.give_back(tries)
    await session.execute(update(users).where(users.c.id == viewer.user_id).values(password_hash=fresh_hash))
    others = sessions.c.id != viewer.session_id if viewer.session_id else sessions.c.id.is_not(None)
    await session.execute(delete(sessions).where(sessions.c.user_id == viewer.user_id, others))
    await session.execute(delete(password_resets).where(password_resets.c.user_id == viewer.user_id))
    log.info("accounts.password_changed", user=str(viewer.user_id))


async def request_reset(session: AsyncSession, *, email: str) -> ResetMail | None:
    """Make a link to choose a new password; None for an e-mail without an account.

    The caller mails it after the commit, and answers the same either way.

    Raises:
        RateLimitedError: too many mails for this address.
    """
    await limits.take((limits.RESET, email.strip().casefold()))
    user = await _find_credentials(email)
    if user is None or user.disabled_at is not None:
        return None
    token = security.new_token()
    session.add(
        PasswordReset(
            token_hash=security.hash_token(token),
            user_id=user.id,
            expires_at=utc_now() + timedelta(minutes=RESET_MINUTES),
        )
    )
    await session.flush()
    return ResetMail(email=user.email, display_name=user.display_name, link=routes.reset(token))


async def reset_password(session: AsyncSession, *, token: str, new: str) -> None:
    """Choose a new password with a mailed link.

    Raises:
        InvalidInputError: the link is unknown, used or too old, or the password is too weak.

    Invariant: a link works once; all sessions of the account end; the account's failed sign-ins are forgiven.
    """
    password = checked_password(new)
    used = (
        update(password_resets)
        .where(
            password_resets.c.token_hash == _hash(token),
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
    await session.execute(delete(sessions).where(sessions.c.user_id == user_id))
    await session.execute(
        delete(password_resets).where(password_resets.c.user_id == user_id, password_resets.c.used_at.is_(None))
    )
    await limits.forgive(session, limits.LOGIN_ACCOUNT, email)
    log.info("accounts.password_reset", user=str(user_id))


async def make_personal_token(session: AsyncSession, viewer: Viewer, *, name: str) -> str:
    """Make a bearer token for scripts; it is shown this once.

    Raises:
        InvalidInputError: the name is wrong, or there are too many tokens.
    """
    cleaned = clean_line(name, label="The name", field="name", max_length=MAX_NAME_LENGTH)
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
        .where(personal_tokens.c.id == _own_id(token_id), personal_tokens.c.user_id == viewer.user_id)
        .returning(personal_tokens.c.id)
    )
    if result.first() is None:
        raise NotFoundError("This token was already revoked.")


async def grant_role(session: AsyncSession, *, email: str, role: Role) -> None:
    """Give a user a role; effective on their next request. For operators.

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
        ForbiddenError: somebody else is.
    """
    if viewer is None:
        raise SignInRequiredError
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only admins may see this.")
    return viewer


_VIEWER_COLUMNS = (users.c.id, users.c.display_name, users.c.email, users.c.role, creators.c.slug)
# A row that somebody else is touching right now needs no second touch, and nobody waits.
_TOUCH_SESSION = text(
    "UPDATE sessions SET last_seen_at = now() WHERE id = (SELECT id FROM sessions WHERE id = :id FOR UPDATE SKIP LOCKED)"
)
_TOUCH_TOKEN = text(
    "UPDATE personal_tokens SET last_used_at = now()"
    " WHERE id = (SELECT id FROM personal_tokens WHERE id = :id FOR UPDATE SKIP LOCKED)"
)


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


def _own_id(text_id: str) -> uuid.UUID:
    try:
        return uuid.UUID(text_id)
    except ValueError as error:
        raise NotFoundError("This does not exist.") from error


def _checked_name(display_name: str) -> str:
    return clean_line(display_name, label="The display name", field="display_name", max_length=MAX_NAME_LENGTH)


def _device(user_agent: str) -> str:
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or (user_agent.partition("/")[0][:40] or "Unknown device")
