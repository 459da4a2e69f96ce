"""Notification mails: grouped and sent by a job, optional per kind, with one-click unsubscribe without sign-in (RFC 8058)."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import TextClause, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes, security, settings
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError, UnavailableError
from askchopper.integrations import mail
from askchopper.models.accounts import users
from askchopper.models.activity import notifications
from askchopper.models.notification_mails import mail_choices, notification_choices
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail, Viewer
from askchopper.services import limits
from askchopper.vocabulary import MailKind

_PURPOSE = "unsubscribe"
_TOKEN_DAYS = 365
_ALL = "all"
# The kind of mail by which a notification of each kind is sent.
KINDS: dict[str, MailKind] = {
    "sale": MailKind.SALES,
    "refund": MailKind.SALES,
    "payout": MailKind.SALES,
    "payment": MailKind.ACCOUNT,
    "release": MailKind.PACKS,
    "analysis": MailKind.PACKS,
    "upload": MailKind.PACKS,
    "damage": MailKind.PACKS,
    "account": MailKind.ACCOUNT,
    "export": MailKind.ACCOUNT,
    "comment": MailKind.COMMUNITY,
    "reply": MailKind.COMMUNITY,
    "mention": MailKind.COMMUNITY,
    "review": MailKind.COMMUNITY,
    "moderation": MailKind.ACCOUNT,
    "operations": MailKind.ACCOUNT,
    "quality": MailKind.PACKS,
    "reward": MailKind.NEWS,
    "search": MailKind.NEWS,
    "like": MailKind.LIKES,
    "follower": MailKind.LIKES,
    "collection": MailKind.LIKES,
    "welcome": MailKind.NEWS,
}
# Kinds that a member may switch off on the site too; the others are about their money, packs and security.
SWITCHABLE = ("like", "follower", "collection", "comment", "reply", "mention", "review", "search")
DEFAULTS = {
    MailKind.SALES: True,
    MailKind.PACKS: True,
    MailKind.ACCOUNT: True,
    MailKind.COMMUNITY: True,
    MailKind.LIKES: False,
    MailKind.DIGEST: False,
    MailKind.FIGURES: False,
    MailKind.NEWS: False,
}
_DUE = text("""
    SELECT n.user_id FROM notifications n JOIN users u ON u.id = n.user_id
    WHERE n.mailed_at IS NULL AND n.read_at IS NULL AND u.disabled_at IS NULL
        AND n.created_at BETWEEN now() - make_interval(hours => :oldest) AND now() - make_interval(mins => :pause)
        AND NOT EXISTS (SELECT FROM notifications m WHERE m.user_id = n.user_id
            AND m.mailed_at > now() - make_interval(mins => :between))
    GROUP BY n.user_id
""")


async def choices(session: AsyncSession, user_id: uuid.UUID) -> dict[MailKind, bool]:
    """Return, for each kind of mail, whether the member receives it."""
    rows = await session.execute(
        select(mail_choices.c.kind, mail_choices.c.is_on).where(mail_choices.c.user_id == user_id)
    )
    stored = {row.kind: row.is_on for row in rows}
    return {kind: stored.get(kind.value, by_default) for kind, by_default in DEFAULTS.items()}


async def choose(session: AsyncSession, viewer: Viewer, *, kind: str, is_on: bool) -> None:
    """Switch mails of one kind on or off.

    Raises:
        InvalidInputError: there is no such kind.
    """
    try:
        await _choose(session, viewer.user_id, [MailKind(kind)], is_on=is_on)
    except ValueError as error:
        raise InvalidInputError("There is no such kind of email.", field="kind") from error


async def site_choices(session: AsyncSession, viewer: Viewer) -> dict[str, bool]:
    """Return, for each optional kind, whether the viewer is notified on the site."""
    rows = await session.execute(
        select(notification_choices.c.kind, notification_choices.c.is_on).where(
            notification_choices.c.user_id == viewer.user_id
        )
    )
    return {**dict.fromkeys(SWITCHABLE, True), **{row.kind: row.is_on for row in rows}}


async def choose_site(session: AsyncSession, viewer: Viewer, *, kind: str, is_on: bool) -> None:
    """Switch notifications of a kind on the site on or off.

    Raises:
        InvalidInputError: there is no such kind.
        RateLimitedError: too many changes in a minute.
    """
    await limits.hit((limits.SETTINGS, str(viewer.user_id)))
    if kind not in SWITCHABLE:
        raise InvalidInputError("There is no such kind of notification.", field="kind")
    await session.execute(
        upsert(notification_choices)
        .values(user_id=viewer.user_id, kind=kind, is_on=is_on)
        .on_conflict_do_update(index_elements=["user_id", "kind"], set_={"is_on": is_on})
    )


async def unsubscribe(session: AsyncSession, *, token: str) -> None:
    """Switch off the mails that an unsubscribe link names. Idempotent; requires no sign-in.

    Raises:
        NotFoundError: the link is invalid, or older than a year.
    """
    found = None
    if 0 < len(token) <= 500:
        found = security.unsign(token, purpose=_PURPOSE, max_age_seconds=_TOKEN_DAYS * 86_400)
    if found is None:
        raise NotFoundError("This link no longer works. Choose your emails in your settings.")
    # A link may be of a kind that no longer exists: there is nothing to switch off.
    kinds = [kind for kind in MailKind if found["kind"] in {kind.value, _ALL}]
    user_id = uuid.UUID(found["user"])
    if kinds and (await session.execute(select(users.c.id).where(users.c.id == user_id))).first() is not None:
        await _choose(session, user_id, kinds, is_on=False)
        log.info("mails.unsubscribed", user=str(user_id), kind=found["kind"])


async def send_due() -> int:
    """Send each member with due notifications one mail. Returns the number of mails sent; 0 without a mail server.

    A notification is due if it is unread, was not mailed, is at least ``policy.MAIL_PAUSE_MINUTES`` old, and the last
    mail was at least ``policy.MAIL_INTERVAL_MINUTES`` ago.
    """
    ages = {
        "oldest": policy.MAIL_OLDEST_HOURS,
        "pause": policy.MAIL_PAUSE_MINUTES,
        "between": policy.MAIL_INTERVAL_MINUTES,
    }
    return await send_to_each(_DUE, ages, _send)


async def send_to_each(due: TextClause, values: dict[str, Any], send: Callable[[uuid.UUID], Awaitable[bool]]) -> int:
    """Call ``send`` for each user id that ``due`` selects. Returns how many calls sent a mail; 0 without a mail server."""
    if not settings.get().smtp_host:
        return 0
    async with read_only() as session:
        members = list((await session.execute(due, values)).scalars())
    return sum([await send(user_id) for user_id in members])


async def _send(user_id: uuid.UUID) -> bool:
    """Claim a member's notifications and mail them; return whether a mail was sent. A failed mail is retried by the next run."""
    async with transaction() as session:
        wanted = [kind for kind, is_on in (await choices(session, user_id)).items() if is_on]
        lines = await _claim(session, user_id, [name for name, kind in KINDS.items() if kind in wanted])
        found = await session.execute(
            select(users.c.id, users.c.email, users.c.display_name).where(users.c.id == user_id)
        )
        row = found.one()
    if not lines:
        return False
    try:
        await _mail(AccountMail(row.id, row.email, row.display_name), lines)
    except UnavailableError:
        async with transaction() as session:
            await session.execute(
                update(notifications).where(notifications.c.id.in_([line.id for line in lines])).values(mailed_at=None)
            )
        return False
    return True


