"""Tables of how well questions about music were answered. Neither identifies members."""

from datetime import date

from sqlalchemy import ARRAY, String, text
from sqlmodel import Column, Field, SQLModel


class QuestionOutcome(SQLModel, table=True):
    """Daily numbers of questions on a topic that were answered, answered partly, or not answered."""

    __tablename__ = "question_outcomes"

    day: date = Field(primary_key=True)
    topic: str = Field(max_length=20, primary_key=True)
    outcome: str = Field(max_length=10, primary_key=True)
    questions: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class UnansweredSubject(SQLModel, table=True):
    """The subject of an unanswered question, under a keyed hash.

    ``subject`` is stored once enough members have asked about it. Until then ``members`` holds a keyed hash of each; afterwards it is
    empty.
    """

    __tablename__ = "unanswered_subjects"

    fingerprint: str = Field(max_length=64, primary_key=True)
    topic: str = Field(max_length=20)
    subject: str | None = Field(default=None, max_length=80)
    members: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(64)), nullable=False, server_default="{}")
    )
    questions: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    asked_on: date = Field(index=True, sa_column_kwargs={"server_default": text("CURRENT_DATE")})
