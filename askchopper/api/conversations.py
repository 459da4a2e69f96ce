"""Conversations over HTTP: ask, stream an answer, stop, export."""

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.responses import Response

from askchopper import policy
from askchopper.api.dependencies import IdempotencyKey, SignedIn, current_viewer
from askchopper.api.responses import List, Moment
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, InvalidInputError, NotFoundError, RateLimitedError, SignInRequiredError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import ConversationSummary, MessageDetail, PageContext, StreamEvent
from askchopper.services.assistant import (
    answer_lifecycle,
    answer_tasks,
    broker,
    conversations,
    export,
    questions,
    rendering,
    threads,
    token_usage,
)

MAX_STREAMS = 12  # per member; hidden tabs close theirs
GATHER_SECONDS = 0.04
MAX_WAITING = 500  # events buffered for a slow reader; the broker keeps the rest
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
router = APIRouter(tags=["assistant"])
_open: Counter[str] = Counter()
_END = StreamEvent("", "end")
_readers: set["asyncio.Queue[StreamEvent | None]"] = set()


class Conversation(BaseModel):
    """A conversation in the history."""

    id: str
    title: str
    is_pinned: bool
    talked_at: Moment
    found: str

    @classmethod
    def of(cls, line: ConversationSummary) -> "Conversation":
        return cls(id=line.id, title=line.title, is_pinned=line.is_pinned, talked_at=line.talked_at, found=line.found)


class Message(BaseModel):
    """A question or an answer; ``parts`` are rendered with current prices and ownership."""

    id: str
    role: str
    status: str
    writer: str
    words: str
    parts: list[dict[str, Any]]
    version: int
    versions: int
    documents: list[str]
    follow_ups: list[str]
    problem: str
    created_at: Moment

    @classmethod
    def of(cls, line: MessageDetail, parts: list[dict[str, Any]]) -> "Message":
        return cls(
            id=line.id, role=line.role.value, status=line.status.value, writer=line.writer.value, words=line.words,
            parts=parts, version=line.place, versions=len(line.siblings), documents=list(line.document_ids),
            follow_ups=list(line.follow_ups), problem=line.problem, created_at=line.created_at,
        )  # fmt: skip


class Thread(BaseModel):
    """A conversation with the last messages of the shown branch; `has_earlier` is true if there are more."""

    conversation: Conversation
    messages: list[Message]
    has_earlier: bool


class NewQuestion(BaseModel):
    """A question. Without a conversation id, a new conversation is created; a temporary one stays out of the history."""

    text: Annotated[str, Field(max_length=policy.MAX_QUESTION_CHARACTERS * 4)]
    conversation: Annotated[str, Field(max_length=60)] = ""
    documents: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)] = []
    temporary: bool = False


class AcceptedQuestion(BaseModel):
    """Ids of an accepted question and its pending answer."""

    conversation: str
    question: str
    answer: str


class Change(BaseModel, extra="forbid"):
    """Changes of a conversation: its title, or whether it is pinned."""

    title: Annotated[str | None, Field(max_length=400)] = None
    is_pinned: bool | None = None


class UsageDay(BaseModel):
    """Usage of a day (UTC)."""

    day: str
    answers: int
    input_tokens: int
    output_tokens: int
    cost_usd: float


@router.get("/conversations")
async def list_conversations(
    viewer: SignedIn,
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=conversations.MAX_LIMIT)] = 40,
) -> List[Conversation]:
    """List your conversations; `q` searches titles and messages."""
    async with read_only() as session:
        page = await conversations.list_conversations(session, viewer, text=q, cursor=cursor, limit=limit)
    return List(items=[Conversation.of(line) for line in page.items], next_cursor=page.next_cursor)


@router.get("/conversations/{conversation_id}")
async def get_thread(
    viewer: SignedIn,
    conversation_id: str,
    limit: Annotated[int, Query(ge=1, le=threads.MOST_SHOWN)] = threads.MAX_SHOWN,
) -> Thread:
    """Return a conversation."""
    async with read_only() as session:
        thread = await threads.get_thread(session, viewer, conversation_id=conversation_id, limit=limit)
        shaped = [Message.of(line, await rendering.render(session, viewer, line.parts)) for line in thread.messages]
    return Thread(conversation=Conversation.of(thread.conversation), messages=shaped, has_earlier=thread.has_earlier)


