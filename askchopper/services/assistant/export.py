"""Export a conversation as Markdown or JSON."""

import json
import re
import unicodedata
from typing import Any

from askchopper.schemas.assistant import (
    ItemsPart,
    MessageDetail,
    NoticePart,
    Part,
    ProposalPart,
    SourcePart,
    TextPart,
    Thread,
    ToolPart,
)
from askchopper.services.assistant import markdown
from askchopper.services.assistant.rendering import Found
from askchopper.vocabulary import ChatRole


def write(thread: Thread, found: Found, form: str) -> tuple[str, str]:
    """Export a conversation. Returns the text and its media type.

    Args:
        thread: the conversation.
        found: the packs and sounds in it that its owner may see.
        form: ``md`` or ``json``.
    """
    if form == "json":
        return json.dumps(_as_data(thread, found), ensure_ascii=False, indent=2), "application/json"
    blocks = [f"# {thread.conversation.title or 'Conversation'}"]
    blocks += [_as_markdown(message, found) for message in thread.messages]
    return "\n\n".join(blocks) + "\n", "text/markdown; charset=utf-8"


def words(message: MessageDetail, found: Found) -> str:
    """Return one message as plain text for the clipboard, without tool calls."""
    if message.role is ChatRole.USER:
        return message.words
    kept = (part for part in message.parts if not isinstance(part, ToolPart))
    return "\n\n".join(text for part in kept if (text := _part(part, found)))


def file_name(thread: Thread) -> str:
    """Return a file name derived from the title."""
    plain = unicodedata.normalize("NFKD", thread.conversation.title).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:60] or "conversation"


def _as_markdown(message: MessageDetail, found: Found) -> str:
    who = "You" if message.role is ChatRole.USER else "Chopper"
    head = f"## {who}, {message.created_at:%Y-%m-%d %H:%M} UTC"
    if message.role is ChatRole.USER:
        return f"{head}\n\n{message.words}"
    parts = [text for part in message.parts if (text := _part(part, found))]
    end = [f"*{message.problem}*"] if message.problem else []
    return "\n\n".join([head, *parts, *end])


def _part(part: Part, found: Found) -> str:
    match part:
        case TextPart():
            return markdown.as_export(part.markdown).strip()
        case NoticePart():
            return f"> {part.sentence}"
        case ToolPart():
            return f"*{part.label}: {part.arguments} ({part.summary or part.state})*"
        case ItemsPart():
            return "\n".join(f"- {found[ref].title} by {found[ref].creator.name}" for ref in part.refs if ref in found)
        case ProposalPart():
            return f"Proposed: {found[part.ref].title}" if part.ref in found else ""
        case SourcePart():
            page = f", {part.url}" if part.url else f", page {part.page}" if part.page else ""
            return f"[{part.number}] {part.title}{page}: “{part.quote}”"


def _as_data(thread: Thread, found: Found) -> dict[str, Any]:
    return {
        "id": thread.conversation.id,
        "title": thread.conversation.title,
        "messages": [
            {
                "id": message.id,
                "role": message.role.value,
                "status": message.status.value,
                "created_at": message.created_at.isoformat(),
                "words": message.words,
                "items": [
                    ref for part in message.parts if isinstance(part, ItemsPart) for ref in part.refs if ref in found
                ],
                "sources": [
                    {
                        "number": part.number,
                        "document": part.title,
                        "page": part.page,
                        "url": part.url,
                        "date": part.published_on,
                        "quote": part.quote,
                    }
                    for part in message.parts
                    if isinstance(part, SourcePart)
                ],
            }
            for message in thread.messages
        ],
    }
