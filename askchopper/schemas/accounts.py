"""The viewer, and summaries of their access tokens and password resets."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import ExportState, McpScope, Role, TokenScope


@dataclass(frozen=True)
class Viewer:
    """The signed-in user behind a request or event; services authorise against it."""

    user_id: uuid.UUID
    session_id: uuid.UUID | None
    display_name: str
    email: str
    role: Role
    creator_slug: str | None = None
    needs_second_factor: bool = False  # an admin in production who has none yet; acts as a member until then
    scopes: frozenset[TokenScope] | None = None  # of an access token; None for a session, which may do everything

    mcp_scopes: frozenset[McpScope] = frozenset()  # of an access token

    @property
    def may_read(self) -> bool:
        """Whether the viewer may use the API; a token may be for MCP only."""
        return self.scopes is None or bool(self.scopes)

    @property
    def may_write(self) -> bool:
        """Whether the viewer may change anything; a token may be for reading only."""
        return self.scopes is None or TokenScope.WRITE in self.scopes

    @property
    def is_moderator(self) -> bool:
        """Whether the viewer has moderator permissions."""
        return self.role in {Role.MODERATOR, Role.ADMIN}


@dataclass(frozen=True)
class SessionSummary:
    id: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


@dataclass(frozen=True)
class AccessTokenSummary:
    """A personal access token in the settings. The token itself is shown once, at creation."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    scopes: frozenset[TokenScope]
    mcp_scopes: frozenset[McpScope] = frozenset()


@dataclass(frozen=True)
class AccountMail:
    """The owner of an account as recipient of a mail."""

    user_id: uuid.UUID
    email: str
    display_name: str


@dataclass(frozen=True)
class Profile:
    """A member's public profile, shown on their creator page and next to their name."""

    name: str
    bio: str
    links: tuple[str, ...]
    picture_key: str


@dataclass(frozen=True)
class PlannedDeletion:
    """A scheduled deletion of an account, which its owner can still cancel."""

    delete_after: datetime

    @property
    def day(self) -> str:
        """The date formatted for sentences."""
        return f"{self.delete_after:%-d %B %Y}"


@dataclass(frozen=True)
class ExportSummary:
    """A data export of a member; its size and expiry are known once it is ready."""

    id: str
    state: ExportState
    size_bytes: int
    expires_at: datetime | None


@dataclass(frozen=True)
class LinkedProvider:
    """A sign-in provider in the settings: whether it is linked, its e-mail address, and whether it is still offered."""

    id: str
    name: str
    is_linked: bool
    email: str
    is_offered: bool
