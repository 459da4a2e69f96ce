"""The table of e-mail changes that await confirmation."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class EmailChange(SQLModel, table=True):
    """A mailed link that verifies an e-mail address and makes it the account's; single use."""

    __tablename__ = "email_changes"
    __table_args__ = (CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),)

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    email: str
    created_at: datetime = time_field()
    expires_at: datetime = time_field()


email_changes = table_of(EmailChange)
