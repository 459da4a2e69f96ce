"""Tables of analytics: pack events, their inbox, and the figures into which the rollup aggregates them.

An event holds no account and no address: ``visitor`` is a hash with a salt that is replaced every day and deleted after two.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Uuid,
    text,
)
from sqlmodel import Field, SQLModel

from askchopper.analytics_vocabulary import AudienceTrait, Dimension, PackEventKind
from askchopper.models.base import one_of, table_of, time_field


class _EventFields(SQLModel):
    kind: str = Field(max_length=12)
    pack_ids: list[uuid.UUID] = Field(sa_type=ARRAY(Uuid))  # several for one list that was shown
    file_id: uuid.UUID | None = None
    visitor: int | None = Field(default=None, sa_type=BigInteger)
    country: str = Field(default="", max_length=2, sa_column_kwargs={"server_default": ""})
    device: str = Field(default="", max_length=10, sa_column_kwargs={"server_default": ""})
    source: str = Field(default="", max_length=12, sa_column_kwargs={"server_default": ""})
    term: str = Field(default="", max_length=60, sa_column_kwargs={"server_default": ""})
    amount: int = Field(default=1, sa_type=SmallInteger, sa_column_kwargs={"server_default": "1"})  # -1 takes one back
    seconds: float = Field(default=0, sa_type=REAL, sa_column_kwargs={"server_default": "0"})
    stopped_at: float | None = Field(default=None, sa_type=REAL)  # share of the length, 0 to 1
    is_complete: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    gross_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    fee_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    purchase_id: uuid.UUID | None = None  # of bought and refunded


class PackEventInbox(_EventFields, table=True):
    """Events that the rollup has not aggregated yet; it deletes them in the transaction that aggregates them."""

    __tablename__ = "pack_event_inbox"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    happened_at: datetime = time_field()


class PackEvent(_EventFields, table=True):
    """An aggregated event. Partitioned by month; partitions past the retention period are dropped."""

    __tablename__ = "pack_events"
    __table_args__ = (
        one_of("kind", PackEventKind),
        PrimaryKeyConstraint("id", "happened_at"),
        Index("ix_pack_events_visitor", "visitor", "happened_at"),
        Index("ix_pack_events_purchase", "purchase_id", postgresql_where=text("purchase_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (happened_at)"},
    )

    id: int = Field(sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    happened_at: datetime = time_field()


class PackEventBackfill(SQLModel, table=True):
    """Progress of the first rollup in copying a table's older rows, from before events were recorded, to the inbox."""

    __tablename__ = "pack_event_backfills"

    source: str = Field(max_length=20, primary_key=True)
    until: datetime = time_field()
    position: uuid.UUID = Field(default=uuid.UUID(int=0), sa_column_kwargs={"server_default": str(uuid.UUID(int=0))})
    done_at: datetime | None = time_field(nullable=True)


class SearchOutcome(SQLModel, table=True):
    """Daily numbers of visitors who searched, and of those who opened, played or bought one of the results."""

    __tablename__ = "search_outcomes"

    day: date = Field(primary_key=True)
    searches: int
    followed: int


class VisitorSalt(SQLModel, table=True):
    """The salt of visitor hashes on a UTC day. Once it is deleted, they can no longer be derived from an account or address."""

    __tablename__ = "visitor_salts"

    day: date = Field(primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)


class _Figures(SQLModel):
    shown: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    opened: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    played: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    liked: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    collected: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    bought: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    downloaded: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    refunded: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    completed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    seconds: float = Field(default=0, sa_column_kwargs={"server_default": "0"})
    gross_tokens: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    fee_tokens: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    refunded_tokens: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class HourlyFigures(_Figures, table=True):
    """Figures of a pack or creator in one hour."""

    __tablename__ = "hourly_figures"

    subject_id: uuid.UUID = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=time_field().sa_type)


class DailyFigures(_Figures, table=True):
    """Figures of a pack, sound or creator on a day in the creator's time zone.

    ``gross_tokens`` are the prices of sales, ``refunded_tokens`` those of refunds, ``fee_tokens`` the platform fee on sales less that on
    refunds.
    """

    __tablename__ = "daily_figures"
    # Rows are appended by day; a trend reads the last five weeks of all subjects.
    __table_args__ = (Index("ix_daily_figures_day", "day", postgresql_using="brin"),)

    subject_id: uuid.UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    listeners: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class DailyBreakdown(_Figures, table=True):
    """Figures of a pack or creator on a day, by the values of a dimension such as country, search term or price."""

    __tablename__ = "daily_breakdowns"
    __table_args__ = (one_of("dimension", Dimension),)

    subject_id: uuid.UUID = Field(primary_key=True)
    dimension: str = Field(max_length=10, primary_key=True)
    day: date = Field(primary_key=True)
    value: str = Field(max_length=60, primary_key=True)


class WeeklyBreakdown(_Figures, table=True):
    """Sums of ``DailyBreakdown`` by week, from Monday; complete for every week up to the latest that has rows."""

    __tablename__ = "weekly_breakdowns"
    __table_args__ = (one_of("dimension", Dimension), Index("ix_weekly_breakdowns_week", "week"))

    subject_id: uuid.UUID = Field(primary_key=True)
    dimension: str = Field(max_length=10, primary_key=True)
    week: date = Field(primary_key=True)
    value: str = Field(max_length=60, primary_key=True)


class DailyListener(SQLModel, table=True):
    """Hashes of a day's listeners, so that each is counted once; deleted with the day's salt."""

    __tablename__ = "daily_listeners"

    subject_id: uuid.UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    visitor: int = Field(primary_key=True, sa_type=BigInteger)


class StopCount(SQLModel, table=True):
    """Number of plays of a sound, or of a pack's preview, that stopped in one fiftieth of its length; ``part`` is 0 to 49."""

    __tablename__ = "stop_counts"

    subject_id: uuid.UUID = Field(primary_key=True)
    part: int = Field(primary_key=True, sa_type=SmallInteger)
    stops: int = 0


class AudienceGroup(SQLModel, table=True):
    """A preference that enough of a creator's listeners share to be anonymous, with their number."""

    __tablename__ = "audience_groups"
    __table_args__ = (one_of("trait", AudienceTrait),)

    creator_id: uuid.UUID = Field(foreign_key="creators.id", ondelete="CASCADE", primary_key=True)
    trait: str = Field(max_length=10, primary_key=True)
    value: str = Field(max_length=40, primary_key=True)
    members: int


pack_event_inbox = table_of(PackEventInbox)
pack_events = table_of(PackEvent)
visitor_salts = table_of(VisitorSalt)
hourly_figures = table_of(HourlyFigures)
daily_figures = table_of(DailyFigures)
daily_breakdowns = table_of(DailyBreakdown)
stop_counts = table_of(StopCount)
audience_groups = table_of(AudienceGroup)
