"""The table of completed backups."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class Backup(SQLModel, table=True):
    """A completed backup; operators are alerted when the latest one is old."""

    __tablename__ = "backups"

    name: str = Field(primary_key=True, max_length=40)
    finished_at: datetime = time_field()
    file_count: int = Field(sa_type=BigInteger)
    size_bytes: int = Field(sa_type=BigInteger)


backup_rows = table_of(Backup)
