"""Tables of rewards: granted rewards and their reasons, daily claims, referrals, and numbers of badge holders."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.reward_vocabulary import RewardKind, RewardState


class RewardProfile(SQLModel, table=True):
    """A member's streak and referral code. Days are in the member's time zone."""

    __tablename__ = "reward_profiles"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    code: str = Field(max_length=12, unique=True)
    last_day: date | None = None
    streak: int = 0
    longest_streak: int = 0
    grace_day: date | None = None  # the last day that was missed and forgiven
    network_hash: str = Field(default="", max_length=64)  # keyed hash of the network of the last sign-in
    warned_at: datetime | None = time_field(nullable=True)  # of tokens that expire


class Reward(SQLModel, table=True):
    """A reward. ``source`` is unique per member and kind: a day, a badge, a week with its challenge, or a referred member."""

    __tablename__ = "rewards"
    __table_args__ = (
        one_of("kind", RewardKind),
        one_of("state", RewardState),
        CheckConstraint("tokens >= 0", name="tokens"),
        Index("uq_rewards_source", "user_id", "kind", "source", unique=True),
        Index("ix_rewards_taken_back", "user_id", postgresql_where=text("state = 'taken_back'")),
        Index("ix_rewards_held", "created_at", postgresql_where=text("state = 'held'")),
        Index("ix_rewards_kind_time", "kind", "created_at"),
        Index("ix_rewards_decided_by", "decided_by"),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    kind: str
    source: str = Field(max_length=80)
    tokens: int
    state: str
    reason: str = Field(default="", max_length=200)  # why it is held
    created_at: datetime = time_field()
    reversals: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # number of times it was taken back
    reversed_tokens: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # of the last reversal
    decided_at: datetime | None = time_field(nullable=True)
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="SET NULL")


class Referral(SQLModel, table=True):
    """A member who registered with another's referral link. Both get a reward after the first purchase that is past its refund window."""

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint("friend_id <> referrer_id", name="not_oneself"),
        Index("ix_referrals_waiting", "created_at", postgresql_where=text("rewarded_at IS NULL")),
    )

    friend_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    referrer_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    suspicion: str = Field(default="", max_length=200)
    created_at: datetime = time_field()
    rewarded_at: datetime | None = time_field(nullable=True)


class BadgeTotal(SQLModel, table=True):
    """Number of members who have a badge, counted by a job."""

    __tablename__ = "badge_totals"

    badge: str = Field(max_length=40, primary_key=True)
    members: int


class RewardRules(SQLModel, table=True):
    """A single row: the digest of the rules that all rewards were last computed with, and when that run began."""

    __tablename__ = "reward_rules"

    id: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    digest: str = Field(max_length=64)
    counted_at: datetime = time_field()


class SpotifyListening(SQLModel, table=True):
    """Seconds per UTC day that a member listened on Spotify, measured while the remote polls."""

    __tablename__ = "spotify_listening"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    day: date = Field(primary_key=True)
    seconds: float
    last_at: datetime = time_field()


reward_profiles = table_of(RewardProfile)
rewards = table_of(Reward)
referrals = table_of(Referral)
badge_totals = table_of(BadgeTotal)
reward_rules = table_of(RewardRules)
spotify_listening = table_of(SpotifyListening)
