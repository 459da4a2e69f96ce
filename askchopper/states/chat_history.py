"""State of the conversation history: search, rename, pin, delete, restore."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.schemas.assistant import ConversationSummary
from askchopper.schemas.view_models import chat
from askchopper.schemas.view_models.chat import ConversationRow
from askchopper.services.assistant import answer_tasks, conversations
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

PAGE = 20


class HistoryState(rx.State):
    """State of the conversation history."""

    lines: list[ConversationRow] = []
    text: str = ""
    has_more: bool = False
    renaming_id: str = ""
    removed_id: str = ""
    _cursor: str | None = None
    _found: list[ConversationSummary] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def open(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.OPEN)
    async def reset_search(self) -> Any:
        is_filtered, self.text, self.renaming_id = self.text != "", "", ""
        return HistoryState.load if is_filtered else None

    @rx.event
    @handler(Access.MEMBER)
    async def search(self, text: str) -> None:
        self.text = str(text)[:100]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self._cursor:
            await self._read(self._cursor)

    @rx.event
    @handler(Access.OPEN)
    async def begin_rename(self, conversation_id: str) -> None:
        self.renaming_id = "" if self.renaming_id == conversation_id else str(conversation_id)[:60]

    @rx.event
    @handler(Access.MEMBER)
    async def rename(self, form: dict[str, Any]) -> None:
        viewer, title = identity.require_viewer(), str(form.get("title", ""))[:400] if isinstance(form, dict) else ""
        async with transaction() as session:
            await conversations.rename(session, viewer, conversation_id=self.renaming_id, title=title)
        self.renaming_id = ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def pin(self, conversation_id: str, is_pinned: bool) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await conversations.pin(
                session, viewer, conversation_id=str(conversation_id)[:60], is_pinned=bool(is_pinned)
            )
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def remove(self, conversation_id: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await answer_tasks.remove(session, viewer, conversation_id=str(conversation_id)[:60])
        self.removed_id = str(conversation_id)[:60]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def restore(self) -> None:
        viewer, conversation_id = identity.require_viewer(), self.removed_id
        self.removed_id = ""
        if not conversation_id:
            return
        async with transaction() as session:
            await conversations.restore(session, viewer, conversation_id=conversation_id)
        await self._read()

    @rx.event
    @handler(Access.OPEN)
    async def forget_removed(self) -> None:
        self.removed_id = ""

    async def _read(self, cursor: str | None = None) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            page = await conversations.list_conversations(session, viewer, text=self.text, cursor=cursor, limit=PAGE)
        self._found = [*self._found, *page.items] if cursor else list(page.items)
        self.lines = chat.history_rows(self._found)
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None
