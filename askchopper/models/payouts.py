"""Table of payouts. Rows are written only by the SQL functions ``payout_request`` and ``payout_settle``."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from askchopper import policy
from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import PayoutStatus


class Payout(SQLModel, table=True):
    """A creator's payout request, with its value in money at the time of the request."""

    __tablename__ = "payouts"
    __table_args__ = (
        one_of("status", PayoutStatus),
        CheckConstraint("tokens > 0 AND cents >= 0", name="amounts"),
        CheckConstraint("(status = 'requested') = (settled_at IS NULL)", name="settled_has_time"),
        Index("uq_payouts_open", "user_id", unique=True, postgresql_where=text("status = 'requested'")),
        Index("ix_payouts_user_requested", "user_id", text("requested_at DESC")),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="RESTRICT")
    tokens: int
    cents: int
    currency: str = Field(max_length=3)
    destination: str = Field(max_length=policy.MAX_PAYOUT_DESTINATION_CHARACTERS)
    status: str
    reason: str = Field(max_length=300)
    requested_at: datetime = time_field()
    settled_at: datetime | None = time_field(nullable=True)


payouts = table_of(Payout)
