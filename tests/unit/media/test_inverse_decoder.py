"""An encoder's frames are found at rates that leave no gaps, wherever the file was trimmed; held waves and noise have none."""

from functools import cache

import numpy as np
import pytest

from askchopper.media.analysis import inverse_decoder
from askchopper.media.analysis.codec_transforms import codecs
from bench import lossy_sounds

SECONDS = 2
CLEAN = ("noise", "drums", "cymbal", "plucks")


@cache
def clean_sounds() -> dict[str, np.ndarray]:
    """Make them for the first test that needs them: it takes seconds, which each process of a test run paid to list its tests."""
    return dict(lossy_sounds.sounds(11))


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(6)


@pytest.mark.parametrize("trimmed", [1, 3_001])
@pytest.mark.parametrize(("codec", "kilobits"), [("libmp3lame", 320), ("aac", 256)])
def test_frames_are_found_wherever_a_file_begins(draw: np.random.Generator, codec: str, kilobits: int, trimmed: int):
    copy = lossy_sounds.quantised(lossy_sounds.round_trip(clean_sounds()["cymbal"], codec, kilobits), draw)[trimmed:]
    assert inverse_decoder.evidence(copy) > inverse_decoder.DECIDED


def test_a_change_of_level_leaves_the_frames(draw: np.random.Generator):
    copy = 0.6 * lossy_sounds.round_trip(clean_sounds()["noise"], "libmp3lame", 256)
    assert inverse_decoder.evidence(lossy_sounds.quantised(copy, draw)) > inverse_decoder.DECIDED


def test_mono_is_judged(draw: np.random.Generator):
    copy = lossy_sounds.round_trip(clean_sounds()["noise"][:, :1], "libmp3lame", 192)
    assert inverse_decoder.evidence(lossy_sounds.quantised(copy, draw)) > inverse_decoder.DECIDED


@pytest.mark.parametrize("kind", CLEAN)
def test_clean_sounds_have_no_frames(draw: np.random.Generator, kind: str):
    assert inverse_decoder.evidence(lossy_sounds.quantised(clean_sounds()[kind], draw)) < inverse_decoder.DECIDED


@pytest.mark.parametrize("period", [1_024, 1_152, 4_096])
def test_held_waves_repeat_and_confirm_nothing(draw: np.random.Generator, period: int):
    square = np.where(np.arange(period) < period * 0.37, 0.5, -0.5)
    for wave in (square, draw.normal(0, 0.2, period)):
        held = np.resize(wave, SECONDS * lossy_sounds.RATE_HZ)[:, None].astype(np.float32)
        assert inverse_decoder.evidence(held) < inverse_decoder.DECIDED


@pytest.mark.parametrize("frames", [0, 1, 2_000, 5_000])
def test_short_sounds_are_not_judged(frames: int):
    assert inverse_decoder.evidence(np.ones((frames, 2), dtype=np.float32)) == 0.0


@pytest.mark.parametrize("codec", codecs(), ids=lambda codec: codec.name)
def test_transforms_keep_energy_and_do_not_depend_on_the_step(draw: np.random.Generator, codec):
    signal = draw.normal(0, 0.1, (1, codec.span + codec.hop - 1)).astype(np.float32)
    every = codec.coefficients(signal, 1)
    assert every.shape == (1, codec.hop, codec.hop)
    assert every.std() == pytest.approx(0.1, rel=0.1)
    np.testing.assert_allclose(codec.coefficients(signal, 32), every[:, ::32], atol=1e-5)
