"""Tables of accounts: users, sessions, password resets and personal access tokens."""

import uuid
from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, Index, LargeBinary, String, text
from sqlmodel import Column, Field, SQLModel

from askchopper import policy
from askchopper.models.base import id_field, one_of, table_of, time_field
from askchopper.vocabulary import McpScope, Role, TokenScope


class User(SQLModel, table=True):
    """A member's account."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email_lower", text("lower(email)"), unique=True),
        CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        CheckConstraint("length(display_name) BETWEEN 1 AND 60", name="display_name_length"),
        Index(
            "ix_users_delete_after",
            "delete_after",
            postgresql_where=text("delete_after IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index("ix_users_newest", text("created_at DESC"), text("id DESC")),
        CheckConstraint(f"cardinality(links) <= {policy.MAX_PROFILE_LINKS}", name="few_links"),
        one_of("role", Role),
    )

    id: uuid.UUID = id_field()
    email: str
    display_name: str
    password_hash: str | None = None
    role: str = Role.MEMBER
    created_at: datetime = time_field()
    disabled_at: datetime | None = time_field(nullable=True)
    delete_after: datetime | None = time_field(nullable=True)
    deleted_at: datetime | None = time_field(nullable=True)
    email_verified_at: datetime | None = time_field(nullable=True)
    picture_key: str = Field(default="", max_length=100, sa_column_kwargs={"server_default": ""})
    has_sampler_tags: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})  # in downloads
    bio: str = Field(default="", max_length=policy.MAX_BIO_CHARACTERS, sa_column_kwargs={"server_default": ""})
    links: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(String(policy.MAX_LINK_CHARACTERS)), nullable=False, server_default="{}"),
    )


class UserSession(SQLModel, table=True):
    """A signed-in browser; the cookie's token is stored only as its SHA-256."""

    __tablename__ = "sessions"

    id: uuid.UUID = id_field()
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    user_agent: str = Field(default="", max_length=300)
    created_at: datetime = time_field()
    last_seen_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)


class PasswordReset(SQLModel, table=True):
    """A password reset link; single use."""

    __tablename__ = "password_resets"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = time_field()
    expires_at: datetime = time_field()
    used_at: datetime | None = time_field(nullable=True)


class Registration(SQLModel, table=True):
    """A registration that awaits confirmation of its e-mail address; single use."""

    __tablename__ = "registrations"
    __table_args__ = (
        CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
        CheckConstraint("length(display_name) BETWEEN 1 AND 60", name="display_name_length"),
    )

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    email: str
    display_name: str
    password_hash: str
    next_path: str = Field(default="", max_length=500)
    created_at: datetime = time_field()
    expires_at: datetime = time_field(index=True)


class PersonalToken(SQLModel, table=True):
    """A personal access token; only its SHA-256 is stored."""

    __tablename__ = "personal_tokens"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name_length"),
        CheckConstraint(
            f"scopes <@ ARRAY[{', '.join(repr(s.value) for s in TokenScope)}]::varchar[]", name="known_scopes"
        ),
        CheckConstraint(
            f"mcp_scopes <@ ARRAY[{', '.join(repr(s.value) for s in McpScope)}]::varchar[]", name="known_mcp_scopes"
        ),
    )

    id: uuid.UUID = id_field()
    user_id: uuid.UUID = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    name: str
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    created_at: datetime = time_field()
    last_used_at: datetime | None = time_field(nullable=True)
    expires_at: datetime | None = time_field(nullable=True)
    scopes: list[str] = Field(
        default_factory=lambda: [TokenScope.READ, TokenScope.WRITE],
        sa_column=Column(ARRAY(String(20)), nullable=False, server_default="{read,write}"),
    )
    mcp_scopes: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(String(20)), nullable=False, server_default="{}")
    )


users = table_of(User)
sessions = table_of(UserSession)
password_resets = table_of(PasswordReset)
personal_tokens = table_of(PersonalToken)
registrations = table_of(Registration)
