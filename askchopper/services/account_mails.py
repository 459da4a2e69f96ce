"""Account mails, sent after the response to the request that caused them. A failure to send is logged, not raised."""

from askchopper import policy, routes, settings
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.integrations import mail
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail
from askchopper.services import limits, passwords, registrations
from askchopper.services.email_changes import RequestedChange
from askchopper.services.registrations import Registered


async def send_reset(owner: AccountMail) -> None:
    """Create a password reset link and mail it, unless one was mailed very recently."""
    async with transaction() as session:
        link = await passwords.create_reset(session, owner)
    if link is None:
        return
    body = (
        "Somebody asked for a new password for your Ask Chopper account. "
        f"This link works once, for {policy.PASSWORD_RESET_MINUTES} minutes. If it was not you, do nothing."
    )
    await _send(owner.email, owner.display_name, "Choose a new password", body, link)


async def send_confirmation(registered: Registered) -> None:
    """Mail the link that completes a registration; if the e-mail already has an account, tell its owner instead.

    Sends nothing if the rate limit for this address is reached, which keeps registrations from flooding an inbox.
    Password reset links have a separate limit, which registrations cannot exhaust.
    """
    try:
        await limits.hit((limits.ACCOUNT_MAIL, registered.email))
    except limits.LimitReachedError:
        log.warning("accounts.mail_skipped")
        return
    async with transaction() as session:
        token = await registrations.keep(session, registered)
    if token is None:
        subject, link = "You have an account already", routes.LOGIN
        body = "Somebody registered with this email address at Ask Chopper. You have an account already: sign in, or reset your password."
    else:
        subject, link = "Confirm your email address", routes.confirm(token)
        body = f"Welcome to Ask Chopper. This link finishes your registration and works for {policy.CONFIRMATION_MINUTES} minutes."
    await _send(registered.email, registered.display_name, subject, body, link)


async def send_attempts(owner: AccountMail) -> None:
    """Warn the owner of an account about repeated attempts to guess its password."""
    body = (
        f"Somebody entered {policy.SIGN_IN_FAILURES_TOLD} wrong passwords for your Ask Chopper account within an hour. "
        "Nobody got in. You can still sign in as usual. If you use your password on other sites, choose a new one."
    )
    await _send(owner.email, owner.display_name, "Wrong passwords for your account", body, routes.FORGOT)


async def send_email_change(change: RequestedChange) -> None:
    """Mail the confirmation link to the new e-mail, and notify the account owner at the current one.

    If the new e-mail already has an account, only its owner is notified, without a link.
    """
    name = change.owner.display_name
    if change.token is None:
        body = "Somebody wanted to use this email address for another Ask Chopper account. You have an account already; nothing was changed."
        await _send(change.email, name, "You have an account already", body, routes.LOGIN)
        return
    body = f"This link confirms your email address for Ask Chopper and works for {policy.CONFIRMATION_MINUTES} minutes. If it was not you, do nothing."
    await _send(change.email, name, "Confirm your email address", body, routes.confirm_email(change.token))
    if change.is_new:
        body = (
            "Somebody who is signed in to your Ask Chopper account asked to change its email address. It changes once a link in a mail to the new "
            "one is opened. If it was not you, choose a new password now, which ends all other sessions."
        )
        await _notify(change.owner, "Your email address is about to change", body, routes.SETTINGS)


async def send_deletion_planned(owner: AccountMail, day: str) -> None:
    """Notify the owner that their account is scheduled for deletion. Sends nothing without a mail server."""
    body = (
        f"Your Ask Chopper account will be deleted on {day}, as you asked. Until then you can keep it: sign in and choose "
        "“Keep my account”. If it was not you, do that now and choose a new password."
    )
    await _notify(owner, "Your account will be deleted", body, routes.LOGIN)


async def send_deleted(owner: AccountMail) -> None:
    """Notify the former owner that their account was deleted. Sends nothing without a mail server."""
    body = "Your Ask Chopper account and what belonged to it were deleted. Licences that you sold stay valid for their buyers."
    await _notify(owner, "Your account was deleted", body, routes.HOME)


async def _notify(owner: AccountMail, subject: str, body: str, path: str) -> None:
    if settings.get().smtp_host:  # without a mail server, these mails are not passed on by the operator either
        await _send(owner.email, owner.display_name, subject, body, path)


async def _send(email: str, name: str, subject: str, body: str, path: str) -> None:
    text = f"Hello {name},\n\n{body}"
    try:
        await mail.send(to=email, subject=subject, body=text, link=settings.get().base_url + path)
    except UnavailableError:
        log.error("accounts.mail_failed", subject=subject)
