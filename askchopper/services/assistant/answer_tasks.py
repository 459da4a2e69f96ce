"""Tasks that generate answers in this process: start, stop, graceful shutdown.

A task belongs to the process, not to the request that started it, so that a reload, a lost connection or a second tab
does not affect it.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import observability, settings
from askchopper.database import transaction
from askchopper.integrations import claude
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, PageContext
from askchopper.services.assistant import answer_lifecycle, broker, conversations, generation, outcomes, titles
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.answer_lifecycle import Signal
from askchopper.services.assistant.circuit_breaker import breaker
from askchopper.services.assistant.generation import GenerationResult
from askchopper.vocabulary import AnswerStatus

STOPPED = "You stopped this answer."
FAREWELL_SECONDS = 20.0  # saving at shutdown may wait for a lock or a slow disk twice
STOP_SECONDS = 1.0
_STOP = GenerationResult(AnswerStatus.STOPPED, STOPPED, "stopped")
_GONE = GenerationResult(AnswerStatus.INTERRUPTED, answer_lifecycle.INTERRUPTED, "shutdown")

_tasks: dict[uuid.UUID, asyncio.Task[None]] = {}
_beside: set[asyncio.Task[None]] = set()


def start(asked: Asked, viewer: Viewer, page: PageContext | None = None) -> None:
    """Start generating an answer, unless ``asked`` is a repeated request. Supersedes an earlier task of the same answer.

    Call it after the transaction that stored the question has committed.
    """
    if not asked.is_new:
        return
    if (earlier := _tasks.pop(asked.answer_id, None)) is not None:  # it was expired, and its answer continued
        earlier.cancel(Signal.SUPERSEDED)
        _track(earlier)
    task = asyncio.create_task(_write(asked, viewer, page or PageContext()))
    _tasks[asked.answer_id] = task
    task.add_done_callback(lambda _: _tasks.pop(asked.answer_id) if _tasks.get(asked.answer_id) is task else None)


async def stop(session: AsyncSession, viewer: Viewer, *, message_id: str) -> None:
    """Stop a running answer of the viewer and keep its text. Does nothing if it has ended.

    Raises:
        NotFoundError: the viewer has no such answer.
    """
    row = await conversations.own_message(session, viewer, message_id)
    if row.status == AnswerStatus.RUNNING:
        await _stop(session, row.id)


async def remove(session: AsyncSession, viewer: Viewer, *, conversation_id: str) -> None:
    """Delete a conversation and stop its running answer. ``conversations.restore`` can undo the deletion.

    Raises:
        NotFoundError: the viewer has no such conversation.
    """
    state = await conversations.get_state(session, viewer, conversation_id)
    await conversations.remove(session, viewer, conversation_id=conversation_id)
    if state.running_id:
        await _stop(session, uuid.UUID(state.running_id))


async def _stop(session: AsyncSession, answer_id: uuid.UUID) -> None:
    if (task := _tasks.get(answer_id)) is not None:
        task.cancel(Signal.STOP)
        return
    # Another process writes it. The row is the reliable channel, read at its next save; the broadcast only makes it faster.
    await answer_lifecycle.request_stop(session, answer_id)
    _track(asyncio.create_task(_broadcast_stop(answer_id)))
    await answer_lifecycle.expire(session)


async def _broadcast_stop(answer_id: uuid.UUID) -> None:
    """Ask the owning process to stop at once. If the broker is down, it sees the stop request at its next save."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await broker.get_broker().broadcast_stop(str(answer_id))
    except (broker.BrokerError, TimeoutError):
        log.warning("chat.stop_broadcast_failed", answer=str(answer_id))


async def wait_until_ended(answer_id: uuid.UUID, *, seconds: float = STOP_SECONDS) -> None:
    """Wait up to ``seconds`` for an answer of this process to end."""
    if (task := _tasks.get(answer_id)) is not None:
        await asyncio.wait({task}, timeout=seconds)


