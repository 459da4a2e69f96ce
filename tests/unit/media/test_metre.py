"""3/4 is counted in its bars and said; 4/4 is never called 3/4, and where neither is clear no bars are counted."""

from pathlib import Path

import pytest

from askchopper.media import pipeline
from askchopper.media.documents import sound
from askchopper.media.metre import COMMON, WALTZ
from bench import metre_sounds
from tests.unit.media import sounds


def loop_of(steps_per_bar: int, lanes: dict[str, str], bars: int, step_seconds: float) -> metre_sounds.Samples:
    return metre_sounds.played({name: (lane,) for name, lane in lanes.items()}, steps_per_bar, bars, step_seconds)


WALTZ_LANES = {"kick": "X...........", "snare": "....x...x...", "hat": "x.o.x.o.x.o."}
ROCK_LANES = {"kick": "X.......X.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."}
BLUES_LANES = {"kick": "X...........", "snare": "......X.....", "hat": "x.x.x.x.x.x."}


@pytest.mark.parametrize("bars", [2, 4, 8])
def test_bars_of_a_waltz_are_counted_and_said(tmp_path: Path, bars: int):
    path = sounds.write(tmp_path / "a.wav", loop_of(12, WALTZ_LANES, bars, 0.125))
    found = pipeline.analyse(path)
    assert found.reading is not None
    assert (found.reading.bars, found.reading.metre) == (bars, WALTZ)
    assert f"{bars} bars of 3/4" in sound.read(path, path.name).pages[0].text


def test_four_beats_are_common_time(tmp_path: Path):
    found = pipeline.analyse(sounds.write(tmp_path / "a.wav", loop_of(16, ROCK_LANES, 4, 0.125))).reading
    assert found is not None
    assert (found.bars, found.metre) == (4, COMMON)


def test_six_eighths_are_not_called_bars_of_something_else(tmp_path: Path):
    found = pipeline.analyse(sounds.write(tmp_path / "a.wav", loop_of(12, BLUES_LANES, 4, 0.12))).reading
    assert found is not None
    assert found.bars is None


def test_generated_loops_in_four_are_never_waltzes():
    wrong = [
        loop
        for loop in metre_sounds.loops(1, seed=3)
        if loop.metre == "4/4" and metre_sounds.heard(loop).metre == WALTZ
    ]
    assert not wrong
