"""What the upkeep of the store reports."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class OrphanedFile:
    """A file that nothing refers to; ``is_part`` tells that it is one that never arrived, and ``key`` its name."""

    key: str
    size_bytes: int
    stored_at: datetime
    is_part: bool = False


@dataclass(frozen=True)
class DamagedFile:
    """A sound whose master is not in the store, or has other bytes than it had."""

    file_id: uuid.UUID
    key: str
    fault: Literal["missing", "wrong"]


@dataclass(frozen=True)
class VerificationBatch:
    """One batch of checked sounds; ``last_id`` is where to go on, None at the end."""

    checked: int
    damages: tuple[DamagedFile, ...]
    last_id: uuid.UUID | None
