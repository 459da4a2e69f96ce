"""Feature switches and announcements, set by administrators and cached for a few seconds in each process."""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import database, policy, routes
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.models.administration import announcements, feature_switches
from askchopper.models.base import new_id, utc_now
from askchopper.moderation_vocabulary import Switch
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.administration import AnnouncementLine
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.text import clean_line
from askchopper.services import audit

KEPT_SECONDS = 5.0
MAX_ANNOUNCEMENTS = 50
SENTENCES = {
    Switch.REGISTRATIONS: "You can't create an account right now. Please try again later.",
    Switch.UPLOADS: "Uploads are switched off right now. Your drafts stay as they are.",
    Switch.PURCHASES: "Buying is switched off right now. What you own can still be downloaded.",
    Switch.ASSISTANT: "The assistant is switched off right now. Search works as before.",
    Switch.COMMENTS: "Comments are switched off right now. What you wrote is not lost; try again later.",
}


class SwitchedOffError(UnavailableError):
    """An administrator switched the feature off."""

    title = "Switched off"


@dataclass(frozen=True)
class _Known:
    """Cached switches and announcements, with the time at which they were read."""

    off: frozenset[str]
    shown: tuple[AnnouncementLine, ...]
    read_at: float


_nothing = _Known(frozenset(), (), -KEPT_SECONDS)
_cache = {"known": _nothing}


async def require(switch: Switch) -> None:
    """Require a feature to be on, as of at most ``KEPT_SECONDS`` ago.

    Raises:
        SwitchedOffError: the feature is off; the message says what still works.
    """
    if switch.value in (await _read()).off:
        raise SwitchedOffError(SENTENCES[switch])


async def announcement() -> AnnouncementLine | None:
    """Return the announcement to show on pages: of those that have begun and not ended, the last to begin; None without one."""
    now = utc_now()
    running = [one for one in (await _read()).shown if one.starts_at <= now < one.ends_at]
    return max(running, key=lambda one: one.starts_at, default=None)


async def states(session: AsyncSession, viewer: Viewer | None) -> dict[Switch, bool]:
    """Return whether each feature is on, read without the cache.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    rows = await session.execute(select(feature_switches.c.name, feature_switches.c.is_on))
    return {**dict.fromkeys(Switch, True), **{Switch(row.name): row.is_on for row in rows}}


async def flip(session: AsyncSession, viewer: Viewer | None, *, name: str, is_on: bool) -> None:
    """Switch a feature on or off, effective in every process within seconds.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: there is no such switch.
    """
    admin = audit.require_admin(viewer)
    if name not in set(Switch):
        raise InvalidInputError("There is no such switch.", field="name")
    was_on = (await states(session, admin))[Switch(name)]
    made = upsert(feature_switches).values(name=name, is_on=is_on)
    await session.execute(
        made.on_conflict_do_update(index_elements=["name"], set_={"is_on": is_on, "changed_at": func.now()})
    )
    await audit.record(
        session, admin, action="site.switch", target="switch", target_id=name, before={"on": was_on}, after={"on": is_on}
    )  # fmt: skip
    forget()


async def listed(session: AsyncSession, viewer: Viewer | None) -> tuple[AnnouncementLine, ...]:
    """List announcements, latest start first, including scheduled and ended ones, at most ``MAX_ANNOUNCEMENTS``.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    rows = await session.execute(
        select(announcements).order_by(announcements.c.starts_at.desc(), announcements.c.id).limit(MAX_ANNOUNCEMENTS)
    )
    return tuple(AnnouncementLine(str(row.id), row.text, row.link, row.starts_at, row.ends_at) for row in rows)


async def announce(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    written: str,
    link: str,
    starts_at: datetime | None,
    ends_at: datetime,
) -> None:
    """Show a plain-text announcement on every page, from its start (default: now) to its end.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: the text, link or times are invalid.
    """
    admin = audit.require_admin(viewer)
    words = clean_line(
        written, label="The text", field="text", max_length=policy.MAX_ANNOUNCEMENT_CHARACTERS, min_length=3
    )
    to = link.strip()[:200]
    if to and not routes.is_local_path(to):
        raise InvalidInputError("The link is a path on this site, such as /help.", field="link")
    begin = starts_at or utc_now()
    if begin.tzinfo is None or ends_at.tzinfo is None or not begin < ends_at:
        raise InvalidInputError("An announcement ends after it starts.", field="ends_at")
    latest = max(begin, utc_now()) + timedelta(days=policy.MAX_ANNOUNCEMENT_DAYS)
    if ends_at > latest or ends_at <= utc_now():
        raise InvalidInputError(
            f"An announcement ends in the future, within {policy.MAX_ANNOUNCEMENT_DAYS} days.", field="ends_at"
        )
    row = {"id": new_id(), "text": words, "link": to, "starts_at": begin, "ends_at": ends_at}
    await session.execute(insert(announcements).values(row))
    after = {"text": words, "link": to, "from": begin.isoformat(), "to": ends_at.isoformat()}
    await audit.record(
        session, admin, action="site.announced", target="announcement", target_id=str(row["id"]), after=after
    )
    forget()


async def withdraw(session: AsyncSession, viewer: Viewer | None, *, announcement_id: str) -> None:
    """Delete an announcement. Idempotent.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    admin = audit.require_admin(viewer)
    known: uuid.UUID | None = parse_id(announcement_id)
    gone = await session.execute(
        delete(announcements).where(announcements.c.id == known).returning(announcements.c.text)
    )
    words = gone.scalar_one_or_none()
    if words is not None:
        await audit.record(
            session, admin, action="site.withdrawn", target="announcement", target_id=str(known), before={"text": words}
        )  # fmt: skip
    forget()


def forget() -> None:
    """Clear the cache."""
    _cache["known"] = _nothing


def assume_on() -> None:
    """Pretend that all features are on and nothing is announced until ``forget``, for tests that count SQL queries."""
    _cache["known"] = _Known(frozenset(), (), float("inf"))


async def _read() -> _Known:
    known = _cache["known"]
    if time.monotonic() - known.read_at < KEPT_SECONDS:
        return known
    async with database.side_transaction() as session:
        off = await session.execute(select(feature_switches.c.name).where(feature_switches.c.is_on.is_(False)))
        names = frozenset(off.scalars())
        rows = await session.execute(
            select(announcements).where(announcements.c.ends_at > func.now()).order_by(announcements.c.starts_at).limit(MAX_ANNOUNCEMENTS)
        )  # fmt: skip
        shown = tuple(AnnouncementLine(str(row.id), row.text, row.link, row.starts_at, row.ends_at) for row in rows)
    _cache["known"] = _Known(names, shown, time.monotonic())
    return _cache["known"]
