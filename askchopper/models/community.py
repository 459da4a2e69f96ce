"""Tables of community content: comments, ratings, blocks and reports."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Column, Index, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.community_vocabulary import RatingBasis, ReportOutcome, ReportReason, ReportTarget
from askchopper.models.base import id_field, one_of, table_of, time_field


class Comment(SQLModel, table=True):
    """A comment on a pack or one of its sounds, or an answer to one. A deleted one is kept without text while it has answers.

    ``at_seconds`` is a moment of the sound, or without a sound of the pack's preview.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint("at_seconds >= 0", name="moment"),
        # Ids are time-ordered, so that they are also the order of the list.
        Index("ix_comments_pack_newest", "pack_id", text("id DESC"), postgresql_where=text("parent_id IS NULL")),
        # Comments that everyone sees, to count them with an index-only scan.
        Index(
            "ix_comments_shown",
            "pack_id",
            postgresql_where=text("parent_id IS NULL AND deleted_at IS NULL AND hidden_at IS NULL"),
        ),
        # Comments on a sound or on the pack's preview, by moment.
        Index(
            "ix_comments_moment",
            text("coalesce(file_id, pack_id)"),
            "at_seconds",
            "id",
            postgresql_where=text("parent_id IS NULL AND at_seconds IS NOT NULL"),
        ),
        Index("ix_comments_parent", "parent_id", "id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_comments_user_newest", "user_id", text("id DESC")),
        Index("ix_comments_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL AND text <> ''")),
        Index("ix_comments_file_id", "file_id", postgresql_where=text("file_id IS NOT NULL")),
    )

    id: uuid.UUID = id_field()
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE")
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="SET NULL")
    parent_id: uuid.UUID | None = Field(default=None, foreign_key="comments.id", ondelete="CASCADE")
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    at_seconds: Decimal | None = Field(default=None, sa_type=Numeric(8, 2))
    text: str = Field(max_length=1000)
    created_at: datetime = time_field()
    edited_at: datetime | None = time_field(nullable=True)
    deleted_at: datetime | None = time_field(nullable=True)
    hidden_at: datetime | None = time_field(nullable=True)  # by reports or a moderator


class CommentEdit(SQLModel, table=True):
    """An earlier text of an edited comment."""

    __tablename__ = "comment_edits"

    id: uuid.UUID = id_field()
    comment_id: uuid.UUID = Field(foreign_key="comments.id", ondelete="CASCADE", index=True)
    text: str = Field(max_length=1000)
    replaced_at: datetime = time_field()


class Rating(SQLModel, table=True):
    """A member's stars for a pack, with or without a review, and the creator's one answer."""

    __tablename__ = "ratings"
    __table_args__ = (
        one_of("basis", RatingBasis),
        CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
        Index("ix_ratings_pack_newest", "pack_id", text("id DESC")),
        Index("uq_ratings_pack_user", "pack_id", "user_id", unique=True),
    )

    id: uuid.UUID = id_field()
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE")
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    stars: int = Field(sa_type=SmallInteger)
    text: str = Field(default="", max_length=2000)
    basis: str
    answer: str = Field(default="", max_length=2000)
    created_at: datetime = time_field()
    edited_at: datetime | None = time_field(nullable=True)
    answered_at: datetime | None = time_field(nullable=True)
    hidden_at: datetime | None = time_field(nullable=True)


class Block(SQLModel, table=True):
    """A member's block of another member; it hides each from the other."""

    __tablename__ = "blocks"
    __table_args__ = (CheckConstraint("blocker_id <> blocked_id", name="others_only"),)

    blocker_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    blocked_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    created_at: datetime = time_field()


class Report(SQLModel, table=True):
    """A member's report, with a copy of the content at that time. ``target_id`` is a row of the table that ``target`` names."""

    __tablename__ = "reports"
    __table_args__ = (
        one_of("target", ReportTarget),
        one_of("reason", ReportReason),
        one_of("outcome", ReportOutcome),
        # At most one open report per reporter and item.
        Index("uq_reports_open", "target", "target_id", "reporter_id", unique=True, postgresql_where=text("outcome IS NULL")),
        Index("ix_reports_reporter_id", "reporter_id"),
        Index("ix_reports_owner_id", "owner_id"),
        Index("ix_reports_decided_by", "decided_by"),
    )  # fmt: skip

    id: uuid.UUID = id_field()
    reporter_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    owner_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    target: str
    target_id: uuid.UUID
    reason: str
    text: str = Field(default="", max_length=1000)
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = time_field()
    outcome: str | None = None
    decided_at: datetime | None = time_field(nullable=True)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")


class Takedown(SQLModel, table=True):
    """A pack taken off sale by reports or a moderator; its page says so. Buyers keep access unless there is a legal hold."""

    __tablename__ = "takedowns"
    __table_args__ = (
        Index("uq_takedowns_current", "pack_id", unique=True, postgresql_where=text("lifted_at IS NULL")),
        Index("ix_takedowns_decided_by", "decided_by"),
    )

    id: uuid.UUID = id_field()
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE")
    reason: str = Field(max_length=300)
    is_legal_hold: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    created_at: datetime = time_field()
    is_decided: bool = Field(
        default=False, sa_column_kwargs={"server_default": "false"}
    )  # by a moderator, whose account may have been deleted
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    lifted_at: datetime | None = time_field(nullable=True)


comments = table_of(Comment)
comment_edits = table_of(CommentEdit)
ratings = table_of(Rating)
blocks = table_of(Block)
reports = table_of(Report)
takedowns = table_of(Takedown)
