"""Tables of follows and of the feed: events, and the feeds that contain them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import FeedKind


class Follow(SQLModel, table=True):
    """A member's follow of a creator, tag or collection; searches are followed by saving them. A trigger counts followers."""

    __tablename__ = "follows"
    __table_args__ = (
        CheckConstraint("num_nonnulls(creator_id, tag_slug, collection_id) = 1", name="one_target"),
        Index("uq_follows_creator", "creator_id", "user_id", unique=True, postgresql_where=text("creator_id IS NOT NULL")),
        Index("uq_follows_tag", "tag_slug", "user_id", unique=True, postgresql_where=text("tag_slug IS NOT NULL")),
        Index("uq_follows_collection", "collection_id", "user_id", unique=True, postgresql_where=text("collection_id IS NOT NULL")),
        Index("ix_follows_user_newest", "user_id", text("id DESC")),
    )  # fmt: skip

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    creator_id: uuid.UUID | None = Field(default=None, foreign_key="creators.id", ondelete="CASCADE")
    tag_slug: str | None = Field(default=None, foreign_key="tags.slug", ondelete="CASCADE", max_length=40)
    collection_id: uuid.UUID | None = Field(default=None, foreign_key="collections.id", ondelete="CASCADE")
    created_at: datetime = time_field()


class FeedEvent(SQLModel, table=True):
    """An event for followers' feeds. ``source`` is unique, so that each event is recorded once; the ids refer to its subject."""

    __tablename__ = "feed_events"
    __table_args__ = (
        one_of("kind", FeedKind),
        Index("ix_feed_events_creator", "creator_id", text("id DESC")),
        Index("ix_feed_events_created_at", "created_at"),
    )

    id: uuid.UUID = id_field()
    kind: str = Field(max_length=20)
    source: str = Field(max_length=120, unique=True)
    creator_id: uuid.UUID | None = Field(default=None, foreign_key="creators.id", ondelete="CASCADE")
    pack_id: uuid.UUID | None = Field(default=None, foreign_key="packs.id", ondelete="CASCADE", index=True)
    draft_id: uuid.UUID | None = Field(default=None, foreign_key="drafts.id", ondelete="CASCADE", index=True)
    collection_id: uuid.UUID | None = Field(default=None, foreign_key="collections.id", ondelete="CASCADE", index=True)
    search_id: uuid.UUID | None = Field(default=None, foreign_key="saved_searches.id", ondelete="CASCADE", index=True)
    facts: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(JSONB, nullable=False, server_default="{}")
    )  # fmt: skip
    created_at: datetime = time_field()


class FeedEntry(SQLModel, table=True):
    """An event in a member's feed. Unfollowing deletes the entry by ``follow_id``; entries from saved searches have none."""

    __tablename__ = "feed_entries"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    event_id: uuid.UUID = Field(foreign_key="feed_events.id", ondelete="CASCADE", primary_key=True, index=True)
    follow_id: uuid.UUID | None = Field(default=None, foreign_key="follows.id", ondelete="CASCADE", index=True)


class FeedReading(SQLModel, table=True):
    """The position up to which a member has read their feed, and the time of the last digest mail."""

    __tablename__ = "feed_readings"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    read_until: uuid.UUID | None = None
    digest_at: datetime | None = time_field(nullable=True)


follows = table_of(Follow)
feed_events = table_of(FeedEvent)
feed_entries = table_of(FeedEntry)
feed_readings = table_of(FeedReading)
