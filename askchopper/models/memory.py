"""Tables of memory: the assistant's knowledge about a member, as the knowledge graph of the memory server.

A fact from a conversation is an observation of the entity that represents the member, so that page, assistant and MCP clients share one
memory.
"""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import MemoryEnd, MemoryKind, MemoryOrigin


def _position() -> Any:
    """Return an identity column for the insertion order, since ids of the same millisecond are unordered."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))


class MemoryEntity(SQLModel, table=True):
    """An entity in a member's memory that has observations."""

    __tablename__ = "memory_entities"
    __table_args__ = (Index("uq_memory_entities_name", "user_id", "name", unique=True),)

    id: uuid.UUID = id_field()
    position: int | None = _position()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    name: str
    entity_type: str
    created_at: datetime = time_field()


class MemoryObservation(SQLModel, table=True):
    """An observation of an entity; if the entity is the member, a fact about them.

    An ended observation is history: it was replaced by a newer fact, withdrawn with its message, or deleted. Deleted ones can be restored
    for some minutes and are then purged.
    """

    __tablename__ = "memory_observations"
    __table_args__ = (
        one_of("kind", MemoryKind),
        one_of("origin", MemoryOrigin),
        one_of("ended_as", MemoryEnd),
        CheckConstraint("(ended_as IS NULL) = (ended_at IS NULL)", name="ended"),
        Index(
            "uq_memory_observations_content",
            "entity_id",
            text("md5(content)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_memory_observations_subject",
            "user_id",
            "subject",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND subject IS NOT NULL"),
        ),
        Index("ix_memory_observations_user_newest", "user_id", text("created_at DESC"), postgresql_where=text("ended_at IS NULL")),
        Index("ix_memory_observations_source", "source_message_id", postgresql_where=text("source_message_id IS NOT NULL")),
        Index("ix_memory_observations_ended", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )  # fmt: skip

    id: uuid.UUID = id_field()
    position: int | None = _position()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    entity_id: uuid.UUID = Field(foreign_key="memory_entities.id", ondelete="CASCADE")
    content: str
    kind: str = MemoryKind.NOTE
    origin: str
    # Key such as ``daw`` or ``about:trap``: of two facts with the same subject, the newer replaces the older.
    subject: str | None = Field(default=None, max_length=200)
    # The fact as filters of the catalogue, for search and taste: a genre, a tempo range, a key.
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}"))
    source_message_id: uuid.UUID | None = Field(default=None, foreign_key="messages.id", ondelete="SET NULL")
    version: int = 1
    created_at: datetime = time_field()
    ended_at: datetime | None = time_field(nullable=True)
    ended_as: str | None = None


class MemoryRelation(SQLModel, table=True):
    """A relation between two entity names; the entities need not exist."""

    __tablename__ = "memory_relations"
    __table_args__ = (
        Index("uq_memory_relations_ends", "user_id", "from_name", "to_name", "relation_type", unique=True),
    )

    id: uuid.UUID = id_field()
    position: int | None = _position()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    from_name: str
    to_name: str
    relation_type: str
    created_at: datetime = time_field()


class ForgottenFact(SQLModel, table=True):
    """A keyed hash of a deleted fact, which must not be extracted again from messages before its deletion."""

    __tablename__ = "forgotten_facts"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    fingerprint: str = Field(max_length=64, primary_key=True)
    forgotten_at: datetime = time_field()


class ForgottenMessage(SQLModel, table=True):
    """A message whose fact was deleted. No further facts are extracted from it, and no summary quotes it."""

    __tablename__ = "forgotten_messages"

    message_id: uuid.UUID = Field(foreign_key="messages.id", ondelete="CASCADE", primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    forgotten_at: datetime = time_field()


class MemorySettings(SQLModel, table=True):
    """A member's memory settings."""

    __tablename__ = "memory_settings"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    is_paused: bool = False
    offers_open_points: bool = True
    updated_at: datetime = time_field()


class ConversationGist(SQLModel, table=True):
    """The summary of an inactive conversation, for recall of earlier conversations."""

    __tablename__ = "conversation_gists"
    __table_args__ = (
        Index("ix_conversation_gists_user_newest", "user_id", text("talked_at DESC")),
        Index("ix_conversation_gists_words", text("to_tsvector('english', words)"), postgresql_using="gin"),
    )

    conversation_id: uuid.UUID = Field(foreign_key="conversations.id", ondelete="CASCADE", primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    gist: str
    words: str  # the searched text: the member's questions, and the names of displayed items
    is_written: bool = False  # by the fast model; otherwise extracted
    open_point: str = Field(default="", max_length=300)
    # The question that the gist is mostly about and links to.
    message_id: uuid.UUID | None = Field(default=None, foreign_key="messages.id", ondelete="SET NULL")
    talked_at: datetime = time_field()
    created_at: datetime = time_field()


memory_entities = table_of(MemoryEntity)
memory_observations = table_of(MemoryObservation)
memory_relations = table_of(MemoryRelation)
forgotten_facts = table_of(ForgottenFact)
forgotten_messages = table_of(ForgottenMessage)
memory_settings = table_of(MemorySettings)
conversation_gists = table_of(ConversationGist)
