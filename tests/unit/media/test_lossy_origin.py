"""Lossless files that were an MP3 or AAC are recognised; samplers and filters do not make a sound one."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from askchopper.media import pipeline
from askchopper.media.analysis import lossy_origin
from bench import lossy_sounds
from tests.support.soak import sampled
from tests.unit.media import sounds


@cache
def clean_sounds() -> dict[str, np.ndarray]:
    """Make them for the first test that needs them: it takes seconds, which each process of a test run paid to list its tests."""
    return dict(lossy_sounds.sounds(7))


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(2)


@pytest.mark.parametrize("kind", sampled(lossy_sounds.KINDS))
@pytest.mark.parametrize(("codec", "kilobits"), [("libmp3lame", 192), ("aac", 128)])
def test_round_trips_are_recognised(draw: np.random.Generator, kind: str, codec: str, kilobits: int):
    copy = lossy_sounds.quantised(lossy_sounds.round_trip(clean_sounds()[kind], codec, kilobits), draw)
    assert lossy_origin.was_lossy(copy, lossy_sounds.RATE_HZ)


@pytest.mark.parametrize("kind", sampled(lossy_sounds.KINDS))
def test_samplers_and_filters_are_not_lossy(draw: np.random.Generator, kind: str):
    clean = clean_sounds()[kind]
    copies = [lossy_sounds.played_from(clean, rate, "usual", draw) for rate in (26_040,)]
    copies += [lossy_sounds.low_passed(clean, 16_000, 801, draw), lossy_sounds.quantised(clean, draw)]
    assert not any(lossy_origin.was_lossy(copy, lossy_sounds.RATE_HZ) for copy in copies)


def test_low_pass_is_a_note(tmp_path: Path, draw: np.random.Generator):
    copy = lossy_sounds.low_passed(clean_sounds()["mix"], 16_000, 801, draw)
    codes = {
        found.code: found.severity.value for found in pipeline.analyse(sounds.write(tmp_path / "a.wav", copy)).findings
    }
    assert codes["band_limited"] == "note"
    assert "was_lossy" not in codes


def test_short_sounds_and_low_rates_are_not_judged():
    assert not lossy_origin.was_lossy(np.zeros((100, 1), dtype=np.float32), 44_100)
    assert not lossy_origin.was_lossy(clean_sounds()["noise"], 22_050)
