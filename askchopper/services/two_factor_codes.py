"""Verifies authenticator codes (TOTP, RFC 6238) and recovery codes. ``two_factor`` handles the setup."""

import hmac
import time
import uuid

from pyotp.totp import TOTP
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import security
from askchopper.errors import InvalidInputError
from askchopper.models.two_factor import recovery_codes, two_factor_secrets
from askchopper.services import limits

STEP_SECONDS = 30
WRONG_CODE = "This code is wrong or was used already. Enter the one that your app shows now."
_DRIFT_STEPS = (0, -1, 1)  # clocks differ


async def is_on(session: AsyncSession, user_id: uuid.UUID) -> bool:
    """Return whether two-factor authentication is on for an account."""
    found = select(two_factor_secrets.c.user_id).where(
        two_factor_secrets.c.user_id == user_id, two_factor_secrets.c.confirmed_at.is_not(None)
    )
    return (await session.execute(found)).first() is not None


async def check(session: AsyncSession, user_id: uuid.UUID, code: str, *, is_setup: bool = False) -> None:
    """Verify an authenticator code or, except during setup, a recovery code. Failures are counted.

    Raises:
        InvalidInputError: it is wrong, or was accepted before.
        RateLimitedError: too many wrong codes for this account.

    Invariant: a code is accepted once.
    """
    tries = await limits.hit((limits.SECOND_FACTOR, str(user_id)))
    typed = "".join(sign for sign in code[:60] if sign.isalnum()).lower()
    is_right = await _use_code(session, user_id, typed) or (
        not is_setup and await _use_recovery(session, user_id, typed)
    )
    if not is_right:
        raise InvalidInputError(WRONG_CODE, field="authentication_code")
    await limits.release(tries)


def hash_recovery(user_id: uuid.UUID, code: str) -> bytes:
    """Hash a recovery code, in lower case without dashes, for storage; plain SHA-256 suffices for its 80 random bits."""
    return security.hash_token(f"{user_id}:{code}")


def purpose(user_id: uuid.UUID) -> str:
    """Return the purpose string that binds an encrypted secret to its user."""
    return f"two-factor:{user_id}"


async def _use_code(session: AsyncSession, user_id: uuid.UUID, typed: str) -> bool:
    found = await session.execute(
        select(two_factor_secrets.c.secret).where(two_factor_secrets.c.user_id == user_id).with_for_update()
    )
    sealed = found.scalar_one_or_none()
    secret = security.decrypt(sealed, purpose=purpose(user_id)) if sealed else None
    if secret is None or not (typed.isascii() and typed.isdigit()):
        return False
    step = _step_of(TOTP(secret), typed)
    if step is None:
        return False
    used = await session.execute(
        update(two_factor_secrets)
        .where(two_factor_secrets.c.user_id == user_id, two_factor_secrets.c.last_step < step)
        .values(last_step=step)
        .returning(two_factor_secrets.c.user_id)
    )
    return used.first() is not None


def _step_of(totp: TOTP, typed: str) -> int | None:
    """Return the time step of a code that is valid now or one step earlier or later; None if it is wrong.

    Compares in constant time.
    """
    now = int(time.time()) // STEP_SECONDS
    steps = [now + drift for drift in _DRIFT_STEPS]
    matches = [step for step in steps if hmac.compare_digest(typed, totp.at(step * STEP_SECONDS))]
    return matches[0] if matches else None


async def _use_recovery(session: AsyncSession, user_id: uuid.UUID, typed: str) -> bool:
    used = await session.execute(
        delete(recovery_codes)
        .where(recovery_codes.c.user_id == user_id, recovery_codes.c.code_hash == hash_recovery(user_id, typed))
        .returning(recovery_codes.c.user_id)
    )
    return used.first() is not None
