"""Extractive answers: sentences in any script, no repetition."""

# ruff: noqa: RUF001 - other scripts are what is tested
import pytest

from askchopper.schemas.knowledge import Passage
from askchopper.services.knowledge import extractive_answers


def passage(text: str) -> Passage:
    return Passage("p", "d", "Deal.txt", page=None, position=0, text=text, score=1.0)


@pytest.mark.parametrize(
    ("question", "text", "quote"),
    [
        ("Wie hoch ist die Vergütung?", "Der Vertrag läuft ein Jahr.\nDie Vergütung beträgt 300 Euro.", "Vergütung beträgt"),
        ("Кто владеет мастером?", "Срок один год.\nПравами на мастер владеет лейбл, кто бы ни владеет студией.", "владеет лейбл"),
        ("Ποια είναι η αμοιβή;", "Διάρκεια ένα έτος.\nΗ αμοιβή είναι τριακόσια ευρώ.", "τριακόσια"),
        ("Wie ist die Ku\u0308ndigung?", "Laufzeit.\n\nDie Kündigung geht schriftlich zu.", "schriftlich"),
    ],
)  # fmt: skip
def test_sentences_are_split_in_any_script(question: str, text: str, quote: str):
    found = extractive_answers.best_sentences(question, [passage(text)])
    assert quote in found[0][1]
    assert extractive_answers.coverage(question, found) > 0


def test_quoted_sentence_is_not_quoted_again():
    text = "The licence runs for five years.\nThe licence covers the world."
    first, *_ = extractive_answers.best_sentences("How long does the licence run?", [passage(text)])
    rest = extractive_answers.best_sentences("How long does the licence run?", [passage(text)], without={first[1]})
    assert [quote for _, quote in rest] == ["The licence covers the world."]
