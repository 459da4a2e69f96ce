"""Sounds without a pulse have no tempo, however long; bars are counted only where their number is clear."""

from pathlib import Path

import numpy as np
import pytest

from askchopper.media import pipeline
from askchopper.media.analysis.features import Classification
from askchopper.media.metre import COMMON, WALTZ, Metre
from tests.unit.media import sounds

RATE_HZ = sounds.RATE_HZ


def axis(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def gong(seconds: float = 14.0) -> np.ndarray:
    partials = (110.0, 173.0, 261.0, 387.0, 512.0)
    return sum(np.sin(2 * np.pi * hz * axis(seconds)) for hz in partials) * np.exp(-axis(seconds) * 0.4) * 0.15


def sub_drop() -> np.ndarray:
    return 0.8 * np.sin(2 * np.pi * np.cumsum(np.geomspace(150, 30, 10 * RATE_HZ)) / RATE_HZ)


def rain() -> np.ndarray:
    return np.random.default_rng(4).normal(0, 0.1, 12 * RATE_HZ)


def pad(seconds: float) -> np.ndarray:
    return 0.2 * sum(np.sin(2 * np.pi * hz * axis(seconds)) for hz in (220.0, 261.6, 329.6))


def classified(path: Path, mono: np.ndarray) -> Classification:
    found = pipeline.analyse(sounds.write(path, mono[:, None].astype(np.float32))).reading
    assert found is not None
    return found


@pytest.mark.parametrize("sound", [gong, sub_drop, rain])
def test_long_sounds_without_a_pulse_are_one_shots(tmp_path: Path, sound):
    found = classified(tmp_path / "a.wav", sound())
    assert (found.kind.value, found.tempo) == ("one-shot", None)


@pytest.mark.parametrize(("seconds", "kind"), [(16.0, "loop"), (15.3, "one-shot")])
def test_pad_is_a_loop_if_its_name_states_a_tempo_that_fits(tmp_path: Path, seconds: float, kind: str):
    found = classified(tmp_path / "pad_120_Am.wav", pad(seconds))
    assert found.kind.value == kind
    assert found.bars == (8 if kind == "loop" else None)


@pytest.mark.parametrize(("beats", "bars"), [(4, 1), (8, 2), (16, 4), (32, 8), (12, None), (20, None), (28, None), (6, None), (2, None)])  # fmt: skip
def test_bars_are_said_only_where_they_are_clear(beats: int, bars: int | None):
    assert COMMON.bars(beats) == bars


def test_stated_metre_counts_bars():
    assert WALTZ.bars(12) == 4
    assert Metre(6, 8).bars(12) == 4
    assert Metre(6, 8).bars(13) is None
    assert COMMON.bars(12) is None
