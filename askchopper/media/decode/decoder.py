"""Decodes audio files of any supported format to float samples.

libsndfile is tried first: it is faster and sample-exact. FFmpeg's libraries decode the rest (Opus, AAC, ALAC, WMA, WebM) and
damaged files. The content decides, never the file name.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias, TypeVar

import av
import numpy as np
import soundfile as sf
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from askchopper import policy
from askchopper.media.decode.containers.parsed import ParsedContainer
from askchopper.media.sliced_samples import FileSamples, PackedSamples, Signal

MAX_SECONDS = float(policy.MAX_SOUND_SECONDS)
_RATE_RANGE_HZ = (4_000, 384_000)
_MAX_CHANNELS = 8
# Large enough that the allocator returns each copied block to the system, so that a long sound is not in memory twice.
_BLOCK_FRAMES = 1 << 22
# Twice the largest level that 32-bit fixed point over full scale could mean; beyond it, a float is garbage.
_MAX_LEVEL = 1e6
_AAC_FRAME_SAMPLES = 1_024
_SPARE_SAMPLES = 8 * 1_152
_SUBTYPES = {
    "PCM_U8": "pcm_u8", "PCM_S8": "pcm_s8", "PCM_16": "pcm_s16", "PCM_24": "pcm_s24", "PCM_32": "pcm_s32",
    "FLOAT": "pcm_f32", "DOUBLE": "pcm_f64", "ULAW": "pcm_mulaw", "ALAW": "pcm_alaw",
    "MPEG_LAYER_III": "mp3", "MPEG_LAYER_II": "mp2", "MPEG_LAYER_I": "mp1",
}  # fmt: skip
_BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
_PACKED_BITS, _SLICED_SECONDS = (8, 16), 300.0  # shorter sounds are faster as floats
_UNCOMPRESSED = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "CAF")
_CONTAINERS = {"WAVEX": "wav", "mov,mp4,m4a,3gp,3g2,mj2": "mp4", "matroska,webm": "webm", "asf": "wma"}

Samples: TypeAlias = NDArray[np.float32]
Number = TypeVar("Number", np.float32, np.int16)
Decoded: TypeAlias = tuple[Samples, int]
Source: TypeAlias = Path | io.BytesIO


class UndecodableError(ValueError):
    """The file contains no readable audio; the message says why."""


@dataclass(frozen=True)
class Recording:
    """A decoded file and its properties as reported by the decoder.

    Args:
        samples: float32, shape (n, channels), full scale at 1.0, all finite; a ``Signal`` that is read by slices if that was asked for.
        rate_hz: sampling rate.
        container: name of the file format, such as ``wav`` or ``mp4``.
        codec: name of the codec, such as ``pcm_s24`` or ``aac``.
        bit_depth: bit depth as reported by the decoder; None if unknown.
        bad_packets: number of packets that could not be decoded.
        bad_samples: number of samples that were not finite or absurdly large; they are 0 in ``samples``.
        seconds: length of the file, longer than ``samples`` if ``is_cut``; of concatenated files, the length that was decoded.
        is_cut: decoding stopped at the limit.
        has_video: the file contains a video stream.
        unused_links: number of files at the end of a concatenated one that were not decoded.
    """

    samples: Signal
    rate_hz: int
    container: str
    codec: str
    bit_depth: int | None = None
    bad_packets: int = 0
    bad_samples: int = 0
    seconds: float = 0.0
    is_cut: bool = False
    has_video: bool = False
    unused_links: int = 0


def decode(path: Path, *, max_seconds: float = MAX_SECONDS) -> Decoded:
    """Decode a whole audio file.

    Samples that are not finite or absurdly large are returned as 0.

    Args:
        path: file on disk.
        max_seconds: longest accepted duration; checked while decoding.

    Returns:
        Samples as float32 of shape (n, channels) with full scale at 1.0, and the rate in Hz.

    Raises:
        UndecodableError: no audio, unknown format, implausible rate or channel count, or too long.
        FileNotFoundError: there is no such file.
    """
    recording = read(path, max_seconds=max_seconds)
    if recording.is_cut:
        raise UndecodableError(f"longer than {max_seconds:.0f} seconds")
    return recording.samples[:], recording.rate_hz


def read(
    path: Path, structure: ParsedContainer | None = None, *, max_seconds: float = MAX_SECONDS, is_sliced: bool = False
) -> Recording:
    """Decode the readable part of an audio file.

    Args:
        path: file on disk.
        structure: the parsed container; its faults select what is decoded.
        max_seconds: duration after which decoding stops.
        is_sliced: whether the samples of a long sound may be of a type that is read by slices.

    Returns:
        The recording, with at least one sample.

    Raises:
        UndecodableError: no audio, unknown format, implausible rate or channel count.
        FileNotFoundError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    if structure is not None and structure.links:
        return _read_links(path.read_bytes(), structure.links, max_seconds)
    source = _source(path, structure)
    recording = _read_with_soundfile(source, max_seconds, is_sliced=is_sliced)
    if recording is not None and not _is_short(recording, structure):
        return recording
    if isinstance(source, io.BytesIO):
        source.seek(0)
    try:
        found = _read_with_av(source, max_seconds)
    except UndecodableError:
        if recording is None:
            raise
        return recording
    return found if recording is None or found.seconds > recording.seconds else recording


