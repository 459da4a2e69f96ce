"""Answers theory questions in plain language; pure and fast, for the API, the assistant's tool and offline answers."""

import re

from askchopper.schemas.theory import TheoryAnswer
from askchopper.services.knowledge.theory import key_answers, number_answers, reading, table_answers

EXAMPLES = ("Which chords are in F minor?", "What goes with 8A?", "Dotted eighth at 128 BPM", "What is 440 Hz?")
NOT_UNDERSTOOD = "I don't know how to read that as a question about theory. Try “Which chords are in F minor?” or “What goes with 8A?”."
TOO_LONG = f"That is too long for a question about theory. Ask in up to {reading.MOST_READ} characters."
EMPTY = "Ask about a key, a scale, a chord, a tempo or a frequency."
_NUMBER = re.compile(r"(?<![\w.])0+(?:[.,]0+)?\s*(?:bpm\b|$)|\b(?:at|tempo(?: of)?)\s+0+\b", re.IGNORECASE)


def answer(question: str) -> TheoryAnswer:
    """Answer a question; if impossible, return the reason with an empty ``topic``. Takes less than five milliseconds."""
    return find(question) or TheoryAnswer(_why_not(question))


def find(question: str) -> TheoryAnswer | None:
    """Answer a question; None if it is not about theory."""
    text = reading.plain(question)
    if not text or len(question) > 4 * reading.MOST_READ:
        return None
    if wrong := reading.unknown_note(text):
        return TheoryAnswer(
            f"There is no note called {wrong}. Notes are named A to G, with a sharp (#) or a flat (b).",
            "key",
            card="scales",
        )
    if _NUMBER.search(text) and "midi" not in text.lower():
        return TheoryAnswer(number_answers.NO_TEMPO, "tempo", card="tempo")
    for read in (table_answers.answer, number_answers.answer, key_answers.answer):
        if found := read(text):
            return found
    return None


def _why_not(question: str) -> str:
    if not question.strip():
        return EMPTY
    return TOO_LONG if len(question) > reading.MOST_READ else NOT_UNDERSTOOD
