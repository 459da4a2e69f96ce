"""Legal notices: takedown notices by rights holders, in six parts, and counter-notices by creators, both decided by moderators."""

import re
import uuid
from typing import Any
from urllib.parse import unquote

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes, settings
from askchopper.database import read_only
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError, SignInRequiredError
from askchopper.integrations import mail
from askchopper.models.base import new_id
from askchopper.models.moderation import legal_notices
from askchopper.moderation_vocabulary import NoticeKind, Verdict
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import parse_id, printable_slug
from askchopper.schemas.moderation import NewNotice, Notice
from askchopper.schemas.text import clean_line, paragraphs
from askchopper.services import activity, audit, limits
from askchopper.services.catalogue import takedowns
from askchopper.services.community import taken_down
from askchopper.vocabulary import JobName

_PACK_ADDRESS = re.compile(r"/pack/([^/?#\s]{1,300})")
_REASON = "A rights holder says that it uses their work without permission"
_PACK = text("""
    SELECT p.id, p.title, c.user_id AS owner_id, p.status = 'published' AS is_on_sale,
        EXISTS (SELECT FROM takedowns t WHERE t.pack_id = p.id AND t.lifted_at IS NULL) AS is_down
    FROM packs p JOIN creators c ON c.id = p.creator_id WHERE p.slug = :slug
""")
_OPEN_TWIN = text(
    "SELECT 1 FROM legal_notices WHERE pack_id = :pack AND kind = :kind AND email = :email AND outcome IS NULL"
)
_ONE = text("""
    SELECT n.*, p.title, p.slug, c.user_id AS owner_id FROM legal_notices n JOIN packs p ON p.id = n.pack_id
    JOIN creators c ON c.id = p.creator_id WHERE n.id = :id AND n.outcome IS NULL
""")
_DECIDED = text("""
    SELECT n.kind, n.email, n.outcome, n.answer, p.title FROM legal_notices n JOIN packs p ON p.id = n.pack_id
    WHERE n.id = :id AND n.outcome IS NOT NULL
""")
_DECIDE = text("""
    UPDATE legal_notices SET outcome = :outcome, answer = :answer, decided_at = now(), decided_by = :by
    WHERE id = :id AND outcome IS NULL RETURNING id
""")


async def add(session: AsyncSession, viewer: Viewer | None, *, new: NewNotice, client_ip: str) -> None:
    """File a takedown notice (anybody), or a counter-notice (the creator of a taken-down pack).

    A second open notice by the same person about the same pack has no effect.

    Raises:
        InvalidInputError: a part is missing or wrong; the error names it.
        SignInRequiredError: a counter-notice by a visitor who is not signed in.
        RateLimitedError: too many notices from this address.
    """
    kind = NoticeKind(new.kind) if new.kind in set(NoticeKind) else NoticeKind.TAKEDOWN
    row = {
        "name": clean_line(new.name, label="Your name", field="name", max_length=120),
        "email": _email(new.email),
        "work": paragraphs(new.work, label="The work", field="work", max_length=policy.MAX_NOTICE_CHARACTERS),
        "place": clean_line(new.place, label="The address", field="place", max_length=300),
        "signature": clean_line(new.signature, label="The signature", field="signature", max_length=120),
    }
    if len(row["work"]) < 10:
        raise InvalidInputError("Describe the work in a sentence.", field="work")
    if not (new.is_good_faith and new.is_accurate):
        raise InvalidInputError("Both statements are needed.", field="statements")
    if row["signature"].casefold() != row["name"].casefold():
        raise InvalidInputError("Sign with your full name, as above.", field="signature")
    await limits.hit((limits.LEGAL_NOTICE, client_ip))
    found = (await session.execute(_PACK, {"slug": _slug(row["place"])})).one_or_none()
    pack = _checked_pack(kind, viewer, found)
    twin = {"pack": pack.id, "kind": kind.value, "email": row["email"]}
    if (await session.execute(_OPEN_TWIN, twin)).first() is None:
        whose = {"id": new_id(), "kind": kind.value, "pack_id": pack.id, "user_id": viewer.user_id if viewer else None}
        await session.execute(insert(legal_notices).values(**whose, **row))


async def get(session: AsyncSession, viewer: Viewer | None, *, notice_id: str) -> Notice:
    """Return an open notice.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such open notice.
    """
    audit.require_moderator(viewer)
    row = await _open(session, notice_id)
    return Notice(
        kind=row.kind, name=row.name, email=row.email, work=row.work, place=row.place, signature=row.signature, pack_title=row.title,
        pack_slug=row.slug, created_at=row.created_at,
    )  # fmt: skip


