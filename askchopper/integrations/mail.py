"""Outgoing mail over SMTP. Without a server, mail is logged for the operator."""

import asyncio
import json
import smtplib
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

from askchopper import settings
from askchopper.errors import UnavailableError
from askchopper.observability import log

TIMEOUT_SECONDS = 10


async def send(*, to: str, subject: str, body: str, link: str, headers: Mapping[str, str] | None = None) -> None:
    """Send one mail, or log it if no mail server is configured.

    Args:
        to: the recipient.
        subject: one line.
        body: plain text; the link is added below it.
        link: full URL for the recipient to open.
        headers: additional headers.

    Raises:
        UnavailableError: the mail server rejects it or is unavailable.
    """
    config = settings.get()
    if not config.smtp_host:
        line = {
            "event": "mail.logged",
            "level": "info",
            "timestamp": datetime.now(UTC).isoformat(),
            "subject": subject,
            "link": link,
        }
        # Bypasses the log's redaction: if mail cannot be sent, the operator has to read the link.
        sys.stderr.write(f"{json.dumps(line)}\n")
        sys.stderr.flush()
        return
    message = EmailMessage(policy=SMTP)
    message["From"] = config.mail_from
    message["To"] = to
    message["Subject"] = subject
    for name, value in (headers or {}).items():
        message[name] = value
    message.set_content(f"{body}\n\n{link}\n")
    try:
        await asyncio.to_thread(_deliver, message)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.failed", reason=type(error).__name__)
        sentence = "The mail could not be sent right now. Try again in a few minutes."
        raise UnavailableError(sentence) from error
    log.info("mail.sent", subject=subject)


def _deliver(message: EmailMessage) -> None:
    config = settings.get()
    with smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=TIMEOUT_SECONDS) as server:
        if config.smtp_starttls:
            server.starttls()
        if config.smtp_username and config.smtp_password:
            server.login(config.smtp_username, config.smtp_password.get_secret_value())
        server.send_message(message)
