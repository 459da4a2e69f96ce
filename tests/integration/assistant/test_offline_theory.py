"""Offline answers about music theory."""

import pytest

from tests.support.factories import make_creator, make_pack, make_user
from tests.support.offline_answers import offline, tools

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("question", "words", "card"), [
    ("chords in Eb minor", "Ebm (i), Fdim (ii°), Gb (III), Abm (iv), Bbm (v), Cb (VI) and Db (VII)", "scales"),
    ("What goes with 8A?", "E minor (9A)", "camelot"),
    ("I slow 140 to 128, what key is it in now?", "1.55 semitones", "pitch-tempo"),
    ("dotted eighth at 128 BPM", "351.6 ms", "delay"),
    ("what is 440 Hz", "exactly A4", "notes"),
    ("tempo for drill", "between 138 and 145 BPM", "tempo"),
    ("what chords are in H# minor", "no note called H", "scales"),
])  # fmt: skip
async def test_theory_is_answered_offline(db: None, question: str, words: str, card: str):
    line = await offline(await make_user(), question)
    assert tools(line) == ["Worked it out"]
    assert words in line.words.replace("\\", "")
    assert f"/learn/cards/{card}" in line.words


@pytest.mark.parametrize(
    "question", ["Find loops in F minor", "loops that go with 8A", "techno packs at 130 BPM in A minor"]
)
async def test_searches_stay_searches(db: None, question: str):
    await make_pack(await make_creator(), title="Night Ferry")
    assert "Worked it out" not in tools(await offline(await make_user(), question))
