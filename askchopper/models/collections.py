"""Tables of collections: lists of packs and sounds that members create and share."""

import uuid
from datetime import datetime

from sqlalchemy import Boolean, Index, text
from sqlmodel import Column, Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import Visibility


class Collection(SQLModel, table=True):
    """A collection. ``invite_token`` makes members who open its link collaborators; ``item_count`` caches the number of items."""

    __tablename__ = "collections"
    __table_args__ = (
        one_of("visibility", Visibility),
        Index("ix_collections_public", text("updated_at DESC"), postgresql_where=text("visibility = 'public'")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    slug: str = Field(max_length=90, unique=True)
    title: str = Field(max_length=80)
    description: str = Field(default="", max_length=500)
    visibility: str = Field(max_length=10)
    item_count: int = 0
    invite_token: str | None = Field(default=None, max_length=60)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()
    hidden_at: datetime | None = time_field(nullable=True)  # by reports; its owner and collaborators still see it


class CollectionItem(SQLModel, table=True):
    """A pack or sound in a collection. If it is deleted, its title is kept, so that the list shows what is missing."""

    __tablename__ = "collection_items"
    __table_args__ = (
        Index("uq_collection_items_pack", "collection_id", "pack_id", unique=True, postgresql_where=text("NOT is_sound")),
        Index("uq_collection_items_file", "collection_id", "file_id", unique=True, postgresql_where=text("is_sound")),
        Index("ix_collection_items_place", "collection_id", "position"),
    )  # fmt: skip

    id: uuid.UUID = id_field()
    collection_id: uuid.UUID = Field(foreign_key="collections.id", ondelete="CASCADE")
    position: int
    is_sound: bool = Field(sa_column=Column(Boolean, nullable=False))
    pack_id: uuid.UUID | None = Field(default=None, foreign_key="packs.id", ondelete="SET NULL", index=True)
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="SET NULL", index=True)
    title: str = Field(max_length=100)
    note: str = Field(default="", max_length=200)
    added_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL", index=True)
    created_at: datetime = time_field()


class CollectionMember(SQLModel, table=True):
    """A collaborator, who may edit the items of a collection."""

    __tablename__ = "collection_members"

    collection_id: uuid.UUID = Field(foreign_key="collections.id", ondelete="CASCADE", primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True, index=True)
    created_at: datetime = time_field()


collections = table_of(Collection)
collection_items = table_of(CollectionItem)
collection_members = table_of(CollectionMember)
