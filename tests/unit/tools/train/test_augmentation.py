"""Augmented copies keep their channels and have the expected length and pitch."""

import numpy as np
import pytest

from tests.unit.media.sounds import RATE_HZ
from tools.train import augmentation
from tools.train.augmentation import Change, Samples


def tone(hertz: float, seconds: float = 2.0) -> Samples:
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)
    return np.stack([wave, 0.5 * wave], axis=1).astype(np.float32)


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    middle = samples[samples.shape[0] // 4 : -samples.shape[0] // 4, 0]
    return float(np.abs(np.fft.rfft(middle * np.hanning(middle.size))).argmax() * rate_hz / middle.size)


@pytest.mark.parametrize(
    ("change", "faster", "higher"),
    [
        (augmentation.as_mp3(48_000), 1.0, 1.0),
        (augmentation.in_band(150.0, 6_000.0, -12.0), 1.0, 1.0),
        (augmentation.played_faster(1.06), 1.06, 1.06),
        (augmentation.stretched(1.06), 1.06, 1.0),
        (augmentation.transposed(2.0), 1.0, 2 ** (2 / 12)),
    ],
)
def test_augmented_copy_has_expected_length_and_pitch(change: Change, faster: float, higher: float):
    copy, rate_hz = change(tone(440.0), RATE_HZ)
    assert copy.shape[1] == 2
    assert copy.shape[0] / rate_hz == pytest.approx(2.0 / faster, abs=0.05)
    assert pitch_hz(copy, rate_hz) == pytest.approx(440.0 * higher, rel=0.01)


def test_band_filter_removes_out_of_band_signal_and_sets_level():
    inside, _ = augmentation.in_band(150.0, 6_000.0, -12.0)(tone(1_000.0), RATE_HZ)
    outside, _ = augmentation.in_band(150.0, 6_000.0, -12.0)(tone(20.0), RATE_HZ)
    assert np.abs(inside[RATE_HZ:]).max() == pytest.approx(0.5 * 10 ** (-12 / 20), rel=0.05)
    assert np.abs(outside[RATE_HZ:]).max() < 0.01