async def decide(
    session: AsyncSession, viewer: Viewer | None, *, notice_id: str, is_granted: bool, answer: str
) -> None:
    """Decide a notice: grant it (take the pack down, or for a counter-notice put it back on sale), or refuse it with an answer.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such open notice.
        InvalidInputError: it is refused with an answer of under 5 characters.
        ForbiddenError: it is the viewer's own, or the pack is on legal hold and the viewer is not an administrator.

    Emits: a mail to the sender, an audit entry, and a notification to the creator unless a takedown notice is refused.
    """  # fmt: skip
    moderator = audit.require_moderator(viewer)
    row = await _open(session, notice_id)
    if row.user_id == moderator.user_id:
        raise ForbiddenError("This is your own notice, so another moderator must decide.")
    if not is_granted and len(answer) < 5:
        raise InvalidInputError("Say in a sentence why it is refused.", field="note")
    outcome = Verdict.APPROVED if is_granted else Verdict.RETURNED
    values = {"id": row.id, "outcome": outcome.value, "answer": answer, "by": moderator.user_id}
    if (await session.execute(_DECIDE, values)).first() is None:
        raise NotFoundError("This notice was decided already.")
    await _act(session, moderator, row, is_granted=is_granted, answer=answer)
    await jobs.enqueue(session, JobName.ANSWER_NOTICE, notice_id=str(row.id))
    await audit.record(
        session, moderator, action="moderation.notice", target="pack", target_id=str(row.pack_id), reason=answer,
        before={"notice": str(row.id), "kind": row.kind}, after={"granted": is_granted},
    )  # fmt: skip


async def answer(notice_id: uuid.UUID) -> None:
    """Mail the decision to the sender of a notice, who may have no account; does nothing if the notice is open or deleted.

    The mail quotes nothing that the sender wrote: the address is unconfirmed, so the mail could be misused to send text
    to somebody else.

    Raises:
        UnavailableError: the mail server rejects it or is unavailable.
    """
    async with read_only() as session:
        row = (await session.execute(_DECIDED, {"id": notice_id})).one_or_none()
    if row is None:  # undone, or deleted with the pack
        return
    what = "notice" if row.kind == NoticeKind.TAKEDOWN else "counter-notice"
    is_granted = row.outcome == Verdict.APPROVED.value
    done = {
        NoticeKind.TAKEDOWN: f"“{row.title}” was taken down. Its creator can send a counter-notice, giving their name and the reason why the use is lawful.",
        NoticeKind.COUNTER: f"“{row.title}” is on sale again.",
    }[NoticeKind(row.kind)]
    outcome = done if is_granted else f"A moderator read your {what} about “{row.title}” and decided not to act on it."
    reason = f"\n\nThe moderator writes: {row.answer}" if row.answer else ""
    contact = "\n\nIf you disagree, write to us; the page below says how."
    await mail.send(
        to=row.email, subject=f"Decision on your {what} to Ask Chopper", body=f"Hello,\n\n{outcome}{reason}{contact}",
        link=settings.get().base_url + routes.CONTACT,
    )  # fmt: skip


async def _act(session: AsyncSession, viewer: Viewer, row: Any, *, is_granted: bool, answer: str) -> None:
    sentence, link = f"Your counter-notice about {row.title} was refused: {answer}", ""
    if row.kind == NoticeKind.COUNTER and is_granted:
        await taken_down.lift(session, viewer, slug=row.slug)  # which also notifies
        return
    if row.kind == NoticeKind.TAKEDOWN:
        if not is_granted:
            return  # its creator was not notified of the notice
        await takedowns.take_down(session, row.pack_id, reason=answer or _REASON, decided_by=viewer.user_id)
        sentence = f"{row.title} was taken down: {(answer or _REASON).rstrip('.')}. You can send a counter-notice."
        link = routes.counter_notice(row.slug)
    await activity.notify(session, user_id=row.owner_id, kind="moderation", sentence=sentence[:300], link=link)


async def _open(session: AsyncSession, notice_id: str) -> Any:
    row = (await session.execute(_ONE, {"id": parse_id(notice_id)})).one_or_none()
    if row is None:
        raise NotFoundError("This notice was decided already.")
    return row


def _checked_pack(kind: NoticeKind, viewer: Viewer | None, pack: Any) -> Any:
    """Return the pack of a notice, after checks.

    A takedown notice needs a pack that is published or taken down; a counter-notice, the viewer's own taken-down pack.
    """
    unknown = InvalidInputError("There is no such pack on this site. Copy the address of its page.", field="place")
    if kind is NoticeKind.TAKEDOWN:
        if pack is None or not (pack.is_on_sale or pack.is_down):
            raise unknown
        return pack
    if viewer is None:
        raise SignInRequiredError
    if pack is None or pack.owner_id != viewer.user_id or not pack.is_down:
        raise InvalidInputError("You have no such pack that was taken down.", field="place")
    return pack


def _slug(place: str) -> str:
    """Return the slug in a pack's URL; other text is taken as the slug itself."""
    found = _PACK_ADDRESS.search(place)
    return printable_slug(unquote(found[1]) if found else place)[:100]


def _email(value: str) -> str:
    email = clean_line(value, label="Your email", field="email", max_length=254).lower()
    name, at, domain = email.partition("@")
    if not (name and at and "." in domain) or " " in email:
        raise InvalidInputError("Check your email address.", field="email")
    return email
