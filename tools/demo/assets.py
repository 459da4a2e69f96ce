"""Build the files of one demo pack: masters and covers. Everything else about them is measured like everyone's.

The only module of this package that writes. It knows no database; what a row needs is returned.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from askchopper.media.covers import placeholder
from askchopper.vocabulary import FileKind
from tools.demo.covers import paint_cover
from tools.demo.entries import DemoFile, DemoPack
from tools.demo.render import render_file
from tools.demo.synth import RATE_HZ, Audio

# Below 20 bits there is only the noise of the synthesis; FLAC does not store the zeros.
_STEP = np.float32(2.0**19)
_FLAC_SECONDS = 6.5


@dataclass(frozen=True)
class BuiltFile:
    """A master on disk.

    Args:
        file: the catalogue entry.
        name: ``<sha256>.<extension>`` under the pack's folder.
        sha256: hexadecimal digest of the file.
        size_bytes: size of the file.
    """

    file: DemoFile
    name: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class BuiltPack:
    """Everything that was written for a pack.

    Args:
        pack: the catalogue entry.
        files: built sounds in the pack's order.
        cover_names: WebP file names by edge length in pixels.
        dominant_hue: main hue of the cover in degrees.
    """

    pack: DemoPack
    files: tuple[BuiltFile, ...]
    cover_names: dict[int, str]
    dominant_hue: int


def build_pack(pack: DemoPack, folder: Path) -> BuiltPack:
    """Render a pack and write its masters and covers.

    File names are digests of the contents, so building twice writes the same files.

    Args:
        pack: what to build.
        folder: where to write; created when missing, may be shared between packs.

    Returns:
        Names, sizes and digests of everything written.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = tuple(_build_file(file, render_file(pack, file), folder) for file in pack.files)
    image = paint_cover(pack)
    names = {size: _write_named(content, folder, "webp") for size, content in placeholder.encode_covers(image).items()}
    return BuiltPack(pack=pack, files=files, cover_names=names, dominant_hue=placeholder.dominant_hue(image))


def _build_file(file: DemoFile, samples: Audio, folder: Path) -> BuiltFile:
    name, content = _write_master(samples, folder, _format_of(file, samples))
    return BuiltFile(file=file, name=name, sha256=name.partition(".")[0], size_bytes=len(content))


def _format_of(file: DemoFile, samples: Audio) -> str:
    is_long = samples.shape[0] > _FLAC_SECONDS * RATE_HZ
    return "flac" if is_long or file.kind is FileKind.TRACK else "wav"


def _write_master(samples: Audio, folder: Path, extension: str) -> tuple[str, bytes]:
    # libsndfile needs a real file to write WAV sizes and FLAC headers back into.
    draft = folder / f".draft-{hashlib.sha256(samples.tobytes()).hexdigest()[:24]}.{extension}"
    sf.write(draft, np.round(samples * _STEP) / _STEP, RATE_HZ, subtype="PCM_24")
    content = draft.read_bytes()
    name = f"{hashlib.sha256(content).hexdigest()}.{extension}"
    draft.replace(folder / name)
    return name, content


def _write_named(content: bytes, folder: Path, extension: str) -> str:
    name = f"{hashlib.sha256(content).hexdigest()}.{extension}"
    (folder / name).write_bytes(content)
    return name