@router.patch("/conversations/{conversation_id}", status_code=204)
async def change(viewer: SignedIn, conversation_id: str, wanted: Change) -> Response:
    """Rename or pin a conversation."""
    if wanted.title is None and wanted.is_pinned is None:
        raise InvalidInputError("Give a new title, or say whether it is pinned.")
    async with transaction() as session:
        if wanted.title is not None:
            await conversations.rename(session, viewer, conversation_id=conversation_id, title=wanted.title)
        if wanted.is_pinned is not None:
            await conversations.pin(session, viewer, conversation_id=conversation_id, is_pinned=wanted.is_pinned)
    return Response(status_code=204)


@router.delete("/conversations/{conversation_id}", status_code=204)
async def remove(viewer: SignedIn, conversation_id: str) -> Response:
    """Delete a conversation and stop its running answer."""
    async with transaction() as session:
        await answer_tasks.remove(session, viewer, conversation_id=conversation_id)
    return Response(status_code=204)


@router.post("/questions", status_code=202)
async def ask(viewer: SignedIn, key: IdempotencyKey, wanted: NewQuestion) -> AcceptedQuestion:
    """Ask a question. The server generates the answer whether or not anyone streams it."""
    question = questions.Question(wanted.text, key, wanted.conversation, wanted.documents, wanted.temporary)
    async with transaction() as session:
        asked = await questions.ask(session, viewer, question)
    answer_tasks.start(asked, viewer, PageContext())
    return AcceptedQuestion(
        conversation=str(asked.conversation_id), question=str(asked.question_id), answer=str(asked.answer_id)
    )


@router.post("/messages/{message_id}/stop", status_code=204)
async def stop(viewer: SignedIn, message_id: str) -> Response:
    """Stop a running answer; the text generated so far is kept."""
    async with transaction() as session:
        await answer_tasks.stop(session, viewer, message_id=message_id)
    return Response(status_code=204)


@router.get("/messages/{message_id}/text")
async def read_text(viewer: SignedIn, message_id: str) -> Response:
    """Return one message as Markdown, with pack titles and sources."""
    async with read_only() as session:
        line, _ = await conversations.get_message(session, viewer, message_id=message_id)
        found = await rendering.load_items(session, viewer, rendering.refs_of(line.parts))
    return Response(export.words(line, found), media_type="text/markdown; charset=utf-8")


