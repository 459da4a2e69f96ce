"""Two-factor authentication: setup with an authenticator app, recovery codes, turning it off, and the second step of sign-in."""

import base64
import secrets
import uuid
from dataclasses import dataclass

from pyotp import random_base32
from pyotp.totp import TOTP
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, security
from askchopper.database import transaction
from askchopper.errors import ConflictError, NotFoundError, SignInRequiredError
from askchopper.models.accounts import users
from askchopper.models.two_factor import recovery_codes, two_factor_secrets
from askchopper.observability import log
from askchopper.page_titles import SITE_NAME
from askchopper.schemas.accounts import Viewer
from askchopper.services import accounts, activity, passwords, sessions, two_factor_codes

_SECOND_STEP = "second-step"


@dataclass(frozen=True)
class Setup:
    """Secret and QR code for an authenticator app; shown once. ``picture`` is a data URI of the QR code as SVG."""

    key: str
    picture: str


@dataclass(frozen=True)
class TwoFactorStatus:
    """Whether a second factor is required, and how many recovery codes are left."""

    is_on: bool
    recovery_codes: int


async def status(session: AsyncSession, viewer: Viewer) -> TwoFactorStatus:
    """Return the viewer's two-factor status."""
    left = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.user_id == viewer.user_id)
    is_on = await two_factor_codes.is_on(session, viewer.user_id)
    return TwoFactorStatus(is_on, (await session.execute(left)).scalar_one())


