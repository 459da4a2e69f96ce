"""Shapes of the JSON answers about documents. Field names are a contract with users of the API."""

from typing import Any

from pydantic import BaseModel

from askchopper.api.responses import Moment
from askchopper.schemas import knowledge
from askchopper.vocabulary import DocumentKind, DocumentState


class Document(BaseModel):
    """A document for the assistant; ``problem`` says why one failed, ``facts`` what was measured of a sound or picture."""

    id: str
    title: str
    kind: DocumentKind
    media_type: str
    size_bytes: int
    state: DocumentState
    problem: str
    pages: int | None
    characters: int
    tokens_estimate: int
    is_whole: bool
    facts: dict[str, Any]
    created_at: Moment

    @classmethod
    def of(cls, line: knowledge.DocumentSummary) -> "Document":
        """Write a document."""
        return cls(**{name: getattr(line, name) for name in cls.model_fields})


class Passage(BaseModel):
    """A piece of a document, with its heading as the first line."""

    id: str
    document_id: str
    document_title: str
    page: int | None
    position: int
    text: str

    @classmethod
    def of(cls, passage: knowledge.Passage) -> "Passage":
        """Write a passage."""
        return cls(**{name: getattr(passage, name) for name in cls.model_fields})
