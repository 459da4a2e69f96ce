"""Extractive question answering: selects the sentences of passages that best answer a question."""

import re
import unicodedata
from collections.abc import Collection, Sequence

from askchopper.schemas.knowledge import Passage

QUOTES = 3
MAX_QUOTE = 420
_SENTENCE = re.compile(r"(?<=[.!?:;؟।])\s+|(?<=[。！？])|\n+")  # noqa: RUF001 - ends of sentences in other scripts
_WORD = re.compile(r"(?:[^\W_]|%){3,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "are",
        "was",
        "what",
        "does",
        "this",
        "that",
        "with",
        "from",
        "about",
        "into",
        "say",
        "says",
        "said",
        "how",
        "who",
        "whom",
        "when",
        "where",
        "which",
        "much",
        "many",
        "can",
        "will",
        "have",
        "has",
        "had",
        "not",
        "you",
        "your",
        "our",
        "their",
        "its",
        "any",
        "all",
        "per",
        "document",
        "contract",
        "file",
    ]
)


def best_sentences(
    question: str, found: Sequence[Passage], *, without: Collection[str] = ()
) -> list[tuple[Passage, str]]:
    """Return up to three sentences, at most two per passage, that share the most words with the question.

    Words that occur in many passages count less, and so do later passages. A sentence must share at least one word, score
    at least half as much as the best one, and not be in ``without``; it is cut to ``MAX_QUOTE`` characters.
    """
    wanted = _stems(question) - {_stem(word) for word in _COMMON}
    weights = {word: 1 / (1 + sum(word in _stems(passage.text) for passage in found)) for word in wanted}
    scored: list[tuple[float, int, Passage, str]] = []
    for place, passage in enumerate(found):
        for sentence in _sentences(passage.text):
            shared = _stems(sentence) & wanted
            if shared and sentence not in without:
                closeness = 1.0 - 0.08 * place
                scored.append((sum(weights[word] for word in shared) * closeness, place, passage, sentence))
    chosen: list[tuple[Passage, str]] = []
    best = max((score for score, *_ in scored), default=0.0)
    for score, _, passage, sentence in sorted(scored, key=lambda one: -one[0]):
        if chosen and score < best / 2:
            break
        if sum(one.id == passage.id for one, _ in chosen) >= 2 or any(sentence == said for _, said in chosen):
            continue
        chosen.append((passage, sentence))
        if len(chosen) == QUOTES:
            break
    return chosen


def coverage(question: str, quotes: Sequence[tuple[Passage, str]]) -> float:
    """Return the share of the question's significant words that the quotes contain, from 0 to 1."""
    wanted = _stems(question) - {_stem(word) for word in _COMMON}
    said = {word for _, quote in quotes for word in _stems(quote)}
    return len(wanted & said) / len(wanted) if wanted else 0.0


def _sentences(text: str) -> list[str]:
    """Split a passage into sentences; a short line such as a heading stays with the next one."""
    pieces = [" ".join(piece.split()) for piece in _SENTENCE.split(text)]
    joined: list[str] = []
    for piece in pieces:
        if joined and len(joined[-1].split()) <= 3:
            joined[-1] = f"{joined[-1]} {piece}"
        elif piece:
            joined.append(piece)
    return [piece[:MAX_QUOTE] for piece in joined]


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold())}


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
