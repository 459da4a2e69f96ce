"""The weekly analytics mail, for creators who subscribed to it."""

import uuid

from sqlalchemy import text

from askchopper import policy, routes
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.plurals import counted
from askchopper.schemas.accounts import AccountMail, Viewer
from askchopper.schemas.analytics import Analytics
from askchopper.services import notification_mails
from askchopper.services.analytics import figures
from askchopper.vocabulary import MailKind, Role

_DUE = text("""
    SELECT c.user_id FROM creators c JOIN mail_choices m ON m.user_id = c.user_id AND m.kind = :kind AND m.is_on
    JOIN users u ON u.id = c.user_id AND u.disabled_at IS NULL
    WHERE c.figures_mailed_at IS NULL OR c.figures_mailed_at < now() - make_interval(days => :days)
    ORDER BY c.figures_mailed_at NULLS FIRST LIMIT 500
""")
# Claimed before it is mailed: a mail that is lost is better than one that comes every hour.
_CLAIM = text("""
    UPDATE creators c SET figures_mailed_at = now() FROM users u
    WHERE c.user_id = :user AND u.id = c.user_id
        AND (c.figures_mailed_at IS NULL OR c.figures_mailed_at < now() - make_interval(days => :days))
    RETURNING u.id, u.email, u.display_name
""")


async def send_due() -> int:
    """Send the weekly mails that are due; returns how many. Sends none without a mail server or without activity."""
    week = {"kind": MailKind.FIGURES.value, "days": policy.DIGEST_DAYS}
    return await notification_mails.send_to_each(_DUE, week, _send)


async def _send(user_id: uuid.UUID) -> bool:
    async with transaction() as session:
        owner = (await session.execute(_CLAIM, {"user": user_id, "days": policy.DIGEST_DAYS})).one_or_none()
        if owner is None:
            return False
        viewer = Viewer(owner.id, None, owner.display_name, owner.email, Role.MEMBER)
        found = await figures.read(session, viewer, days="7")
    lines = _lines(found)
    if not lines:
        return False
    recipient = AccountMail(owner.id, owner.email, owner.display_name)
    try:
        await notification_mails.send_lines(recipient, lines, subject="Your packs this week", kind=MailKind.FIGURES)
    except UnavailableError:
        return False
    return True


def _lines(found: Analytics) -> list[tuple[str, str]]:
    """Return a week's figures as sentences with links; empty without views, plays and sales."""
    now, before = found.total, found.before
    if not (now.shown or now.played or now.bought):
        return []
    more = f", {now.played - before.played:+,} on the week before" if before.played else ""
    lines = [
        (f"Plays: {now.played:,}{more}; listeners: {now.listeners:,}", routes.with_query(routes.ANALYTICS, days="7", chart="plays")),
        (f"Sales: {now.sales:,}; tokens earned: {now.net_tokens:,}", routes.with_query(routes.ANALYTICS, days="7")),
    ]  # fmt: skip
    return lines + [
        (
            f"{one.title}: {counted(one.figures.played, 'play')}, {counted(one.figures.net_tokens, 'token')}",
            routes.pack_analytics(one.slug),
        )
        for one in found.packs[:3]
    ]
