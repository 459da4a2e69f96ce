"""Response models for documents. Field names are a public contract."""

from typing import Any

from pydantic import BaseModel

from askchopper.api.responses import Moment
from askchopper.schemas import knowledge
from askchopper.vocabulary import DocumentKind, DocumentState


class Document(BaseModel):
    """A document; ``problem`` says why it failed, ``facts`` holds measurements of a sound or image."""

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
    def of(cls, document: knowledge.DocumentSummary) -> "Document":
        return cls(**{name: getattr(document, name) for name in cls.model_fields})


class Passage(BaseModel):
    """A passage, with its heading as the first line."""

    id: str
    document_id: str
    document_title: str
    page: int | None
    position: int
    text: str

    @classmethod
    def of(cls, passage: knowledge.Passage) -> "Passage":
        return cls(**{name: getattr(passage, name) for name in cls.model_fields})
