"""Clean sounds with energy up to half of the sampling rate, and what samplers, converters and lossy codecs make of them."""

import io
from collections.abc import Iterator
from fractions import Fraction
from math import gcd

import av
import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE_HZ = 44_100
SECONDS = 3.0
SOURCE_RATES_HZ = (
    22_050,
    24_000,
    26_040,
    27_900,
    30_000,
    31_250,
    32_000,
    33_075,
    36_000,
    37_800,
    40_000,
    44_100,
    48_000,
)
MP3_RATES = (96, 128, 160, 192, 256, 320)
AAC_RATES = (96, 128, 192, 256)

KINDS = ("noise", "drums", "cymbal", "saw", "lead", "plucks", "mix")

Samples = NDArray[np.float32]


def sounds(seed: int) -> Iterator[tuple[str, Samples]]:
    """Yield one stereo sound of each kind, shape (n, 2)."""
    for (kind, left), (_, right) in zip(_channels(2 * seed), _channels(2 * seed + 1), strict=True):
        yield kind, np.concatenate([left, 0.5 * left + 0.5 * right], axis=1)


def _channels(seed: int) -> Iterator[tuple[str, Samples]]:
    draw = np.random.default_rng(seed)
    axis = np.arange(int(SECONDS * RATE_HZ)) / RATE_HZ
    noise = draw.normal(0, 1, axis.size)
    yield "noise", _scaled(noise * (0.3 + 0.7 * np.abs(np.sin(2 * np.pi * draw.uniform(0.3, 2) * axis))), draw)
    yield "drums", _scaled(_drums(draw, axis), draw)
    yield "cymbal", _scaled(np.diff(noise, prepend=0) * np.exp(-axis * draw.uniform(1, 3)), draw)
    yield "saw", _scaled(sum(_saw(axis, draw.uniform(80, 400)) for _ in range(4)), draw)
    yield "lead", _scaled(np.tanh(4 * _saw(axis, draw.uniform(100, 300))) + 0.02 * noise, draw)
    yield "plucks", _scaled(_plucks(draw, axis), draw)
    yield "mix", _scaled(_drums(draw, axis) + 0.4 * sum(_saw(axis, draw.uniform(80, 400)) for _ in range(3)), draw)


def played_from(samples: Samples, source_hz: int, quality: str, draw: np.random.Generator) -> Samples:
    """Resample to the rate of a sampler or converter and back, by a steep filter or a gentle one, then to 16 or 24 bits."""
    window = {"steep": ("kaiser", 14.0), "usual": ("kaiser", 8.0), "gentle": ("kaiser", 5.0)}[quality]
    there = _resampled(samples, RATE_HZ, source_hz, window)
    if source_hz < 36_000:  # the converter of a sampler
        there = np.round(there * 2**11) / 2**11 if draw.random() < 0.3 else there
    return quantised(_resampled(there, source_hz, RATE_HZ, window)[: samples.shape[0]], draw)


def low_passed(samples: Samples, edge_hz: float, taps: int, draw: np.random.Generator) -> Samples:
    """Apply a linear-phase low-pass, as mastering equalisers do."""
    kernel = signal.firwin(taps, edge_hz, fs=RATE_HZ)
    return quantised(signal.fftconvolve(samples, kernel[:, None], mode="same"), draw)


def quantised(samples: NDArray[np.floating], draw: np.random.Generator) -> Samples:
    """Round to 16 bits with dither, or to 24."""
    steps = 2**15 if draw.random() < 0.7 else 2**23
    dither = draw.triangular(-1, 0, 1, samples.shape)
    return (np.clip(np.round(samples * steps + dither), -steps, steps - 1) / steps).astype(np.float32)


def round_trip(samples: Samples, codec: str, kilobits: int, rate_hz: int = RATE_HZ) -> Samples:
    """Encode and decode."""
    buffer = io.BytesIO()
    container = {"libmp3lame": "mp3", "aac": "adts"}[codec]
    with av.open(buffer, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate_hz)
        stream.bit_rate = kilobits * 1000
        stream.layout = "mono" if samples.shape[1] == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=stream.layout.name)
        frame.sample_rate, frame.time_base, frame.pts = rate_hz, Fraction(1, rate_hz), 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            target.mux(packet)
    buffer.seek(0)
    with av.open(buffer) as source:
        parts = [decoded.to_ndarray() for decoded in source.decode(audio=0)]
    return np.concatenate(parts, axis=1).T.astype(np.float32)


def _resampled(samples: Samples, from_hz: int, to_hz: int, window: tuple[str, float]) -> Samples:
    common = gcd(from_hz, to_hz)
    return signal.resample_poly(samples, to_hz // common, from_hz // common, axis=0, window=window)


def _scaled(mono: NDArray[np.float64], draw: np.random.Generator) -> Samples:
    return (draw.uniform(0.2, 0.95) * mono / np.abs(mono).max())[:, None].astype(np.float32)


def _saw(axis: NDArray[np.float64], hertz: float) -> NDArray[np.float64]:
    return _harmonics(np.exp(2j * np.pi * hertz * axis), int(22_000 / hertz))


def _harmonics(first: NDArray[np.complex128], end: int) -> NDArray[np.float64]:
    """Sum the imaginary parts of the powers of a rotation, each divided by its number: much faster than sines."""
    found, power = np.zeros(first.size), first.copy()
    for number in range(1, end):
        found += power.imag / number
        power *= first
    return found


def _drums(draw: np.random.Generator, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    found = 0.0003 * draw.normal(0, 1, axis.size)
    step = 15 / draw.uniform(80, 174)
    for number in range(int(SECONDS / step)):
        start = int(number * step * RATE_HZ)
        left = axis[: axis.size - start]
        hit = draw.normal(0, 1, left.size) * np.exp(-left * draw.uniform(15, 120)) * draw.uniform(0.1, 0.6)
        if number % 4 == 0:
            hit = hit * 0.3 + np.sin(2 * np.pi * 55 * left) * np.exp(-left * 18)
        found[start:] += hit
    return found


def _plucks(draw: np.random.Generator, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    found = 0.0001 * draw.normal(0, 1, axis.size)
    for number in range(8):
        start = int(number * SECONDS / 8 * RATE_HZ)
        left = axis[: axis.size - start]
        hertz = draw.uniform(110, 440)
        first = np.exp((2j * np.pi * hertz - 0.4) * left)
        found[start:] += _harmonics(first, int(21_000 / hertz)) * np.exp(-2 * left)
    return found
