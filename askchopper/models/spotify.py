"""Tables of the Spotify remote: connections with encrypted tokens, and pending sign-ins."""

import uuid
from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from askchopper.models.base import table_of, time_field


class SpotifyTokens(SQLModel, table=True):
    """A member's Spotify connection. Without tokens, the row has the member's own client id or the reason why the connection ended."""

    __tablename__ = "spotify_tokens"

    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", primary_key=True)
    access_token: bytes | None = Field(default=None, sa_type=LargeBinary)
    refresh_token: bytes | None = Field(default=None, sa_type=LargeBinary)
    expires_at: datetime | None = time_field(nullable=True)
    scopes: str = Field(default="", max_length=1000)
    client_id: str = Field(default="", max_length=100)  # that the tokens were issued for
    own_client_id: str = Field(default="", max_length=100)
    is_shared_with_assistant: bool = False
    device_id: str = Field(default="", max_length=100)  # last used, as the fallback when none is active
    ended_because: str = Field(default="", max_length=40)
    created_at: datetime = time_field()
    updated_at: datetime = time_field()


class SpotifyLogin(SQLModel, table=True):
    """A pending sign-in of one browser session. Its state is single-use and stored as a SHA-256."""

    __tablename__ = "spotify_logins"

    state_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    session_id: uuid.UUID | None = None
    verifier: bytes = Field(sa_type=LargeBinary)
    client_id: str = Field(max_length=100)
    next_path: str = Field(max_length=500)
    expires_at: datetime = time_field(index=True)
    used_at: datetime | None = time_field(nullable=True)


spotify_tokens = table_of(SpotifyTokens)
spotify_logins = table_of(SpotifyLogin)
