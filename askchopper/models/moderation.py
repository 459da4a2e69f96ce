"""Tables of the moderation queue: claims, decisions, messages, templates, appeals, legal notices and similar sounds."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import REAL, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.moderation_vocabulary import ItemKind, NoticeKind, Verdict


class ModerationClaim(SQLModel, table=True):
    """A moderator's claim of a queue item until ``ends_at``. Items are named ``<kind>:<id>``, such as ``draft:<id>``."""

    __tablename__ = "moderation_claims"

    item: str = Field(max_length=120, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = time_field()
    ends_at: datetime = time_field()


class ModerationDecision(SQLModel, table=True):
    """A decision on an item, with the data to undo it. ``owner_id`` is the member concerned, who may appeal."""

    __tablename__ = "moderation_decisions"
    __table_args__ = (
        one_of("kind", ItemKind),
        one_of("verdict", Verdict),
        Index("ix_moderation_decisions_item", "item", text("decided_at DESC")),
        Index("ix_moderation_decisions_owner", "owner_id", text("decided_at DESC")),
        Index("ix_moderation_decisions_actor_id", "actor_id"),
    )

    id: uuid.UUID = id_field()
    item: str = Field(max_length=120)
    kind: str
    verdict: str
    actor_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    owner_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    title: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=1000)
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    decided_at: datetime = time_field()
    undone_at: datetime | None = time_field(nullable=True)


class ModerationMessage(SQLModel, table=True):
    """A message about an item: to the member concerned, or for moderators only."""

    __tablename__ = "moderation_messages"
    __table_args__ = (
        Index("ix_moderation_messages_item", "item", "id"),
        Index("ix_moderation_messages_author_id", "author_id"),
        Index("ix_moderation_messages_recipient_id", "recipient_id"),
    )

    id: uuid.UUID = id_field()
    item: str = Field(max_length=120)
    author_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    recipient_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE")
    text: str = Field(max_length=1000)
    is_private: bool
    created_at: datetime = time_field()


class ModerationTemplate(SQLModel, table=True):
    """A plain-text template for notes and messages; ``{title}`` is replaced by the item's title."""

    __tablename__ = "moderation_templates"

    id: uuid.UUID = id_field()
    title: str = Field(max_length=60, unique=True)
    text: str = Field(max_length=1000)
    created_at: datetime = time_field()


class Appeal(SQLModel, table=True):
    """The single appeal of a member against a decision."""

    __tablename__ = "appeals"
    __table_args__ = (
        one_of("outcome", Verdict),
        Index("ix_appeals_open", "created_at", postgresql_where=text("outcome IS NULL")),
        Index("ix_appeals_user_id", "user_id"),
        Index("ix_appeals_decided_by", "decided_by"),
    )

    id: uuid.UUID = id_field()
    decision_id: uuid.UUID = Field(foreign_key="moderation_decisions.id", ondelete="CASCADE", unique=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    text: str = Field(max_length=2000)
    created_at: datetime = time_field()
    outcome: str | None = None
    answer: str = Field(default="", max_length=1000)
    decided_at: datetime | None = time_field(nullable=True)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")


class LegalNotice(SQLModel, table=True):
    """A takedown notice by a rights holder, or a counter-notice by the creator of the pack that was taken down."""

    __tablename__ = "legal_notices"
    __table_args__ = (
        one_of("kind", NoticeKind),
        one_of("outcome", Verdict),
        Index("ix_legal_notices_open", "created_at", postgresql_where=text("outcome IS NULL")),
        Index("ix_legal_notices_pack_id", "pack_id"),
        Index("ix_legal_notices_user_id", "user_id"),
        Index("ix_legal_notices_decided_by", "decided_by"),
    )

    id: uuid.UUID = id_field()
    kind: str
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE")
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")
    name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    work: str = Field(max_length=2000)
    place: str = Field(max_length=300)
    signature: str = Field(max_length=120)
    created_at: datetime = time_field()
    outcome: str | None = None
    answer: str = Field(default="", max_length=1000)
    decided_at: datetime | None = time_field(nullable=True)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")


class DraftTwin(SQLModel, table=True):
    """A sound of a draft that is similar to a published sound of another creator, detected when the draft was submitted."""

    __tablename__ = "draft_twins"

    draft_file_id: uuid.UUID = Field(foreign_key="draft_files.id", ondelete="CASCADE", primary_key=True)
    file_id: uuid.UUID = Field(foreign_key="audio_files.id", ondelete="CASCADE", primary_key=True, index=True)
    draft_id: uuid.UUID = Field(foreign_key="drafts.id", ondelete="CASCADE", index=True)
    similarity: float = Field(sa_type=REAL)


moderation_claims = table_of(ModerationClaim)
moderation_decisions = table_of(ModerationDecision)
moderation_messages = table_of(ModerationMessage)
moderation_templates = table_of(ModerationTemplate)
appeals = table_of(Appeal)
legal_notices = table_of(LegalNotice)
draft_twins = table_of(DraftTwin)
