"""The tempo map: changes and drifts are told, steady tracks have none, and breaks and double time are no change."""

import numpy as np
import pytest
from numpy.typing import NDArray

from askchopper.media.analysis import features, levels, model_weights, tempo_map
from askchopper.media.analysis.features import Classification
from askchopper.media.analysis.tempo_map import TempoSection
from askchopper.media.quality import findings
from askchopper.vocabulary import FileKind
from tests.support.drum_tracks import RATE, drums
from tests.support.soak import sampled


def classified(samples: NDArray[np.float32]) -> Classification:
    weights = model_weights.load()
    found = features.classify(features.extract(samples, RATE), weights)
    return features.with_tempo_map(found, samples, RATE, weights)


@pytest.mark.parametrize("bpm", [88.0, 126.0])
def test_a_steady_track_has_none(bpm: float):
    found = classified(drums(100, bpm))
    assert (found.kind, found.tempo_map) == (FileKind.TRACK, ())
    assert found.tempo is not None
    assert found.tempo.bpm == pytest.approx(bpm, rel=0.005)


def test_a_break_is_no_change():
    assert classified(drums(120, 110, breaks=(40, 75))).tempo_map == ()


def test_a_change_is_told_with_its_place():
    track = np.concatenate([drums(70, 96), drums(40, 110)])
    found = classified(track)
    first, second = found.tempo_map
    assert (first.start_seconds, first.bpm, second.bpm) == (0, pytest.approx(96, abs=0.3), pytest.approx(110, abs=0.3))
    assert second.start_seconds == pytest.approx(70, abs=8)
    assert found.tempo is not None
    assert (found.tempo.bpm, found.tempo.confidence < 0.6) == (first.bpm, True)
    measured = levels.measure(track, RATE)
    [told] = [one for one in findings.of_sound(found, measured, None) if one.code == "tempo_changes"]
    assert told.message.startswith(f"The tempo is not steady: {first.bpm:g} BPM at 0:00, {second.bpm:g} at 1:")
    assert told.value == pytest.approx(110 / 96 - 1, abs=0.01)


@pytest.mark.parametrize(
    ("first", "second"), sampled([(100, 128), (90, 122), (140, 100), (90, 120), (80, 120), (128, 150)])
)
def test_what_is_told_was_played(first: float, second: float):
    found = classified(np.concatenate([drums(72, first), drums(48, second)]))
    told = [section.bpm for section in found.tempo_map]
    assert len(told) == 2
    for bpm, played in zip(told, (first, second), strict=True):  # half and double time of the same beat are as right
        assert min(abs(bpm * by / played - 1) for by in (0.5, 1, 2)) < 0.005, told
    assert found.tempo is not None
    assert found.tempo.bpm == told[0]


@pytest.mark.parametrize("misread", [1.5, 2 / 3, 4 / 3, 0.75, 0.5, 2])
def test_a_related_time_for_a_moment_is_a_misreading(misread: float):
    windows = [(8.0 * n, 120.0 * (misread if n in (4, 5) else 1)) for n in range(14)]
    assert len(tempo_map._sections(windows)) == 1
    first = [(8.0 * n, 120.0 * (misread if n < 2 else 1)) for n in range(14)]
    assert len(tempo_map._sections(first)) == 1


def test_a_drift_is_told():
    sections = classified(drums(120, 100, 106)).tempo_map
    tempos = [section.bpm for section in sections]
    assert tempos == sorted(tempos)
    assert 2 <= len(tempos) <= tempo_map.MOST_SECTIONS
    assert max(tempos) / min(tempos) == pytest.approx(1.05, abs=0.02)


def test_silence_and_noise_have_none():
    weights = model_weights.load()
    noise = np.random.default_rng(2).standard_normal((int(60 * RATE), 1)).astype(np.float32) * 0.1
    for samples in (np.zeros_like(noise), noise, noise[: int(RATE)]):
        assert tempo_map.measure(samples, RATE, weights.tempo) == ()


def test_many_sections_are_thinned_and_summed_up():
    sections = [TempoSection(10.0 * number, 100 + number) for number in range(40)]
    kept = tempo_map._thinned(list(sections))
    assert (len(kept), kept[0].bpm) == (tempo_map.MOST_SECTIONS - 1, 100)
    assert tempo_map.words(sections).endswith("104 at 0:40, 105 at 0:50 and 34 more")
    assert tempo_map.longest(sections, 1_000.0) == sections[-1]
