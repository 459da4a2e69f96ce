"""The table of the revisions whose releases may run on this schema. Only migrations write it."""

from sqlmodel import Field, SQLModel


class SchemaCompatibility(SQLModel, table=True):
    """A revision whose release may run on this schema; see ``migrations``."""

    __tablename__ = "schema_compatibility"

    revision: str = Field(primary_key=True, max_length=32)
