"""Tool that computes music theory: keys, scales, chords, tuning, tempo."""

from dataclasses import asdict

from pydantic import Field

from askchopper import routes
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge.theory import questions, reading


class TheoryArguments(Arguments):
    """Arguments of ``theory``."""

    question: str = Field(
        max_length=reading.MOST_READ,
        description="A question such as: chords in F minor; notes of D dorian; what goes with 8A; 440 Hz; dotted 1/8 at 128 BPM; from 140 to 128 BPM, F minor.",
    )


async def theory(_viewer: Viewer, wanted: TheoryArguments, _page: PageContext) -> Outcome:
    """Answer a question about theory by computing it."""
    found = questions.answer(wanted.question)
    content = {name: value for name, value in asdict(found).items() if value not in ("", (), None)}
    if found.card:
        content["card"] = routes.learn_card(found.card)
    return Outcome(content, found.answer[:80] if found.topic else "not understood")


TOOLS = (
    Tool(
        "theory", "Working it out", "Worked it out", "piano", 2.0,
        "Compute music theory instead of recalling it: scales, modes, chords of a key, chord spelling, Camelot neighbours, relative keys, pitch and tempo, notes and frequencies, delay times, tempo by genre, loudness targets.",
        TheoryArguments, theory,
    ),
)  # fmt: skip
