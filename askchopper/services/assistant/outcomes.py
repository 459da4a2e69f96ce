"""Classifies answers to music questions as answered, partly or not, by the results of their tools, not by a model's judgement."""

from collections.abc import Callable

from askchopper.database import transaction
from askchopper.observability import log
from askchopper.schemas.answered import QuestionOutcome
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.offline import artists, trends
from askchopper.services.assistant.tools.definition import Outcome
from askchopper.services.knowledge import answered, glossary
from askchopper.services.knowledge.learning_questions import is_educational
from askchopper.services.knowledge.theory import questions
from askchopper.services.memory import choices
from askchopper.vocabulary import AnswerStatus

# For each tool about music, whether its outcome contains an answer.
FOUND: dict[str, Callable[[Outcome], bool]] = {
    "glossary_lookup": lambda outcome: bool(outcome.content.get("entries")),
    "theory": lambda outcome: bool(outcome.content.get("topic")),
    "catalogue_trends": lambda outcome: bool(outcome.content.get("enough_activity")),
    "artist_info": lambda outcome: bool(outcome.content.get("found")),
    "brave_web_search": lambda outcome: bool(outcome.sources),
    "search_packs": lambda outcome: bool(outcome.refs),
    "find_similar": lambda outcome: bool(outcome.refs),
}
_TOPIC_OF_TOOL = {
    "theory": "theory",
    "catalogue_trends": "trends",
    "artist_info": "artists",
    "search_packs": "sounds",
    "find_similar": "sounds",
}
OTHER = "other terms"


def topic_of(question: str, tools: list[str]) -> str | None:
    """Return the topic of a question about music; None for any other question."""
    if artists.asks_about_artist(question) and "search_packs" not in tools:
        return "artists"
    if questions.find(question) is not None:
        return "theory"
    if trends.asks(question):
        return "trends"
    if is_educational(question) or "glossary_lookup" in tools:
        found = glossary.lookup(question, limit=1)
        return found[0].kind if found else OTHER
    return next((_TOPIC_OF_TOOL[tool] for tool in tools if tool in _TOPIC_OF_TOOL), None)


def outcome_of(results: list[tuple[str, Outcome | None]]) -> QuestionOutcome:
    """Return the outcome of an answer from its tool results; a failed tool counts as no result."""
    found = [outcome is not None and FOUND[tool](outcome) for tool, outcome in results if tool in FOUND]
    if not any(found):
        return QuestionOutcome.NOT
    return QuestionOutcome.ANSWERED if all(found) else QuestionOutcome.PARTLY


async def record(answer: AnswerBuilder, status: AnswerStatus) -> None:
    """Record the outcome of a complete answer to a music question. A failure is only logged.

    Subjects of unanswered questions are collected only if the conversation uses the member's memory.
    """
    if status is not AnswerStatus.COMPLETE or not answer.question:
        return
    topic = topic_of(answer.question, [tool for tool, _ in answer.results])
    if topic is None:
        return
    outcome, user_id = outcome_of(answer.results), answer.viewer.user_id
    try:
        async with transaction() as session:
            await answered.count(session, topic, outcome)
            if outcome is QuestionOutcome.NOT and await choices.is_used_in(
                session, user_id, answer.asked.conversation_id
            ):
                await answered.collect(session, user_id, answer.question, topic)
    except Exception:  # a lost count must not fail the answer
        log.exception("chat.outcome_lost", answer=str(answer.asked.answer_id))
