"""Tools that read the member's memory: facts, and earlier conversations. New facts are learnt after the answer, not by a tool."""

from typing import Annotated

from pydantic import Field

from askchopper import routes
from askchopper.database import read_only
from askchopper.models.base import utc_now
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.memory import Memory, RecalledConversation
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.memory import choices, facts, gists
from askchopper.vocabulary import McpScope

PAUSED = "Memory is paused."
MAX_FACTS = 40


class RecallArguments(Arguments):
    """Arguments of ``recall``."""

    about: str = Field("", max_length=100, description="A word that the memories contain; empty for the latest.")
    limit: Annotated[int, Field(ge=1, le=MAX_FACTS)] = 20


async def recall(viewer: Viewer, wanted: RecallArguments, _page: PageContext) -> Outcome:
    """Return the member's latest memories, or those with a word, and their total number; none while memory is paused."""
    async with read_only() as session:
        if (await choices.get(session, viewer)).is_paused:
            return Outcome({"memories": [], "note": PAUSED}, "memory is paused")
        page = await facts.list_facts(session, viewer, text_=wanted.about, limit=wanted.limit)
        total = await facts.count(session, viewer)
    summary = f"{len(page.items)} of {total:,}" if total > len(page.items) else counted(total, "memory", "memories")
    return Outcome({"memories": [memory_facts(one) for one in page.items], "total": total}, summary)


class RecallConversationsArguments(Arguments):
    """Arguments of ``recall_conversations``."""

    query: str = Field(max_length=200, description="What it was about and when: `tape drums last week`, `in October`.")
    limit: Annotated[int, Field(ge=1, le=10)] = 5


async def recall_conversations(viewer: Viewer, wanted: RecallConversationsArguments, _page: PageContext) -> Outcome:
    """Find earlier conversations by words and dates."""
    async with read_only() as session:
        found = await gists.recall(session, viewer, wanted.query, now=utc_now(), limit=wanted.limit)
    count = len(found)
    summary = counted(count, "conversation") if found else "nothing"
    return Outcome({"conversations": [conversation_facts(one) for one in found]}, summary)


def memory_facts(memory: Memory) -> dict[str, str]:
    """Describe a memory for the model."""
    about = {"about": memory.about} if memory.about else {}
    return {"text": memory.text, "kind": memory.kind.value, **about, "since": f"{memory.created_at:%Y-%m-%d}"}


def conversation_facts(one: RecalledConversation) -> dict[str, str]:
    """Describe an earlier conversation for the model."""
    link = routes.message(one.conversation_id, one.message_id)
    return {
        "id": one.conversation_id,
        "date": f"{one.talked_at:%Y-%m-%d}",
        "title": one.title,
        "gist": one.gist,
        "link": link,
    }


TOOLS = (
    Tool(
        "recall", "Looking in memory", "Looked in memory", "brain", 2.0,
        "Look up what this member told you about themselves: genres, tempo, gear, projects, wishes, dislikes.",
        RecallArguments, recall, McpScope.MEMORY,
    ),
    Tool(
        "recall_conversations", "Looking through conversations", "Looked through conversations", "history", 3.0,
        "Find earlier conversations with this member, by what they were about and when. Answers with date, gist and link.",
        RecallConversationsArguments, recall_conversations, McpScope.MEMORY,
    ),
)  # fmt: skip
