"""The member's part of the model's context: memories, taste and earlier conversations, each within a budget.

Sources are in order of priority; within each, items relevant to the question come first. The data is sent with the
latest message, so that the vendor's prompt cache still applies to everything before it.
"""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.memory import RecalledConversation, Used
from askchopper.services.memory import gists, relevance
from askchopper.services.memory.relevance import Chosen
from askchopper.services.taste import summary

MAX_CONVERSATIONS = 2
MAX_TASTE = 4
MAX_CONVERSATION_CHARACTERS = 800
_REFERS_BACK = re.compile(
    r"\b(?:remember|last (?:time|week|month)|yesterday|earlier|before|again|we (?:talked|spoke|discussed)|you (?:said|told|suggested|recommended|showed)"
    r"|i (?:asked|told|said)|previous(?:ly)?|the other day|weeks? ago|days? ago|months? ago)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MemberContext:
    """Known facts about the member, chosen for one answer."""

    memory: Chosen = field(default_factory=Chosen)
    conversations: tuple[RecalledConversation, ...] = ()
    taste: tuple[str, ...] = ()  # sentences, most important first
    is_used: bool = False  # whether memory is used in the conversation

    @property
    def conversation_ids(self) -> tuple[uuid.UUID, ...]:
        """Ids of the earlier conversations."""
        return tuple(uuid.UUID(one.conversation_id) for one in self.conversations)

    @property
    def facts(self) -> dict[str, Any]:
        """The facts for the model's context; empty if nothing is known."""
        found: dict[str, Any] = {}
        if self.memory.memories:
            found["memory"] = [one.text for one in self.memory.memories]
        if self.taste:
            found["taste"] = list(self.taste)
        if self.conversations:
            found["earlier_conversations"] = [
                {
                    "date": f"{one.talked_at:%Y-%m-%d}",
                    "gist": one.gist[: MAX_CONVERSATION_CHARACTERS // MAX_CONVERSATIONS],
                }
                for one in self.conversations
            ]
        return found

    @property
    def used(self) -> Used:
        """References to the member's data that was chosen, to be shown to the reader."""
        return Used(
            memory_ids=tuple(one.id for one in self.memory.memories),
            conversation_ids=self.conversation_ids,
            has_taste=bool(self.taste),
            left_out=self.memory.left_out,
        )


async def build(session: AsyncSession, viewer: Viewer, *, conversation_id: uuid.UUID, question: str) -> MemberContext:
    """Choose the member's data for an answer; empty where memory is not used."""
    chosen = await relevance.choose(session, viewer.user_id, conversation_id=conversation_id, question=question)
    if chosen is None:
        return MemberContext()
    earlier: tuple[RecalledConversation, ...] = ()
    if _REFERS_BACK.search(question[:1000]):
        earlier = await gists.recall(
            session, viewer, question, now=utc_now(), except_id=conversation_id, limit=MAX_CONVERSATIONS
        )
    described = tuple(sentence for sentence, _ in await summary.describe(session, viewer.user_id))[:MAX_TASTE]
    return MemberContext(chosen, earlier, described, is_used=True)