def _read_links(content: bytes, links: Sequence[tuple[int, int]], max_seconds: float) -> Recording:
    """Decode concatenated files as one recording, up to the first with another sampling rate or channel count, or without audio.

    Raises:
        UndecodableError: no file before that contains audio.
    """
    whole: Recording | None = None
    for begin, end in links:
        link = _read_with_soundfile(io.BytesIO(content[begin:end]), max_seconds) or _read_link_with_av(
            content[begin:end], max_seconds
        )
        if whole is None:
            whole = link
            continue
        if (
            link is None
            or whole.is_cut
            or (link.rate_hz, link.samples.shape[1]) != (whole.rate_hz, whole.samples.shape[1])
        ):
            return replace(whole, unused_links=len(links) - links.index((begin, end)))
        whole = _appended(whole, link, max_seconds)
    if whole is None:
        raise UndecodableError("no audio samples")
    return whole


def _read_link_with_av(content: bytes, max_seconds: float) -> Recording | None:
    try:
        return _read_with_av(io.BytesIO(content), max_seconds)
    except UndecodableError:
        return None


def _appended(first: Recording, second: Recording, max_seconds: float) -> Recording:
    limit = int(max_seconds * first.rate_hz)
    samples = np.concatenate((first.samples[:], second.samples[:]))
    return replace(
        first, samples=samples[:limit], seconds=first.seconds + second.seconds, is_cut=samples.shape[0] > limit,
        bad_packets=first.bad_packets + second.bad_packets, bad_samples=first.bad_samples + second.bad_samples,
    )  # fmt: skip


def used_share(recording: Recording, structure: ParsedContainer) -> float:
    """Return the decoded share of the declared samples of an MP3 or concatenated file, from 0 to 1; 1 for other formats.

    A few frames may be missing without damage: header frames and the encoder's padding.
    """
    if recording.unused_links:
        return 1.0 - recording.unused_links / len(structure.links)
    if structure.family != "mp3" or not structure.declared_frames or recording.is_cut:
        return 1.0
    missing = structure.declared_frames - recording.samples.shape[0] - _SPARE_SAMPLES
    return 1.0 - max(missing, 0) / structure.declared_frames


def _is_short(recording: Recording, structure: ParsedContainer | None) -> bool:
    return structure is not None and used_share(recording, structure) < 1.0


def _source(path: Path, structure: ParsedContainer | None) -> Source:
    if structure is None or not structure.needs_excerpt:
        return path
    content = path.read_bytes()
    return io.BytesIO(structure.repaired_head + content[structure.start : structure.end])


