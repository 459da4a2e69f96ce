"""Tables of search: vocabulary, synonyms, vectors of sounds and packs, saved searches, and uploaded query sounds."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, REAL, CheckConstraint, Identity, Index, Integer, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import SpaceState


class SearchWord(SQLModel, table=True):
    """A word of the published catalogue with its document frequency, for spelling correction."""

    __tablename__ = "search_vocabulary"
    __table_args__ = (
        Index("ix_search_vocabulary_prefix", "word", postgresql_ops={"word": "text_pattern_ops"}),
        Index(
            "ix_search_vocabulary_close", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}
        ),
    )  # fmt: skip

    word: str = Field(max_length=40, primary_key=True)
    uses: int = Field(default=1, sa_type=Integer)


class Synonym(SQLModel, table=True):
    """A synonym of a search word; operators can edit these rows at run time."""

    __tablename__ = "search_synonyms"

    word: str = Field(max_length=40, primary_key=True)
    means: str = Field(max_length=40, primary_key=True)


class SimilaritySpace(SQLModel, table=True):
    """A similarity space: a projection of the analyser's embedding of ``base_version``.

    Of the two slots, one holds the space in use and the other the one being filled. ``matrix`` holds 64 x 64 float32 in row order and is
    empty for unprojected embeddings.
    """

    __tablename__ = "similarity_spaces"
    __table_args__ = (
        one_of("state", SpaceState),
        CheckConstraint("slot IN (0, 1)", name="slot"),
        CheckConstraint("length(matrix) IN (0, 16384)", name="matrix_size"),
        Index(
            "uq_similarity_spaces_active", "slot", unique=True, postgresql_where=text("state IN ('filling', 'serving')")
        ),
    )  # fmt: skip

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(always=True), primary_key=True))
    slot: int = Field(sa_type=SmallInteger)
    base_version: int = Field(sa_type=SmallInteger)
    matrix: bytes = Field(default=b"", sa_type=LargeBinary)
    state: str = SpaceState.FILLING
    precision_before: float | None = Field(default=None, sa_type=REAL)
    precision_after: float | None = Field(default=None, sa_type=REAL)
    created_at: datetime = time_field()


class FileVector(SQLModel, table=True):
    """A sound's unit vector in the similarity space of a slot, with an HNSW index if pgvector is available."""

    __tablename__ = "file_vectors"
    __table_args__ = (CheckConstraint("slot IN (0, 1)", name="slot"),)

    file_id: uuid.UUID = Field(foreign_key="audio_files.id", ondelete="CASCADE", primary_key=True)
    slot: int = Field(sa_type=SmallInteger, primary_key=True)
    vector: list[float] = Field(sa_column=Column(ARRAY(REAL), nullable=False))


class PackVector(SQLModel, table=True):
    """A pack's unit vector: the normalised mean of its sounds' vectors."""

    __tablename__ = "pack_vectors"
    __table_args__ = (CheckConstraint("slot IN (0, 1)", name="slot"),)

    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", primary_key=True)
    slot: int = Field(sa_type=SmallInteger, primary_key=True)
    vector: list[float] = Field(sa_column=Column(ARRAY(REAL), nullable=False))


class QuerySound(SQLModel, table=True):
    """The measurements of an uploaded query sound, kept for a day; the sound itself is not stored."""

    __tablename__ = "query_sounds"

    id: uuid.UUID = id_field()
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    embedding: list[float] = Field(sa_column=Column(ARRAY(REAL), nullable=False))
    embedding_version: int = Field(sa_type=SmallInteger)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    created_at: datetime = time_field(index=True)


class SavedSearch(SQLModel, table=True):
    """A saved search whose owner is notified of new matches."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        Index("uq_saved_searches_query", "user_id", "query", unique=True),
        Index("ix_saved_searches_checked", "checked_at"),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    name: str = Field(max_length=100)
    query: str = Field(max_length=1000)
    new_count: int = 0
    checked_at: datetime = time_field()
    created_at: datetime = time_field()


search_synonyms = table_of(Synonym)
similarity_spaces = table_of(SimilaritySpace)
file_vectors = table_of(FileVector)
pack_vectors = table_of(PackVector)
query_sounds = table_of(QuerySound)
saved_searches = table_of(SavedSearch)
