"""Builds the model's context for a question: conversation history, documents, and facts about page, player and member.

Each source has a budget and a priority, see docs/assistant.md.

The system prompt and the tool definitions are constant, so that the vendor can cache them; whatever changes per turn goes
into the latest message.
"""

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.database import autocommit
from askchopper.errors import NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.integrations.claude import SourceCited
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked, ItemsPart, MessageDetail, PageContext, ProposalPart, SourcePart
from askchopper.schemas.knowledge import DocumentSummary, PagedText, Passage
from askchopper.schemas.memory import Used
from askchopper.services.assistant import member_context, memory_commands, prompt, surroundings, threads, token_usage
from askchopper.services.assistant.member_context import MemberContext
from askchopper.services.knowledge import documents, passages
from askchopper.services.knowledge.learning_questions import is_educational
from askchopper.vocabulary import ChatRole, DocumentKind, DocumentState

MAX_TURNS = 30
MAX_HISTORY_CHARACTERS = 60_000
MAX_ITEM_NOTES = 12
PASSAGES = 10
WHOLE_TOKENS_IN_ALL = 60_000
# As many as can be attached to one question. Each costs up to 3,300 tokens, again with every question.
MAX_PICTURES = policy.MAX_QUESTION_DOCUMENTS
MAX_PICTURE_BYTES = 15 * 1024 * 1024  # in total; base64 adds a third, and the vendor's limit per request is 32 MB
PICTURES_LEFT_OUT = "{count} pictures of this conversation are not shown to you. Say so if the question is about them."
_PASSAGE = "passage:"
_PAGE_BREAK = "\n\n"


@dataclass(frozen=True)
class Material:
    """A document or passage given to the model with a question, in the order in which it is sent."""

    document_id: str
    title: str
    block: dict[str, Any]
    passage_id: str = ""
    page: int | None = None
    pages: tuple[PagedText, ...] = ()

    def page_at(self, start: int | None) -> int | None:
        """Return the page at a character offset of the whole text; ``page`` without an offset or pages."""
        at, found = 0, self.page
        for page in self.pages:
            if start is None or at > start:
                break
            at, found = at + len(page.text) + len(_PAGE_BREAK), page.page
        return found


@dataclass(frozen=True)
class Turn:
    """The model's input for one question.

    Args:
        messages: messages as sent to the model.
        materials: documents and passages in the messages.
        question: text of the question.
        history: earlier messages of the branch.
        has_documents: whether any document belongs to this branch.
        is_attached: whether a document is attached to this question.
        tokens_left: tokens left of the member's daily allowance.
        known: data about the member that was chosen for this answer.
        used: summary of the context given to the model, shown to the reader.
        memory_changes: changes to the member's memory before this answer, one sentence each.
    """

    messages: list[dict[str, Any]]
    materials: tuple[Material, ...]
    question: str
    history: tuple[MessageDetail, ...] = ()
    has_documents: bool = False
    is_attached: bool = False
    tokens_left: int = 0
    known: MemberContext = field(default_factory=MemberContext)
    used: Used = field(default_factory=Used)
    memory_changes: tuple[str, ...] = ()

    def source_of(self, cited: SourceCited) -> SourcePart | None:
        """Return the source of a citation; None if it is not among the given materials."""
        if cited.source.startswith(_PASSAGE):
            wanted = cited.source.removeprefix(_PASSAGE)
            found = next((one for one in self.materials if one.passage_id == wanted), None)
        else:
            whole = [one for one in self.materials if not one.passage_id and one.block["type"] == "document"]
            number = cited.document
            found = whole[number] if number is not None and 0 <= number < len(whole) else None
        if found is None:
            return None
        quote = " ".join(cited.quote.split())[:500]
        return SourcePart(0, found.document_id, found.title, quote, found.passage_id, found.page_at(cited.start))


async def build(viewer: Viewer, asked: Asked, page: PageContext, *, share: float = 1.0) -> Turn:
    """Build the model's input, after executing a memory command in the question.

    Args:
        viewer: the member; only data that they may see is included.
        asked: the question.
        page: the page it was asked from.
        share: share of the usual history and images; reduced after the vendor rejected the input as too long.
    """
    async with autocommit() as session:  # a message is immutable once another one follows it
        path = await threads.get_above(session, viewer, message_id=asked.answer_id, limit=2 * MAX_TURNS)
    *history, question, answer = path
    changes = await memory_commands.run(viewer, question)
    # Concurrently, since the first word waits for all of them. None waits for a connection while it holds one.
    (lines, materials, left), known, around = await asyncio.gather(
        _given(viewer, path, question.words), _known(viewer, asked, question.words), surroundings.describe(viewer, page)
    )
    facts = {
        "date": f"{datetime.now(UTC):%A, %d %B %Y}",
        **around,
        **known.facts,
        **({"memory_changes": changes} if changes else {}),
        **({"learning": True} if is_educational(question.words) else {}),
    }
    pictures, left_out = await _pictures(lines, share)
    if left_out:
        facts["left_out"] = PICTURES_LEFT_OUT.format(count=left_out)
    materials = (*materials, *pictures)
    newest = [
        *(material.block for material in materials),
        {"type": "text", "text": f"<context>\n{json.dumps(facts, ensure_ascii=False)}\n</context>"},
        {"type": "text", "text": question.words},
    ]
    earlier = _history(history, share)
    used = _used(
        known, around, lines, materials, messages_left_out=sum(map(bool, map(_words_for_model, history))) - len(earlier)
    )
    log.info("chat.context", user=str(viewer.user_id), **used.counts)
    said = [*_alternating(earlier), {"role": "user", "content": newest}]
    if asked.is_continued and answer.words.strip():
        said += [
            {"role": "assistant", "content": _words_for_model(answer)},
            {"role": "user", "content": prompt.CONTINUE},
        ]
    return Turn(
        said, materials, question.words, tuple(history), has_documents=bool(lines), is_attached=bool(question.document_ids),
        tokens_left=left, known=known, used=used, memory_changes=changes,
    )  # fmt: skip


