"""Loudness against the reference values of ITU-R BS.1770."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from askchopper.media.analysis import loudness


def sine(level_dbfs: float, seconds: float, *, rate_hz: int = 48_000) -> NDArray[np.float32]:
    axis = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * 1_000 * axis)
    return np.stack([wave, wave], axis=1).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_level_of_stereo_1_khz_sine(level: float, rate_hz: int):
    samples = sine(level, 10, rate_hz=rate_hz)
    assert loudness.integrated_loudness_lufs(samples, rate_hz) == pytest.approx(level, abs=0.1)


def test_quiet_passages_are_gated():
    parts = [sine(-36, 10), sine(-23, 60), sine(-36, 10)]
    samples = np.concatenate(parts)
    assert loudness.integrated_loudness_lufs(samples, 48_000) == pytest.approx(-23, abs=0.1)


def test_one_channel_is_3_lu_below_two():
    mono = sine(-23, 5)[:, :1]
    assert loudness.integrated_loudness_lufs(mono, 48_000) == pytest.approx(-26, abs=0.1)


def test_short_hit_is_padded_to_one_block():
    measured = loudness.integrated_loudness_lufs(sine(-10, 0.2), 48_000)
    assert measured == pytest.approx(-13, abs=0.3)


def test_silence_has_no_loudness():
    silence = np.zeros((48_000, 2), dtype=np.float32)
    assert loudness.integrated_loudness_lufs(silence, 48_000) is None
    assert loudness.integrated_loudness_lufs(silence[:0], 48_000) is None


def test_six_channels_ignore_the_lfe_channel():
    surround = np.zeros((48_000 * 3, 6), dtype=np.float32)
    surround[:, 3] = sine(-10, 3)[:, 0]
    assert loudness.integrated_loudness_lufs(surround, 48_000) is None


def test_intersample_peak_is_found():
    axis = np.arange(44_100)
    quarter = np.sin(np.pi * axis / 2 + np.pi / 4)[:, None].astype(np.float32)
    assert loudness.true_peak_dbtp(quarter / np.abs(quarter).max()) == pytest.approx(3.01, abs=0.3)


def test_true_peak_is_independent_of_blocks():
    noise = np.random.default_rng(0).normal(0, 0.2, (200_000, 1))
    smooth = np.asarray(signal.sosfilt(signal.butter(4, 0.3, output="sos"), noise, axis=0), dtype=np.float32)
    whole = np.abs(signal.resample_poly(smooth, 16, 1, axis=0)).max()
    assert loudness.true_peak_dbtp(smooth) == pytest.approx(20 * np.log10(whole), abs=0.1)
    assert loudness.true_peak_dbtp(smooth[:5]) is not None
