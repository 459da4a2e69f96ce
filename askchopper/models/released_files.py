"""The table of stored files to be deleted."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class ReleasedFile(SQLModel, table=True):
    """A file of a discarded draft or removed sound. It counts against the member's quota until a job has deleted it."""

    __tablename__ = "released_files"

    key: str = Field(primary_key=True, max_length=160)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    size_bytes: int = Field(sa_type=BigInteger)
    delete_after: datetime = time_field(index=True)


released_file_rows = table_of(ReleasedFile)
