"""The weekly digest: one mail about the feed, for members who subscribed to it."""

import uuid
from typing import Any

from sqlalchemy import text

from askchopper import policy, routes
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.plurals import counted
from askchopper.schemas.accounts import AccountMail
from askchopper.services import notification_mails
from askchopper.services.community import blocks
from askchopper.vocabulary import FeedKind, MailKind

_DUE = text("""
    SELECT c.user_id FROM mail_choices c JOIN users u ON u.id = c.user_id LEFT JOIN feed_readings r ON r.user_id = c.user_id
    WHERE c.kind = :kind AND c.is_on AND u.disabled_at IS NULL
        AND (r.digest_at IS NULL OR r.digest_at < now() - make_interval(days => :days))
    ORDER BY r.digest_at NULLS FIRST LIMIT 500
""")
# Claimed before it is mailed: a mail that is lost is better than one that comes every hour.
_CLAIM = text("""
    INSERT INTO feed_readings (user_id, digest_at) VALUES (:user, now())
    ON CONFLICT (user_id) DO UPDATE SET digest_at = now()
        WHERE feed_readings.digest_at IS NULL OR feed_readings.digest_at < now() - make_interval(days => :days)
    RETURNING user_id
""")
_LINES = text(f"""
    SELECT e.kind, e.facts, coalesce(p.title, c.title, s.name, e.facts->>'title') AS title, m.display_name AS creator,
        p.slug AS pack_slug, c.slug AS collection_slug, m.slug AS creator_slug, s.query
    FROM feed_entries n JOIN feed_events e ON e.id = n.event_id
    LEFT JOIN packs p ON p.id = e.pack_id AND p.status = 'published' LEFT JOIN creators m ON m.id = e.creator_id
    LEFT JOIN collections c ON c.id = e.collection_id AND c.visibility <> 'private' AND c.hidden_at IS NULL
    LEFT JOIN saved_searches s ON s.id = e.search_id
    WHERE n.user_id = :user AND e.created_at > now() - make_interval(days => :days)
        AND {blocks.not_blocked("coalesce(m.user_id, c.user_id)")}
    ORDER BY e.id DESC LIMIT :limit
""")  # noqa: S608 - constants
_OWNER = text("SELECT id, email, display_name FROM users WHERE id = :user")


async def send_due() -> int:
    """Send the digests that are due; returns how many. Sends none without a mail server or without news."""
    week = {"kind": MailKind.DIGEST.value, "days": policy.DIGEST_DAYS}
    return await notification_mails.send_to_each(_DUE, week, _send)


async def _send(user_id: uuid.UUID) -> bool:
    async with transaction() as session:
        values = {"user": user_id, "days": policy.DIGEST_DAYS}
        if (await session.execute(_CLAIM, values)).first() is None:
            return False
        rows = (await session.execute(_LINES, {**values, "viewer": user_id, "limit": policy.DIGEST_LINES})).all()
        owner = (await session.execute(_OWNER, {"user": user_id})).one()
    lines = [line for row in rows if (line := _line(row)) is not None]
    if not lines:
        return False
    try:
        await notification_mails.send_lines(
            AccountMail(owner.id, owner.email, owner.display_name),
            lines,
            subject="Your week on Ask Chopper",
            kind=MailKind.DIGEST,
        )
    except UnavailableError:
        return False
    return True


def _line(row: Any) -> tuple[str, str] | None:
    """Return an event's sentence and link; None if its subject is no longer public."""
    kind, facts = FeedKind(row.kind), row.facts
    if kind is FeedKind.PACK and row.pack_slug:
        return f"New from {row.creator}: {row.title}", routes.pack(row.pack_slug)
    if kind is FeedKind.PRICE and row.pack_slug:
        sentence = f"{row.title} costs {counted(int(facts['price']), 'token')} now, not {facts['old_price']}"
        return sentence, routes.pack(row.pack_slug)
    if kind is FeedKind.RELEASE:
        return f"{row.creator} releases {row.title} on {facts['release_at'][:10]}", routes.creator(row.creator_slug)
    if kind is FeedKind.COLLECTION and row.collection_slug:
        return f"{facts['count']} new in the collection {row.title}", routes.collection(row.collection_slug)
    if kind is FeedKind.SEARCH and row.query:
        return f"New sounds for “{row.title}”", f"{routes.BROWSE}?{row.query}&sort=newest"
    return None
