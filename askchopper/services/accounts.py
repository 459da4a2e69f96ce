"""Accounts: registration, sign-in and roles."""

import asyncio
import hmac
import uuid
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy, security, settings
from askchopper.errors import AskChopperError, ForbiddenError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.models.accounts import User, users
from askchopper.models.accounts import sessions as session_rows
from askchopper.moderation_vocabulary import Switch
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail, Viewer
from askchopper.schemas.credentials import checked_password, normalise_email
from askchopper.schemas.text import clean_line
from askchopper.services import access_tokens, audit, known_devices, limits, sessions, switches, two_factor_codes
from askchopper.vocabulary import Role

UserId: TypeAlias = uuid.UUID
WRONG_CREDENTIALS = "The email or the password is wrong."


class WrongCredentialsError(InvalidInputError):
    """Sign-in failed. The message does not reveal which part was wrong.

    Args:
        owner: the account's owner, if they must be warned of many failures.
    """

    status = 401
    title = "Sign-in failed"

    def __init__(self, *, owner: AccountMail | None = None) -> None:
        super().__init__(WRONG_CREDENTIALS, field="password")
        self.owner = owner


class SecondFactorRequiredError(AskChopperError):
    """The first factor was accepted; a code is required to sign in. No session was opened."""

    status = 401
    title = "Code required"

    def __init__(self, user_id: UserId) -> None:
        super().__init__("Enter the code of your authenticator app.")
        self.user_id = user_id


