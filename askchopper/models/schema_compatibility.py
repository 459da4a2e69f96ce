"""The table of revisions whose releases can run on this schema. Only migrations write it."""

from sqlmodel import Field, SQLModel


class SchemaCompatibility(SQLModel, table=True):
    """A revision whose release can run on this schema; see ``migrations``."""

    __tablename__ = "schema_compatibility"

    revision: str = Field(primary_key=True, max_length=32)
