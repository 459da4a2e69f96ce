"""Tables of members' notification settings: by mail, and on the site."""

import uuid

from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of


class MailChoice(SQLModel, table=True):
    """Whether a member gets notification mails of a kind; without a row, the kind's default applies."""

    __tablename__ = "mail_choices"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    kind: str = Field(max_length=20, primary_key=True)
    is_on: bool


class NotificationChoice(SQLModel, table=True):
    """Whether a member gets notifications of a kind on the site; without a row, they do."""

    __tablename__ = "notification_choices"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    kind: str = Field(max_length=20, primary_key=True)
    is_on: bool


mail_choices = table_of(MailChoice)
notification_choices = table_of(NotificationChoice)