@router.get("/conversations/{conversation_id}/export")
async def export_conversation(
    viewer: SignedIn, conversation_id: str, form: Annotated[Literal["md", "json"], Query(alias="format")] = "md"
) -> Response:
    """Download a conversation as Markdown or JSON."""
    async with read_only() as session:
        thread = await threads.get_thread(session, viewer, conversation_id=conversation_id, limit=10_000)
        found = await rendering.load_items(
            session, viewer, rendering.refs_of(part for line in thread.messages for part in line.parts)
        )
    text, media_type = export.write(thread, found, form)
    name = f"{export.file_name(thread)}.{form}"
    return Response(text, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/me/chat-usage")
async def usage(viewer: SignedIn, days: Annotated[int, Query(ge=1, le=token_usage.MAX_DAYS)] = 30) -> list[UsageDay]:
    """List your usage by day."""
    async with read_only() as session:
        rows = await token_usage.by_day(session, viewer, days=days)
    return [
        UsageDay(
            day=row.day.isoformat(), answers=row.answers, input_tokens=row.input_tokens,
            output_tokens=row.output_tokens, cost_usd=row.cost_microdollars / 1e6,
        )
        for row in rows
    ]  # fmt: skip


@router.get("/conversations/{conversation_id}/events")
async def follow(
    request: Request, viewer: SignedIn, conversation_id: str, after: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Stream a conversation as server-sent events: `hello`, the running answer so far, then new events.

    `hello` has the ids of the running answer and of the last message. Resume with `Last-Event-ID`.
    """
    async with read_only() as session:
        known = await conversations.own_conversation(session, viewer, conversation_id)
    if _open[str(viewer.user_id)] >= MAX_STREAMS:
        raise RateLimitedError("Too many open tabs are following answers. Close one.", retry_after_seconds=5)
    place = request.headers.get("last-event-id", "")[:60] or after
    events = _counted(_events(request, viewer, str(known.id), place), str(viewer.user_id))
    return StreamingResponse(events, media_type="text/event-stream", headers=_HEADERS)


def end_streams() -> None:
    """End all streams for shutdown. Browsers reconnect to this or another server."""
    for steps in _readers:
        _end(steps)


def _end(steps: "asyncio.Queue[StreamEvent | None]") -> None:
    """End a stream at once, dropping unread events; the client resumes from the last event id it received."""
    if steps.full():
        while not steps.empty():
            steps.get_nowait()
    steps.put_nowait(_END)


async def _counted(events: AsyncGenerator[bytes], whom: str) -> AsyncGenerator[bytes]:
    """Relay a stream and count it against the member's limit of open streams. At the limit, end without an event."""
    async with aclosing(events):
        if _open[whom] >= MAX_STREAMS:  # a burst passed the check above; the browser retries
            return
        _open[whom] += 1
        try:
            async for frame in events:
                yield frame
        finally:
            _open[whom] -= 1
            if _open[whom] <= 0:
                del _open[whom]


async def _events(request: Request, viewer: Viewer, topic: str, after: str) -> AsyncGenerator[bytes]:
    steps: asyncio.Queue[StreamEvent | None] = asyncio.Queue(MAX_WAITING)
    _readers.add(steps)
    pump = asyncio.create_task(_pump(broker.get_broker().follow(topic, after), steps))
    try:
        await asyncio.sleep(0)  # subscribe before reading the row, so that an end in between is not missed
        hello = await _hello(viewer, topic)
        running, checked = hello["running"], time.monotonic()
        yield b"retry: 1000\n" + _frame(StreamEvent("", "hello", hello))
        while True:
            waiting = [await steps.get()]
            waiting += [steps.get_nowait() for _ in range(steps.qsize())]
            found = [one for one in waiting if one is not None and one is not _END]
            for one in found:
                running = _running_after(running, one)
            if found:
                yield b"".join(_frame(one) for one in merged(found))
            is_due = None in waiting or time.monotonic() - checked > broker.PULSE_SECONDS
            if _END in waiting:
                return
            if is_due and not await _is_still_valid(request, viewer, topic):
                yield _frame(StreamEvent("", "bye", {}))
                return
            if is_due:
                checked = time.monotonic()
            if None in waiting:
                if running and (end := await _missed_end(viewer, topic, running)):
                    running = ""
                    yield _frame(end)
                yield b": still here\n\n"
            else:  # the first text is sent at once; what follows within milliseconds shares a frame
                await asyncio.sleep(GATHER_SECONDS)
    finally:
        _readers.discard(steps)
        pump.cancel()
        with suppress(asyncio.CancelledError, broker.BrokerError):
            await pump


async def _hello(viewer: Viewer, topic: str) -> dict[str, str]:
    async with read_only() as session:
        state = await conversations.get_state(session, viewer, topic)
    return {"running": state.running_id, "last": state.last_id, "status": state.status}


def _running_after(running: str, step: StreamEvent) -> str:
    match step.name:
        case broker.START:
            return str(step.data["answer"])
        case broker.DONE:
            return ""
        case _:
            return running


async def _missed_end(viewer: Viewer, topic: str, running: str) -> StreamEvent | None:
    """Return the ``done`` event of an answer that ended without sending it, for example because its server process crashed.

    Return None if the answer is still running, or if the conversation cannot be read.
    """
    try:
        async with transaction() as session:
            await answer_lifecycle.expire(session, conversation_id=uuid.UUID(topic))
        now = await _hello(viewer, topic)
    except AskChopperError:
        return None
    if now["running"] == running:
        return None
    return StreamEvent("", broker.DONE, {"answer": running, "status": now["status"]})


async def _pump(source: Any, steps: "asyncio.Queue[StreamEvent | None]") -> None:
    try:
        async for step in source:
            await steps.put(step)
    finally:
        _end(steps)


async def _is_still_valid(request: Request, viewer: Viewer, topic: str) -> bool:
    """Return whether the stream's session is still valid and the conversation still exists; True if that cannot be checked."""
    try:
        now = await current_viewer(request)
        await _hello(viewer, topic)
    except (SignInRequiredError, NotFoundError):
        return False
    except AskChopperError:
        return True  # the database is unavailable; that ends no session
    return now is not None and now.user_id == viewer.user_id


def merged(steps: list[StreamEvent]) -> list[StreamEvent]:
    """Merge consecutive text events; the merged event has the id of the last one."""
    joined: list[StreamEvent] = []
    for step in steps:
        if joined and step.name == broker.TEXT and joined[-1].name == broker.TEXT:
            joined[-1] = StreamEvent(step.id, broker.TEXT, joined[-1].data + step.data)
        else:
            joined.append(step)
    return joined


def _frame(step: StreamEvent) -> bytes:
    data = json.dumps([step.name, step.data], ensure_ascii=False, separators=(",", ":"))
    mark = f"id:{step.id}\n" if step.id else ""
    return f"{mark}data:{data}\n\n".encode()