async def _claim(session: AsyncSession, user_id: uuid.UUID, kinds: Sequence[str]) -> list[Any]:
    oldest = func.now() - func.make_interval(0, 0, 0, 0, policy.MAIL_OLDEST_HOURS)
    claimed = await session.execute(
        update(notifications)
        .where(
            notifications.c.user_id == user_id,
            notifications.c.mailed_at.is_(None),
            notifications.c.read_at.is_(None),
            notifications.c.created_at > oldest,
            notifications.c.kind.in_(kinds),
        )
        .values(mailed_at=func.now())
        .returning(notifications.c.id, notifications.c.kind, notifications.c.sentence, notifications.c.link)
    )
    return sorted(claimed.all(), key=lambda line: line.id)


async def _mail(owner: AccountMail, lines: Sequence[Any]) -> None:
    kinds = {KINDS[line.kind] for line in lines}
    subject = lines[0].sentence[:90] if len(lines) == 1 else f"{len(lines)} notifications"
    listed = [(line.sentence, line.link) for line in lines]
    await send_lines(owner, listed, subject=subject, kind=next(iter(kinds)) if len(kinds) == 1 else None)


async def send_lines(
    owner: AccountMail, lines: Sequence[tuple[str, str]], *, subject: str, kind: MailKind | None
) -> None:
    """Mail up to ``policy.MAIL_MAX_LINES`` sentences with their links, and a link to unsubscribe.

    The link switches off this kind of mail, or all mails if ``kind`` is None.

    Raises:
        UnavailableError: the mail server did not accept it.
    """
    base = settings.get().base_url
    token = security.sign({"user": str(owner.user_id), "kind": kind.value if kind else _ALL}, purpose=_PURPOSE)
    listed = [f"- {sentence}\n  {base}{path}" for sentence, path in lines[: policy.MAIL_MAX_LINES]]
    if len(lines) > policy.MAIL_MAX_LINES:
        listed.append(f"and {len(lines) - policy.MAIL_MAX_LINES} more: {base}/")
    body = "\n\n".join(
        [
            f"Hello {owner.display_name},",
            *listed,
            f"Choose your emails: {base}{routes.MAILS}\nUnsubscribe from these emails:",
        ]
    )
    headers = {
        "List-Unsubscribe": f"<{base}{routes.unsubscribe_post(token)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    link = base + routes.unsubscribe(token)
    await mail.send(to=owner.email, subject=subject, body=body, link=link, headers=headers)


async def _choose(session: AsyncSession, user_id: uuid.UUID, kinds: Sequence[MailKind], *, is_on: bool) -> None:
    rows = [{"user_id": user_id, "kind": kind.value, "is_on": is_on} for kind in kinds]
    await session.execute(
        upsert(mail_choices)
        .values(rows)
        .on_conflict_do_update(index_elements=["user_id", "kind"], set_={"is_on": is_on})
    )
