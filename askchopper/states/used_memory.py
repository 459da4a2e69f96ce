"""State of the dialog that lists an answer's context besides the question."""

import uuid
from dataclasses import dataclass
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.schemas.view_models.chat import given_words, left_out_words
from askchopper.services.assistant import conversations
from askchopper.services.memory import facts, gists
from askchopper.states import identity
from askchopper.states.assistant import ChatState
from askchopper.states.error_handling import Access, handler
from askchopper.states.memory import MemoryRow, memory_row


@dataclass(frozen=True)
class EarlierConversation:
    """An earlier conversation in an answer's context."""

    id: str
    title: str
    gist: str
    date: str
    href: str


class UsedMemoryState(rx.State):
    """The open dialog. The answer stores ids and texts are read when it opens, so deleted ones are not shown."""

    is_open: bool = False
    memories: list[MemoryRow] = []
    conversations: list[EarlierConversation] = []
    has_taste: bool = False
    others: list[str] = []  # other context, in words
    deleted: int = 0
    left_out: str = ""  # context that did not fit, in words

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, message_id: str) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            line, _ = await conversations.get_message(session, viewer, message_id=str(message_id)[:60])
            memory_ids = [uuid.UUID(one) for one in line.used.get("memories", [])]
            found = await facts.find(session, viewer.user_id, memory_ids)
            earlier = await gists.find(session, viewer, [uuid.UUID(one) for one in line.used.get("conversations", [])])
        self.memories = [memory_row(one) for one in found]
        self.conversations = [
            EarlierConversation(
                one.conversation_id, one.title or "A conversation", one.gist, f"{one.talked_at:%-d %b %Y}",
                routes.message(one.conversation_id, one.message_id),
            )
            for one in earlier
        ]  # fmt: skip
        self.has_taste = bool(line.used.get("taste"))
        self.others, self.left_out = given_words(line.used), left_out_words(line.used)
        self.deleted, self.is_open = len(memory_ids) - len(found), True

    @rx.event
    @handler(Access.MEMBER)
    async def set_conversation(self, conversation_id: str, is_used: bool) -> Any:
        """Turn memory on or off for a conversation."""
        async with transaction() as session:
            await conversations.use_memory(
                session, identity.require_viewer(), conversation_id=str(conversation_id)[:60], is_used=bool(is_used)
            )
        return ChatState.refresh

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False
