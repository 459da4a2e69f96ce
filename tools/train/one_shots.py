"""Synthesised one-shots with a known note, to fit and to test the note estimator; the same seed gives the same sounds.

A preset is one draw of every parameter of its kind, and its sounds share a group. Presets used for fitting are never tested.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE_HZ = 44_100
PRESETS, FITTED_PRESETS, NOTES = 64, 40, 2
_DETUNING_CENTS = 35.0

Floats = NDArray[np.float64]
Chance = np.random.Generator


@dataclass(frozen=True)
class OneShot:
    """A synthesised sound.

    Args:
        kind: what it imitates.
        group: its kind and preset.
        midi: its note with cents as decimals; None for unpitched sounds and chords.
        samples: float32, shape (n,), at ``RATE_HZ``.
    """

    kind: str
    group: str
    midi: float | None
    samples: NDArray[np.float32]


def hertz(midi: float) -> float:
    """Return the frequency of a MIDI note number."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def generate(*, is_held_out: bool) -> Iterator[OneShot]:
    """Render all sounds of the presets for fitting, or of the held-out ones."""
    presets = range(FITTED_PRESETS, PRESETS) if is_held_out else range(FITTED_PRESETS)
    for number, (kind, (make, lowest, highest)) in enumerate(PITCHED.items()):
        for preset in presets:
            yield from _pitched(kind, make, (lowest, highest), preset, seed=1_000 * number + preset)
    for number, (kind, imitate) in enumerate(UNPITCHED.items()):
        for preset in presets:
            chance = np.random.default_rng(1_000_000 + 1_000 * number + preset)
            yield OneShot(kind, f"{kind}-{preset}", None, _finished(imitate(chance), chance, is_pitched=False))


def _pitched(
    kind: str, make: Callable[[float, Chance], Floats], span: tuple[int, int], preset: int, *, seed: int
) -> Iterator[OneShot]:
    notes = np.random.default_rng(500_000 + seed)
    for _ in range(NOTES):
        midi = float(notes.integers(span[0], span[1] + 1)) + notes.uniform(-1, 1) * _DETUNING_CENTS / 100
        chance = np.random.default_rng(seed)  # the same preset at another note
        yield OneShot(kind, f"{kind}-{preset}", midi, _finished(make(hertz(midi), chance), chance, is_pitched=True))


