"""State of the memory page and of the memories beside a chat."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.plurals import counted
from askchopper.schemas.memory import Memory
from askchopper.schemas.view_models.taste import looked
from askchopper.services import limits
from askchopper.services.memory import choices, facts, gists
from askchopper.services.taste import profile
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field
from askchopper.vocabulary import MemoryKind, MemoryOrigin

BESIDE = 8
KIND_LABELS = {
    MemoryKind.GENRE: "Genre",
    MemoryKind.TEMPO: "Tempo",
    MemoryKind.KEY: "Key",
    MemoryKind.SOUND: "Sound",
    MemoryKind.GEAR: "Gear",
    MemoryKind.PROJECT: "Project",
    MemoryKind.WISH: "Preference",
    MemoryKind.DISLIKE: "Dislike",
    MemoryKind.NAME: "Name",
    MemoryKind.NOTE: "Note",
}
_ORIGINS = {
    MemoryOrigin.CHAT: "From a conversation",
    MemoryOrigin.MEMBER: "Added by you",
    MemoryOrigin.CLIENT: "From a connected app",
    MemoryOrigin.IMPORT: "Imported",
}


@dataclass(frozen=True)
class MemoryRow:
    """A memory for display; ``href`` links to its source message, empty if it has none."""

    id: str
    kind: str
    text: str
    about: str
    origin: str
    href: str
    date: str
    version: int
    earlier: str


class MemoryState(rx.State):
    """The listed memories and the memory settings."""

    rows: list[MemoryRow] = []
    total: int = 0
    next_cursor: str = ""
    text: str = ""
    kind: str = ""
    is_paused: bool = False
    offers_open_points: bool = True
    is_loaded: bool = False
    open_point: str = ""  # what the latest unfinished conversation was about
    open_href: str = ""
    looked: list[dict[str, str]] = []  # when administrators read them, and why

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.text, self.kind = "", ""
        edits = await self.get_state(MemoryEditState)
        edits.editing_id, edits.problem = "", ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> None:
        """Reload the listed memories after an import or a change elsewhere."""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def search(self, text: str) -> None:
        self.text = str(text)[:100]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def show_kind(self, kind: str) -> None:
        self.kind = kind if kind in {one.value for one in MemoryKind} else ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        viewer = identity.require_viewer()
        if not self.next_cursor:
            return
        async with read_only() as session:
            page = await facts.list_facts(
                session, viewer, text_=self.text, kind=_kind(self.kind), cursor=self.next_cursor
            )
        self.rows = [*self.rows, *(memory_row(one) for one in page.items)]
        self.next_cursor = page.next_cursor or ""

    @rx.event
    @handler(Access.MEMBER)
    async def set_used(self, is_used: bool) -> None:
        await self._choose(is_paused=not is_used)

    @rx.event
    @handler(Access.MEMBER)
    async def set_open_points(self, is_offered: bool) -> None:
        await self._choose(offers_open_points=bool(is_offered))

    async def _choose(self, **values: bool) -> None:
        async with transaction() as session:
            chosen = await choices.change(session, identity.require_viewer(), **values)
        self.is_paused, self.offers_open_points = chosen.is_paused, chosen.offers_open_points

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            page = await facts.list_facts(session, viewer, text_=self.text, kind=_kind(self.kind))
            self.total = await facts.count(session, viewer)
            chosen = await choices.get(session, viewer)
            left = await gists.left_open(session, viewer)
            self.looked = looked(await profile.looked(session, viewer.user_id))
        self.open_point, self.open_href = (left.gist, routes.chat(left.conversation_id)) if left else ("", "")
        self.rows, self.next_cursor = [memory_row(one) for one in page.items], page.next_cursor or ""
        self.is_paused, self.offers_open_points = chosen.is_paused, chosen.offers_open_points
        self.is_loaded = True

    @rx.var
    def count_words(self) -> str:
        """The number of memories as text."""
        return counted(self.total, "memory", "memories")


class MemoryEditState(rx.State):
    """The memory that is being edited, and deletions that can be undone."""

    editing_id: str = ""
    problem: str = ""
    removed_ids: list[str] = []

    @rx.event
    @handler(Access.MEMBER)
    async def add(self, form: dict[str, Any]) -> Any:
        viewer = identity.require_viewer()
        self.problem = ""
        try:
            await limits.hit((limits.MEMORY, str(viewer.user_id)))
            async with transaction() as session:
                await facts.add(session, viewer, text_=field(form, "text"))
        except InvalidInputError as error:
            self.problem = error.sentence
            return None
        return [MemoryState.refresh, rx.set_value("new-memory", "")]

    @rx.event
    @handler(Access.OPEN)
    async def edit(self, memory_id: str) -> None:
        self.problem = ""
        self.editing_id = "" if self.editing_id == memory_id else str(memory_id)[:60]

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, form: dict[str, Any]) -> Any:
        """Save an edited memory. If another tab has changed it, load that version instead of overwriting it."""
        viewer, version = identity.require_viewer(), field(form, "version")
        self.problem = ""
        try:
            await limits.hit((limits.MEMORY, str(viewer.user_id)))
            async with transaction() as session:
                await facts.edit(
                    session, viewer, memory_id=field(form, "id"), text_=field(form, "text"),
                    version=int(version) if version.isdigit() and len(version) < 10 else None,
                )  # fmt: skip
        except InvalidInputError as error:
            self.problem = error.sentence
            return None
        except ConflictError as error:
            self.problem = error.sentence
            return MemoryState.refresh
        self.editing_id = ""
        return MemoryState.refresh

    @rx.event
    @handler(Access.MEMBER)
    async def delete(self, memory_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await facts.delete(session, viewer, memory_id=str(memory_id)[:60])
        self.removed_ids = [str(memory_id)[:60]]
        return MemoryState.refresh

    @rx.event
    @handler(Access.MEMBER)
    async def delete_all(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            self.removed_ids = list(await facts.delete_all(session, viewer))
        return MemoryState.refresh

    @rx.event
    @handler(Access.MEMBER)
    async def undo(self) -> Any:
        viewer, wanted = identity.require_viewer(), self.removed_ids
        self.removed_ids = []
        if not wanted:  # the second click of a double click
            return None
        async with transaction() as session:
            await facts.restore(session, viewer, memory_ids=wanted)
        return MemoryState.refresh

    @rx.event
    @handler(Access.OPEN)
    async def close_undo(self) -> None:
        self.removed_ids = []

    @rx.var
    def removed(self) -> str:
        """Describe the deletion that can be undone."""
        count = len(self.removed_ids)
        return "" if not count else "Memory deleted." if count == 1 else f"{count:,} memories deleted."


def memory_row(memory: Memory) -> MemoryRow:
    """Format a memory."""
    source = memory.source
    return MemoryRow(
        id=memory.id,
        kind=KIND_LABELS[memory.kind],
        text=memory.text,
        about=memory.about,
        origin=_ORIGINS[memory.origin],
        href=routes.message(source.conversation_id, source.message_id) if source else "",
        date=f"{memory.created_at:%-d %b %Y}",
        version=memory.version,
        earlier="; ".join(memory.earlier),
    )


def _kind(value: str) -> MemoryKind | None:
    return MemoryKind(value) if value else None
