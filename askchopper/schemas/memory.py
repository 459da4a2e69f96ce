"""The assistant's memory of a member: facts, their sources, and the knowledge graph that contains them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from askchopper.vocabulary import MemoryKind, MemoryOrigin


@dataclass(frozen=True)
class Entity:
    """An entity of the graph with its observations, oldest first."""

    name: str
    entity_type: str
    observations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A relation between two names."""

    from_name: str
    to_name: str
    relation_type: str


@dataclass(frozen=True)
class Graph:
    """Entities and relations in order of creation."""

    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Observations:
    """Observations of one entity, to be added or deleted."""

    entity_name: str
    contents: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A fact extracted from a member's message.

    Args:
        kind: kind of fact, such as a preference.
            text: a short sentence that leaves out the member: "Works around 140 BPM".
        subject: key under which a newer fact replaces the older one; empty for facts that are never replaced.
        details: the fact as filters of the catalogue: ``genre``, ``bpm_min`` and ``bpm_max``, ``key``.
    """

    kind: MemoryKind
    text: str
    subject: str = ""
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Source:
    """The message that a fact was extracted from."""

    conversation_id: str
    message_id: str
    title: str


@dataclass(frozen=True)
class Memory:
    """A fact or other observation in a member's memory.

    Args:
        id: id of the observation.
        kind: kind of memory.
        text: text of the observation.
        about: name of its entity; empty for the member.
        origin: how it was created.
        source: the message it was extracted from; None without a message, or if that was deleted.
        created_at: time of creation.
        version: number of the text's version; each change increments it.
        earlier: previous texts, latest first.
    """

    id: str
    kind: MemoryKind
    text: str
    about: str
    origin: MemoryOrigin
    source: Source | None
    created_at: datetime
    version: int
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class MemoryChoices:
    """A member's memory settings."""

    is_paused: bool = False
    offers_open_points: bool = True


@dataclass(frozen=True)
class ImportReport:
    """The result of an import, or of its dry run.

    Args:
        added: number of new memories, entities and relations.
        known: number of those that existed already.
        refused: a message for each line that cannot be imported, at most 20.
        refused_count: number of all lines that cannot be imported.
    """

    added: int
    known: int
    refused: tuple[str, ...]
    refused_count: int
    is_dry_run: bool


@dataclass(frozen=True)
class RecalledConversation:
    """An earlier conversation that matches a query."""

    conversation_id: str
    message_id: str
    title: str
    gist: str
    talked_at: datetime


@dataclass(frozen=True)
class Used:
    """The context that an answer was generated with, besides the question, and the parts that did not fit.

    Args:
        memory_ids: ids of the member's memories.
        conversation_ids: ids of earlier conversations.
        has_taste: whether it included the member's taste profile.
        has_page: whether it included the pack in view.
        has_player: whether it included the sound loaded in the player.
        documents: number of documents, whole or in passages.
        left_out: number of relevant memories that did not fit.
        documents_left_out: number of the conversation's documents and pictures that did not fit.
        messages_left_out: number of earlier messages that did not fit.
    """

    memory_ids: tuple[uuid.UUID, ...] = ()
    conversation_ids: tuple[uuid.UUID, ...] = ()
    has_taste: bool = False
    has_page: bool = False
    has_player: bool = False
    documents: int = 0
    left_out: int = 0
    documents_left_out: int = 0
    messages_left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the context was empty and nothing was left out."""
        return self == Used()

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of the used and left-out parts, for the log."""
        return {
            "memories": len(self.memory_ids), "conversations": len(self.conversation_ids), "taste": int(self.has_taste),
            "page": int(self.has_page), "player": int(self.has_player), "documents": self.documents, "left_out": self.left_out,
            "documents_left_out": self.documents_left_out, "messages_left_out": self.messages_left_out,
        }  # fmt: skip

    def dump(self) -> dict[str, Any]:
        """Return the values to store, as JSON types; empty if nothing was used or left out."""
        if self.is_empty:
            return {}
        return {
            "memories": [str(one) for one in self.memory_ids],
            "conversations": [str(one) for one in self.conversation_ids],
            "taste": self.has_taste,
            "page": self.has_page,
            "player": self.has_player,
            "documents": self.documents,
            "left_out": self.left_out,
            "documents_left_out": self.documents_left_out,
            "messages_left_out": self.messages_left_out,
        }
