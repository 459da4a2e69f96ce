"""Registration with a confirmed e-mail: a mailed link creates the account.

The response to a registration is the same whether or not the e-mail has an account; only its owner is told, by mail.
"""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, security
from askchopper.errors import InvalidInputError
from askchopper.models.accounts import password_resets, registrations, users
from askchopper.observability import log
from askchopper.services import accounts

LINK_ENDED = "This link no longer works. Register again."


@dataclass(frozen=True)
class Registered:
    """A validated registration that is not yet confirmed."""

    email: str
    display_name: str
    password_hash: str
    next_path: str = ""


async def check(
    *, email: str, display_name: str, password: str, code: str, client_ip: str, next_path: str = ""
) -> Registered:
    """Validate a registration as ``accounts.register`` does, and hash its password.

    Raises:
        InvalidInputError: a field is invalid.
        RateLimitedError: too many registrations or wrong codes from this address.
        SwitchedOffError: registrations are switched off.
    """
    address, name = await accounts.checked_registration(
        email=email, display_name=display_name, password=password, code=code, client_ip=client_ip
    )
    return Registered(address, name, await security.hash_password(password), next_path[:500])


async def keep(session: AsyncSession, registered: Registered) -> str | None:
    """Store a registration until it is confirmed.

    Returns:
        The token of the mailed link; None if the e-mail already has an account.
    """
    if await accounts.has_account(session, email=registered.email):
        return None
    token = security.new_token()
    await session.execute(
        insert(registrations).values(
            token_hash=security.hash_token(token),
            email=registered.email,
            display_name=registered.display_name,
            password_hash=registered.password_hash,
            next_path=registered.next_path,
            expires_at=func.now() + text(f"interval '{policy.CONFIRMATION_MINUTES} minutes'"),
        )
    )
    return token


async def confirm(session: AsyncSession, *, token: str) -> tuple[accounts.UserId, str]:
    """Create the account for a mailed confirmation link.

    Returns:
        The new user's id, and the path to redirect to.

    Raises:
        InvalidInputError: the link is unknown, used or expired, or the e-mail has an account meanwhile.
    """
    digest = security.hash_token(token.encode("utf-8", "replace").decode())
    found = await session.execute(
        delete(registrations)
        .where(registrations.c.token_hash == digest, registrations.c.expires_at > func.now())
        .returning(registrations)
    )
    row = found.one_or_none()
    if row is None:
        raise InvalidInputError(LINK_ENDED, field="token")
    user_id = await accounts.insert_user(
        session, email=row.email, display_name=row.display_name, password_hash=row.password_hash
    )
    await session.execute(update(users).where(users.c.id == user_id).values(email_verified_at=func.now()))
    # Other links for the same e-mail, of the same person who pressed twice, would only fail.
    await session.execute(delete(registrations).where(registrations.c.email == row.email))
    log.info("accounts.confirmed", user=str(user_id))
    return user_id, row.next_path


async def delete_expired(session: AsyncSession) -> None:
    """Delete registrations and reset links that expired more than a day ago."""
    for table in (registrations, password_resets):
        await session.execute(delete(table).where(table.c.expires_at < func.now() - text("interval '1 day'")))
