"""Tables of two-factor authentication: secrets of authenticator apps, and recovery codes."""

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class TwoFactorSecret(SQLModel, table=True):
    """A member's encrypted secret, active once confirmed; ``last_step`` is the time step of the last accepted code."""

    __tablename__ = "two_factor_secrets"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    secret: bytes = Field(sa_type=LargeBinary)
    last_step: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = time_field()
    confirmed_at: datetime | None = time_field(nullable=True)


class RecoveryCode(SQLModel, table=True):
    """An unused recovery code, stored as its SHA-256."""

    __tablename__ = "recovery_codes"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    code_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)


two_factor_secrets = table_of(TwoFactorSecret)
recovery_codes = table_of(RecoveryCode)
