"""Tables of sign-in with a provider: linked identities, and pending sign-ins."""

import uuid
from datetime import datetime

from sqlalchemy import LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from askchopper.models.base import id_field, table_of, time_field


class ProviderIdentity(SQLModel, table=True):
    """A member's account at a provider, identified by issuer and subject; the e-mail is informational."""

    __tablename__ = "provider_identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"), UniqueConstraint("user_id", "provider"))

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE")
    provider: str = Field(max_length=20)
    issuer: str = Field(max_length=300)
    subject: str = Field(max_length=255)
    email: str = Field(default="", max_length=254)
    created_at: datetime = time_field()


class ProviderLogin(SQLModel, table=True):
    """A pending sign-in of one browser or, with a user, a pending link of a provider. Its state is single-use and stored as a SHA-256."""

    __tablename__ = "provider_logins"

    state_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    browser_hash: bytes = Field(sa_type=LargeBinary)
    provider: str = Field(max_length=20)
    nonce: str = Field(max_length=100)
    verifier: bytes = Field(sa_type=LargeBinary)
    user_id: uuid.UUID | None = Field(default=None, foreign_key="users.id", ondelete="CASCADE", index=True)
    next_path: str = Field(max_length=500)
    expires_at: datetime = time_field(index=True)
    used_at: datetime | None = time_field(nullable=True)


provider_identities = table_of(ProviderIdentity)
provider_logins = table_of(ProviderLogin)
