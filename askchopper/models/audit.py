"""Tables of administration: the append-only audit log, and suspensions of members."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class AuditEntry(SQLModel, table=True):
    """An action of an administrator or moderator. A trigger rejects changes; the actor's user row is kept when their account is deleted."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_actor", "actor_id", text("id DESC")),
        Index("ix_audit_log_action", "action", text("id DESC")),
        Index("ix_audit_log_target", "target_id", text("id DESC")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    actor_id: uuid.UUID | None = Field(
        default=None, foreign_key="users.id", ondelete="RESTRICT"
    )  # none: at the command line
    action: str = Field(max_length=60)
    target: str = Field(max_length=20)
    target_id: str = Field(max_length=60)
    reason: str = Field(default="", max_length=300)
    before: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    after: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime = time_field()


class Suspension(SQLModel, table=True):
    """A suspension of a member, who cannot sign in until its end; without an end it is permanent."""

    __tablename__ = "suspensions"
    __table_args__ = (Index("ix_suspensions_ends_at", "ends_at", postgresql_where=text("ends_at IS NOT NULL")),)

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    reason: str = Field(max_length=300)
    created_at: datetime = time_field()
    ends_at: datetime | None = time_field(nullable=True)


audit_log = table_of(AuditEntry)
suspensions = table_of(Suspension)
