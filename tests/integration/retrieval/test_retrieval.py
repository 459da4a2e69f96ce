"""Retrieval quality: how often the right passage is among the first three, on documents and questions written for this test.

``pytest tests/integration/retrieval -s`` prints the figures. Ranking and synonyms were tuned on ``questions.csv``.
``fresh_questions.csv`` was written afterwards and is the held-out set; nothing was tuned on it.
"""

import csv
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from askchopper.database import read_only
from askchopper.models.knowledge import document_passages
from askchopper.schemas.accounts import Viewer
from askchopper.services.knowledge import passages
from askchopper.services.knowledge.ranking import PassageRanker, by_words
from tests.support import sample_documents
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
FOLDER = Path(__file__).parent
WAYS: dict[str, Sequence[tuple[PassageRanker, float]]] = {
    "words alone": ((by_words, 1.0),),
    "with typing errors forgiven, as used": passages.RANKERS,
}


@dataclass(frozen=True)
class Question:
    question: str
    document: str
    phrase: str


@dataclass
class Score:
    asked: int = 0
    first: int = 0
    third: int = 0
    eighth: int = 0

    def __str__(self) -> str:
        return (
            f"top-1 {self.first}/{self.asked} ({self.first / self.asked:.0%}),"
            f" top-3 {self.third}/{self.asked} ({self.third / self.asked:.0%}),"
            f" top-8 {self.eighth}/{self.asked} ({self.eighth / self.asked:.0%})"
        )


def questions(name: str) -> list[Question]:
    with (FOLDER / name).open(newline="") as file:
        return [Question(**row) for row in csv.DictReader(file)]


def contents() -> dict[str, bytes]:
    """Create the documents from the texts, as PDF or Word by their names."""
    made: dict[str, bytes] = {}
    for path in sorted((FOLDER / "texts").iterdir()):
        text = path.read_text()
        if path.name.endswith(".pdf.txt"):
            made[path.name.removesuffix(".txt")] = sample_documents.pdf(*_pages(text))
        elif path.name.endswith(".docx.md"):
            made[path.name.removesuffix(".md")] = sample_documents.docx(*text.splitlines())
        else:
            made[path.name] = path.read_bytes()
    return made


def _pages(text: str) -> list[str]:
    """Set a text in lines of 92 characters, five sections to a page."""
    pages: list[list[str]] = [[]]
    sections = 0
    for line in text.splitlines():
        if line[:1].isdigit() and ". " in line[:4]:
            sections += 1
            if sections % 5 == 1 and sections > 1:
                pages.append([])
        pages[-1] += textwrap.wrap(line, 92) or [""]
    return ["\n".join(lines) for lines in pages]


async def measured(member: Viewer, asked: Sequence[Question], rankers) -> tuple[Score, list[str]]:
    score, missed = Score(), []
    for each in asked:
        async with read_only() as session:
            found = await passages.find_passages(session, member, question=each.question, limit=8, rankers=rankers)
        right = [p.document_title == each.document and each.phrase in p.text.replace("\n", " ") for p in found]
        score.asked += 1
        score.first += right[:1] == [True]
        score.third += any(right[:3])
        score.eighth += any(right)
        if not any(right[:3]):
            missed.append(f"{each.question} -> {[(p.document_title[:12], p.text[:40]) for p in found[:3]]}")
    return score, missed


async def test_right_passage_is_among_first_three(db, as_owner):
    member = await make_user()
    made = contents()
    for name, content in made.items():
        await sample_documents.ready(member, name, content)
    count = as_owner(f"SELECT count(*) FROM {document_passages.name}")[0][0]
    print(f"\n{len(made)} documents, {count} passages")
    assert len(made) >= 12
    assert count >= 150
    for file_name in ("questions.csv", "fresh_questions.csv"):
        asked = questions(file_name)
        _check_phrases(as_owner, asked)
        for name, rankers in WAYS.items():
            score, missed = await measured(member, asked, rankers)
            print(f"{file_name}, {name}: {score}")
        print("missed:", *missed, sep="\n  ")
        assert score.third >= 0.8 * score.asked


def _check_phrases(as_owner, asked: Sequence[Question]) -> None:
    """Check that every question has an answer: its phrase occurs in one or two passages of its document."""
    texts = as_owner("SELECT d.title, p.text FROM document_passages p JOIN documents d ON d.id = p.document_id")
    for each in asked:
        holding = [text for title, text in texts if title == each.document and each.phrase in text.replace("\n", " ")]
        assert 1 <= len(holding) <= 2, (each, holding)
