"""The table of likes."""

import uuid
from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, table_of, time_field


class Like(SQLModel, table=True):
    """A member's like of a pack or, with ``file_id``, of one of its sounds. A trigger counts likes in packs and audio files."""

    __tablename__ = "likes"
    __table_args__ = (
        Index("uq_likes_pack", "user_id", "pack_id", unique=True, postgresql_where=text("file_id IS NULL")),
        Index("uq_likes_file", "user_id", "file_id", unique=True, postgresql_where=text("file_id IS NOT NULL")),
        Index("ix_likes_user_newest", "user_id", text("id DESC")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    pack_id: uuid.UUID = Field(foreign_key="packs.id", ondelete="CASCADE", index=True)
    file_id: uuid.UUID | None = Field(default=None, foreign_key="audio_files.id", ondelete="CASCADE", index=True)
    created_at: datetime = time_field()


likes = table_of(Like)
