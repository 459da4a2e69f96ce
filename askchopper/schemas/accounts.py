"""Who is looking, and what a user sees of their own account."""

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
        """Whether the viewer may see what moderators see."""
        return self.role in {Role.MODERATOR, Role.ADMIN}


@dataclass(frozen=True)
class SessionSummary:
    """One signed-in browser in the list on the settings page."""

    id: str
    device: str
    created_at: datetime
    last_seen_at: datetime
    is_current: bool


@dataclass(frozen=True)
class AccessTokenSummary:
    """One personal API token in the list on the settings page; the token itself is shown once, when made."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class ResetMail:
    """A password reset to be mailed once its transaction has committed; ``link`` is a path of this site."""

    email: str
    display_name: str
    link: str
