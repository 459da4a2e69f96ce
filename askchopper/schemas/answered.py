"""Statistics on whether questions about music were answered, by topic."""

from dataclasses import dataclass
from enum import StrEnum


class QuestionOutcome(StrEnum):
    """How well a question was answered, judged by the results of the assistant's tool calls. The values are stored."""

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
    """A subject that several members asked about without getting an answer."""

    subject: str
    topic: str
    questions: int


@dataclass(frozen=True)
class AnsweredReport:
    """The administrators' report: the last thirty days by topic, unanswered subjects, and the number of subjects that too few members asked about."""

    topics: tuple[TopicShare, ...]
    subjects: tuple[UnansweredSubject, ...]
    withheld: int
