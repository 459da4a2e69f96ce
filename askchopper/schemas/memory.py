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
        kind: what it is about.
        text: a short sentence without a subject: "Works around 140 BPM".
        subject: key under which a newer fact replaces the older one; empty for facts that may stand side by side.
        details: the same in the terms of the catalogue: ``genre``, ``bpm_min`` and ``bpm_max``, ``key``.
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
        kind: what it is about.
        text: text of the observation.
        about: name of its entity; empty where that is the member.
        origin: how it got there.
        source: the message it is from; None if it is from none, or the message is gone.
        created_at: when it was learnt.
        version: counts its changes.
        earlier: what it replaced, latest first.
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
        added: memories, entities and relations that are new.
        known: those that were there before.
        refused: a sentence for each line that cannot be taken, 20 at most.
        refused_count: number of these lines.
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
    """The context of an answer besides the question, and what did not fit into it.

    Args:
        memory_ids: memories of the member.
        conversation_ids: earlier conversations.
        has_taste: whether it was told of the member's taste.
        has_page: whether it was told of the pack in view.
        has_player: whether it was told what is loaded in the player.
        documents: number of documents, in whole or in part.
        left_out: number of relevant memories that did not fit.
        documents_left_out: number of documents and pictures of the conversation that it did not get.
        messages_left_out: number of earlier messages that it did not get.
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
        """Serialise for storage."""
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
