"""Selects the memories for an answer: the most relevant to the question, within a budget."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.services.memory import choices
from askchopper.services.memory.graph import MEMBER_ENTITY
from askchopper.vocabulary import MemoryKind

MAX_CHOSEN = 12
MAX_CHARACTERS = 1_500
_OVERLAP_WEIGHT = 3.0
# How useful a fact is for an answer whose question does not mention it. Below the threshold it must be mentioned.
_KIND_WEIGHT = {
    MemoryKind.NAME: 3.0, MemoryKind.WISH: 2.0, MemoryKind.GENRE: 1.8, MemoryKind.TEMPO: 1.8, MemoryKind.DISLIKE: 1.6,
    MemoryKind.KEY: 1.4, MemoryKind.PROJECT: 1.2, MemoryKind.GEAR: 1.0, MemoryKind.SOUND: 1.0, MemoryKind.NOTE: 0.4,
}  # fmt: skip
_THRESHOLD = 1.0
_WORD = re.compile(r"[^\W_]{3,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "what",
        "which",
        "who",
        "how",
        "can",
        "you",
        "your",
        "are",
        "was",
        "have",
        "has",
        "find",
        "show",
        "some",
        "any",
        "give",
        "want",
        "like",
        "make",
        "need",
        "please",
        "about",
        "from",
        "into",
        "more",
        "something",
        "does",
        "did",
        "used",
        "use",
        "uses",
        "likes",
        "makes",
        "works",
        "around",
        "wants",
    ]
)


@dataclass(frozen=True)
class ChosenMemory:
    """A memory selected for an answer."""

    id: uuid.UUID
    kind: MemoryKind
    text: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Chosen:
    """The memories for an answer, most relevant first, and the number of relevant ones that did not fit."""

    memories: tuple[ChosenMemory, ...] = ()
    left_out: int = 0

    def of(self, kind: MemoryKind) -> tuple[ChosenMemory, ...]:
        """Return the chosen memories of a kind."""
        return tuple(one for one in self.memories if one.kind is kind)


async def choose(
    session: AsyncSession, user_id: uuid.UUID, *, conversation_id: uuid.UUID, question: str, limit: int = MAX_CHOSEN
) -> Chosen | None:
    """Select memories for a question; None where memory is not used."""
    rows = (await session.execute(_READ, {"user": user_id, "conversation": conversation_id})).all()
    if not rows:
        return None
    return rank([row for row in rows if row.id is not None], question, limit=limit)


def rank(rows: Sequence[Any], question: str, *, limit: int = MAX_CHOSEN) -> Chosen:
    """Rank memory rows by relevance, newest first among equals, within the budget. Details are parsed only for the chosen rows."""
    asked = stems(question)
    scored = sorted(
        ((score, -place, row) for place, row in enumerate(rows) if (score := _score(row, asked)) >= _THRESHOLD),
        key=lambda one: one[:2],
        reverse=True,
    )
    chosen: list[ChosenMemory] = []
    left = MAX_CHARACTERS
    for _, _, row in scored[:limit]:
        words = row.content if row.about == MEMBER_ENTITY else f"{row.about}: {row.content}"
        left -= len(words)
        if left < 0:
            break
        chosen.append(ChosenMemory(row.id, MemoryKind(row.kind), words, json.loads(row.details)))
    return Chosen(tuple(chosen), len(scored) - len(chosen))


def stems(words: str) -> frozenset[str]:
    """Return the significant words of a text, truncated to five letters, so that "drums" matches "drum"."""
    return frozenset(word[:5] for word in _WORD.findall(words.casefold()) if word not in _COMMON)


def _score(row: Any, asked: frozenset[str]) -> float:
    overlap = len(asked & stems(f"{row.content} {row.about}"))
    return _KIND_WEIGHT[row.kind] + _OVERLAP_WEIGHT * overlap


_READ = text(f"""
    SELECT o.id, o.kind, o.content, o.details::text AS details, e.name AS about
    FROM conversations c
    LEFT JOIN memory_observations o ON o.user_id = c.user_id AND o.ended_at IS NULL
    LEFT JOIN memory_entities e ON e.id = o.entity_id
    WHERE c.id = :conversation AND c.user_id = :user AND {choices.IS_USED}
    ORDER BY o.created_at DESC
""")  # noqa: S608 - constants