def _finished(sound: Floats, chance: Chance, *, is_pitched: bool) -> NDArray[np.float32]:
    """Apply what happens to sounds: drive, noise, a room, a small speaker, and silence before and after."""
    sound = sound / max(float(np.abs(sound).max()), 1e-9)
    if chance.random() < 0.25:
        drive = chance.uniform(2, 12)
        sound = np.tanh(drive * sound) if chance.random() < 0.6 else np.clip(drive / 3 * sound, -0.5, 0.5)
    if chance.random() < 0.2:
        decay = np.exp(-_time(chance.uniform(0.2, 0.8)) / chance.uniform(0.05, 0.2))
        room = decay * chance.standard_normal(decay.size)
        sound = sound + 0.02 * signal.fftconvolve(np.pad(sound, (0, decay.size)), room)[: sound.size]
    if is_pitched and chance.random() < 0.25:
        noise = chance.standard_normal(sound.size)
        sound = sound + noise * float(sound.std()) * 10 ** (-chance.uniform(6, 30) / 20)
    if chance.random() < 0.1:
        sound = _band(sound, 300.0, 5_000.0)
    if chance.random() < 0.1:
        steps = 2 ** chance.integers(4, 8)
        sound = np.round(sound * steps) / steps
    sound = np.pad(sound, (int(chance.choice([0, 0, 400, 4_000])), int(chance.choice([0, 0, 8_000]))))
    return (0.9 * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


def _time(seconds: float) -> Floats:
    return np.arange(int(seconds * RATE_HZ)) / RATE_HZ


def _envelope(t: Floats, attack: float, decay: float) -> Floats:
    release = np.minimum(1.0, (t[-1] - t) / 0.01)
    return np.minimum(1.0, t / max(attack, 1e-4)) * np.exp(-t / decay) * release


def _swept(frequency: Floats) -> Floats:
    return 2 * np.pi * np.cumsum(frequency) / RATE_HZ


def _band(sound: Floats, low: float, high: float) -> Floats:
    return np.asarray(signal.sosfilt(signal.butter(2, (low, high), "bandpass", fs=RATE_HZ, output="sos"), sound))


def _low(sound: Floats, cutoff: float) -> Floats:
    return np.asarray(signal.sosfilt(signal.butter(2, min(cutoff, 20_000), fs=RATE_HZ, output="sos"), sound))


def _partials(frequency: Floats, ratios: Floats, levels: Floats, decays: Floats, t: Floats) -> Floats:
    phase = _swept(frequency)
    heard = frequency.max() * ratios < 0.45 * RATE_HZ
    return sum(
        (level * np.exp(-t / decay) * np.sin(ratio * phase) for ratio, level, decay in zip(ratios[heard], levels[heard], decays[heard], strict=True)),
        start=np.zeros(t.size),
    )  # fmt: skip


def _harmonics(frequency: Floats, slope: float, chance: Chance, *, odd: bool = False, count: int = 40) -> Floats:
    numbers = np.arange(1, 2 * count, 2) if odd else np.arange(1, count + 1)
    phase = _swept(frequency)
    kept = numbers[numbers * frequency.max() < 0.45 * RATE_HZ]
    turns = chance.uniform(0, 2 * np.pi, count)
    return sum(
        (number**-slope * np.sin(number * phase + turn) for number, turn in zip(kept, turns, strict=False)),
        start=np.zeros(frequency.size),
    )


def _sub(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.5, 2.0))
    frequency = hz * (1 + chance.uniform(0, 4) * np.exp(-t / chance.uniform(0.008, 0.05)))
    frequency *= 2 ** (-chance.uniform(0, 0.3) / 12 * t / t[-1])
    body = np.tanh(chance.uniform(0.5, 6) * np.sin(_swept(frequency)) * _envelope(t, 0.002, chance.uniform(0.2, 1.5)))
    click = chance.uniform(0, 0.5) * chance.standard_normal(t.size) * np.exp(-t / 0.004)
    return body + click


def _slide(hz: float, chance: Chance) -> Floats:
    """An 808 that starts or ends on another note; the note is the one that lasts longer."""
    t = _time(chance.uniform(0.9, 2.0))
    step, speed = chance.choice([-12, -7, -5, 5, 7, 12]), chance.uniform(0.02, 0.12)
    at = t[-1] * (chance.uniform(0.1, 0.25) if chance.random() < 0.5 else chance.uniform(0.75, 0.9))
    turn = 1 / (1 + np.exp(-(t - at) / (speed / 4)))
    away = 1 - turn if at < t[-1] / 2 else turn
    body = np.sin(_swept(hz * 2 ** (step * away / 12))) * _envelope(t, 0.003, chance.uniform(0.7, 2.0))
    return np.tanh(chance.uniform(0.5, 5) * body)


def kick(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.25, 0.8))
    fall = chance.uniform(0.006, 0.025)
    frequency = hz * (1 + chance.uniform(2, 12) * np.exp(-t / fall))
    body = np.sin(_swept(frequency)) * _envelope(t, 0.001, chance.uniform(0.08, 0.35))
    click = chance.uniform(0, 0.6) * chance.standard_normal(t.size) * np.exp(-t / chance.uniform(0.001, 0.006))
    return np.tanh(chance.uniform(0.7, 4) * body) + click


def bass(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.3, 1.5))
    steady = np.full(t.size, hz)
    tone = _harmonics(steady, chance.uniform(0.7, 1.6), chance, odd=chance.random() < 0.4)
    if chance.random() < 0.4:
        tone += _harmonics(steady * 2 ** (chance.uniform(4, 14) / 1200), 1.0, chance)
    if chance.random() < 0.3:
        tone += chance.uniform(0.3, 1.0) * np.sin(_swept(steady / 2)) if chance.random() < 0.2 else tone
    return _low(tone, hz * chance.uniform(2, 30)) * _envelope(t, 0.004, chance.uniform(0.2, 2.0))


