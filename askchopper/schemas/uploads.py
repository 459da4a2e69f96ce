"""What passes between the doors and the uploads service."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import UploadState


@dataclass(frozen=True)
class UploadLine:
    """A file on its way in, or arrived."""

    id: uuid.UUID
    draft_id: uuid.UUID | None
    file_name: str
    size_bytes: int
    state: UploadState
    sha256: str | None
    created_at: datetime
