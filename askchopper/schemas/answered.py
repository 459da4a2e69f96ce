"""Whether questions about music were answered, by topic."""

from dataclasses import dataclass
from enum import StrEnum


class QuestionOutcome(StrEnum):
    """How a question was answered, by what the tools found. The values are stored."""

    ANSWERED = "answered"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True)
class TopicShare:
    """Questions on a topic by outcome."""

    topic: str
    answered: int
    partly: int
    unanswered: int

    @property
    def total(self) -> int:
        """All questions on the topic."""
        return self.answered + self.partly + self.unanswered


@dataclass(frozen=True)
class UnansweredSubject:
    """What several members asked about without an answer."""

    subject: str
    topic: str
    questions: int


@dataclass(frozen=True)
class AnsweredReport:
    """What the administrators' page shows: the last thirty days by topic, subjects, and how many subjects too few asked about."""

    topics: tuple[TopicShare, ...]
    subjects: tuple[UnansweredSubject, ...]
    withheld: int