def _read_with_soundfile(source: Source, max_seconds: float, *, is_sliced: bool = False) -> Recording | None:
    try:
        with sf.SoundFile(source) as file:
            # libsndfile 1.2.2 stops early in long Opus files; drop this when it is fixed.
            if file.subtype == "OPUS":
                return None
            check_shape(file.samplerate, file.channels)
            limit = int(max_seconds * file.samplerate)
            is_long = file.frames > _SLICED_SECONDS * file.samplerate
            samples, bad = _sliced(file, source, limit) if is_sliced and is_long else None, 0
            if samples is None:
                samples, bad = _gather(_blocks(file, np.float32), limit)
            if not samples.shape[0]:
                return None
            is_cut = samples.shape[0] >= limit and file.frames > limit
            frames = file.frames if is_cut else samples.shape[0]
            return Recording(
                samples=samples, rate_hz=file.samplerate, container=_CONTAINERS.get(str(file.format), str(file.format).lower()),
                codec=_codec(file), bit_depth=_BITS.get(str(file.subtype)), bad_samples=bad, seconds=frames / file.samplerate, is_cut=is_cut,
            )  # fmt: skip
    # TypeError: libsndfile accepts the header and python-soundfile then finds a format without a name.
    except (sf.LibsndfileError, RuntimeError, TypeError):
        return None


def _sliced(file: sf.SoundFile, source: Source, limit: int) -> Signal | None:
    """Return the samples as a type that is read by slices; None for formats whose samples need all of float32."""
    subtype = str(file.subtype)
    if _BITS.get(subtype) in _PACKED_BITS:
        return PackedSamples(_joined(*_up_to(_blocks(file, np.int16), limit), np.int16))
    if isinstance(source, Path) and file.format in _UNCOMPRESSED and subtype.startswith("PCM_"):
        # Counted by reading, since a header can state more frames than there are.
        return FileSamples(sf.SoundFile(source), min(limit, sum(block.shape[0] for block in _blocks(file, np.int16))))
    return None


def _codec(file: sf.SoundFile) -> str:
    if file.format == "FLAC" or (file.format == "OGG" and str(file.subtype).startswith("PCM")):
        return "flac"
    return _SUBTYPES.get(str(file.subtype), str(file.subtype).lower())


def _blocks(file: sf.SoundFile, kind: type[Number]) -> Iterator[NDArray[Number]]:
    # Headers can be wrong in both directions, so memory follows the actual data.
    name = "int16" if kind is np.int16 else "float32"
    while (block := file.read(_BLOCK_FRAMES, dtype=name, always_2d=True)).shape[0]:
        yield np.asarray(block, dtype=kind)


def _gather(blocks: Iterator[Samples], limit: int) -> tuple[Samples, int]:
    """Concatenate blocks up to a limit of frames; return the samples, and how many of them were invalid and set to 0."""
    kept, total = _up_to(blocks, limit)
    bad = 0
    for number, block in enumerate(kept):
        is_good = np.abs(block) <= _MAX_LEVEL  # false for NaN too
        if not is_good.all():
            bad += int(block.size - np.count_nonzero(is_good))
            kept[number] = np.where(is_good, block, np.float32(0.0))
    return _joined(kept, total, np.float32), bad


def _up_to(blocks: Iterator[NDArray[Number]], limit: int) -> tuple[list[NDArray[Number]], int]:
    """Return blocks up to a limit of frames, and their total number of frames."""
    kept: list[NDArray[Number]] = []
    total = 0
    for block in blocks:
        kept.append(block[: limit - total])
        total += kept[-1].shape[0]
        if total >= limit:
            break
    return kept, total


def _joined(kept: list[NDArray[Number]], total: int, kind: type[Number]) -> NDArray[Number]:
    """Concatenate blocks, freeing each as soon as it is copied."""
    if not kept:
        return np.zeros((0, 1), dtype=kind)
    if len(kept) == 1:
        return kept[0]
    samples = np.empty((total, kept[0].shape[1]), dtype=kind)
    kept.reverse()
    position = 0
    while kept:
        block = kept.pop()
        samples[position : position + block.shape[0]] = block
        position += block.shape[0]
    return samples


