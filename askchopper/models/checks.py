"""Table of the latest results of checks."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from askchopper.models.base import time_field


class CheckResult(SQLModel, table=True):
    """The latest result of a check; see ``services.checks``."""

    __tablename__ = "check_results"

    name: str = Field(max_length=40, primary_key=True)
    problems: int
    checked_at: datetime = time_field()
