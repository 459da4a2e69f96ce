"""The complete analysis: tempo, key, kind, levels and findings."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from askchopper.media import pipeline
from askchopper.media.analysis import features, model_weights
from askchopper.media.quality import rules
from askchopper.musical_key import Mode, MusicalKey
from askchopper.vocabulary import FileKind
from tests.unit.media import sounds
from tools.train import augmentation
from tools.train.augmentation import Change, Samples


@pytest.mark.parametrize("bpm", [84.0, 120.0, 127.5, 140.0])
def test_drum_loop_has_its_tempo_and_no_key(tmp_path: Path, bpm: float):
    found = pipeline.analyse(sounds.write(tmp_path / "loop.wav", sounds.drum_loop(bpm)))
    assert found.reading is not None
    assert found.reading.kind is FileKind.LOOP
    assert found.reading.tempo is not None
    readings = (found.reading.tempo.bpm, found.reading.tempo.bpm * 2, found.reading.tempo.bpm / 2)
    assert min(abs(reading / bpm - 1) for reading in readings) < 0.002
    assert found.reading.key is None
    assert found.reading.bars is not None
    assert found.status is rules.Status.ACCEPT


@pytest.mark.parametrize(("tonic", "minor"), [(0, False), (9, True), (6, False), (2, True)])
def test_cadence_has_its_key(tmp_path: Path, tonic: int, minor: bool):
    found = pipeline.analyse(sounds.write(tmp_path / "chords.wav", sounds.chords(tonic, minor=minor)))
    assert found.reading is not None
    assert found.reading.key is not None
    assert found.reading.key.key == MusicalKey(tonic, Mode.MINOR if minor else Mode.MAJOR)
    assert found.reading.key.second != found.reading.key.key


@pytest.mark.parametrize("low", [True, False])
def test_single_hit_has_no_tempo(tmp_path: Path, low: bool):
    hit = np.concatenate([sounds.hit(0.4, low=low), np.zeros(20_000, np.float32)])[:, None]
    found = pipeline.analyse(sounds.write(tmp_path / "hit.wav", hit))
    assert found.reading is not None
    assert found.reading.kind is FileKind.ONE_SHOT
    assert found.reading.tempo is None


def test_embedding_is_a_unit_vector_near_that_of_a_quieter_copy(tmp_path: Path):
    loop = sounds.drum_loop(120)
    first, second, other = (
        pipeline.analyse(sounds.write(tmp_path / f"{number}.wav", samples)).reading
        for number, samples in enumerate((loop, loop * 0.3, sounds.chords(0, minor=False)))
    )
    assert first
    assert second
    assert other
    assert first.embedding.shape == (64,)
    assert np.linalg.norm(first.embedding) == pytest.approx(1, abs=1e-4)
    assert first.embedding @ second.embedding > 0.95
    assert first.embedding @ other.embedding < 0.7


@pytest.mark.parametrize(
    "change",
    [
        augmentation.as_mp3(48_000),
        augmentation.in_band(150.0, 6_000.0, -12.0),
        augmentation.transposed(2.0),
        augmentation.stretched(1.06),
    ],
)
def test_changed_copy_is_nearest_to_its_original(change: Change):
    originals = [
        sounds.drum_loop(120),
        sounds.drum_loop(97, beats=8),
        sounds.chords(0, minor=False),
        sounds.chords(9, minor=True),
    ]
    whitening = model_weights.load().whitening

    def vector(samples: Samples, rate_hz: int) -> Samples:
        return whitening.apply(features.extract(samples, rate_hz).features)

    gallery = np.stack([vector(samples, sounds.RATE_HZ) for samples in originals])
    for number in (0, 2):
        assert int((gallery @ vector(*change(originals[number], sounds.RATE_HZ))).argmax()) == number


def test_previews_are_created_on_request_only(tmp_path: Path):
    path = sounds.write(tmp_path / "loop.wav", sounds.drum_loop(120, beats=4))
    assert pipeline.analyse(path).preview_opus == b""
    found = pipeline.analyse(path, with_previews=True)
    assert found.preview_opus[:4] == b"OggS"
    assert found.preview_mp3[:1] == b"\xff"
    assert len(found.outline) == 800


def test_file_name_hints_are_compared_with_measurements(tmp_path: Path):
    path = sounds.write(tmp_path / "stored.wav", sounds.drum_loop(120))
    codes = {found.code for found in pipeline.analyse(path, name="kit_97_drums.wav").findings}
    assert "tempo_differs" in codes
    codes = {found.code for found in pipeline.analyse(path, name="kit_120_drums.wav").findings}
    assert "tempo_differs" not in codes


def test_missing_file_is_an_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        pipeline.analyse(tmp_path / "none.wav")


def test_unknown_values_are_none_not_zero():
    found = pipeline.refused("not_audio")
    assert found.reading is None
    assert found.facts is None
    assert found.loudness_lufs is None
    assert found.status is rules.Status.REJECT
    assert {field.name for field in fields(found)} >= {"findings", "version"}
