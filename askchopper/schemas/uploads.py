"""Summaries of uploads, for the API and the draft editor."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from askchopper.vocabulary import UploadPurpose, UploadState


@dataclass(frozen=True)
class UploadSummary:
    """An unfinished or finished upload. ``document_id`` is the resulting document, possibly an existing one with the same content.

    ``problem`` is the reason for a refusal; ``problem_link`` links to an existing copy of the file.
    """

    id: uuid.UUID
    draft_id: uuid.UUID | None
    file_name: str
    size_bytes: int
    state: UploadState
    sha256: str | None
    created_at: datetime
    purpose: UploadPurpose = UploadPurpose.SOUND
    document_id: uuid.UUID | None = None
    problem: str = ""
    problem_link: str = ""

    @property
    def is_document(self) -> bool:
        """Whether the upload is a document for the assistant."""
        return self.purpose is UploadPurpose.DOCUMENT