async def _given(
    viewer: Viewer, path: Sequence[MessageDetail], question: str
) -> tuple[tuple[DocumentSummary, ...], tuple[Material, ...], int]:
    async with autocommit() as session:
        lines = await _documents_of(session, viewer, path)
        materials = await _materials(session, viewer, lines, question)
        return lines, materials, await token_usage.remaining_today(session, viewer)


async def _known(viewer: Viewer, asked: Asked, question: str) -> MemberContext:
    async with autocommit() as session:
        return await member_context.build(session, viewer, conversation_id=asked.conversation_id, question=question)


def _used(
    known: MemberContext, around: Mapping[str, Any], lines: Sequence[DocumentSummary], materials: Sequence[Material],
    *, messages_left_out: int,
) -> Used:  # fmt: skip
    given = len({material.document_id for material in materials})
    return replace(
        known.used,
        has_page="page_shows" in around,
        has_player="player" in around,
        documents=given,
        documents_left_out=len(lines) - given,
        messages_left_out=messages_left_out,
    )


def _history(lines: Sequence[MessageDetail], share: float) -> list[dict[str, Any]]:
    """Return the latest earlier messages that fit the budget, as plain text; the first is a question."""
    budget = int(MAX_HISTORY_CHARACTERS * share)
    kept: list[dict[str, Any]] = []
    for line in reversed(lines[-int(MAX_TURNS * share) :]):
        words = _words_for_model(line)
        if not words:
            continue
        if len(words) > budget:
            break
        budget -= len(words)
        kept.append({"role": line.role.value, "content": words})
    kept.reverse()
    while kept and kept[0]["role"] != ChatRole.USER:
        kept.pop(0)
    return kept


def _alternating(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Insert a placeholder for an empty answer; the API requires alternating roles."""
    filled: list[dict[str, Any]] = []
    for turn in turns:
        if filled and filled[-1]["role"] == turn["role"] == ChatRole.USER:
            filled.append({"role": "assistant", "content": "(no answer)"})
        filled.append(turn)
    if filled and filled[-1]["role"] == ChatRole.USER:
        filled.append({"role": "assistant", "content": "(no answer)"})
    return filled


def _words_for_model(line: MessageDetail) -> str:
    refs = [
        ref
        for part in line.parts
        for ref in (part.refs if isinstance(part, ItemsPart) else (part.ref,) if isinstance(part, ProposalPart) else ())
    ][:MAX_ITEM_NOTES]
    shown = f"\n\n(Shown: {', '.join(refs)})" if refs else ""
    return (line.words + shown).strip()


async def _documents_of(
    session: AsyncSession, viewer: Viewer, path: Sequence[MessageDetail]
) -> tuple[DocumentSummary, ...]:
    """Return the documents of this branch, latest first. Deleted and unread ones are omitted."""
    ids = list(dict.fromkeys(one for line in reversed(path) for one in line.document_ids))
    found = await documents.find_documents(session, viewer, document_ids=ids)
    return tuple(line for line in found if line.state is DocumentState.READY)


async def _materials(
    session: AsyncSession, viewer: Viewer, lines: Sequence[DocumentSummary], question: str
) -> tuple[Material, ...]:
    """Return short documents in full while they fit the budget, and the matching passages of all others, without images."""
    whole: list[Material] = []
    long: list[str] = []
    budget = WHOLE_TOKENS_IN_ALL
    for line in lines:
        if line.kind is DocumentKind.IMAGE:
            continue
        if line.is_whole and line.tokens_estimate <= budget:
            budget -= line.tokens_estimate
            if material := await _whole(session, viewer, line):
                whole.append(material)
        else:
            long.append(line.id)
    if not long:
        return tuple(whole)
    found = await passages.find_passages(session, viewer, question=question, document_ids=long, limit=PASSAGES)
    return (*whole, *(_piece(passage) for passage in found))


async def _whole(session: AsyncSession, viewer: Viewer, line: DocumentSummary) -> Material | None:
    pages = await documents.whole_text(session, viewer, document_id=line.id)
    text = _PAGE_BREAK.join(page.text for page in pages)
    if not text.strip():
        return None
    block = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": text},
        "title": line.title[:200],
        "citations": {"enabled": True},
    }
    return Material(line.id, line.title, block, pages=pages)


def _piece(passage: Passage) -> Material:
    block = {
        "type": "search_result",
        "source": f"{_PASSAGE}{passage.id}",
        "title": f"{passage.document_title}{f', page {passage.page}' if passage.page else ''}"[:200],
        "content": [{"type": "text", "text": passage.text}],
        "citations": {"enabled": True},
    }
    return Material(passage.document_id, passage.document_title, block, passage.id, passage.page)


async def _pictures(lines: Sequence[DocumentSummary], share: float) -> tuple[list[Material], int]:
    """Return the latest images that fit, and the number of omitted ones."""
    found: list[Material] = []
    budget, wanted = MAX_PICTURE_BYTES * share, [line for line in lines if line.kind is DocumentKind.IMAGE]
    for line in wanted[: max(1, int(MAX_PICTURES * share))]:
        try:
            image = await documents.model_image(store(), line)
        except NotFoundError:  # deleted since the documents were listed
            continue
        budget -= len(image.content)
        if budget < 0:
            break
        data = base64.b64encode(image.content).decode()
        block = {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": data}}
        found.append(Material(line.id, line.title, block))
    return found, len(wanted) - len(found)
