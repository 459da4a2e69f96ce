"""Mails about an account, sent after the response that caused them."""

from askchopper import policy, routes, settings
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.integrations import mail
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail
from askchopper.services import accounts


async def send_reset(owner: AccountMail) -> None:
    """Create a password reset link and mail it, unless one was mailed a moment ago."""
    async with transaction() as session:
        link = await accounts.create_reset(session, owner)
    if link is None:
        return
    body = (
        "somebody asked for a new password for your Ask Chopper account. "
        f"This link works once, for {policy.PASSWORD_RESET_MINUTES} minutes. If it was not you, do nothing."
    )
    await _send(owner, "Choose a new password", body, link)


async def send_attempts(owner: AccountMail) -> None:
    """Tell the owner of an account that somebody is guessing its password."""
    body = (
        f"somebody entered {policy.SIGN_IN_FAILURES_TOLD} wrong passwords for your Ask Chopper account within an hour. "
        "Nobody got in. You can go on signing in as usual. If your password is used elsewhere, too, choose a new one."
    )
    await _send(owner, "Wrong passwords for your account", body, routes.FORGOT)


async def _send(owner: AccountMail, subject: str, body: str, path: str) -> None:
    text = f"Hello {owner.display_name},\n\n{body}"
    try:
        await mail.send(to=owner.email, subject=subject, body=text, link=settings.get().base_url + path)
    except UnavailableError:
        log.error("accounts.mail_failed", subject=subject)
