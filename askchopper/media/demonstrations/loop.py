"""A demo loop of two bars at 120 BPM: drums, bass and chords, synthesized with NumPy. Deterministic; its length is a whole number of samples."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from askchopper.media.demonstrations import BEATS, BPM
from askchopper.media.demonstrations.filters import band, filtered

RATE_HZ = 44_100
BEAT_SAMPLES = round(RATE_HZ * 60 / BPM)
LOOP_SAMPLES = BEATS * BEAT_SAMPLES
_TABLE = 4_096  # samples of a cycle
Signal = NDArray[np.float64]
Hits = Sequence[tuple[float, float]]  # place in beats, level

_A_MINOR, _F_MAJOR = (220.0, 261.63, 329.63), (174.61, 220.0, 261.63)


def _time(seconds: float) -> Signal:
    return np.arange(round(seconds * RATE_HZ)) / RATE_HZ


def _noise(seconds: float, seed: int) -> Signal:
    return np.random.default_rng(seed).uniform(-1, 1, round(seconds * RATE_HZ))


def kick() -> Signal:
    """A kick: a sine that falls from 160 to 50 Hz, with a click."""
    t = _time(0.32)
    phase = 2 * np.pi * (50 * t + 110 * 0.035 * (1 - np.exp(-t / 0.035)))
    return np.sin(phase) * np.exp(-t / 0.11) + 0.2 * _noise(0.32, 1) * np.exp(-t / 0.003)


def snare() -> Signal:
    """A snare: a short tone at 190 Hz under filtered noise."""
    t = _time(0.24)
    rattle = filtered(band(900, None, RATE_HZ), _noise(0.24, 2))
    return 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05) + 0.8 * rattle * np.exp(-t / 0.07)


def hat(*, seconds: float = 0.06) -> Signal:
    """A hi-hat: noise above 7 kHz."""
    t = _time(seconds * 3)
    return filtered(band(7_000, None, RATE_HZ), _noise(seconds * 3, 3)) * np.exp(-t / seconds)


def saw(hertz: float, seconds: float, *, phase: float = 0.0) -> Signal:
    """A sawtooth wave without harmonics above 16 kHz, so that it does not alias."""
    turns = hertz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ + phase
    return np.interp(turns % 1.0, np.arange(_TABLE + 1) / _TABLE, _saw_cycle(min(_TABLE // 4, int(16_000 / hertz))))


@lru_cache(maxsize=64)
def _saw_cycle(harmonics: int) -> Signal:
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=complex)
    places = np.arange(1, harmonics + 1)
    spectrum[places] = -1j * _TABLE / (np.pi * places) * 0.5
    cycle = np.fft.irfft(spectrum, _TABLE)
    return np.append(cycle, cycle[0])


def place(sounds: Sequence[tuple[Signal, Hits]]) -> Signal:
    """Mix sounds at the beats and levels of their hits; tails wrap around to the start, so that the loop is seamless."""
    mix = np.zeros(LOOP_SAMPLES)
    for sound, hits in sounds:
        for beat, level in hits:
            start = round(beat * BEAT_SAMPLES)
            index = np.arange(start, start + len(sound)) % LOOP_SAMPLES
            np.add.at(mix, index, level * sound)
    return mix


@lru_cache(maxsize=16)
def drums(*, swing: float = 0.5, is_half_time: bool = False) -> Signal:
    """The drum part.

    Args:
        swing: share of an eighth note at which its second sixteenth falls; 0.5 is straight.
        is_half_time: whether the snare comes half as often.
    """
    sixteenths = [step / 4 if step % 2 == 0 else (step - 1) / 4 + swing / 2 for step in range(BEATS * 4)]
    hats = [(at, 0.34 if n % 4 == 2 else 0.22 if n % 2 == 0 else 0.15) for n, at in enumerate(sixteenths)]
    if is_half_time:
        kicks, snares = [(0.0, 0.9), (1.5, 0.7), (5.5, 0.7)], [(2.0, 0.8), (6.0, 0.8)]
    else:
        kicks = [(0.0, 0.9), (sixteenths[10], 0.7), (4.0, 0.9), (sixteenths[23], 0.6)]
        snares = [(1.0, 0.8), (3.0, 0.8), (5.0, 0.8), (7.0, 0.8), (sixteenths[29], 0.25)]
    return place([(kick(), kicks), (snare(), snares), (hat(), hats)])


@lru_cache(maxsize=16)
def four_kicks() -> Signal:
    """A kick on every beat."""
    return place([(kick(), [(float(beat), 0.9) for beat in range(BEATS)])])


@lru_cache(maxsize=16)
def bass(*, is_sustained: bool = False) -> Signal:
    """A bass line of filtered sawtooth waves; with ``is_sustained``, one held note per bar."""
    notes = [(55.0, 0.0, 4.0), (43.65, 4.0, 4.0)]
    if not is_sustained:
        notes = [(55.0, at, 0.5) for at in (0.5, 1.5, 2.5, 3.5)] + [(43.65, at, 0.5) for at in (4.5, 5.5, 6.5, 7.25)]
    parts = [(_faded(saw(hertz, beats * 60 / BPM)), [(at, 0.5)]) for hertz, at, beats in notes]
    return filtered(band(None, 500, RATE_HZ), place(parts))


@lru_cache(maxsize=16)
def chords(*, detune_cents: float = 0.0, voices: int = 1) -> Signal:
    """Two sustained sawtooth chords; several voices are spread by ``detune_cents`` on either side of the pitch."""
    spread = np.linspace(-1, 1, voices) * detune_cents if voices > 1 else np.zeros(1)
    parts = []
    for start, notes in ((0.0, _A_MINOR), (4.0, _F_MAJOR)):
        for hertz in notes:
            for n, cents in enumerate(spread):
                tone = saw(hertz * 2 ** (float(cents) / 1200), 2.0, phase=0.11 * n)
                parts.append((_faded(tone), [(start, 0.3 / len(spread) ** 0.5)]))
    return filtered(band(120, 5_000, RATE_HZ), place(parts))


@lru_cache(maxsize=16)
def pluck_line() -> Signal:
    """A short melody of plucked saws with rests."""
    t = _time(0.35)
    melody = ((0.0, 440.0), (0.75, 523.25), (1.5, 659.25), (4.0, 440.0), (4.75, 523.25), (5.5, 349.23))
    parts = [(saw(hertz, 0.35) * np.exp(-t / 0.09), [(at, 0.6)]) for at, hertz in melody]
    return filtered(band(None, 6_000, RATE_HZ), place(parts))


@lru_cache(maxsize=16)
def full() -> Signal:
    """Drums, bass and chords together."""
    return drums() + 0.8 * bass() + 0.5 * chords()


def _faded(tone: Signal, *, seconds: float = 0.01) -> Signal:
    size = round(seconds * RATE_HZ)
    ramp = np.ones(len(tone))
    ramp[:size] = np.linspace(0, 1, size)
    ramp[-size:] = np.linspace(1, 0, size)
    return tone * ramp