async def begin(session: AsyncSession, viewer: Viewer, *, password: str) -> Setup:
    """Begin the setup with a new secret, which replaces an unconfirmed one.

    Raises:
        InvalidInputError: the sign-in is not recent and the password is wrong.
        ConflictError: it is on already.
        RateLimitedError: too many wrong passwords.
    """
    await passwords.prove_identity(session, viewer, password=password)
    if await two_factor_codes.is_on(session, viewer.user_id):
        raise ConflictError("Two-factor authentication is on already.")
    secret = random_base32()
    values = {"secret": security.encrypt(secret, purpose=two_factor_codes.purpose(viewer.user_id)), "last_step": 0}
    await session.execute(
        upsert(two_factor_secrets)
        .values(user_id=viewer.user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    address = TOTP(secret).provisioning_uri(name=viewer.email, issuer_name=SITE_NAME)
    return Setup(" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)), _picture(address))


async def confirm(session: AsyncSession, viewer: Viewer, *, code: str) -> tuple[str, ...]:
    """Turn two-factor authentication on, after verifying a first code.

    Returns:
        The recovery codes, which are shown only here.

    Raises:
        InvalidInputError: the code is wrong.
        ConflictError: it is on already.
        RateLimitedError: too many wrong codes.

    Emits: a notification.
    """
    if await two_factor_codes.is_on(session, viewer.user_id):
        raise ConflictError("Two-factor authentication is on already.")
    await two_factor_codes.check(session, viewer.user_id, code, is_setup=True)
    await session.execute(
        update(two_factor_secrets).where(two_factor_secrets.c.user_id == viewer.user_id).values(confirmed_at=func.now())
    )
    await _tell(session, viewer.user_id, "Two-factor authentication is on.")
    return await _make_codes(session, viewer.user_id)


async def renew_codes(session: AsyncSession, viewer: Viewer, *, code: str) -> tuple[str, ...]:
    """Create new recovery codes; the old ones become invalid.

    Raises:
        ConflictError: two-factor authentication is off.
        InvalidInputError: the code is wrong.
        RateLimitedError: too many wrong codes.
    """
    await _check(session, viewer, code)
    return await _make_codes(session, viewer.user_id)


async def turn_off(session: AsyncSession, viewer: Viewer, *, code: str) -> None:
    """Turn two-factor authentication off with a code or a recovery code.

    Raises:
        ConflictError: it is off already.
        InvalidInputError: the code is wrong.
        RateLimitedError: too many wrong codes.

    Emits: a notification.
    """
    await _check(session, viewer, code)
    await _remove(session, viewer.user_id)
    await _tell(session, viewer.user_id, "Two-factor authentication is off.")


async def reset(session: AsyncSession, *, email: str) -> None:
    """Turn two-factor authentication off for a member who lost their app and codes. For operators.

    Raises:
        InvalidInputError: the e-mail is invalid.
        NotFoundError: no account has this e-mail, or it is off.

    Emits: a notification.
    """
    user_id = await accounts.find_user(session, email=email)
    if not await two_factor_codes.is_on(session, user_id):
        raise NotFoundError("Two-factor authentication is off for this account.")
    await _remove(session, user_id)
    await _tell(session, user_id, "Two-factor authentication was reset by the operator.")


async def begin_second_step(session: AsyncSession, user_id: uuid.UUID, *, next_path: str) -> str:
    """Return a signed cookie that proves the first factor was accepted. It does not sign in."""
    payload = {"user": str(user_id), "stamp": await _stamp(session, user_id), "next": next_path}
    return security.sign(payload, purpose=_SECOND_STEP)


async def finish_second_step(cookie: str, *, code: str, user_agent: str) -> tuple[str, Viewer, str]:
    """Sign in with a code after the first factor.

    Returns:
        A new session token, the viewer, and the path to redirect to.

    Raises:
        SignInRequiredError: the first step is too long ago; or since then the password or the secret has changed, or
            the account was disabled.
        InvalidInputError: the code is wrong.
        RateLimitedError: too many wrong codes.
    """
    found = None
    if 0 < len(cookie) <= 3000:
        found = security.unsign(cookie, purpose=_SECOND_STEP, max_age_seconds=policy.SECOND_STEP_MINUTES * 60)
    if found is None:
        raise SignInRequiredError("That took too long. Enter your password again.")
    user_id = uuid.UUID(found["user"])
    async with transaction() as session:
        if await _stamp(session, user_id) != found["stamp"]:
            raise SignInRequiredError("That took too long. Enter your password again.")
        await two_factor_codes.check(session, user_id, code)
        token, viewer = await sessions.open_session(session, user_id=user_id, user_agent=user_agent)
    log.info("accounts.signed_in", user=str(user_id), second_factor=True)
    return token, viewer, found["next"]


async def rotate_keys() -> tuple[int, int]:
    """Re-encrypt all secrets with the newest key. Returns how many were re-encrypted, and how many no key could decrypt."""
    done = lost = 0
    async with transaction(timeout_seconds=None) as session:
        rows = await session.execute(
            select(two_factor_secrets.c.user_id, two_factor_secrets.c.secret).with_for_update()
        )
        for row in rows.all():
            renewed = security.reencrypt(row.secret)
            if renewed is None:
                lost += 1
                continue
            done += 1
            await session.execute(
                update(two_factor_secrets).where(two_factor_secrets.c.user_id == row.user_id).values(secret=renewed)
            )
    return done, lost


async def _check(session: AsyncSession, viewer: Viewer, code: str) -> None:
    if not await two_factor_codes.is_on(session, viewer.user_id):
        raise ConflictError("Two-factor authentication is off.")
    await two_factor_codes.check(session, viewer.user_id, code)


async def _make_codes(session: AsyncSession, user_id: uuid.UUID) -> tuple[str, ...]:
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(policy.RECOVERY_CODES)]
    await session.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"user_id": user_id, "code_hash": two_factor_codes.hash_recovery(user_id, code)} for code in codes]
    await session.execute(insert(recovery_codes), rows)
    return tuple("-".join(code[start : start + 4] for start in range(0, 16, 4)) for code in codes)


async def _remove(session: AsyncSession, user_id: uuid.UUID) -> None:
    await session.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    await session.execute(delete(two_factor_secrets).where(two_factor_secrets.c.user_id == user_id))


async def _tell(session: AsyncSession, user_id: uuid.UUID, sentence: str) -> None:
    await activity.notify(session, user_id=user_id, kind="account", sentence=sentence, link=routes.TWO_FACTOR)
    log.warning("accounts.two_factor_changed", user=str(user_id), sentence=sentence)


async def _stamp(session: AsyncSession, user_id: uuid.UUID) -> str:
    """Return a digest that changes with the password and the secret; empty if the account is missing or disabled."""
    row = await session.execute(
        select(users.c.password_hash, two_factor_secrets.c.secret)
        .select_from(users.outerjoin(two_factor_secrets, two_factor_secrets.c.user_id == users.c.id))
        .where(users.c.id == user_id, users.c.disabled_at.is_(None))
    )
    found = row.one_or_none()
    return security.hash_token(f"{found.password_hash}:{(found.secret or b'').hex()}").hex()[:32] if found else ""


def _picture(address: str) -> str:
    import segno  # noqa: PLC0415 - only who sets this up needs it

    return segno.make(address, error="m").svg_data_uri(scale=4, border=3, dark="#000", light="#fff")
