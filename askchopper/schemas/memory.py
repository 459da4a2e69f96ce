"""What the assistant remembers of a member: facts, their sources, and the knowledge graph they belong to."""

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
    """Entities and relations in the order in which they were made."""

    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Observations:
    """Observations of one entity, to add or to delete."""

    entity_name: str
    contents: tuple[str, ...]


@dataclass(frozen=True)
class Fact:
    """A fact as it is found in what a member said.

    Args:
        kind: what it is about.
        text: a short sentence without a subject: "Works around 140 BPM".
        subject: of two facts with one subject, the newer replaces the older; empty for facts that may stand side by side.
        details: the same in the terms of the catalogue: ``genre``, ``bpm_min`` and ``bpm_max``, ``key``.
    """

    kind: MemoryKind
    text: str
    subject: str = ""
    details: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Source:
    """The message that a fact is from."""

    conversation_id: str
    message_id: str
    title: str


@dataclass(frozen=True)
class Memory:
    """A fact or another observation of a member's memory.

    Args:
        id: of the observation.
        kind: what it is about.
        text: of the observation.
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
    """What a member chose for their memory as a whole."""

    is_paused: bool = False
    offers_open_points: bool = True


@dataclass(frozen=True)
class ImportReport:
    """What an import adds, or would add.

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
    """An earlier conversation that matches a question."""

    conversation_id: str
    message_id: str
    title: str
    gist: str
    talked_at: datetime


@dataclass(frozen=True)
class Used:
    """What an answer was given of the member's memory: ids, and the number of memories that did not fit."""

    memory_ids: tuple[uuid.UUID, ...] = ()
    conversation_ids: tuple[uuid.UUID, ...] = ()
    has_taste: bool = False
    left_out: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the answer was given nothing."""
        return not (self.memory_ids or self.conversation_ids or self.has_taste)

    def dump(self) -> dict[str, Any]:
        """Serialise for storage."""
        if self.is_empty:
            return {}
        return {
            "memories": [str(one) for one in self.memory_ids],
            "conversations": [str(one) for one in self.conversation_ids],
            "taste": self.has_taste,
            "left_out": self.left_out,
        }
