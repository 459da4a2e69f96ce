"""Plays, the activity log and notifications."""

import math
import uuid
from typing import Any

from sqlalchemy import func, literal, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.models.activity import Activity, Play
from askchopper.models.activity import notifications as notification_rows
from askchopper.models.base import new_id
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.activity import NotificationSummary
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.visits import Visit
from askchopper.services import pack_events, taste_signals
from askchopper.vocabulary import Role

MIN_HEARD_SECONDS = policy.MIN_HEARD_SECONDS
MAX_NOTIFICATIONS = 50
_NO_SOUND = "This sound does not exist."

_NOTIFY = text("""
    INSERT INTO notifications (id, user_id, kind, sentence, link, actors)
    SELECT :id, :user_id, CAST(:kind AS text), :sentence, :link, array_remove(ARRAY[CAST(:actor AS uuid)], NULL)
    WHERE NOT EXISTS (SELECT FROM notification_choices c WHERE c.user_id = :user_id AND c.kind = CAST(:kind AS text) AND NOT c.is_on)
""")
_RENEW = text("""
    UPDATE notifications SET sentence = :sentence, created_at = now(), mailed_at = NULL
    WHERE id = (SELECT id FROM notifications WHERE user_id = :user_id AND kind = :kind AND link = :link AND read_at IS NULL
        ORDER BY created_at DESC LIMIT 1)
    RETURNING id
""")
# In a grouped notification the other members stay. Its sentence starts with the latest member's name at that time, before "and 2 others".
_FORGET_ALONE = text("DELETE FROM notifications WHERE actors = ARRAY[CAST(:user AS uuid)]")
_FORGET_AMONG = text("""
    UPDATE notifications SET actors = array_remove(actors, CAST(:user AS uuid)),
        sentence = CASE WHEN actors[cardinality(actors)] = CAST(:user AS uuid)
            THEN left(regexp_replace(sentence, '^.*?( and (1 other|[0-9,]+ others) )', :deleted || '\\1'), 300) ELSE sentence END
    WHERE actors @> ARRAY[CAST(:user AS uuid)]
""")
_WITH_ROLE = text(
    "SELECT id FROM users WHERE role = ANY(:roles) AND disabled_at IS NULL AND deleted_at IS NULL ORDER BY id"
)
_NOTIFY_GROUP = text("SELECT notify_group(:id, :user, :kind, :group, :actor, :name, :one, :many, :link)")
_FIND_FILE = text("""
    SELECT f.id AS file_id, p.id AS pack_id, p.slug, f.duration_seconds AS length, c.user_id AS seller_id
    FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE f.id = :file AND p.published_at IS NOT NULL
""")
_FIND_PACK = text("""
    SELECT CAST(NULL AS uuid) AS file_id, p.id AS pack_id, p.slug, c.user_id AS seller_id,
        greatest(p.preview_seconds, p.duration_seconds) AS length
    FROM packs p JOIN creators c ON c.id = p.creator_id
    WHERE p.slug = :slug AND p.published_at IS NOT NULL
""")


