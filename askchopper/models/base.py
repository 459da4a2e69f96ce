"""Shared parts of all tables: ids, UTC times, constraint names and column helpers."""

import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, Table, func
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def new_id() -> uuid.UUID:
    """Return a version 7 UUID: time-ordered, for index locality (RFC 9562, section 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(80)
    value = (milliseconds & (2**48 - 1)) << 80
    value |= 0x7 << 76
    value |= (random_bits >> 68) << 64
    value |= 0b10 << 62
    value |= random_bits & (2**62 - 1)
    return uuid.UUID(int=value)


def utc_now() -> datetime:
    """Return the current time, timezone-aware in UTC."""
    return datetime.now(UTC)


def id_field() -> Any:
    """Return a primary key column with a time-ordered UUID."""
    return Field(default_factory=new_id, primary_key=True)


def time_field(*, nullable: bool = False, index: bool = False) -> Any:
    """Return a timestamp column with time zone; a required one defaults to now in Python and in the database."""
    if nullable:
        return Field(default=None, sa_type=DateTime(timezone=True), nullable=True, index=index)
    return Field(
        default_factory=utc_now,
        sa_type=DateTime(timezone=True),
        nullable=False,
        index=index,
        sa_column_kwargs={"server_default": func.now()},
    )


def one_of(column: str, values: type, *, name: str | None = None) -> CheckConstraint:
    """Return a check constraint that limits a text column to the values of an enum."""
    listed = ", ".join(f"'{item.value}'" for item in values)  # type: ignore[attr-defined]
    return CheckConstraint(f"{column} IN ({listed})", name=name or column)


def table_of(model: type[SQLModel]) -> Table:
    """Return the Core table of a model, for statements that select columns instead of loading whole rows."""
    return SQLModel.metadata.tables[str(model.__tablename__)]
