"""Decisions on items of the moderation queue, delegated to the service of each kind, and undo for a limited time."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.community_vocabulary import ReportTarget
from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id, utc_now
from askchopper.models.moderation import moderation_decisions
from askchopper.moderation_vocabulary import Verdict
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.moderation import DecisionResult, QueueItem
from askchopper.schemas.text import paragraphs
from askchopper.services import audit
from askchopper.services.community import reports
from askchopper.services.knowledge.artists import pages
from askchopper.services.moderation import appeals, claims, notices, queue
from askchopper.services.rewards import giving
from askchopper.services.studio import review

_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('moderation ' || :item, 0))")
_WAS_HIDDEN = text("""
    SELECT EXISTS (SELECT FROM comments WHERE id = :id AND hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM ratings WHERE id = :id AND hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM collections WHERE id = :id AND hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM takedowns t WHERE t.lifted_at IS NULL
            AND t.pack_id = coalesce((SELECT f.pack_id FROM audio_files f WHERE f.id = :id), :id))
""")
_FINAL = "This decision cannot be undone."
Before = dict[str, Any]
Act = Callable[[AsyncSession, Viewer, QueueItem, Verdict, str], Awaitable[Before]]
Undo = Callable[[AsyncSession, Viewer, Any], Awaitable[None]]


async def decide(
    session: AsyncSession, viewer: Viewer | None, *, item: str, verdict: str, note: str = ""
) -> DecisionResult:
    """Decide an item: approve or return it.

    Args:
        session: database session.
        viewer: a moderator.
        item: name of the item in the queue.
        verdict: one of ``Verdict``. To approve means: publish a pack, keep reported content, give a reward, grant an appeal or notice.
        note: text for the affected member; required to return a pack or to refuse an appeal or notice.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
        InvalidInputError: the verdict or note is invalid.
        ConflictError: another moderator has claimed the item.
        ForbiddenError: it is the viewer's own, or an appeal against the viewer's decision, or the pack is on legal hold.

    Emits: the events and audit entry of the service that owns the item.
    """  # fmt: skip
    moderator = audit.require_moderator(viewer)
    if verdict not in set(Verdict):
        raise InvalidInputError("Approve it or return it.", field="verdict")
    words = paragraphs(note, label="The note", field="note", max_length=policy.MAX_MODERATION_CHARACTERS)
    await session.execute(_IN_TURN, {"item": item[: queue.MAX_ITEM].replace("\0", "")})
    found = await queue.find(session, moderator, item=item)
    if found.owner_id == str(moderator.user_id):
        raise ForbiddenError("This concerns you, so another moderator must decide.")
    await claims.take(session, moderator, item=found.item)
    before = await _ACTS[_word(found.item)](session, moderator, found, Verdict(verdict), words)
    row = {
        "id": new_id(), "item": found.item, "kind": found.kind.value, "verdict": verdict, "actor_id": moderator.user_id,
        "owner_id": parse_id(found.owner_id), "title": found.title[:200], "note": words, "before": before, "decided_at": text("now()"),
    }  # fmt: skip
    await session.execute(insert(moderation_decisions).values(row))
    await claims.drop(session, found.item, moderator)
    return DecisionResult(str(row["id"]), found.item, found.title, can_undo=bool(before.get("can_undo")))


async def undo(session: AsyncSession, viewer: Viewer | None, *, decision_id: str) -> str:
    """Undo a decision of the viewer within ``policy.DECISION_UNDO_MINUTES``; returns the name of the item, which is in the queue again.

    Raises:
        NotFoundError: the viewer is not a moderator, or made no such decision.
        ConflictError: the time limit has passed, it was already undone, or its effect cannot be reversed.
    """
    moderator = audit.require_moderator(viewer)
    mine = moderation_decisions.c.actor_id == moderator.user_id
    found = await session.execute(
        select(moderation_decisions).where(moderation_decisions.c.id == parse_id(decision_id), mine).with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError("You made no such decision.")
    if not row.before.get("can_undo"):
        raise ConflictError(_FINAL)
    if row.undone_at is not None:
        raise ConflictError("This decision was already undone.")
    if row.decided_at < utc_now() - timedelta(minutes=policy.DECISION_UNDO_MINUTES):
        raise ConflictError(f"A decision can be undone for {policy.DECISION_UNDO_MINUTES} minutes.")
    await _UNDOS[_word(row.item)](session, moderator, row)
    await session.execute(
        update(moderation_decisions).where(moderation_decisions.c.id == row.id).values(undone_at=text("now()"))
    )
    await audit.record(
        session, moderator, action="moderation.undone", target=_word(row.item), target_id=_key(row.item),
        before={"verdict": row.verdict}, after={"waiting": True},
    )  # fmt: skip
    return str(row.item)


def _word(item: str) -> str:
    return item.partition(":")[0]


def _key(item: str) -> str:
    return item.partition(":")[2]


async def _decide_draft(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    draft_id = _key(item.item)
    if verdict is Verdict.APPROVED:
        await review.approve(session, viewer, draft_id=draft_id)
        return {}
    await review.return_to_creator(session, viewer, draft_id=draft_id, reason=note)
    changed_at = await review.last_change(session, draft_id)
    return {
        "can_undo": True, "note": item.reason, "submitted_at": item.since.isoformat(), "changed_at": changed_at.isoformat(),
    }  # fmt: skip


async def _undo_draft(session: AsyncSession, viewer: Viewer, row: Any) -> None:
    times = {name: datetime.fromisoformat(row.before[name]) for name in ("submitted_at", "changed_at")}
    await review.review_again(session, viewer, draft_id=_key(row.item), note=row.before["note"], **times)


async def _decide_report(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    target, target_id = _word(item.item), _key(item.item)
    was_hidden = bool((await session.execute(_WAS_HIDDEN, {"id": parse_id(target_id)})).scalar_one())
    is_upheld = verdict is Verdict.RETURNED
    await reports.decide(
        session, viewer, target=target, target_id=target_id, is_upheld=is_upheld, note=note[:200] if is_upheld else ""
    )
    return {"can_undo": True, "was_hidden": was_hidden}


async def _undo_report(session: AsyncSession, viewer: Viewer, row: Any) -> None:
    await reports.reopen(
        session, viewer, target=_word(row.item), target_id=_key(row.item), decided_at=row.decided_at, was_hidden=row.before["was_hidden"]
    )  # fmt: skip


async def _decide_artist(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    is_kept = verdict is Verdict.APPROVED
    await pages.decide(session, viewer, slug=_key(item.item), is_kept=is_kept, note=note)
    return {"can_undo": True}


async def _undo_artist(session: AsyncSession, viewer: Viewer, row: Any) -> None:
    await pages.reopen(session, viewer, slug=_key(row.item), decided_at=row.decided_at)


async def _decide_reward(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    is_approved = verdict is Verdict.APPROVED
    await giving.decide(session, viewer, reward_id=_key(item.item), is_approved=is_approved)
    return {"can_undo": not is_approved}


async def _undo_reward(session: AsyncSession, viewer: Viewer, row: Any) -> None:
    if not await giving.hold_again(session, viewer, reward_id=_key(row.item)):
        raise ConflictError(_FINAL)


async def _decide_appeal(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    is_granted = verdict is Verdict.APPROVED
    await appeals.decide(session, viewer, appeal_id=_key(item.item), is_granted=is_granted, answer=note)
    return {}


async def _decide_notice(session: AsyncSession, viewer: Viewer, item: QueueItem, verdict: Verdict, note: str) -> Before:
    is_granted = verdict is Verdict.APPROVED
    await notices.decide(session, viewer, notice_id=_key(item.item), is_granted=is_granted, answer=note)
    return {}


_ACTS: dict[str, Act] = {
    "draft": _decide_draft, "artist": _decide_artist, "reward": _decide_reward, "appeal": _decide_appeal,
    "notice": _decide_notice,
    **dict.fromkeys(ReportTarget, _decide_report),
}  # fmt: skip
_UNDOS: dict[str, Undo] = {
    "draft": _undo_draft, "artist": _undo_artist, "reward": _undo_reward,
    **dict.fromkeys(ReportTarget, _undo_report),
}  # fmt: skip