def fm(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.3, 1.5))
    phase, ratio = _swept(np.full(t.size, hz)), float(chance.choice([1, 1, 2, 3]))
    index = chance.uniform(0.5, 6) * np.exp(-t / chance.uniform(0.05, 0.6))
    return np.sin(phase + index * np.sin(ratio * phase)) * _envelope(t, 0.003, chance.uniform(0.2, 1.2))


def pluck(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.4, 1.8))
    numbers = np.arange(1, 31)
    stiff = chance.uniform(0, 4e-4)
    where = chance.uniform(0.08, 0.4)
    levels = np.abs(np.sin(np.pi * numbers * where)) / numbers
    decays = chance.uniform(0.3, 1.2) / numbers ** chance.uniform(0.3, 0.9)
    tone = _partials(np.full(t.size, hz), numbers * np.sqrt(1 + stiff * numbers**2), levels, decays, t)
    return tone * _envelope(t, 0.001, 5.0) + 0.1 * chance.standard_normal(t.size) * np.exp(-t / 0.008)


def organ(hz: float, chance: Chance) -> Floats:
    """Render an organ or a plain electric piano: few partials, octaves strong."""
    t = _time(chance.uniform(0.3, 1.4))
    ratios, levels = np.array([0.5, 1.0, 2.0, 3.0, 4.0, 6.0]), chance.uniform(0.05, 1.0, 6)
    levels[0] *= 0.3
    levels[1] += 0.7
    return _partials(np.full(t.size, hz), ratios, levels, np.full(6, 5.0), t) * _envelope(
        t, 0.006, chance.uniform(0.2, 2.0)
    )


def stab(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.15, 0.7))
    voices = [
        _harmonics(np.full(t.size, hz * 2 ** (cents / 1200)), 1.0, chance)
        for cents in chance.uniform(-16, 16, 1 + int(chance.integers(5)))
    ]
    if chance.random() < 0.3:
        voices.append(0.7 * _harmonics(np.full(t.size, 2 * hz), 1.0, chance))
    return _low(np.sum(voices, axis=0), chance.uniform(800, 9_000)) * _envelope(t, 0.003, chance.uniform(0.08, 0.5))


def _vocal(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.25, 1.4))
    vibrato = chance.uniform(0, 50) * np.sin(2 * np.pi * chance.uniform(4.5, 6.5) * t) * np.minimum(1, t / 0.3)
    scoop = -chance.uniform(0, 250) * np.exp(-t / chance.uniform(0.03, 0.07))
    source = _harmonics(hz * 2 ** ((vibrato + scoop) / 1200), 1.1, chance, count=60)
    source += chance.uniform(0.02, 0.4) * chance.standard_normal(t.size)
    formants = [(700, 1_100, 2_500), (300, 2_200, 2_900), (400, 800, 2_600), (500, 1_700, 2_500)][chance.integers(4)]
    tone = sum(
        (level * _band(source, at * 0.93, at * 1.07) for level, at in zip((1, 0.6, 0.3), formants, strict=True)),
        start=0.08 * source,
    )
    return tone * _envelope(t, chance.uniform(0.005, 0.08), chance.uniform(0.3, 3.0))


def _bell(hz: float, chance: Chance) -> Floats:
    """Partials of a church bell around its strike note."""
    t = _time(chance.uniform(0.8, 2.5))
    ratios = np.array([0.5, 1.0, 1.2, 1.5, 2.0, 2.5, 2.67, 3.0, 4.1, 5.4])
    ratios[2:] *= 1 + chance.uniform(-0.008, 0.008, 8)
    levels = np.array([0.4, 0.7, 0.5, 0.25, 1.0, 0.3, 0.25, 0.5, 0.3, 0.2]) * chance.uniform(0.5, 1.4, 10)
    decays = chance.uniform(0.6, 1.5) * np.array([2.0, 1.2, 0.8, 0.5, 0.7, 0.4, 0.4, 0.35, 0.2, 0.15])
    return _partials(np.full(t.size, hz), ratios, levels, decays, t) * _envelope(t, 0.001, 5.0)


