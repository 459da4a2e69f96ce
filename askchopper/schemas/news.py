"""What is new for a member."""

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class NewsMark:
    """How far a member's notifications and feed have come, and how far they were read."""

    notified_at: datetime | None
    has_unread: bool
    latest_entry: uuid.UUID | None
    read_until: uuid.UUID | None


@dataclass(frozen=True)
class News:
    """How many notifications and entries of the feed are new, with the mark at that time."""

    notifications: int
    feed_entries: int
    mark: NewsMark
