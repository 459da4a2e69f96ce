"""What passes between the doors and the uploads service."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import UploadPurpose, UploadState


@dataclass(frozen=True)
class UploadSummary:
    """A file on its way in, or arrived. ``document_id`` is the document that it became, perhaps an earlier one with its bytes."""

    id: uuid.UUID
    draft_id: uuid.UUID | None
    file_name: str
    size_bytes: int
    state: UploadState
    sha256: str | None
    created_at: datetime
    purpose: UploadPurpose = UploadPurpose.SOUND
    document_id: uuid.UUID | None = None

    @property
    def is_document(self) -> bool:
        """Whether it becomes a document for the assistant."""
        return self.purpose is UploadPurpose.DOCUMENT
