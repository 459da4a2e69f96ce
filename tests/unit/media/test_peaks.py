"""Waveform peaks."""

import numpy as np
import pytest

from askchopper.media.previews import peaks


def test_peaks_are_800_values_between_0_and_127():
    samples = np.random.default_rng(1).uniform(-1, 1, (44_100, 2)).astype(np.float32)
    values = np.frombuffer(peaks.peaks(samples), dtype=np.int8)
    assert values.size == peaks.PEAK_COUNT
    assert values.min() >= 0
    assert values.max() == 127


def test_peaks_place_a_click_in_its_window():
    samples = np.zeros((8_000, 2), dtype=np.float32)
    samples[4_005] = -0.5
    values = np.frombuffer(peaks.peaks(samples), dtype=np.int8)
    assert np.flatnonzero(values).tolist() == [400]


def test_peaks_are_relative_to_the_reference():
    samples = np.full((1_600, 2), 0.25, dtype=np.float32)
    assert set(peaks.peaks(samples, reference_peak=0.5)) == {64}
    assert set(peaks.peaks(samples, reference_peak=0.1)) == {127}


def test_peaks_mix_both_channels():
    samples = np.stack([np.ones(1_000), -np.ones(1_000)], axis=1).astype(np.float32)
    assert peaks.mixed_peak(samples) == 0.0
    assert peaks.peaks(samples) == bytes(800)


@pytest.mark.parametrize("length", [1, 10, 799, 801])
def test_peaks_of_very_short_sounds_have_full_length(length: int):
    assert len(peaks.peaks(np.ones((length, 1), dtype=np.float32))) == 800


def test_peaks_reject_an_empty_signal():
    with pytest.raises(ValueError, match="empty"):
        peaks.peaks(np.zeros((0, 2), dtype=np.float32))


def test_reduce_peaks_keeps_the_loudest_of_each_group():
    outline = bytes([1, 2, 3, 4, 100, 6, 7, 8])
    assert peaks.reduce_peaks(outline, 2) == [4, 100]
    assert peaks.reduce_peaks(outline, 20) == list(outline)
    assert len(peaks.reduce_peaks(bytes(800))) == peaks.ROW_PEAK_COUNT


def test_reduce_peaks_rejects_nothing():
    with pytest.raises(ValueError, match="nothing"):
        peaks.reduce_peaks(b"", 10)
