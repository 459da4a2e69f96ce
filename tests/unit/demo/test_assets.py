"""Building a pack on disk."""

import hashlib
import io
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from askchopper.demo.assets import BuiltPack, build_pack, download_name
from askchopper.demo.catalogue import PACKS
from askchopper.demo.covers import PAINTERS, paint_cover
from askchopper.media import peaks
from askchopper.vocabulary import FileKind

PACK = next(pack for pack in PACKS if pack.slug == "pigeon-loft")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masters")


@pytest.fixture(scope="module")
def built(folder: Path) -> BuiltPack:
    return build_pack(PACK, folder)


def test_masters_are_what_their_facts_say(built: BuiltPack, folder: Path):
    for file in built.files:
        content = (folder / file.name).read_bytes()
        header = sf.info(io.BytesIO(content))
        assert hashlib.sha256(content).hexdigest() == file.sha256 == Path(file.name).stem
        assert zlib.crc32(content) == file.crc32
        assert len(content) == file.size_bytes
        assert header.format == file.format.upper()
        assert header.subtype == "PCM_24"
        assert (header.samplerate, header.channels) == (file.sample_rate_hz, file.channels)
        assert header.duration == pytest.approx(file.duration_seconds)


def test_levels_are_measured(built: BuiltPack):
    for file in built.files:
        assert file.loudness_lufs is not None
        assert -40 < file.loudness_lufs < -3
        assert file.peak_dbfs == pytest.approx(-1.0, abs=0.1)


def test_previews_have_the_length_of_their_masters(built: BuiltPack, folder: Path):
    for file in built.files:
        frames = sf.info(folder / file.preview.name).frames
        assert frames == round(file.duration_seconds * file.sample_rate_hz)
        assert len(file.preview.peaks) == peaks.PEAK_COUNT
        assert (folder / file.preview.name).stat().st_size == file.preview.size_bytes
    assert built.preview.duration_seconds > 19


def test_the_loudest_sound_of_a_pack_fills_its_outline(built: BuiltPack):
    assert max(max(file.preview.peaks) for file in built.files) == 127


def test_building_again_writes_the_same_files(built: BuiltPack, folder: Path):
    before = sorted(path.name for path in folder.iterdir())
    assert build_pack(PACK, folder) == built
    assert sorted(path.name for path in folder.iterdir()) == before


def test_result_travels_between_processes(built: BuiltPack):
    assert pickle.loads(pickle.dumps(built)) == built


def test_covers_are_written_in_all_sizes(built: BuiltPack, folder: Path):
    for size, name in built.cover_names.items():
        assert Image.open(folder / name).size == (size, size)
    assert Image.open(folder / built.social_card_name).size == (1200, 630)
    assert 0 <= built.dominant_hue < 360


def test_download_names_say_tempo_and_key():
    pack = next(pack for pack in PACKS if pack.slug == "freight-elevator")
    names = [download_name(pack, file, "wav") for file in pack.files]
    assert "askchopper_freight-elevator_130_counterweight-bass_Fsmin.wav" in names
    assert "askchopper_freight-elevator_130_loading-bay-drums.wav" in names
    assert "askchopper_freight-elevator_pit-kick.wav" in names
    assert len(set(names)) == len(pack.files)
    assert all(name.isascii() and " " not in name for name in names)


def test_most_masters_are_wav(built: BuiltPack):
    formats = {file.format for file in built.files if file.file.kind is FileKind.ONE_SHOT}
    assert formats == {"wav"}


@pytest.mark.parametrize("style", PAINTERS)
def test_every_style_paints_a_full_picture_that_repeats(style: str):
    pack = next(pack for pack in PACKS if pack.cover == style)
    picture = np.asarray(paint_cover(pack))
    assert picture.shape == (640, 640, 3)
    assert picture.std() > 12
    assert np.array_equal(picture, np.asarray(paint_cover(pack)))
