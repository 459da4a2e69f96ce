"""Appeals: one per decision that returned or took down a pack, or hid a comment. Another moderator decides."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.moderation import appeals
from askchopper.moderation_vocabulary import ItemKind, Verdict
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import parse_id, require_id
from askchopper.schemas.moderation import OpenAppeal, OwnDecision
from askchopper.schemas.text import paragraphs
from askchopper.services import activity, audit, limits
from askchopper.services.community import reports
from askchopper.services.studio import review

MAX_LISTED = 50
FORMER = "A former moderator"
_MISSING = "There is no such decision."
_OWN = f"""
    SELECT d.*, p.id AS appeal_id, p.outcome AS appeal_outcome, p.answer,
        d.decided_at > now() - make_interval(days => {policy.APPEAL_DAYS}) AND p.id IS NULL AS can_appeal
    FROM moderation_decisions d LEFT JOIN appeals p ON p.decision_id = d.id
    WHERE d.owner_id = :owner AND d.verdict = 'returned' AND d.kind IN ('pack', 'twin', 'report', 'comment') AND d.undone_at IS NULL
"""  # noqa: S608 - constants
_LIST = text(f"{_OWN} ORDER BY d.decided_at DESC LIMIT :limit")
_ONE = text(f"{_OWN} AND d.id = :id")
_OPEN = text("""
    SELECT p.text, p.user_id, d.id AS decision_id, d.title, d.kind, d.note, d.item, d.actor_id, d.decided_at, d.before,
        u.display_name AS decided_by
    FROM appeals p JOIN moderation_decisions d ON d.id = p.decision_id LEFT JOIN users u ON u.id = d.actor_id
    WHERE p.id = :id AND p.outcome IS NULL
""")
_DECIDE = text("""
    UPDATE appeals SET outcome = :outcome, answer = :answer, decided_at = now(), decided_by = :by WHERE id = :id AND outcome IS NULL RETURNING id
""")


async def decisions(session: AsyncSession, viewer: Viewer) -> tuple[OwnDecision, ...]:
    """List the latest decisions against the viewer, at most ``MAX_LISTED``, newest first, with the outcomes of appeals."""
    rows = await session.execute(_LIST, {"owner": viewer.user_id, "limit": MAX_LISTED})
    return tuple(
        OwnDecision(
            id=str(row.id), title=row.title, kind=ItemKind(row.kind), note=row.note, decided_at=row.decided_at, can_appeal=row.can_appeal,
            appeal_outcome=Verdict(row.appeal_outcome) if row.appeal_outcome else None, is_appealed=row.appeal_id is not None,
            answer=row.answer or "",
        )
        for row in rows
    )  # fmt: skip


async def appeal(session: AsyncSession, viewer: Viewer, *, decision_id: str, written: str) -> None:
    """Appeal against a decision, once.

    Raises:
        NotFoundError: there is no such decision against the viewer.
        InvalidInputError: the text has under 5 characters or is too long.
        RateLimitedError: the viewer appealed too often.
        ConflictError: it was appealed before, or was made more than ``policy.APPEAL_DAYS`` ago.
    """
    words = paragraphs(written, label="The appeal", field="text", max_length=policy.MAX_APPEAL_CHARACTERS)
    if len(words) < 5:
        raise InvalidInputError("Say in a sentence why the decision is wrong.", field="text")
    await limits.hit((limits.APPEAL, str(viewer.user_id)))
    values = {"owner": viewer.user_id, "id": require_id(decision_id, _MISSING)}
    row = (await session.execute(_ONE, values)).one_or_none()
    if row is None:
        raise NotFoundError(_MISSING)
    if row.appeal_id is not None:
        raise ConflictError("You have appealed against this decision already.")
    if not row.can_appeal:
        raise ConflictError(f"A decision can be appealed for {policy.APPEAL_DAYS} days.")
    made = await session.execute(
        upsert(appeals)
        .values(id=new_id(), decision_id=row.id, user_id=viewer.user_id, text=words)
        .on_conflict_do_nothing()
        .returning(appeals.c.id)
    )
    if made.first() is None:
        raise ConflictError("You have appealed against this decision already.")


async def get(session: AsyncSession, viewer: Viewer | None, *, appeal_id: str) -> OpenAppeal:
    """Return an open appeal with the contested decision.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such open appeal.
    """
    audit.require_moderator(viewer)
    row = await _open(session, appeal_id)
    return OpenAppeal(row.text, row.title, row.note, row.item, row.decided_by or FORMER, row.decided_at)


async def decide(
    session: AsyncSession, viewer: Viewer | None, *, appeal_id: str, is_granted: bool, answer: str
) -> None:
    """Grant an appeal, which reverses the decision, or refuse it with an answer.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such open appeal.
        ForbiddenError: the viewer made the decision, or the appeal.
        InvalidInputError: it is refused with an answer of under 5 characters.

    Emits: a notification to the member and an audit entry.
    """  # fmt: skip
    moderator = audit.require_moderator(viewer)
    row = await _open(session, appeal_id)
    if moderator.user_id in {row.actor_id, row.user_id}:
        raise ForbiddenError("You made this decision, so another moderator must decide about the appeal.")
    if not is_granted and len(answer) < 5:
        raise InvalidInputError("Say in a sentence why the decision stands.", field="note")
    outcome = Verdict.APPROVED if is_granted else Verdict.RETURNED
    values = {"id": parse_id(appeal_id), "outcome": outcome.value, "answer": answer, "by": moderator.user_id}
    if (await session.execute(_DECIDE, values)).first() is None:
        raise NotFoundError(_MISSING)
    words = await _reverse(session, moderator, row) if is_granted else "the decision stands."
    sentence = f"Your appeal about {row.title}: {words} {answer}".strip()
    await activity.notify(
        session, user_id=row.user_id, kind="moderation", sentence=sentence[:300], link=routes.DECISIONS
    )
    await audit.record(
        session, moderator, action="moderation.appeal", target="decision", target_id=str(row.decision_id), reason=answer,
        before={"verdict": "returned"}, after={"granted": is_granted},
    )  # fmt: skip


async def _open(session: AsyncSession, appeal_id: str) -> Any:
    row = (await session.execute(_OPEN, {"id": parse_id(appeal_id)})).one_or_none()
    if row is None:
        raise NotFoundError("This appeal was decided already.")
    return row


async def _reverse(session: AsyncSession, viewer: Viewer, row: Any) -> str:
    """Reverse a decision, and return the end of the sentence that tells the member the result.

    A returned pack that was changed since the decision is not approved; its creator must submit it again.
    """
    word, _, key = row.item.partition(":")
    if word != "draft":
        await reports.overturn(session, viewer, target=word, target_id=key, decided_at=row.decided_at)
        return "it was granted, and everybody can see it again."
    times = {name: datetime.fromisoformat(row.before[name]) for name in ("submitted_at", "changed_at")}
    try:
        await review.review_again(session, viewer, draft_id=key, note=row.before["note"], **times)
    except (ConflictError, NotFoundError):
        return "it was granted. You have changed the pack since, so submit it again."
    await review.approve(session, viewer, draft_id=key)
    return "it was granted, and the pack is being published."
