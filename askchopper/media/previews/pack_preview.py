"""Pack previews: the most energetic seconds of several sounds, concatenated at equal loudness.

Sounds are decoded one at a time and only their excerpts are kept. Run it in a
child process: ``child_process.run(pack_preview.make_pack_preview, paths)``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from askchopper.media.analysis import loudness
from askchopper.media.decode import decoder
from askchopper.media.decode.decoder import UndecodableError
from askchopper.media.downmix import mix
from askchopper.media.previews import encoding, peaks

RATE_HZ = 44_100
MAX_SOUNDS = 12
EXCERPT_SECONDS = 5.0
LOUDNESS_LUFS = -18.0  # the level at which the player plays single sounds
_SEARCHED_SECONDS = 90.0
_LEAST_SECONDS = 0.5  # one-shots in a row need pauses
_HOPS_PER_SECOND = 100
_SILENCE_POWER = 10 ** (-60 / 10)
_FADE_SECONDS = 0.01
_CEILING = 10 ** (-1 / 20)
_MAX_GAIN = 10.0
_BEATS_PER_BAR = 4

Samples = NDArray[np.float32]


class NoPreviewError(ValueError):
    """No sound was usable for a preview; the message is for the creator."""


@dataclass(frozen=True)
class PackPreview:
    """The preview of a pack.

    Args:
        opus: Ogg file with Opus.
        mp3: MP3 file, for browsers without Opus.
        outline: waveform peaks, ``peaks.PEAK_COUNT`` signed bytes.
        seconds: length of the preview.
    """

    opus: bytes = field(repr=False)
    mp3: bytes = field(repr=False)
    outline: bytes = field(repr=False)
    seconds: float


def make_pack_preview(paths: Sequence[Path], *, bpms: Sequence[float | None] = ()) -> PackPreview:
    """Concatenate excerpts of up to twelve sounds into a preview of at most a minute.

    From larger packs, twelve evenly spaced sounds are used. Undecodable and silent sounds are replaced by others.

    Args:
        paths: files on disk, in the order of the pack.
        bpms: tempo of each file whose excerpt should be whole bars, None for the others; missing entries count as None.

    Returns:
        The preview, stereo at 44.1 kHz before encoding.

    Raises:
        NoPreviewError: no file holds anything audible.
    """
    tempos = [*bpms[: len(paths)], *(None for _ in paths[len(bpms) :])]
    found = ((index, _excerpt(paths[index], tempos[index])) for index in _spread(len(paths)))
    taken = islice(((index, part) for index, part in found if part is not None), MAX_SOUNDS)
    parts = [part for _, part in sorted(taken, key=lambda item: item[0])]
    if not parts:
        raise NoPreviewError("None of the sounds can be played, so there is no preview of the pack.")
    samples = np.concatenate(parts)
    return PackPreview(
        opus=encoding.encode_opus(samples, RATE_HZ),
        mp3=encoding.encode_preview(samples, RATE_HZ),
        outline=peaks.peaks(samples),
        seconds=samples.shape[0] / RATE_HZ,
    )


def _spread(count: int) -> Iterator[int]:
    """Yield every index once, starting with twelve evenly spaced ones."""
    chosen = [number * count // MAX_SOUNDS for number in range(MAX_SOUNDS)] if count > MAX_SOUNDS else range(count)
    yield from chosen
    yield from sorted(set(range(count)) - set(chosen))


def _excerpt(path: Path, bpm: float | None) -> Samples | None:
    """Return the most energetic part of a sound, levelled and faded, shape (n, 2); None if there is none."""
    try:
        recording = decoder.read(path, max_seconds=_SEARCHED_SECONDS)
        part = _liveliest(recording.samples[:], recording.rate_hz, bpm)
    except (UndecodableError, OSError, MemoryError):
        return None
    if part is None:
        return None
    return _padded(_faded(_levelled(_converted(part, recording.rate_hz))))


def _liveliest(samples: Samples, rate_hz: int, bpm: float | None) -> Samples | None:
    hop = rate_hz // _HOPS_PER_SECOND
    powers = _hop_powers(mix(samples), hop)
    heard = np.flatnonzero(powers > _SILENCE_POWER)
    if not heard.size:
        return None
    if bar_frames := _bar_frames(bpm, rate_hz):
        length = int(EXCERPT_SECONDS * rate_hz / bar_frames) * bar_frames
        starts = np.arange(0.0, max(samples.shape[0] - length, 0.0) + 1.0, bar_frames)
    else:
        samples = samples[heard[0] * hop : (heard[-1] + 1) * hop]
        powers = powers[heard[0] : heard[-1] + 1]
        length = EXCERPT_SECONDS * rate_hz
        starts = np.arange(0.0, max(samples.shape[0] - length, 0.0) + 1.0, hop)
    start = round(_best(starts, powers, length / hop, hop))
    return samples[start : start + round(length)]


def _hop_powers(mono: Samples, hop: int) -> NDArray[np.float64]:
    """Return the mean power of every 10 ms; an incomplete last hop is dropped."""
    return np.square(mono[: mono.size // hop * hop]).reshape(-1, hop).mean(axis=1, dtype=np.float64)


def _bar_frames(bpm: float | None, rate_hz: int) -> float:
    """Return the length of a bar in frames; 0 without a tempo or if no bar fits an excerpt."""
    if not bpm or bpm <= 0:
        return 0.0
    bar_seconds = _BEATS_PER_BAR * 60.0 / bpm
    return bar_seconds * rate_hz if bar_seconds <= EXCERPT_SECONDS else 0.0


def _best(starts: NDArray[np.float64], powers: NDArray[np.float64], hops: float, hop: int) -> float:
    """Return the start of the window of hops with the most energy."""
    sums = np.concatenate(([0.0], np.cumsum(powers)))
    first = np.minimum((starts / hop).astype(np.int64), powers.size)
    last = np.minimum(first + max(1, round(hops)), powers.size)
    return float(starts[np.argmax(sums[last] - sums[first])])


def _converted(samples: Samples, rate_hz: int) -> Samples:
    """Convert to stereo at the sampling rate of the preview."""
    two = encoding.two_channels_at_most(samples)
    if rate_hz != RATE_HZ:
        two = _resampled(two, rate_hz)
    return np.ascontiguousarray(np.broadcast_to(two, (two.shape[0], 2)))


def _resampled(samples: Samples, rate_hz: int) -> Samples:
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=layout)
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE_HZ)
    planes = [piece.to_ndarray() for given in (frame, None) for piece in resampler.resample(given)]
    return np.concatenate(planes, axis=1).T.astype(np.float32)


def _levelled(samples: Samples) -> Samples:
    measured = loudness.integrated_loudness_lufs(samples, RATE_HZ)
    wanted = 1.0 if measured is None else 10.0 ** ((LOUDNESS_LUFS - measured) / 20.0)
    highest = float(np.abs(samples).max(initial=1e-9))
    return samples * np.float32(min(wanted, _CEILING / highest, _MAX_GAIN))


def _faded(samples: Samples) -> Samples:
    count = min(round(_FADE_SECONDS * RATE_HZ), samples.shape[0] // 2)
    ramp = np.linspace(0.0, 1.0, count, dtype=np.float32)[:, None]
    samples[:count] *= ramp
    samples[samples.shape[0] - count :] *= ramp[::-1]
    return samples


def _padded(samples: Samples) -> Samples:
    missing = round(_LEAST_SECONDS * RATE_HZ) - samples.shape[0]
    return np.pad(samples, ((0, missing), (0, 0))) if missing > 0 else samples
