"""What administrators see: members, and the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from askchopper.vocabulary import Role


@dataclass(frozen=True)
class MemberLine:
    """A member in the list of administrators; ``suspended_because`` is empty unless they are suspended."""

    id: str
    name: str
    email: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int
    has_second_factor: bool
    creator_slug: str
    is_deleted: bool
    suspended_because: str
    suspended_until: datetime | None


@dataclass(frozen=True)
class AuditLine:
    """An entry of the audit log."""

    id: int
    actor: str
    action: str
    target: str
    target_id: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    created_at: datetime
