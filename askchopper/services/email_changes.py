"""Verification and change of a member's e-mail: a link mailed to an address proves that the member controls it."""

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, security
from askchopper.errors import InvalidInputError
from askchopper.models.accounts import password_resets, users
from askchopper.models.email_changes import email_changes
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail, Viewer
from askchopper.schemas.credentials import normalise_email
from askchopper.services import accounts, limits, passwords, sessions

LINK_ENDED = "This link no longer works. Ask for a new one in your settings."


@dataclass(frozen=True)
class RequestedChange:
    """A requested change that is not yet confirmed, with the data for its mails.

    Args:
        owner: the account with its present e-mail.
        email: the new e-mail; the current one if it is only to be verified.
        token: token of the link; None if the new e-mail has another account, whose owner is notified instead.
    """

    owner: AccountMail
    email: str
    token: str | None

    @property
    def is_new(self) -> bool:
        """Whether the e-mail differs from the current one."""
        return self.email != self.owner.email.lower()


async def request(session: AsyncSession, viewer: Viewer, *, email: str, password: str) -> RequestedChange:
    """Request a change of e-mail, or verification of the current one. Invalidates an earlier link.

    The member must not learn whether the new e-mail has an account; only its owner is told, by mail.

    Raises:
        InvalidInputError: the e-mail is invalid; or it is new, the viewer signed in a while ago and the password is
            wrong.
        RateLimitedError: too many mails, or too many wrong passwords.
    """
    address = normalise_email(email)
    owner = AccountMail(viewer.user_id, viewer.email, viewer.display_name)
    change = RequestedChange(owner, address, security.new_token())
    if change.is_new:
        await passwords.prove_identity(session, viewer, password=password)
    await limits.hit((limits.EMAIL_CHANGE, str(viewer.user_id)))
    await session.execute(delete(email_changes).where(email_changes.c.user_id == viewer.user_id))
    if change.is_new and await accounts.has_account(session, email=address):
        return RequestedChange(owner, address, None)
    await session.execute(
        insert(email_changes).values(
            token_hash=security.hash_token(change.token or ""),
            user_id=viewer.user_id,
            email=address,
            expires_at=func.now() + text(f"interval '{policy.CONFIRMATION_MINUTES} minutes'"),
        )
    )
    log.info("accounts.email_change_requested", user=str(viewer.user_id), is_new=change.is_new)
    return change


async def confirm(session: AsyncSession, *, token: str) -> AccountMail:
    """Verify the e-mail of a mailed link and set it as the account's. Invalidates open password reset links.

    Returns:
        The account with its previous e-mail.

    Raises:
        InvalidInputError: the link is unknown, used or expired, or the e-mail has an account meanwhile.
    """
    used = await session.execute(
        delete(email_changes)
        .where(email_changes.c.token_hash == sessions.hash_untrusted(token), email_changes.c.expires_at > func.now())
        .returning(email_changes.c.user_id, email_changes.c.email)
    )
    change = used.one_or_none()
    if change is None:
        raise InvalidInputError(LINK_ENDED, field="token")
    before = await session.execute(
        select(users.c.id, users.c.email, users.c.display_name).where(users.c.id == change.user_id).with_for_update()
    )
    owner = accounts.mail_of(before.one())
    try:
        async with session.begin_nested():
            await session.execute(
                update(users)
                .where(users.c.id == change.user_id)
                .values(email=change.email, email_verified_at=func.now())
            )
    except IntegrityError as error:
        raise InvalidInputError(LINK_ENDED, field="token") from error
    await session.execute(delete(password_resets).where(password_resets.c.user_id == change.user_id))
    log.warning("accounts.email_verified", user=str(change.user_id))
    return owner


async def is_verified(session: AsyncSession, viewer: Viewer) -> bool:
    """Return whether the viewer's e-mail is verified."""
    found = await session.execute(select(users.c.email_verified_at).where(users.c.id == viewer.user_id))
    return found.scalar_one() is not None


async def delete_expired(session: AsyncSession) -> None:
    """Delete links that expired more than a day ago."""
    await session.execute(
        delete(email_changes).where(email_changes.c.expires_at < func.now() - text("interval '1 day'"))
    )
