"""Sound sources that every instrument is made of: oscillators, envelopes, noise, seeds.

Signals are float32 at ``RATE_HZ``; mono is shape (n,), stereo is shape (n, 2).
"""

import hashlib
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
# Always float32 at run time; the stubs of numpy lose that in mixed arithmetic.
Signal: TypeAlias = NDArray[np.floating[Any]]
Audio: TypeAlias = NDArray[np.float32]

_TABLE_SIZE = 4096
_HIGHEST_PARTIAL_HZ = 17_000.0


def seeded(*parts: object) -> np.random.Generator:
    """Return a generator that depends only on the given words and numbers.

    Args:
        parts: anything with a stable text form.

    Returns:
        A generator that gives the same stream in every process.
    """
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(digest[:8], "big")))


def frames(seconds: float) -> int:
    """Return the number of samples in a duration, at least 1."""
    return max(1, round(seconds * RATE_HZ))


def seconds_axis(length: int) -> Signal:
    """Return the time of each of ``length`` samples in seconds."""
    return np.arange(length, dtype=np.float32) / np.float32(RATE_HZ)


def noise(rng: np.random.Generator, length: int) -> Signal:
    """Return white noise with a standard deviation of about 0.33."""
    return rng.standard_normal(length, dtype=np.float32) * np.float32(0.33)


def fall(length: int, seconds: float) -> Signal:
    """Return an exponential decay from 1 that falls by 60 dB in ``seconds``."""
    return np.exp(seconds_axis(length) * np.float32(-6.908 / max(seconds, 1e-4)))


def swell(length: int, *, attack: float, release: float) -> Signal:
    """Return a plateau with raised-cosine ends.

    Args:
        length: samples, including both ends.
        attack: rise in seconds.
        release: fall in seconds.

    Returns:
        Gain curve, shape (length,), 0-1.
    """
    rise = min(frames(attack), length // 2)
    drop = min(frames(release), length - rise)
    curve = np.ones(length, dtype=np.float32)
    curve[:rise] = _half_cosine(rise)
    if drop:
        curve[length - drop :] *= _half_cosine(drop)[::-1]
    return curve


def keyed(length: int, *, attack: float, settle: float, sustain: float, release: float) -> Signal:
    """Return a key-press envelope whose release lies inside ``length``.

    Args:
        length: samples from key down to silence.
        attack: rise in seconds.
        settle: time constant of the fall to the sustained level, in seconds.
        sustain: level held, 0-1.
        release: fall in seconds.

    Returns:
        Gain curve, shape (length,), 0-1.
    """
    body = sustain + (1.0 - sustain) * np.exp(seconds_axis(length) / np.float32(-settle))
    return (body * swell(length, attack=attack, release=release)).astype(np.float32)


def tone(shape: str, hz: float | Signal, length: int, *, phase: float = 0.0) -> Signal:
    """Run a band-limited oscillator.

    Args:
        shape: ``sine``, ``saw``, ``soft``, ``square``, ``pulse``, ``triangle`` or ``organ``.
        hz: frequency, constant or one value a sample.
        length: samples.
        phase: starting point in cycles.

    Returns:
        Mono signal with a peak of about 1.
    """
    if isinstance(hz, np.ndarray):
        cycles = np.cumsum(hz, dtype=np.float64) / RATE_HZ + phase
        highest = float(hz.max())
    else:
        cycles = np.arange(length, dtype=np.float64) * (hz / RATE_HZ) + phase
        highest = hz
    index = (cycles * _TABLE_SIZE).astype(np.int64) & (_TABLE_SIZE - 1)
    return _table(shape, _partials(highest))[index]


def midi_hz(pitch: float) -> float:
    """Return the frequency of a MIDI note number, A4 = 69 = 440 Hz."""
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)


def panned(mono: Signal, position: float) -> Signal:
    """Place a mono signal in the stereo field at constant power.

    Args:
        mono: shape (n,).
        position: -1 is left, 1 is right.

    Returns:
        Stereo signal, shape (n, 2).
    """
    angle = (position + 1.0) * np.pi / 4.0
    gains = np.array([np.cos(angle), np.sin(angle)], dtype=np.float32) * np.float32(np.sqrt(2.0))
    return mono[:, None] * gains


def _half_cosine(length: int) -> Signal:
    ramp = (np.arange(length, dtype=np.float32) + np.float32(0.5)) / np.float32(max(length, 1))
    return (0.5 - 0.5 * np.cos(np.pi * ramp)).astype(np.float32)


def _partials(hz: float) -> int:
    # Rounded down to half octaves, so that few tables serve all notes without aliasing.
    exact = max(1.0, _HIGHEST_PARTIAL_HZ / max(hz, 1.0))
    return min(512, max(1, int(2.0 ** (np.floor(np.log2(exact) * 2.0) / 2.0))))


@lru_cache(maxsize=256)
def _table(shape: str, partials: int) -> Signal:
    number = np.arange(1, partials + 1, dtype=np.float64)
    odd = number % 2 == 1
    strengths = {
        "sine": (number == 1) * 1.0,
        "saw": 1.0 / number,
        "soft": number**-1.7,
        "square": odd / number,
        "pulse": np.sin(np.pi * 0.22 * number) / number,
        "triangle": odd * (-1.0) ** ((number - 1) // 2) / number**2,
        "organ": np.isin(number, (1, 2, 3, 4, 6, 8)) * number**-0.7,
    }
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, dtype=np.complex128)
    spectrum[1 : partials + 1] = -1j * strengths[shape]
    wave = np.fft.irfft(spectrum, _TABLE_SIZE)
    table = (wave / np.abs(wave).max()).astype(np.float32)
    table.setflags(write=False)
    return table
