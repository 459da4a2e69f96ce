"""Tables of the assistant: conversations, messages, feedback, and daily usage."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Integer, String, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import AnswerStatus, ChatRole, Writer


class Conversation(SQLModel, table=True):
    """A conversation of a member with the assistant.

    Messages form a tree; ``head_id`` is the leaf that is shown. A temporary conversation is never listed and is deleted after a
    day; a deleted one is purged once it can no longer be restored.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_user_newest", "user_id", text("talked_at DESC"), postgresql_where=text("deleted_at IS NULL")),
        Index("ix_conversations_swept", "talked_at", postgresql_where=text("is_temporary OR deleted_at IS NOT NULL")),
    )  # fmt: skip

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    title: str = Field(default="", max_length=100)
    is_named: bool = False  # by its owner; a generated title never replaces it
    is_pinned: bool = False
    is_temporary: bool = False
    uses_memory: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    head_id: uuid.UUID | None = Field(default=None, sa_type=Uuid)
    created_at: datetime = time_field()
    talked_at: datetime = time_field()
    deleted_at: datetime | None = time_field(nullable=True)


class Message(SQLModel, table=True):
    """A question or an answer. ``segments`` are its parts in order; ``words`` are its plain text, for search and the model.

    ``services.assistant.answer_lifecycle`` owns ``status``, ``problem``, ``stop_requested_at`` and ``run``. While an answer runs,
    ``segments`` belong to the process that writes it, and ``updated_at`` is its heartbeat. Changes by the reader in the meantime have
    separate columns, such as ``declined`` for the refs of declined proposals.
    """

    __tablename__ = "messages"
    __table_args__ = (
        one_of("role", ChatRole),
        one_of("status", AnswerStatus),
        one_of("writer", Writer),
        CheckConstraint("role = 'assistant' OR status = 'complete'", name="questions_are_complete"),
        Index("ix_messages_conversation", "conversation_id", "created_at"),
        Index("uq_messages_key", "conversation_id", "key", unique=True, postgresql_where=text("key IS NOT NULL")),
        Index("uq_messages_running", "conversation_id", unique=True, postgresql_where=text("status = 'running'")),
        Index("ix_messages_parent", "parent_id"),
    )

    id: uuid.UUID = id_field()
    conversation_id: uuid.UUID = Field(foreign_key="conversations.id", ondelete="CASCADE")
    parent_id: uuid.UUID | None = Field(default=None, foreign_key="messages.id", ondelete="CASCADE")
    role: str
    status: str = AnswerStatus.COMPLETE
    writer: str = Writer.MODEL
    words: str = ""
    segments: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSONB, nullable=False))
    document_ids: list[uuid.UUID] = Field(default_factory=list, sa_column=Column(ARRAY(Uuid), nullable=False))
    follow_ups: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(String(120)), nullable=False))
    declined: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(130)), nullable=False, server_default=text("'{}'"))
    )
    # The context that the answer was generated with; memories as ids only, so that deleted ones leave no copy here.
    used: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default=text("'{}'"))
    )
    key: str | None = Field(default=None, max_length=100)
    problem: str = Field(default="", max_length=300)
    stop_requested_at: datetime | None = time_field(nullable=True)
    model: str = Field(default="", max_length=60)
    run: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))
    rounds: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_microdollars: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


class AnswerFeedback(SQLModel, table=True):
    """A reader's feedback on an answer."""

    __tablename__ = "answer_feedback"
    __table_args__ = (CheckConstraint("value IN (-1, 1)", name="value"),)

    message_id: uuid.UUID = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    value: int = Field(sa_type=Integer)
    comment: str = Field(default="", max_length=1000)
    created_at: datetime = time_field()


class ChatUsage(SQLModel, table=True):
    """A member's usage of one model on one day; kept when conversations are deleted."""

    __tablename__ = "chat_usage"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    day: date = Field(primary_key=True)
    model: str = Field(max_length=60, primary_key=True)
    answers: int = 0
    input_tokens: int = Field(default=0, sa_type=BigInteger)
    output_tokens: int = Field(default=0, sa_type=BigInteger)
    cost_microdollars: int = Field(default=0, sa_type=BigInteger)


conversations = table_of(Conversation)
messages = table_of(Message)
answer_feedback = table_of(AnswerFeedback)
chat_usage = table_of(ChatUsage)
