"""Tables of the members' documents: documents, their text by page, and passages for retrieval."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import DocumentKind, DocumentState


class Document(SQLModel, table=True):
    """A document of a member. ``model_key`` is the image sent to the assistant, ``facts`` holds measurements."""

    __tablename__ = "documents"
    __table_args__ = (
        one_of("kind", DocumentKind),
        one_of("state", DocumentState),
        CheckConstraint("size_bytes > 0", name="size_positive"),
        CheckConstraint("(state = 'failed') = (problem <> '')", name="failed_says_why"),
        UniqueConstraint("user_id", "sha256", name="uq_documents_content"),
        Index("ix_documents_user_newest", "user_id", text("id DESC")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    title: str = Field(max_length=255)
    kind: str
    media_type: str = Field(max_length=100)
    size_bytes: int
    sha256: str = Field(max_length=64)
    store_key: str = Field(max_length=160)
    model_key: str | None = Field(default=None, max_length=160)
    state: str = DocumentState.READING
    problem: str = ""
    pages: int | None = None
    characters: int = 0
    tokens_estimate: int = 0
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    created_at: datetime = time_field()
    read_at: datetime | None = time_field(nullable=True)


class DocumentPage(SQLModel, table=True):
    """The text of a page, sent when the assistant gets a whole document; ``page`` is null without pages."""

    __tablename__ = "document_pages"

    document_id: uuid.UUID = Field(foreign_key="documents.id", ondelete="CASCADE", primary_key=True)
    position: int = Field(primary_key=True)
    page: int | None = None
    text: str


class DocumentPassage(SQLModel, table=True):
    """A passage for retrieval; ``search`` covers its heading, the title and its text.

    ``search`` and ``text`` have no index: a query ranks the passages of one member, found by document, and the word frequencies require
    all of them.
    """

    __tablename__ = "document_passages"
    __table_args__ = (
        CheckConstraint("length(text) BETWEEN 1 AND 1200", name="text_length"),
        UniqueConstraint("document_id", "position", name="uq_document_passages_position"),
    )

    id: uuid.UUID = id_field()
    document_id: uuid.UUID = Field(foreign_key="documents.id", ondelete="CASCADE")
    position: int
    page: int | None = None
    text: str
    search: Any = Field(sa_column=Column(TSVECTOR, nullable=False))


documents = table_of(Document)
document_pages = table_of(DocumentPage)
document_passages = table_of(DocumentPassage)
