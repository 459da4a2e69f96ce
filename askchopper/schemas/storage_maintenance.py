"""Reports of storage maintenance."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class OrphanedFile:
    """An unreferenced file; ``is_part`` if it is an abandoned partial upload, named by ``key``."""

    key: str
    size_bytes: int
    stored_at: datetime
    is_part: bool = False


@dataclass(frozen=True)
class DamagedFile:
    """A sound whose master is missing or damaged."""

    file_id: uuid.UUID
    key: str
    fault: Literal["missing", "wrong"]


@dataclass(frozen=True)
class VerificationBatch:
    """A batch of verified sounds; ``last_id`` is the position to continue from, None at the end."""

    checked: int
    damages: tuple[DamagedFile, ...]
    last_id: uuid.UUID | None
