"""Table of feedback: users' messages about errors, and those imported from the old application."""

import uuid
from datetime import datetime

from sqlmodel import Field, SQLModel

from askchopper import policy
from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import FeedbackSource


class UserFeedback(SQLModel, table=True):
    """A message. ``reference`` is that of the error in the log; ``event_id`` is its Sentry event, if it was reported."""

    __tablename__ = "user_feedback"
    __table_args__ = (one_of("source", FeedbackSource),)

    id: uuid.UUID = id_field()
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL", index=True)
    source: str
    message: str = Field(max_length=policy.MAX_FEEDBACK_CHARACTERS)
    reference: str = Field(default="", max_length=40)
    event_id: str = Field(default="", max_length=32)
    page: str = Field(default="", max_length=200)
    created_at: datetime = time_field(index=True)
    sent_at: datetime | None = time_field(nullable=True)


user_feedback = table_of(UserFeedback)
