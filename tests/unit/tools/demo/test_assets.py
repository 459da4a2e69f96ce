"""Building a pack on disk."""

import hashlib
import io
import pickle
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from PIL import Image

from askchopper.vocabulary import FileKind
from tools.demo.assets import BuiltPack, build_pack
from tools.demo.catalogue import PACKS
from tools.demo.covers import PAINTERS, paint_cover

PACK = next(pack for pack in PACKS if pack.slug == "pigeon-loft")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("masters")


@pytest.fixture(scope="module")
def built(folder: Path) -> BuiltPack:
    return build_pack(PACK, folder)


def test_masters_match_their_metadata(built: BuiltPack, folder: Path):
    for file in built.files:
        content = (folder / file.name).read_bytes()
        header = sf.info(io.BytesIO(content))
        assert hashlib.sha256(content).hexdigest() == file.sha256 == Path(file.name).stem
        assert len(content) == file.size_bytes
        assert header.subtype == "PCM_24"
        assert (header.samplerate, header.channels) == (44_100, 2)


def test_build_is_idempotent(built: BuiltPack, folder: Path):
    before = sorted(path.name for path in folder.iterdir())
    assert build_pack(PACK, folder) == built
    assert sorted(path.name for path in folder.iterdir()) == before


def test_result_is_picklable(built: BuiltPack):
    assert pickle.loads(pickle.dumps(built)) == built


def test_covers_are_written_in_all_sizes(built: BuiltPack, folder: Path):
    for size, name in built.cover_names.items():
        assert Image.open(folder / name).size == (size, size)
    assert 0 <= built.dominant_hue < 360


def test_most_masters_are_wav(built: BuiltPack):
    formats = {Path(file.name).suffix for file in built.files if file.file.kind is FileKind.ONE_SHOT}
    assert formats == {".wav"}


@pytest.mark.parametrize("style", PAINTERS)
def test_every_style_paints_a_full_image_deterministically(style: str):
    pack = next(pack for pack in PACKS if pack.cover == style)
    picture = np.asarray(paint_cover(pack))
    assert picture.shape == (640, 640, 3)
    assert picture.std() > 12
    assert np.array_equal(picture, np.asarray(paint_cover(pack)))