def _mallet(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.3, 1.5))
    ratios = np.array([1.0, *[(3.93, 9.5), (2.76, 5.4), (3.0, 6.2), (4.0, 10.1)][chance.integers(4)]])
    decays = chance.uniform(0.15, 0.8) * np.array([1.0, 0.35, 0.15])
    levels = np.array([1.0, chance.uniform(0.1, 0.7), chance.uniform(0.05, 0.4)])
    knock = chance.uniform(0, 0.3) * chance.standard_normal(t.size) * np.exp(-t / 0.005)
    return _partials(np.full(t.size, hz), ratios, levels, decays, t) * _envelope(t, 0.001, 5.0) + knock


def _tom(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.25, 0.9))
    frequency = hz * (1 + chance.uniform(0.05, 0.6) * np.exp(-t / chance.uniform(0.01, 0.04)))
    decays = chance.uniform(0.12, 0.4) * np.array([1.0, 0.3, 0.2, 0.15])
    tone = _partials(frequency, np.array([1.0, 1.59, 2.14, 2.3]), np.array([1.0, 0.3, 0.2, 0.15]), decays, t)
    skin = chance.uniform(0.05, 0.4) * _low(chance.standard_normal(t.size), 4_000) * np.exp(-t / 0.02)
    return tone * _envelope(t, 0.001, 5.0) + skin


def _wind(hz: float, chance: Chance) -> Floats:
    t = _time(chance.uniform(0.3, 1.5))
    drift = 2 ** (chance.uniform(5, 20) * np.sin(2 * np.pi * 5 * t) / 1200)
    tone = _harmonics(hz * drift, chance.uniform(1.2, 2.5), chance, count=12)
    breath = chance.uniform(0.1, 0.8) * _band(chance.standard_normal(t.size), max(hz / 2, 40), min(6 * hz, 15_000))
    return (tone + breath) * _envelope(t, chance.uniform(0.01, 0.1), 4.0)


def hat(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.04, 0.6))
    source = chance.standard_normal(t.size)
    if chance.random() < 0.5:
        tones = chance.uniform(1_500, 6_000, 6)
        source = sum((np.sign(np.sin(2 * np.pi * tone * t)) for tone in tones), start=0.3 * source)
    return _band(source, chance.uniform(4_000, 8_000), 18_000) * np.exp(-t / chance.uniform(0.02, 0.3))


def _snare(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.12, 0.5))
    fall = np.exp(-t / 0.01)
    body = np.sin(_swept(chance.uniform(150, 260) * (1 + fall))) * np.exp(-t / chance.uniform(0.02, 0.06))
    wires = _band(chance.standard_normal(t.size), 800, 14_000) * np.exp(-t / chance.uniform(0.05, 0.2))
    return body * chance.uniform(0.1, 0.8) + wires


def _clap(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.15, 0.5))
    starts = np.cumsum(chance.uniform(0.008, 0.015, 4))
    bursts = sum((np.where(t > at, np.exp(-np.maximum(t - at, 0) / 0.012), 0) for at in starts), start=np.zeros(t.size))
    return _band(chance.standard_normal(t.size), chance.uniform(500, 1_000), chance.uniform(2_000, 6_000)) * bursts


def _noise(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.2, 2.0))
    low = chance.uniform(40, 2_000)
    sound = _band(chance.standard_normal(t.size), low, min(low * chance.uniform(3, 30), 18_000))
    return sound * _envelope(t, chance.uniform(0.001, 0.5), chance.uniform(0.1, 3.0))