def _read_with_av(source: Source, max_seconds: float) -> Recording:
    try:
        with av.open(str(source) if isinstance(source, Path) else source, "r") as container:
            return _read_stream(container, max_seconds)
    except UndecodableError:
        raise
    # The demuxers raise IndexError and plain errors for files that are not audio at all.
    except (FFmpegError, IndexError, ValueError, RuntimeError, OSError) as error:
        raise UndecodableError("not an audio file that can be read") from error


def _read_stream(container: InputContainer, max_seconds: float) -> Recording:
    stream = next((stream for stream in container.streams.audio if stream.codec_context), None)
    if stream is None:
        raise UndecodableError("no audio stream of a known coding")
    rate_hz, codec = stream.codec_context.sample_rate, stream.codec_context.name
    check_shape(rate_hz, stream.codec_context.channels)
    limit, bad_packets = int(max_seconds * rate_hz), [0]
    samples, bad = _gather(_frames(container, stream, bad_packets), limit)
    samples = samples[: _played_frames(container, stream, samples.shape[0])]
    if not samples.shape[0]:
        raise UndecodableError("no audio samples")
    declared = float(container.duration or 0) / av.time_base
    is_cut = samples.shape[0] >= limit and declared > max_seconds
    return Recording(
        samples=samples,
        rate_hz=rate_hz,
        container=_CONTAINERS.get(container.format.name, container.format.name),
        codec=_plain(codec),
        bit_depth=_bit_depth(stream),
        bad_packets=bad_packets[0],
        bad_samples=bad,
        seconds=declared if is_cut else samples.shape[0] / rate_hz,
        is_cut=is_cut,
        has_video=any(not _is_cover(other) for other in container.streams.video),
    )


def _played_frames(container: InputContainer, stream: av.AudioStream, there: int) -> int:
    """Return the number of frames without the end padding of AAC, which MP4 declares but FFmpeg's libraries return."""
    if stream.duration is None or stream.time_base is None or "mp4" not in container.format.name:
        return there
    start = max(stream.start_time or 0, 0)
    declared = round((stream.duration - start) * float(stream.time_base) * stream.codec_context.sample_rate)
    return declared if there - _AAC_FRAME_SAMPLES < declared else there


def _bit_depth(stream: av.AudioStream) -> int | None:
    if digits := re.search(r"^pcm_[suf](\d+)", stream.codec_context.name):
        return int(digits[1])
    sample_format = stream.codec_context.format
    if sample_format is None or "fl" in sample_format.name or "dbl" in sample_format.name:
        return None
    # Decoders widen 24 bits to 32; whole numbers of 32 bits hardly exist.
    return min(sample_format.bits, 24)


def _plain(codec: str) -> str:
    """Normalise a codec name, without byte order and implementation: ``pcm_s16le`` is ``pcm_s16``, ``mp3float`` is ``mp3``."""
    if codec.startswith("pcm_"):
        return codec.removesuffix("le").removesuffix("be")
    return codec.removesuffix("float")


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & stream.disposition.attached_pic)


def _frames(container: InputContainer, stream: av.AudioStream, bad_packets: list[int]) -> Iterator[Samples]:
    """Decode packet by packet, so that one bad packet does not end the file."""
    resampler = av.AudioResampler(format="fltp", rate=stream.codec_context.sample_rate)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except FFmpegError:
            bad_packets[0] += 1
            continue
        for frame in frames:
            for planar in resampler.resample(frame):
                yield planar.to_ndarray().T.astype(np.float32)


def check_shape(rate_hz: int, channels: int) -> None:
    """Reject implausible rates and channel counts.

    Raises:
        UndecodableError: rate outside 4 to 384 kHz, or not 1 to 8 channels.
    """
    lowest, highest = _RATE_RANGE_HZ
    if not lowest <= rate_hz <= highest:
        raise UndecodableError(f"sampling rate of {rate_hz} Hz")
    if not 1 <= channels <= _MAX_CHANNELS:
        raise UndecodableError(f"{channels} channels")