async def record_play(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    file_id: str | None = None,
    pack_slug: str | None = None,
    seconds: float,
    position: float | None = None,
    visit: Visit | None = None,
) -> bool:
    """Record a play of a sound or of a pack's preview. Seconds beyond its length are capped.

    Args:
        session: the caller's transaction.
        viewer: the listener; None for a visitor.
        file_id: id of the sound; None for a pack's preview.
        pack_slug: slug of the pack for its preview; None for a sound.
        seconds: seconds heard.
        position: position at which playback stopped, in seconds from the start; None if unknown.
        visit: the client, for the creator's analytics; without one the play is not counted there.

    Returns:
        Whether it counted: at least ``MIN_HEARD_SECONDS``, and not by the creator. A shorter play is only a taste
        signal.

    Raises:
        InvalidInputError: not exactly one target, or the seconds are negative or not finite.
        NotFoundError: there is no such published sound or pack.

    Emits: for signed-in listeners a taste signal, and activity ``play`` if it counted.
    """
    if (file_id is None) == (pack_slug is None):
        raise InvalidInputError("Specify one sound or one pack.", field="file")
    if not math.isfinite(seconds) or seconds < 0:
        raise InvalidInputError("The time heard must be a number of seconds.", field="seconds")
    found = (
        await session.execute(_FIND_FILE, {"file": require_id(file_id, _NO_SOUND)})
        if file_id is not None
        else await session.execute(_FIND_PACK, {"slug": printable_slug(pack_slug or "")})
    ).one_or_none()
    if found is None:
        raise NotFoundError(_NO_SOUND)
    heard = min(seconds, found.length)
    if viewer and viewer.user_id == found.seller_id:
        return False
    user_id, is_counted = viewer.user_id if viewer else None, heard >= MIN_HEARD_SECONDS
    play = Play(
        user_id=user_id, pack_id=found.pack_id, file_id=found.file_id, seconds_heard=heard, has_event=visit is not None
    )
    if is_counted:
        session.add(play)
        if visit is not None:
            await pack_events.record_play(
                session, visit, pack_id=found.pack_id, pack_slug=found.slug, file_id=found.file_id, seconds=heard,
                length_seconds=found.length, position=position,
            )  # fmt: skip
    if user_id is not None:
        if is_counted:
            facts = {"pack": str(found.pack_id), "file": file_id, "seconds": round(heard, 1)}
            session.add(Activity(user_id=user_id, kind="play", facts=facts))
        await taste_signals.record_play(
            session, user_id, pack_id=found.pack_id, file_id=found.file_id, seconds=heard,
            length_seconds=found.length, play_id=play.id if is_counted else None,
        )  # fmt: skip
    await session.flush()
    return is_counted


async def record(session: AsyncSession, viewer: Viewer, *, kind: str, facts: dict[str, Any]) -> None:
    """Append an event to the viewer's activity log."""
    session.add(Activity(user_id=viewer.user_id, kind=kind, facts=facts))
    await session.flush()


async def notify(
    session: AsyncSession,
    *,
    user_id: uuid.UUID,
    kind: str,
    sentence: str,
    link: str = "",
    actor: uuid.UUID | None = None,
) -> None:
    """Add a notification for a user, unless they switched its kind off.

    Notifications of sales are instead inserted by ``purchases.checkout``, in the same SQL statement as the purchase.
    ``actor`` is the member named or quoted in the sentence; deleting their account removes the notification.
    """
    values = {
        "id": new_id(),
        "user_id": user_id,
        "kind": kind,
        "sentence": sentence[:300],
        "link": link,
        "actor": actor,
    }
    await session.execute(_NOTIFY, values)


async def notify_once(session: AsyncSession, *, user_id: uuid.UUID, kind: str, sentence: str, link: str) -> None:
    """Notify a user; an unread notification of the same kind and link is updated instead of adding another.

    A new one is not added if the user switched its kind off.
    """
    values = {"id": new_id(), "user_id": user_id, "kind": kind, "sentence": sentence[:300], "link": link, "actor": None}
    if (await session.execute(_RENEW, values)).first() is None:
        await session.execute(_NOTIFY, values)


async def notify_admins(session: AsyncSession, *, kind: str, sentence: str, link: str) -> None:
    """Notify every administrator; an unread notification of the same kind and link is updated."""
    await _notify_roles(session, (Role.ADMIN,), kind=kind, sentence=sentence, link=link)


async def notify_moderators(session: AsyncSession, *, kind: str, sentence: str, link: str) -> None:
    """Notify every moderator and administrator; an unread notification of the same kind and link is updated."""
    await _notify_roles(session, (Role.MODERATOR, Role.ADMIN), kind=kind, sentence=sentence, link=link)