def _zap(chance: Chance) -> Floats:
    """A sweep that never settles."""
    t = _time(chance.uniform(0.1, 1.5))
    octaves = chance.uniform(1.5, 5) * chance.choice([-1, 1])
    start = chance.uniform(60, 300) if octaves > 0 else chance.uniform(1_000, 4_000)
    return _harmonics(start * 2 ** (octaves * t / t[-1]), 2.0, chance, count=6) * _envelope(t, 0.002, t[-1])


def _cymbal(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.5, 2.5))
    tones = chance.uniform(200, 9_000, 40)
    ring = sum(
        (np.sin(2 * np.pi * tone * t + tone) * np.exp(-t / chance.uniform(0.1, 1.0)) for tone in tones),
        start=np.zeros(t.size),
    )
    return ring + chance.uniform(0.5, 4) * _band(chance.standard_normal(t.size), 2_000, 16_000) * np.exp(-t / 0.4)


def _click(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.03, 0.15))
    modes = chance.uniform(500, 5_000, int(chance.integers(3, 7)))
    knock = sum((np.sin(2 * np.pi * mode * t) for mode in modes), start=np.zeros(t.size))
    return (knock + chance.uniform(0, 2) * chance.standard_normal(t.size)) * np.exp(-t / chance.uniform(0.003, 0.012))


def _dead_kick(chance: Chance) -> Floats:
    """A kick whose pitch falls as long as it sounds."""
    t = _time(chance.uniform(0.1, 0.35))
    frequency = 35 + chance.uniform(150, 700) * np.exp(-t / chance.uniform(0.04, 0.09))
    return np.sin(_swept(frequency)) * np.exp(-t / chance.uniform(0.03, 0.07)) + 0.5 * chance.standard_normal(
        t.size
    ) * np.exp(-t / 0.004)


def _chord(chance: Chance) -> Floats:
    """A chord, close or open over its root, of one of four timbres."""
    steps = _CHORDS[chance.integers(len(_CHORDS))]
    root, seed = chance.uniform(38, 64), int(chance.integers(1_000_000))
    make = (bass, fm, pluck, stab)[chance.integers(4)]
    return np.sum([make(hertz(root + step), np.random.default_rng(seed)) for step in steps], axis=0)


_CHORDS = (
    (0, 4, 7), (0, 3, 7), (0, 7, 16), (0, 7, 12, 16), (0, 7, 12, 15), (0, 12, 16, 19), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7), (0, 2, 7), (0, 3), (0, 4), (0, 5),
    (0, 3, 6), (0, 19, 24, 28), (0, 12, 15, 19), (0, 7, 15), (0, 4, 7, 12),
)  # fmt: skip


def _rain(chance: Chance) -> Floats:
    t = _time(chance.uniform(0.6, 2.0))
    drops = (chance.random(t.size) < 40 / RATE_HZ) * chance.uniform(0.2, 1.0, t.size)
    return 0.1 * chance.standard_normal(t.size) + signal.fftconvolve(drops, _click(chance))[: t.size]


PITCHED: dict[str, tuple[Callable[[float, Chance], Floats], int, int]] = {
    "808": (_sub, 24, 45), "808 slide": (_slide, 26, 45), "kick": (kick, 26, 40), "bass": (bass, 28, 52), "fm": (fm, 36, 76), "pluck": (pluck, 36, 84),
    "stab": (stab, 40, 76), "vocal": (_vocal, 43, 76), "bell": (_bell, 55, 88), "mallet": (_mallet, 48, 88), "tom": (_tom, 36, 55), "wind": (_wind, 55, 91),
}  # fmt: skip
UNPITCHED: dict[str, Callable[[Chance], Floats]] = {
    "hat": hat, "snare": _snare, "clap": _clap, "noise": _noise, "zap": _zap, "cymbal": _cymbal, "click": _click, "dead kick": _dead_kick, "rain": _rain, "chord": _chord,
    "chord 2": _chord, "chord 3": _chord, "chord 4": _chord,
}  # fmt: skip