def count() -> int:
    """Return the number of answers being generated in this process."""
    return len(_tasks)


def model_state() -> dict[str, Any]:
    """Return the state of the model and its recent latencies, for the status page."""
    health = claude.health
    return {
        "is_configured": settings.get().anthropic_api_key is not None,
        "breaker": breaker.state,
        "running": count(),
        "answered": health.answered,
        "faults": dict(health.faults),
        "first_ms_p50": _median(health.first_ms),
        "total_ms_p50": _median(health.total_ms),
        "input_tokens": health.input_tokens,
        "output_tokens": health.output_tokens,
    }


@asynccontextmanager
async def serving() -> AsyncGenerator[None]:
    """Run answer tasks for the lifetime of the server: expire orphans at start, stop all tasks at the end."""
    await _expire_orphans()
    if settings.get().anthropic_api_key is not None:
        claude.find()  # its import takes seconds, which no question should wait for
    listener = asyncio.create_task(_listen_for_stops())
    try:
        yield
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        await _stop_all()
        await broker.get_broker().aclose()
        broker.get_broker.cache_clear()
        await claude.close()


async def _write(asked: Asked, viewer: Viewer, page: PageContext) -> None:
    """Generate an answer and end it. Its row leaves the running state on every code path."""
    answer, ending = AnswerBuilder(asked, viewer), GenerationResult(AnswerStatus.FAILED, generation.OURS, "error")
    try:
        with observability.answer_measured(user=str(viewer.user_id)):
            ending = await generation.generate(answer, page)
    except asyncio.CancelledError as error:
        ending = _STOP if error.args[:1] == (Signal.STOP,) else _GONE
        answer.is_superseded = error.args[:1] == (Signal.SUPERSEDED,)
    finally:
        is_left_alone = await _await_uninterrupted(
            answer.finish(ending.status, ending.problem, stop_reason=ending.stop_reason)
        )
    if is_left_alone and ending not in {_STOP, _GONE}:
        _track(asyncio.create_task(titles.suggest_title(answer)))
        await _await_uninterrupted(outcomes.record(answer, ending.status))


async def _await_uninterrupted(work: Coroutine[Any, Any, None]) -> bool:
    """Await ``work`` despite further cancellations, so that a second stop or a shutdown cannot interrupt it.

    Returns:
        False if a cancellation arrived in the meantime.
    """
    task, is_left_alone = asyncio.create_task(work), True
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            is_left_alone = False
            # Without this, a pending cancellation would interrupt the next await, and ``asyncio.timeout`` would misread it.
            if (waiting := asyncio.current_task()) is not None:
                waiting.uncancel()
    return is_left_alone


def _track(task: asyncio.Task[None]) -> None:
    # The event loop holds only weak references to tasks; without this one, a task may be garbage-collected while it runs.
    _beside.add(task)
    task.add_done_callback(_beside.discard)


async def _listen_for_stops() -> None:
    while True:
        try:
            async for answer_id in broker.get_broker().stop_requests():
                with contextlib.suppress(ValueError):
                    if (task := _tasks.get(uuid.UUID(answer_id))) is not None:
                        task.cancel(Signal.STOP)
        except Exception:
            log.exception("chat.stop_listener_failed")
        await asyncio.sleep(1.0)  # no busy loop while the broker is down


async def _expire_orphans() -> None:
    """Expire answers left running by a previous run of this server.

    With Redis, another server may be writing them, so they are left to the minutely job, which checks heartbeats.
    """
    if settings.get().redis_url is not None:
        return
    try:
        async with transaction() as session:
            await answer_lifecycle.expire(session, stale_seconds=0)
    except Exception:  # the minutely job expires them, too
        log.exception("chat.orphan_expiry_failed")


async def _stop_all() -> None:
    tasks = [*_tasks.values(), *_beside]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=FAREWELL_SECONDS)


def _median(values: list[float]) -> float | None:
    return round(sorted(values)[len(values) // 2], 1) if values else None
