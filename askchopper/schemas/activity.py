"""Notifications for the account menu."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NotificationSummary:
    """A notification; ``link`` is a path of this site or empty."""

    id: str
    kind: str
    sentence: str
    link: str
    created_at: datetime
    is_read: bool
