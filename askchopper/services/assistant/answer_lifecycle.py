"""State machine of an answer in its database row. Only this module changes the status.

    queued ──start──> running ──request_stop──> stopping
                         │                         │
                         │ end                     │ end
                         ├──> complete             └──> stopped
                         ├──> cut, refused, failed
                         │
                         └──expire──> interrupted ──continue──> running

``queued`` and ``stopping`` are not values of ``status``. A queued answer is a running row whose task has not sent a
heartbeat yet: storing it would cost every question another SQL query before its first word. A stopping answer is a running
row with ``stop_requested_at``; the process that writes it sees the request at its next save and ends it as ``stopped``.
``expire`` ends rows without a heartbeat, which no process writes any more. A process that was only slow may still end such a
row, so that no text is lost, unless another process has continued the answer since: ``run`` counts its owners.
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs
from askchopper.database import transaction
from askchopper.errors import UnavailableError
from askchopper.integrations.claude import Usage
from askchopper.models.assistant import messages
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant import token_usage
from askchopper.vocabulary import AnswerStatus, JobName, Writer

STALE_SECONDS = 15.0  # several missed heartbeats
INTERRUPTED = "The server stopped while this was being written."
UNKEPT = "Something went wrong on our side, and a part of this answer could not be kept."
_RETRY_WAITS_SECONDS = (0.0, 0.5, 2.0, 5.0)


class Signal(StrEnum):
    """Outcomes of ``save`` for the process that writes an answer: continue, stop, or superseded."""

    CONTINUE = "continue"
    STOP = "stop"  # its reader asked for it
    SUPERSEDED = "superseded"  # another process writes the row, or it was deleted


@dataclass(frozen=True)
class Totals:
    """Usage of an answer since this process started or resumed it."""

    writer: Writer
    model: str
    rounds: int
    usage: Usage


async def resume(session: AsyncSession, answer_id: uuid.UUID) -> int:
    """Set an ended answer to running, owned by this process. Returns its new ``run`` counter."""
    resumed = await session.execute(
        update(messages)
        .where(messages.c.id == answer_id)
        .values(status=AnswerStatus.RUNNING, problem="", run=messages.c.run + 1, updated_at=func.now())
        .returning(messages.c.run)
    )
    return resumed.scalar_one()


async def save(asked: Asked, content: dict[str, Any]) -> Signal:
    """Save the content so far, which also serves as the heartbeat. Returns whether to continue, stop, or leave the row alone."""
    async with transaction() as session:
        saved = await session.execute(
            update(messages)
            .where(*_owned(asked))
            .values(**content, updated_at=func.now())
            .returning(messages.c.status, messages.c.stop_requested_at)
        )
        row = saved.one_or_none()
    if row is None:  # ``run`` differs, since another process has resumed the answer, or the row was deleted
        return Signal.SUPERSEDED
    is_stopping = row.status == AnswerStatus.RUNNING and row.stop_requested_at is not None
    return Signal.STOP if is_stopping else Signal.CONTINUE


async def request_stop(session: AsyncSession, answer_id: uuid.UUID) -> None:
    """Record a stop request in the row, for the process that writes the answer."""
    await session.execute(
        update(messages)
        .where(messages.c.id == answer_id, messages.c.status == AnswerStatus.RUNNING)
        .values(stop_requested_at=func.now())
    )


async def end(
    asked: Asked,
    viewer: Viewer,
    *,
    status: AnswerStatus,
    problem: str,
    content: Callable[[], dict[str, Any]],
    totals: Totals,
    is_superseded: bool,
) -> bool:
    """End an answer and count its usage, once. Retries for some seconds, since the last text exists only in memory.

    Args:
        asked: the answer.
        viewer: the member whose usage is counted.
        status: final status.
        problem: sentence for the reader; empty when complete.
        content: returns the columns with the answer's parts; if they cannot be stored, the answer ends as failed
            without them.
        totals: usage to add.
        is_superseded: the row is deleted or owned by another process; only the usage is counted.

    Returns:
        Whether this call ended it, or counted its usage if it is superseded; False if it had already ended or the
        database stayed unavailable.

    Emits: the job LEARN for the question, if this call ended the answer.
    """
    is_storable = True
    for wait in _RETRY_WAITS_SECONDS:
        await asyncio.sleep(wait)
        try:
            values = content() if is_storable else {}
            outcome = (status, problem) if is_storable else (AnswerStatus.FAILED, UNKEPT)
            async with transaction() as session:
                ended = await _end_rows(session, *_owned(asked), outcome=outcome, **values, **_added(totals))
                if not ended and not is_superseded:
                    return False
                await token_usage.add(session, viewer.user_id, model=totals.model, usage=totals.usage, answers=1)
                if ended:
                    await _enqueue_learning(session, asked, viewer)
                return True
        except UnavailableError:
            log.warning("chat.save_failed", answer=str(asked.answer_id))
        except Exception:
            log.exception("chat.end_failed", answer=str(asked.answer_id))
            if not is_storable:
                break  # for example, the member was deleted
            is_storable = False
    return False


async def _enqueue_learning(session: AsyncSession, asked: Asked, viewer: Viewer) -> None:
    """Enqueue learning from the question; one job at a time per member, in the order in which their answers end."""
    lock = f"memory:{viewer.user_id}"
    await jobs.enqueue(session, JobName.LEARN, lock=lock, message_id=str(asked.question_id))


async def expire(
    session: AsyncSession, *, stale_seconds: float = STALE_SECONDS, conversation_id: uuid.UUID | None = None
) -> int:
    """End running answers without a heartbeat for ``stale_seconds`` as interrupted, in one conversation or in all.

    Returns their number.
    """
    return await _end_rows(
        session,
        messages.c.status == AnswerStatus.RUNNING,
        messages.c.updated_at <= func.now() - timedelta(seconds=stale_seconds),
        messages.c.conversation_id == conversation_id if conversation_id else true(),
        outcome=(AnswerStatus.INTERRUPTED, INTERRUPTED),
    )


async def _end_rows(
    session: AsyncSession, *conditions: ColumnElement[bool], outcome: tuple[AnswerStatus, str], **values: Any
) -> int:
    ended = await session.execute(
        update(messages)
        .where(*conditions)
        .values(status=outcome[0], problem=outcome[1], stop_requested_at=None, **values)
        .returning(messages.c.id)
    )
    return len(ended.all())


def _owned(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions that this process owns the row. It owns an expired answer until another process continues it."""
    return (
        messages.c.id == asked.answer_id,
        messages.c.run == asked.run,
        messages.c.status.in_([AnswerStatus.RUNNING, AnswerStatus.INTERRUPTED]),
    )


def _added(totals: Totals) -> dict[str, Any]:
    return {
        "updated_at": func.now(),
        "run": messages.c.run + 1,  # a retry after a commit whose outcome is unknown finds nothing to end
        "writer": totals.writer,
        "model": totals.model,
        "rounds": messages.c.rounds + totals.rounds,
        "input_tokens": messages.c.input_tokens + totals.usage.input_tokens,
        "output_tokens": messages.c.output_tokens + totals.usage.output_tokens,
        "cost_microdollars": messages.c.cost_microdollars + totals.usage.cost_microdollars,
    }
