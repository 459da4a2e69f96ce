"""The viewer, and summaries of their access tokens and password resets."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import Role


@dataclass(frozen=True)
class Viewer:
    """The signed-in user behind a request or event; services authorise against it."""

    user_id: uuid.UUID
    session_id: uuid.UUID | None
    display_name: str
    email: str
    role: Role
    creator_slug: str | None = None

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


@dataclass(frozen=True)
class ResetMail:
    """A password reset to mail after its transaction has committed; ``link`` is a path of this site."""

    email: str
    display_name: str
    link: str


@dataclass(frozen=True)
class Profile:
    """What a member says about themselves; shown on their creator page and beside their name."""

    name: str
    bio: str
    links: tuple[str, ...]
    picture_key: str