async def _notify_roles(session: AsyncSession, roles: tuple[Role, ...], *, kind: str, sentence: str, link: str) -> None:
    for user_id in (await session.execute(_WITH_ROLE, {"roles": [role.value for role in roles]})).scalars().all():
        await notify_once(session, user_id=user_id, kind=kind, sentence=sentence, link=link)


async def notify_group(
    session: AsyncSession,
    *,
    user_id: uuid.UUID,
    kind: str,
    group: str,
    actor: Viewer,
    one: str,
    many: str,
    link: str,
) -> None:
    """Notify a user about a member's action; one unread notification covers all members of the same ``group``.

    Does nothing if either has blocked the other, or if the unread notification already covers the actor.

    Args:
        session: the caller's transaction.
        user_id: the recipient; the actor is never notified.
        kind: kind of the notification; the user may have switched it off.
        group: identifies the action, for example ``like:pack:<id>``.
        actor: the member who acted.
        one: sentence about one member, with ``{name}``.
        many: sentence about several members, with ``{name}`` of the latest and ``{others}``.
        link: page to which the notification leads.
    """
    values = {
        "id": new_id(), "user": user_id, "kind": kind, "group": group, "actor": actor.user_id, "name": actor.display_name,
        "one": one, "many": many, "link": link,
    }  # fmt: skip
    await session.execute(_NOTIFY_GROUP, values)


async def forget_member(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Remove a member's name and words from other members' notifications."""
    await session.execute(_FORGET_ALONE, {"user": user_id})
    await session.execute(_FORGET_AMONG, {"user": user_id, "deleted": policy.DELETED_MEMBER})


async def notifications(session: AsyncSession, viewer: Viewer) -> tuple[NotificationSummary, ...]:
    """List the viewer's ``MAX_NOTIFICATIONS`` latest notifications, most recently changed first."""
    return (await list_notifications(session, viewer)).items


async def list_notifications(
    session: AsyncSession,
    viewer: Viewer,
    *,
    kinds: tuple[str, ...] = (),
    cursor: str | None = None,
    limit: int = MAX_NOTIFICATIONS,
) -> Page[NotificationSummary]:
    """List the viewer's notifications of the given kinds, or of all, most recently changed first.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    found = (
        select(notification_rows)
        .where(notification_rows.c.user_id == viewer.user_id)
        .order_by(notification_rows.c.created_at.desc(), notification_rows.c.id.desc())
        .limit(limit + 1)
    )
    if kinds:
        found = found.where(notification_rows.c.kind.in_(kinds))
    if cursor:
        moment, row_id = cursors.decode(cursor, length=2)
        found = found.where(
            tuple_(notification_rows.c.created_at, notification_rows.c.id)
            < tuple_(literal(cursors.as_time(moment)), literal(cursors.as_id(row_id)))
        )
    rows = (await session.execute(found)).all()
    page = rows[:limit]
    last = page[-1] if len(rows) > limit else None
    return Page(
        tuple(
            NotificationSummary(str(row.id), row.kind, row.sentence, row.link, row.created_at, row.read_at is not None)
            for row in page
        ),
        cursors.encode(last.created_at.isoformat(), str(last.id)) if last else None,
    )


async def unread_count(session: AsyncSession, viewer: Viewer) -> int:
    """Count the viewer's unread notifications."""
    unread = (
        select(func.count())
        .select_from(notification_rows)
        .where(notification_rows.c.user_id == viewer.user_id, notification_rows.c.read_at.is_(None))
    )
    return (await session.execute(unread)).scalar_one()


async def mark_read(session: AsyncSession, viewer: Viewer) -> None:
    """Mark all of the viewer's notifications as read."""
    await session.execute(
        update(notification_rows)
        .where(notification_rows.c.user_id == viewer.user_id, notification_rows.c.read_at.is_(None))
        .values(read_at=func.now())
    )
