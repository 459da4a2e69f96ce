"""Decode audio files of any supported format to float samples.

libsndfile is tried first: it is faster and sample-exact. FFmpeg's libraries take what is left
(Opus, AAC, ALAC, WMA, WebM). The content decides, never the file name.
"""

from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
import soundfile as sf
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

MAX_SECONDS = 1_800.0
_RATE_RANGE_HZ = (4_000, 384_000)
_MAX_CHANNELS = 8

Decoded: TypeAlias = tuple[NDArray[np.float32], int]


class UndecodableError(ValueError):
    """The file holds no audio that can be read; the message says why."""


def decode(path: Path, *, max_seconds: float = MAX_SECONDS) -> Decoded:
    """Read a whole audio file.

    Samples that are not finite are returned as 0.

    Args:
        path: file on disk.
        max_seconds: longest accepted duration; checked while reading, not after it.

    Returns:
        Samples as float32 of shape (n, channels) with full scale at 1.0, and the rate in Hz.

    Raises:
        UndecodableError: no audio, no known format, absurd rate or channel count, or too long.
        FileNotFoundError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    decoded = _decode_with_soundfile(path, max_seconds)
    if decoded is None:
        decoded = _decode_with_av(path, max_seconds)
    samples, rate_hz = decoded
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    return samples, rate_hz


def _decode_with_soundfile(path: Path, max_seconds: float) -> Decoded | None:
    try:
        with sf.SoundFile(path) as source:
            # libsndfile 1.2.2 stops early in long Opus files; drop this when it is fixed.
            if source.subtype == "OPUS":
                return None
            _check(source.samplerate, source.channels)
            samples = _read_blocks(source, max_seconds)
            return (samples, source.samplerate) if samples.shape[0] else None
    except (sf.LibsndfileError, RuntimeError):
        return None


def _read_blocks(source: sf.SoundFile, max_seconds: float) -> NDArray[np.float32]:
    # Headers can lie in both directions, so memory grows with what is really there.
    limit = int(max_seconds * source.samplerate)
    blocks: list[NDArray[np.float32]] = []
    total = 0
    while (block := source.read(1 << 20, dtype="float32", always_2d=True)).shape[0]:
        blocks.append(np.asarray(block, dtype=np.float32))
        total += block.shape[0]
        if total > limit:
            raise UndecodableError(f"longer than {max_seconds:.0f} seconds")
    if not blocks:
        return np.zeros((0, source.channels), dtype=np.float32)
    return np.concatenate(blocks)


def _decode_with_av(path: Path, max_seconds: float) -> Decoded:
    try:
        with av.open(str(path)) as container:
            return _read_frames(container, max_seconds)
    except UndecodableError:
        raise
    # The demuxers raise IndexError and plain errors for files that are not audio at all.
    except (FFmpegError, IndexError, ValueError, RuntimeError, OSError) as error:
        raise UndecodableError("not an audio file that can be read") from error


def _read_frames(container: InputContainer, max_seconds: float) -> Decoded:
    if not container.streams.audio:
        raise UndecodableError("no audio stream")
    stream = container.streams.audio[0]
    rate_hz, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    _check(rate_hz, channels)
    resampler = av.AudioResampler(format="fltp", rate=rate_hz)
    blocks: list[NDArray[np.float32]] = []
    total = 0
    for frame in container.decode(stream):
        for planar in resampler.resample(frame):
            block = planar.to_ndarray().T.astype(np.float32)
            blocks.append(block)
            total += block.shape[0]
        if total > max_seconds * rate_hz:
            raise UndecodableError(f"longer than {max_seconds:.0f} seconds")
    if total == 0:
        raise UndecodableError("no audio samples")
    return np.concatenate(blocks), rate_hz


def _check(rate_hz: int, channels: int) -> None:
    lowest, highest = _RATE_RANGE_HZ
    if not lowest <= rate_hz <= highest:
        raise UndecodableError(f"sampling rate of {rate_hz} Hz")
    if not 1 <= channels <= _MAX_CHANNELS:
        raise UndecodableError(f"{channels} channels")