async def open_session(session: AsyncSession, *, user_id: UserId, user_agent: str) -> tuple[str, Viewer]:
    """Open a session after a first factor other than a password, such as a sign-in provider.

    Returns:
        A new session token for the cookie, and the viewer.

    Raises:
        SecondFactorRequiredError: a code is needed.
        SignInRequiredError: the account is disabled.
    """
    if await two_factor_codes.is_on(session, user_id):
        raise SecondFactorRequiredError(user_id)
    return await sessions.open_session(session, user_id=user_id, user_agent=user_agent)


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

    The verification code is checked only if one is configured. Without a ``client_ip`` neither the rate limit nor the
    registration switch applies.

    Returns:
        The new user's id.

    Raises:
        InvalidInputError: a field is invalid, or the e-mail is taken.
        RateLimitedError: too many registrations or wrong codes from this address.
        SwitchedOffError: registrations are switched off.

    Invariant: one account per e-mail, compared case-insensitively.
    """
    address, name = await checked_registration(
        email=email, display_name=display_name, password=password, code=code, client_ip=client_ip
    )
    user_id = await create_user(session, email=address, display_name=name, password=password)
    log.info("accounts.registered", user=str(user_id), address=client_ip)
    return user_id


async def checked_registration(
    *, email: str, display_name: str, password: str, code: str, client_ip: str
) -> tuple[str, str]:
    """Validate the fields of a registration and count it against the rate limit.

    Returns:
        The normalised e-mail and display name.

    Raises:
        InvalidInputError: a field is invalid.
        RateLimitedError: too many registrations or wrong codes from this address.
        SwitchedOffError: registrations are switched off.
    """
    checked_password(password)
    return await checked_address(email=email, display_name=display_name, code=code, client_ip=client_ip)


async def checked_address(*, email: str, display_name: str, code: str, client_ip: str) -> tuple[str, str]:
    """Validate a registration without a password, and count it against the rate limit; see ``checked_registration``."""
    await _check_code(code, client_ip)
    checked = normalise_email(email), _checked_name(display_name)
    if client_ip:
        await switches.require(Switch.REGISTRATIONS)
        await limits.hit((limits.REGISTER, client_ip))
    return checked


async def create_user(
    session: AsyncSession, *, email: str, display_name: str, password: str, role: Role = Role.MEMBER
) -> uuid.UUID:
    """Create an account without verification code or rate limit, for CLI commands and demo data; return its id.

    Raises:
        InvalidInputError: a field is invalid, or the e-mail is taken.
    """
    return await insert_user(
        session,
        email=normalise_email(email),
        display_name=_checked_name(display_name),
        password_hash=await security.hash_password(checked_password(password)),
        role=role,
    )


async def insert_user(
    session: AsyncSession, *, email: str, display_name: str, password_hash: str | None, role: Role = Role.MEMBER
) -> UserId:
    """Insert a user from checked values and return their id.

    Raises:
        InvalidInputError: the e-mail is taken.
    """
    user = User(email=email, display_name=display_name, password_hash=password_hash, role=role)
    try:
        async with session.begin_nested():
            session.add(user)
            await session.flush()
    except IntegrityError as error:
        sentence = "There is already an account with this email. Sign in instead."
        raise InvalidInputError(sentence, field="email") from error
    return user.id


async def has_account(session: AsyncSession, *, email: str) -> bool:
    """Return whether a valid e-mail has an account."""
    found = await session.execute(select(users.c.id).where(has_email(email)))
    return found.first() is not None


async def authenticate(
    *, email: str, password: str, user_agent: str, client_ip: str = "", device: str = ""
) -> tuple[str, Viewer]:
    """Sign in with e-mail and password.

    Failures are counted by account and address, or only by device where the member has signed in before, so that
    nobody can lock a member out from elsewhere. Many failures for one account delay attempts from other devices, and
    ``WrongCredentialsError.owner`` is set once so that the caller warns the owner.

    Opens its own transaction at the end, since the delay before it may exceed the time limit of a transaction.

    Args:
        email: e-mail as typed.
        password: password as typed.
        user_agent: user agent of the browser, for the list of sessions.
        client_ip: address of the client; empty for no limit.
        device: the cookie of ``known_devices``, if the browser has one.

    Returns:
        A new session token for the cookie, and the viewer.

    Raises:
        WrongCredentialsError: unknown e-mail, wrong password, disabled account, or a demo account in production.
        RateLimitedError: too many failures of this address, device or account.
        SecondFactorRequiredError: the password is right, and a code is needed.
    """
    found = await find_credentials(email)
    account = sign_in_subject(email)
    known = known_devices.find(device, found.id) if found else ""
    counted = [(limits.LOGIN_DEVICE, known)] if known else [(limits.LOGIN_ACCOUNT, account)]
    if client_ip and not known:
        counted.append((limits.LOGIN_ADDRESS, client_ip))
    tries = await limits.hit(*counted)
    failures = 0 if known else await limits.count(limits.LOGIN_ACCOUNT, account)
    await asyncio.sleep(delay_seconds(failures))
    matches, upgraded = await security.verify_password(
        password[: policy.MAX_PASSWORD_CHARACTERS + 1], found.password_hash if found else None
    )
    if found is None or not matches or found.disabled_at is not None or _is_demo(found.email):
        log.warning(
            "accounts.sign_in_failed",
            user=str(found.id) if found else None,
            email=_digest(account),
            address=client_ip,
        )
        is_told = found is not None and failures == policy.SIGN_IN_FAILURES_TOLD
        raise WrongCredentialsError(owner=mail_of(found) if is_told else None)
    await limits.release(tries)
    async with database.transaction() as session:
        if upgraded:
            await session.execute(update(users).where(users.c.id == found.id).values(password_hash=upgraded))
        needs_code = await two_factor_codes.is_on(session, found.id)
        opened = None if needs_code else await sessions.open_session(session, user_id=found.id, user_agent=user_agent)
    if opened is None:
        raise SecondFactorRequiredError(found.id)
    log.info("accounts.signed_in", user=str(found.id))
    return opened


def sign_in_subject(email: str) -> str:
    """Return the subject of ``limits.LOGIN_ACCOUNT``, the same for all spellings of an e-mail."""
    try:
        return normalise_email(email)
    except InvalidInputError:
        return email.strip().casefold()


def has_email(email: str) -> ColumnElement[bool]:
    """Return the SQL condition for the account with an e-mail, compared case-insensitively.

    Raises:
        InvalidInputError: the e-mail is invalid.
    """
    return func.lower(users.c.email) == normalise_email(email)


def delay_seconds(failures: int) -> float:
    """Return the delay of a sign-in attempt in seconds, from the number of failures for its account in the last hour."""
    beyond = failures - policy.SIGN_IN_FAILURES_UNDELAYED
    return 0.0 if beyond <= 0 else min(policy.MAX_SIGN_IN_DELAY_SECONDS, 0.25 * 2 ** min(beyond, 10))


async def sign_out_everywhere(session: AsyncSession, viewer: Viewer) -> None:
    """End all sessions of the viewer and revoke their access tokens."""
    await session.execute(delete(session_rows).where(session_rows.c.user_id == viewer.user_id))
    await access_tokens.revoke_all(session, viewer.user_id)


async def grant_role(session: AsyncSession, *, email: str, role: Role) -> None:
    """Grant a role to a user, effective on their next request. For operators.

    Raises:
        InvalidInputError: the e-mail is invalid.
        NotFoundError: no account has this e-mail.
    """
    result = await session.execute(update(users).where(has_email(email)).values(role=role).returning(users.c.id))
    row = result.first()
    if row is None:
        raise NotFoundError("No account has this email.")
    await audit.record(
        session, None, action="member.role", target="member", target_id=str(row.id), after={"role": role.value}
    )
    log.warning("accounts.role_granted", user=str(row.id), role=role.value)


async def find_user(session: AsyncSession, *, email: str) -> uuid.UUID:
    """Return the id of the account with an e-mail. For operators.

    Raises:
        InvalidInputError: the e-mail is invalid.
        NotFoundError: no account has this e-mail.
    """
    found = await session.execute(select(users.c.id).where(has_email(email)))
    user_id = found.scalar_one_or_none()
    if user_id is None:
        raise NotFoundError("No account has this email.")
    return user_id


def require_admin(viewer: Viewer | None) -> Viewer:
    """Return the viewer if they are an admin.

    Raises:
        SignInRequiredError: nobody is signed in.
        ForbiddenError: the viewer is not an admin, or must set up two-factor authentication first.
    """
    if viewer is None:
        raise SignInRequiredError
    if viewer.needs_second_factor:
        raise ForbiddenError("Set up two-factor authentication in your settings first.")
    if viewer.role is not Role.ADMIN:
        raise ForbiddenError("Only administrators can see this.")
    return viewer


async def find_credentials(email: str) -> Any:
    try:
        is_wanted = has_email(email)
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
                ).where(is_wanted)
            )
        ).one_or_none()


async def _check_code(code: str, client_ip: str) -> None:
    """Check the verification code, if one is configured. The attempt is counted first; a right code removes it from the count."""
    expected = settings.get().verification_code
    if expected is None:
        return
    tries = await limits.hit((limits.CODE, client_ip)) if client_ip else limits.Hits(())
    if not hmac.compare_digest(code.strip().encode(), expected.get_secret_value().encode()):
        raise InvalidInputError("The verification code is wrong.", field="code")
    await limits.release(tries)


def _is_demo(email: str) -> bool:
    """Whether this is a demo account in production, for example from a copied database. Demo passwords are public."""
    return settings.get().is_production and email.endswith(policy.DEMO_DOMAIN)


def mail_of(found: Any) -> AccountMail:
    return AccountMail(user_id=found.id, email=found.email, display_name=found.display_name)


def _digest(email: str) -> str:
    """Return a short hash that identifies an account in the log without revealing its e-mail."""
    return security.hash_token(email).hex()[:12]


def usable_name(text: str) -> str:
    """Return external text as a valid display name; empty if it is not valid."""
    try:
        return _checked_name(text[: policy.MAX_DISPLAY_NAME_CHARACTERS])
    except InvalidInputError:
        return ""


def _checked_name(display_name: str) -> str:
    return clean_line(
        display_name, label="The display name", field="display_name", max_length=policy.MAX_DISPLAY_NAME_CHARACTERS
    )
