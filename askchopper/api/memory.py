"""The signed-in member's memory: facts, export, import, and search through earlier conversations."""

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from askchopper import policy
from askchopper.api.dependencies import SignedIn
from askchopper.api.responses import Moment
from askchopper.database import read_only, transaction
from askchopper.schemas import memory as schema
from askchopper.services import limits
from askchopper.services.memory import choices, facts, gists, transfer
from askchopper.vocabulary import MemoryKind, MemoryOrigin

router = APIRouter(tags=["memory"])
_LINES = "application/x-ndjson"


class Source(BaseModel):
    """The message that a memory is from."""

    conversation: str
    message: str
    title: str


class Memory(BaseModel):
    """A memory about you; `about` is the entity it describes, empty for yourself; `earlier` has its previous texts, latest first."""

    id: str
    kind: MemoryKind
    text: str
    about: str
    origin: MemoryOrigin
    source: Source | None
    created_at: Moment
    version: int
    earlier: list[str]

    @classmethod
    def of(cls, one: schema.Memory) -> "Memory":
        source = one.source and Source(
            conversation=one.source.conversation_id, message=one.source.message_id, title=one.source.title
        )
        return cls(
            id=one.id, kind=one.kind, text=one.text, about=one.about, origin=one.origin, source=source,
            created_at=one.created_at, version=one.version, earlier=list(one.earlier),
        )  # fmt: skip


class Memories(BaseModel):
    """One page of your memories, newest first; `total` counts all of them."""

    items: list[Memory]
    next_cursor: str | None
    total: int


class NewMemory(BaseModel, extra="forbid"):
    """A memory that you write yourself."""

    text: Annotated[str, Field(max_length=4 * policy.MAX_MEMORY_CHARACTERS)]
    kind: MemoryKind = MemoryKind.NOTE


class Change(BaseModel, extra="forbid"):
    """The new text of a memory. With `version`, the change fails if the memory was changed since."""

    text: Annotated[str, Field(max_length=4 * policy.MAX_MEMORY_CHARACTERS)]
    version: int | None = None


class Restored(BaseModel, extra="forbid"):
    """Ids of deleted memories."""

    ids: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=policy.MAX_MEMORIES)]


class Counted(BaseModel):
    """A number of memories."""

    count: int


class Choices(BaseModel, extra="forbid"):
    """Whether memory is paused, and whether new conversations suggest unfinished topics; omitted values stay."""

    is_paused: bool | None = None
    offers_open_points: bool | None = None


class Report(BaseModel):
    """The result of an import or a dry run: numbers of new, already known and refused entries, with reasons for up to 20 of those."""

    added: int
    known: int
    refused: list[str]
    refused_count: int
    dry_run: bool


class Recalled(BaseModel):
    """An earlier conversation."""

    conversation: str
    message: str
    title: str
    gist: str
    talked_at: Moment


@router.get("/me/memories")
async def list_memories(
    viewer: SignedIn,
    q: Annotated[str, Query(max_length=200)] = "",
    kind: MemoryKind | None = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=facts.PAGE_SIZE)] = facts.PAGE_SIZE,
) -> Memories:
    """List what Chopper remembers about you."""
    async with read_only() as session:
        page = await facts.list_facts(session, viewer, text_=q, kind=kind, cursor=cursor, limit=limit)
        total = await facts.count(session, viewer)
    return Memories(items=[Memory.of(one) for one in page.items], next_cursor=page.next_cursor, total=total)


@router.post("/me/memories", status_code=201)
async def add(viewer: SignedIn, wanted: NewMemory) -> Memory:
    """Add a memory."""
    await limits.hit((limits.MEMORY, str(viewer.user_id)))
    async with transaction() as session:
        return Memory.of(await facts.add(session, viewer, text_=wanted.text, kind=wanted.kind))


@router.delete("/me/memories")
async def delete_all(viewer: SignedIn) -> Counted:
    """Delete all memories. They can be restored within some minutes."""
    async with transaction() as session:
        return Counted(count=len(await facts.delete_all(session, viewer)))


