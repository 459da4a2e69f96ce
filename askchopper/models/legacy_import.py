"""Tables of imports from the old application: each run, and the result for each row."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, table_of, time_field


class LegacyImport(SQLModel, table=True):
    """A run of ``import-legacy`` with its report."""

    __tablename__ = "legacy_imports"

    id: uuid.UUID = id_field()
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    created_at: datetime = time_field()
    undone_at: datetime | None = time_field(nullable=True)


class LegacyRow(SQLModel, table=True):
    """An imported row of the old database. ``is_new`` is false for an account that already existed here."""

    __tablename__ = "legacy_rows"

    source_table: str = Field(max_length=40, primary_key=True)
    source_id: str = Field(max_length=100, primary_key=True)
    import_id: uuid.UUID = Field(foreign_key="legacy_imports.id", ondelete="CASCADE", index=True)
    target_id: uuid.UUID
    is_new: bool = True


legacy_imports = table_of(LegacyImport)
legacy_rows = table_of(LegacyRow)
