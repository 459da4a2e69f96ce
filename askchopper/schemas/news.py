"""A member's unread counts."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NewsMark:
    """The time of a member's latest notification, whether any is unread, the latest feed entry, and the last one read."""

    notified_at: datetime | None
    has_unread: bool
    latest_entry: uuid.UUID | None
    read_until: uuid.UUID | None


@dataclass(frozen=True)
class News:
    """Numbers of unread notifications and feed entries, with the mark at the time of counting."""

    notifications: int
    feed_entries: int
    mark: NewsMark
