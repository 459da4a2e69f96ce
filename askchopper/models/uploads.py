"""The table of uploads. The number of received bytes is the size of the partial file, which survives a crash."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import UploadPurpose, UploadState


class Upload(SQLModel, table=True):
    """A resumable upload; ``sha256`` and ``store_key`` are set when it is complete, ``problem`` when it was refused."""

    __tablename__ = "uploads"
    __table_args__ = (
        one_of("state", UploadState),
        one_of("purpose", UploadPurpose),
        CheckConstraint("size_bytes > 0", name="size_positive"),
        CheckConstraint("(state = 'stored') = (sha256 IS NOT NULL AND store_key IS NOT NULL)", name="stored_is_known"),
        Index(
            "uq_uploads_content",
            "user_id",
            "sha256",
            unique=True,
            postgresql_where=text("sha256 IS NOT NULL AND purpose = 'sound'"),
        ),
        CheckConstraint(
            "(document_id IS NOT NULL) = (purpose = 'document' AND state = 'stored')", name="document_is_known"
        ),
        Index("ix_uploads_user_newest", "user_id", text("created_at DESC")),
        Index("ix_uploads_abandoned", "updated_at", postgresql_where=text("state = 'receiving'")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    draft_id: uuid.UUID | None = Field(default=None, foreign_key="drafts.id", ondelete="CASCADE", index=True)
    purpose: str = Field(default=UploadPurpose.SOUND, sa_column_kwargs={"server_default": UploadPurpose.SOUND.value})
    document_id: uuid.UUID | None = Field(default=None, foreign_key="documents.id", ondelete="CASCADE", index=True)
    file_name: str = Field(max_length=255)
    size_bytes: int = Field(sa_type=BigInteger)
    state: str
    sha256: str | None = Field(default=None, max_length=64)
    store_key: str | None = Field(default=None, max_length=160)
    problem: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    problem_link: str = Field(default="", max_length=200, sa_column_kwargs={"server_default": ""})
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


upload_rows = table_of(Upload)
