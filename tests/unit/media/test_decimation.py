"""Decimation of signals."""

import numpy as np
import pytest

from askchopper.media.analysis.decimation import decimate


@pytest.mark.parametrize("by", [1, 2, 4, 8])
@pytest.mark.parametrize("length", [44_100, 44_101, 3])
def test_low_frequencies_are_preserved(by: int, length: int):
    axis = np.arange(length) / 44_100
    wave = np.sin(2 * np.pi * 440 * axis).astype(np.float32)
    low = decimate(wave, by)
    assert low.shape == (-(-length // by),)
    assert low[20:-20] == pytest.approx(wave[::by][20:-20], abs=0.01)


@pytest.mark.parametrize("by", [2, 4, 8])
def test_aliasing_is_filtered(by: int):
    hertz = 44_100 / by * 0.62
    wave = np.sin(2 * np.pi * hertz * np.arange(44_100) / 44_100).astype(np.float32)
    assert np.abs(decimate(wave, by)[20:-20]).max() < 0.01
