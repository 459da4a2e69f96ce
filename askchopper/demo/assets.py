"""Build the files of one demo pack: masters, previews, outlines, covers.

The only module of this package that writes. It knows no database; what a row needs is returned.
"""

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from askchopper.demo.covers import paint_cover
from askchopper.demo.entries import DemoFile, DemoPack
from askchopper.demo.render import render_file, render_preview_mix
from askchopper.demo.synth import RATE_HZ, Audio
from askchopper.media import cover, loudness, peaks, preview
from askchopper.vocabulary import FileKind

_BIT_DEPTH = 24
# Below 20 bits there is only the noise of the synthesis; FLAC does not store the zeros.
_STEP = np.float32(2.0**19)
_FLAC_SECONDS = 6.5
_SHORT_MODE = {"major": "maj", "minor": "min"}


@dataclass(frozen=True)
class BuiltPreview:
    """A compressed preview on disk.

    Args:
        name: file name under the pack's folder.
        size_bytes: size of the file.
        duration_seconds: playing time.
        peaks: outline as ``media.peaks`` stores it.
    """

    name: str
    size_bytes: int
    duration_seconds: float
    peaks: bytes


@dataclass(frozen=True)
class BuiltFile:
    """A master on disk and what is known about it.

    Args:
        file: the catalogue entry.
        name: ``<sha256>.<extension>`` under the pack's folder.
        download_name: ASCII name that buyers receive.
        sha256: hexadecimal digest of the file.
        crc32: checksum of the file, for zip archives.
        size_bytes: size of the file.
        format: ``wav`` or ``flac``.
        bit_depth: bits a sample.
        sample_rate_hz: sampling rate.
        channels: number of channels.
        duration_seconds: playing time.
        loudness_lufs: integrated loudness, None when too quiet to measure.
        peak_dbfs: sample peak.
        preview: the MP3 copy.
    """

    file: DemoFile
    name: str
    download_name: str
    sha256: str
    crc32: int
    size_bytes: int
    format: str
    bit_depth: int
    sample_rate_hz: int
    channels: int
    duration_seconds: float
    loudness_lufs: float | None
    peak_dbfs: float | None
    preview: BuiltPreview


@dataclass(frozen=True)
class BuiltPack:
    """Everything that was written for a pack.

    Args:
        pack: the catalogue entry.
        files: built sounds in the pack's order.
        preview: the mix that plays from the pack card.
        cover_names: WebP file names by edge length in pixels.
        social_card_name: JPEG file name.
        dominant_hue: main hue of the cover in degrees.
        size_bytes: sum of the masters.
    """

    pack: DemoPack
    files: tuple[BuiltFile, ...]
    preview: BuiltPreview
    cover_names: dict[int, str]
    social_card_name: str
    dominant_hue: int
    size_bytes: int


def build_pack(pack: DemoPack, folder: Path, *, creator_name: str = "") -> BuiltPack:
    """Render a pack and write all its files.

    File names are digests of the contents, so building twice writes the same files.

    Args:
        pack: what to build.
        folder: where to write; created when missing, may be shared between packs.
        creator_name: name on the social card; the creator's slug when empty.

    Returns:
        Names, sizes, digests and measurements of everything written.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rendered = {file.title: render_file(pack, file) for file in pack.files}
    reference_peak = max(peaks.mixed_peak(samples) for samples in rendered.values())
    files = tuple(
        _build_file(pack, file, rendered[file.title], folder=folder, reference_peak=reference_peak)
        for file in pack.files
    )
    mix = render_preview_mix(pack, rendered)
    cover_names, card_name, hue = _build_cover(pack, folder, creator_name or pack.creator)
    return BuiltPack(
        pack=pack,
        files=files,
        preview=_build_preview(mix, folder, reference_peak=None),
        cover_names=cover_names,
        social_card_name=card_name,
        dominant_hue=hue,
        size_bytes=sum(file.size_bytes for file in files),
    )


def download_name(pack: DemoPack, file: DemoFile, extension: str) -> str:
    """Name a download so that a sampler's browser sorts it well.

    Args:
        pack: gives its slug.
        file: gives tempo, title and key.
        extension: without the dot.

    Returns:
        ASCII name such as ``askchopper_low-tide_87_brushed-kit_Fsmin.wav`` (s stands for sharp).
    """
    words = ["askchopper", pack.slug]
    if file.bpm is not None:
        words.append(f"{file.bpm:g}")
    words.append(file.slug)
    if file.key is not None:
        letter = file.key.letter.replace("#", "s")
        words.append(f"{letter}{_SHORT_MODE[file.key.mode.value]}")
    return f"{'_'.join(words)}.{extension}"


def _build_file(pack: DemoPack, file: DemoFile, samples: Audio, *, folder: Path, reference_peak: float) -> BuiltFile:
    extension = _format_of(file, samples)
    name, content = _write_master(samples, folder, extension)
    digest = name.partition(".")[0]
    return BuiltFile(
        file=file,
        name=name,
        download_name=download_name(pack, file, extension),
        sha256=digest,
        crc32=zlib.crc32(content),
        size_bytes=len(content),
        format=extension,
        bit_depth=_BIT_DEPTH,
        sample_rate_hz=RATE_HZ,
        channels=samples.shape[1],
        duration_seconds=samples.shape[0] / RATE_HZ,
        loudness_lufs=loudness.integrated_loudness_lufs(samples, RATE_HZ),
        peak_dbfs=loudness.sample_peak_dbfs(samples),
        preview=_build_preview(samples, folder, reference_peak=reference_peak),
    )


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


def _build_preview(samples: Audio, folder: Path, *, reference_peak: float | None) -> BuiltPreview:
    content = preview.encode_preview(samples, RATE_HZ)
    return BuiltPreview(
        name=_write_named(content, folder, "mp3"),
        size_bytes=len(content),
        duration_seconds=samples.shape[0] / RATE_HZ,
        peaks=peaks.peaks(samples, reference_peak=reference_peak),
    )


def _build_cover(pack: DemoPack, folder: Path, creator_name: str) -> tuple[dict[int, str], str, int]:
    image = paint_cover(pack)
    names = {size: _write_named(content, folder, "webp") for size, content in cover.encode_covers(image).items()}
    card = cover.social_card(image, pack.title, creator_name)
    return names, _write_named(card, folder, "jpg"), cover.dominant_hue(image)


def _write_named(content: bytes, folder: Path, extension: str) -> str:
    name = f"{hashlib.sha256(content).hexdigest()}.{extension}"
    (folder / name).write_bytes(content)
    return name
