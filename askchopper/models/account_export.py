"""The table of data exports."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import ExportState


class DataExport(SQLModel, table=True):
    """A data export of a member: a zip in the store until it expires."""

    __tablename__ = "data_exports"
    __table_args__ = (
        one_of("state", ExportState),
        CheckConstraint(
            "(state = 'ready') = (store_key IS NOT NULL AND expires_at IS NOT NULL)", name="ready_has_file"
        ),
        Index("uq_data_exports_waiting", "user_id", unique=True, postgresql_where=text("state = 'waiting'")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    state: str = ExportState.WAITING
    store_key: str | None = Field(default=None, max_length=160)
    size_bytes: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = time_field()
    expires_at: datetime | None = time_field(nullable=True)


data_exports = table_of(DataExport)
