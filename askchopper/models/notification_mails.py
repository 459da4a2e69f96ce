"""The table of members' choices of notifications by mail."""

import uuid

from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of


class MailChoice(SQLModel, table=True):
    """Whether a member gets mails of a kind; without a row the default of the kind holds."""

    __tablename__ = "mail_choices"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    kind: str = Field(max_length=20, primary_key=True)
    is_on: bool


mail_choices = table_of(MailChoice)