@router.post("/me/memories/restore")
async def restore(viewer: SignedIn, wanted: Restored) -> Counted:
    """Undo the deletion of memories."""
    async with transaction() as session:
        return Counted(count=await facts.restore(session, viewer, memory_ids=wanted.ids))


@router.get("/me/memories/export")
async def export(
    viewer: SignedIn, form: Annotated[Literal["json", "lines"], Query(alias="format")] = "json"
) -> Response:
    """Download your memory: as JSON, or as the JSON lines format of the npm memory server."""
    async with read_only() as session:
        if form == "lines":
            content, media_type, name = await transfer.export_lines(session, viewer), _LINES, "memory.jsonl"
        else:
            found = await transfer.export(session, viewer)
            content, media_type, name = (
                json.dumps(found, ensure_ascii=False, indent=1),
                "application/json",
                "memory.json",
            )
    headers = {"Content-Disposition": f'attachment; filename="ask-chopper-{name}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.post("/me/memories/import")
async def import_(viewer: SignedIn, request: Request, *, dry_run: bool = False) -> Report:
    """Merge an export into your memory: our JSON, or the npm memory server's JSON lines as `application/x-ndjson`."""
    await limits.hit((limits.MEMORY_IMPORT, str(viewer.user_id)))
    content = await request.body()
    is_lines = request.headers.get("content-type", "").partition(";")[0].strip() == _LINES
    async with transaction() as session:
        report = await transfer.import_(session, viewer, content, is_lines=is_lines, is_dry_run=dry_run)
    return Report(
        added=report.added, known=report.known, refused=list(report.refused), refused_count=report.refused_count,
        dry_run=report.is_dry_run,
    )  # fmt: skip


@router.patch("/me/memories/{memory_id}")
async def change(viewer: SignedIn, memory_id: str, wanted: Change) -> Memory:
    """Change the text of a memory; the previous text is kept as history."""
    await limits.hit((limits.MEMORY, str(viewer.user_id)))
    async with transaction() as session:
        changed = await facts.edit(session, viewer, memory_id=memory_id, text_=wanted.text, version=wanted.version)
    return Memory.of(changed)


@router.delete("/me/memories/{memory_id}", status_code=204)
async def delete(viewer: SignedIn, memory_id: str) -> Response:
    """Delete a memory. It can be restored within some minutes. It is not extracted again from earlier messages."""
    async with transaction() as session:
        await facts.delete(session, viewer, memory_id=memory_id)
    return Response(status_code=204)


@router.get("/me/memory-settings")
async def get_choices(viewer: SignedIn) -> Choices:
    """Return your memory settings."""
    async with read_only() as session:
        chosen = await choices.get(session, viewer)
    return Choices(is_paused=chosen.is_paused, offers_open_points=chosen.offers_open_points)


@router.patch("/me/memory-settings")
async def choose(viewer: SignedIn, wanted: Choices) -> Choices:
    """Change your memory settings; omitted values stay as they are."""
    async with transaction() as session:
        chosen = await choices.change(
            session, viewer, is_paused=wanted.is_paused, offers_open_points=wanted.offers_open_points
        )
    return Choices(is_paused=chosen.is_paused, offers_open_points=chosen.offers_open_points)


@router.get("/conversations/search")
async def search_conversations(
    viewer: SignedIn, q: Annotated[str, Query(max_length=200)] = "", limit: Annotated[int, Query(ge=1, le=20)] = 10
) -> list[Recalled]:
    """Find earlier conversations by words and dates: `tape drums last week`."""
    async with read_only() as session:
        found = await gists.recall(session, viewer, q, now=datetime.now(UTC), limit=limit)
    return [
        Recalled(
            conversation=one.conversation_id, message=one.message_id, title=one.title, gist=one.gist, talked_at=one.talked_at
        )
        for one in found
    ]  # fmt: skip
