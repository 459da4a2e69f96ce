"""Conversations of the old application, whose messages are grouped by member and thread."""

import uuid
from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

from askchopper.models.base import new_id
from askchopper.schemas import assistant
from askchopper.services.legacy_import import values
from askchopper.services.legacy_import.source import Source
from askchopper.vocabulary import AnswerStatus, ChatRole, Writer

_MEMBERS = {"user", "human", "1", "true"}
_MOST_CHARACTERS = 50_000
Row = dict[str, Any]


def threads(source: Source) -> Iterator[list[Row]]:
    """Yield the messages of each thread, in order."""
    rows = chain.from_iterable(source.batches("chat_messages"))
    for _, messages in groupby(rows, key=lambda row: (row["user"], row.get("thread"))):
        yield list(messages)


def conversation(messages: list[Row], owner: uuid.UUID) -> tuple[Row, list[tuple[Any, Row]]]:
    """Build a conversation and its messages, each with the id of its old row.

    An answer stored in its question's row becomes a separate message. Messages without text are left out.
    """
    made: list[tuple[Any, Row]] = []
    ours = new_id()
    for message in messages:
        for role, words in _said(message):
            parent = made[-1][1]["id"] if made else None
            made.append((message["id"], _message(ours, parent, role, words, message)))
    first = next((row["words"] for _, row in made if row["role"] == ChatRole.USER.value), "")
    talked: Row = {
        "id": ours,
        "user_id": owner,
        "title": values.line(first, length=60) or "Conversation",
        "is_named": True,
        "head_id": made[-1][1]["id"] if made else None,
        "created_at": made[0][1]["created_at"] if made else None,
        "talked_at": made[-1][1]["created_at"] if made else None,
    }
    return talked, made


def _said(message: Row) -> list[tuple[ChatRole, str]]:
    is_member = str(message.get("role") or "user").lower() in _MEMBERS
    found = [(ChatRole.USER if is_member else ChatRole.ASSISTANT, message["text"])]
    if message.get("answer"):
        found.append((ChatRole.ASSISTANT, message["answer"]))
    texts = [(role, values.paragraph(text, length=_MOST_CHARACTERS)) for role, text in found]
    return [(role, text) for role, text in texts if text]


def _message(conversation_id: uuid.UUID, parent: uuid.UUID | None, role: ChatRole, words: str, message: Row) -> Row:
    at = values.moment(message.get("at"))
    parts = [assistant.dump(assistant.TextPart(words))] if role is ChatRole.ASSISTANT else []
    return {
        "id": new_id(), "conversation_id": conversation_id, "parent_id": parent, "role": role.value, "words": words,
        "status": AnswerStatus.COMPLETE.value, "writer": Writer.MODEL.value, "segments": parts, "document_ids": [],
        "follow_ups": [], "created_at": at, "updated_at": at,
    }  # fmt: skip
