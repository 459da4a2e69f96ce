"""Before and after sounds: the same loudness, loops without a seam, and the difference that their term promises."""

import time

import numpy as np
import pytest
from scipy.signal import periodogram

from askchopper.media.analysis.loudness import integrated_loudness_lufs
from askchopper.media.demonstrations import AFTER, BEFORE, catalogue, effects, loop
from askchopper.services.knowledge import demonstrations


def test_each_demonstration_of_a_term_can_be_made():
    assert {one.name for pairs in demonstrations.OF_TERMS.values() for one in pairs} == set(catalogue.NAMES)


def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
    return catalogue.signal(name, BEFORE), catalogue.signal(name, AFTER)


def share_above(sound: np.ndarray, hertz: float) -> float:
    frequencies, power = periodogram(sound[:, 0], loop.RATE_HZ)
    return float(power[frequencies >= hertz].sum() / power.sum())


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_pairs_are_equally_loud_and_do_not_clip(name: str):
    before, after = pair(name)
    lufs = [integrated_loudness_lufs(sound, loop.RATE_HZ) for sound in (before, after)]
    assert lufs[0] == pytest.approx(lufs[1], abs=0.2)
    assert -26 < (lufs[0] or 0) < -14
    assert max(np.abs(before).max(), np.abs(after).max()) <= catalogue.MAX_PEAK + 1e-6
    assert len(before) == len(after) == loop.LOOP_SAMPLES
    change = np.sqrt(np.mean((after - before) ** 2) / np.mean(before**2))
    assert change > 0.05, "nobody would hear the difference"


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_loops_have_no_seam(name: str):
    for sound in pair(name):
        inside = np.abs(np.diff(sound[:, 0])).max()
        assert abs(float(sound[0, 0] - sound[-1, 0])) <= inside


def test_equaliser_bands_raise_their_range():
    for name, low, high in (
        ("eq-low", 50, 120),
        ("eq-mud", 200, 450),
        ("eq-presence", 2_000, 4_500),
        ("eq-air", 8_000, 14_000),
    ):
        before, after = (share_above(one, low) - share_above(one, high) for one in pair(name))
        assert after > 1.5 * before, name


def test_filters_remove_their_range():
    assert share_above(pair("low-pass")[1], 2_000) < 0.01
    assert 1 - share_above(pair("high-pass")[1], 150) < 0.05


def test_lower_sampling_rate_removes_the_highs():
    before, after = pair("sample-rate")
    assert share_above(before, 4_000) > 20 * share_above(after, 4_000)


def test_fewer_bits_leave_fewer_levels():
    sound = effects.reduce_bits(loop.chords(), 5)
    assert len(np.unique(np.round(sound / np.abs(sound).max() * 16))) <= 33


def test_compression_lowers_the_crest():
    sound = loop.drums()
    assert np.std(np.log10(np.abs(effects.compress(sound)) + 1e-3)) < np.std(np.log10(np.abs(sound) + 1e-3))


def test_sidechain_ducks_on_the_beat():
    ducked = effects.duck(np.ones(loop.LOOP_SAMPLES))
    assert ducked[0] < 0.2
    assert ducked[loop.BEAT_SAMPLES - 1] > 0.95


def test_swing_delays_every_second_sixteenth():
    straight, swung = (
        np.diff(one, n=3) for one in (loop.drums(), loop.drums(swing=0.64))
    )  # the highs: without the kick's tail
    late = round(0.25 * loop.BEAT_SAMPLES)
    assert np.abs(straight[late : late + 400]).max() > 3 * np.abs(swung[late : late + 400]).max()


def test_reverbs_ring_longer_the_larger_they_are():
    impulse = np.zeros(loop.LOOP_SAMPLES)
    impulse[0] = 1.0
    lengths = []
    for kind in ("room", "plate", "hall"):
        power = np.cumsum(effects.reverberate(impulse, kind)[1:][::-1] ** 2)[::-1]
        lengths.append(int(np.argmax(power < power[0] / 1000)))
    assert lengths == sorted(lengths)
    assert lengths[0] < 0.5 * loop.RATE_HZ < lengths[2]


def test_sounds_are_made_quickly():
    start = time.process_time()
    assert len(catalogue.encoded("supersaw", AFTER)) > 10_000
    assert time.process_time() - start < 3


def test_unknown_sounds_are_refused():
    with pytest.raises(KeyError):
        catalogue.signal("nothing", BEFORE)
