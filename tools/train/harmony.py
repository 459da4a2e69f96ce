"""Synthesised chords and loops with a known mode, half major and half minor in every texture, and some without a third.

Real material leans to minor in loops and to major in scores, and a model learns that instead of the third. A preset is one draw
of every parameter; its sounds share a group.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from askchopper.musical_key import Mode, MusicalKey
from tools.train import one_shots
from tools.train.one_shots import RATE_HZ, Chance, Floats, hertz

PRESETS, FITTED_PRESETS = 75, 60
_MORE_WITHOUT = 2  # sounds of a preset without a third, so that they are not too few
_TIMBRES = (one_shots.stab, one_shots.pluck, one_shots.fm, one_shots.organ, one_shots.bass)
_VOICINGS: dict[str, tuple[tuple[int, ...], ...]] = {
    # Steps from the root; 3 stands for the third of the mode.
    "close": ((0, 3, 7), (0, 3, 7, 12), (3, 7, 12), (7, 12, 15)), "open": ((0, 7, 12, 15), (0, 7, 15), (0, 12, 15, 19), (0, 15, 19, 24), (0, 19, 27)),
}  # fmt: skip
_NO_THIRD = ((0, 7), (0, 7, 12), (0, 12), (0, 12, 19), (0, 7, 12, 19))
_MAJOR_SCALE, _MINOR_SCALE = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Harmony:
    """A synthesised sound.

    Args:
        texture: what it consists of.
        group: its texture and preset.
        key: the key; None where no third sounds.
        samples: float32, shape (n,), at ``RATE_HZ``.
    """

    texture: str
    group: str
    key: MusicalKey | None
    samples: NDArray[np.float32]


def generate(*, is_held_out: bool) -> Iterator[Harmony]:
    """Render all sounds of the presets for fitting, or of the held-out ones; each with a third in both modes."""
    presets = range(FITTED_PRESETS, PRESETS) if is_held_out else range(FITTED_PRESETS)
    for number, (texture, make) in enumerate(TEXTURES.items()):
        for preset in presets:
            seed = 3_000_000 + 1_000 * number + preset
            tonic = int(np.random.default_rng(seed).integers(12))
            for mode in Mode:
                chance = np.random.default_rng(seed + 500 * (mode is Mode.MINOR))
                sound = _finished(make((tonic, mode), chance), chance)
                yield Harmony(texture, f"{texture}-{preset}", MusicalKey(tonic, mode), sound)
    for number, (texture, sound_of) in enumerate(WITHOUT_THIRD.items()):
        for preset in presets:
            for copy in range(1 if is_held_out else _MORE_WITHOUT):
                chance = np.random.default_rng(4_000_000 + 10_000 * copy + 1_000 * number + preset)
                yield Harmony(texture, f"{texture}-{preset}", None, _finished(sound_of(chance), chance))


def _finished(sound: Floats, chance: Chance) -> NDArray[np.float32]:
    sound = sound / max(float(np.abs(sound).max()), 1e-9)
    if chance.random() < 0.25:
        sound = np.tanh(chance.uniform(1, 4) * sound)
    if chance.random() < 0.3:
        sound = sound + chance.standard_normal(sound.size) * float(sound.std()) * 10 ** (-chance.uniform(12, 35) / 20)
    return (0.8 * sound / max(float(np.abs(sound).max()), 1e-9)).astype(np.float32)


@dataclass
class _Track:
    """A mix of the length of some beats, into which notes are placed."""

    seconds: float

    def __post_init__(self) -> None:
        self.mix = np.zeros(int(self.seconds * RATE_HZ))

    def add(self, sound: Floats, at: float, level: float = 1.0) -> None:
        start = int(at * RATE_HZ)
        piece = sound[: max(0, self.mix.size - start)]
        self.mix[start : start + piece.size] += level * piece / max(float(np.abs(sound).max()), 1e-9)


def _player(chance: Chance, *, low: int = 0) -> Callable[[float], Floats]:
    """Return an instrument: the same timbre and parameters at any pitch, slightly out of tune as a whole."""
    make, seed = _TIMBRES[low or chance.integers(4)], int(chance.integers(1_000_000))
    tuning = chance.normal(0, 0.12)
    return lru_cache(maxsize=64)(lambda midi: make(hertz(midi + tuning), np.random.default_rng(seed)))


def _steps(steps: Sequence[int], mode: Mode) -> list[int]:
    """Replace the minor thirds of a voicing by those of the mode."""
    return [step + (mode is Mode.MAJOR and step % 12 == 3) for step in steps]


def _voicing(chance: Chance, name: str, mode: Mode) -> list[int]:
    options = _VOICINGS[name]
    return _steps(options[chance.integers(len(options))], mode)


def _struck(play: Callable[[float], Floats], notes: Sequence[float]) -> Floats:
    sounds = [play(note) for note in notes]
    mix = np.zeros(max(sound.size for sound in sounds))
    for sound in sounds:
        mix[: sound.size] += sound
    return mix


def _hit(name: str) -> Callable[[tuple[int, Mode], Chance], Floats]:
    def make(key: tuple[int, Mode], chance: Chance) -> Floats:
        root = key[0] + 12 * int(chance.integers(3, 6))
        return _struck(_player(chance), [root + step for step in _voicing(chance, name, key[1])])

    return make


def _loop(name: str) -> Callable[[tuple[int, Mode], Chance], Floats]:
    """One chord in a rhythm, over its root or not, with a kick or not."""

    def make(key: tuple[int, Mode], chance: Chance) -> Floats:
        beat = 60 / chance.uniform(85, 140)
        track, play = _Track(8 * beat), _player(chance)
        root = key[0] + 12 * int(chance.integers(4, 6))
        chord = _struck(play, [root + step for step in _voicing(chance, name, key[1])])
        for half in np.flatnonzero(chance.random(16) < 0.4) if chance.random() < 0.7 else range(0, 16, 2):
            track.add(chord, half * beat / 2)
        _bass_and_drums(track, [key[0]] * 8, beat, chance)
        return track.mix

    return make


def _two_chords(key: tuple[int, Mode], chance: Chance) -> Floats:
    beat = 60 / chance.uniform(85, 140)
    track, play = _Track(16 * beat), _player(chance)
    tonic, mode = key
    # Fourth, fifth, and what is common in the mode: the sixth and seventh degree of minor.
    others = (
        ((5, Mode.MAJOR), (7, Mode.MAJOR))
        if mode is Mode.MAJOR
        else ((5, Mode.MINOR), (8, Mode.MAJOR), (10, Mode.MAJOR))
    )
    step, other = others[chance.integers(len(others))]
    name = ("close", "open")[chance.integers(2)]
    voicings = [(tonic, _voicing(chance, name, mode)), ((tonic + step) % 12, _voicing(chance, name, other))]
    roots: list[int] = []
    for bar, which in enumerate((0, 1, 0, 0) if chance.random() < 0.5 else (0, 0, 1, 0)):
        root, voicing = voicings[which]
        chord = _struck(play, [root + 12 * 4 + one for one in voicing])
        for at in (0, 1.5, 2.5) if chance.random() < 0.5 else (0, 2):
            track.add(chord, (4 * bar + at) * beat)
        roots += [root] * 4
    _bass_and_drums(track, roots, beat, chance)
    return track.mix


def _riff(key: tuple[int, Mode], chance: Chance) -> Floats:
    """A line of scale notes that keeps coming back to the root and the third."""
    beat = 60 / chance.uniform(85, 140)
    track, play = _Track(8 * beat), _player(chance)
    scale = _MAJOR_SCALE if key[1] is Mode.MAJOR else _MINOR_SCALE
    weights = np.array([5, 1, 4, 1.5, 3, 1, 0.7])
    degrees = [0, 2, *chance.choice(7, 14, p=weights / weights.sum())]
    register = 12 * int(chance.integers(3, 6)) + key[0]
    for half, degree in enumerate(degrees):
        if half < 2 or chance.random() < 0.8:
            track.add(play(register + scale[degree] + 12 * int(chance.random() < 0.15)), half * beat / 2)
    _bass_and_drums(track, [key[0]] * 8, beat, chance)
    return track.mix


def _arpeggio(key: tuple[int, Mode], chance: Chance) -> Floats:
    beat = 60 / chance.uniform(85, 140)
    track, play = _Track(8 * beat), _player(chance)
    notes = _voicing(chance, ("close", "open")[chance.integers(2)], key[1])
    register = 12 * int(chance.integers(4, 6)) + key[0]
    for quarter in range(32):
        track.add(play(register + notes[quarter % len(notes)]), quarter * beat / 4)
    _bass_and_drums(track, [key[0]] * 8, beat, chance)
    return track.mix


def _pad(key: tuple[int, Mode], chance: Chance) -> Floats:
    t = np.arange(int(chance.uniform(3, 6) * RATE_HZ)) / RATE_HZ
    notes = [48 + key[0] + step for step in _voicing(chance, ("close", "open")[chance.integers(2)], key[1])]
    slope = chance.uniform(0.8, 1.8)
    parts = [
        np.sin(2 * np.pi * number * hertz(note + cents) * t + chance.uniform(0, 6)) / number**slope
        for note in notes
        for cents in chance.uniform(-0.1, 0.1, 2)
        for number in range(1, 13)
    ]
    swell = np.minimum(1, t / chance.uniform(0.2, 1.5)) * np.minimum(1, (t[-1] - t) / 0.5)
    return np.sum(parts, axis=0) * swell


def _power(chance: Chance) -> Floats:
    beat = 60 / chance.uniform(85, 140)
    track, play = _Track(8 * beat), _player(chance)
    tonic = int(chance.integers(12))
    steps = _NO_THIRD[chance.integers(len(_NO_THIRD))]
    chord = _struck(play, [tonic + 12 * int(chance.integers(3, 5)) + step for step in steps])
    for half in np.flatnonzero(chance.random(16) < 0.5):
        track.add(chord, half * beat / 2)
    track.add(chord, 0)
    _bass_and_drums(track, [tonic] * 8, beat, chance)
    return track.mix


def _power_hit(chance: Chance) -> Floats:
    root = int(chance.integers(36, 60))
    steps = _NO_THIRD[chance.integers(len(_NO_THIRD))]
    return _struck(_player(chance), [root + step for step in steps])


def _pedal(chance: Chance) -> Floats:
    """A riff on the root, its octave and its fifth."""
    beat = 60 / chance.uniform(85, 140)
    track, play = _Track(8 * beat), _player(chance, low=4)
    root = int(chance.integers(28, 48))
    for half in range(16):
        if half == 0 or chance.random() < 0.7:
            track.add(play(root + int(chance.choice([0, 0, 0, 12, 7]))), half * beat / 2)
    _bass_and_drums(track, [], beat, chance)
    return track.mix


def _bass_and_drums(track: _Track, roots: Sequence[int], beat: float, chance: Chance) -> None:
    """Add a bass on the roots in half of the loops, and a kick and hats in half of them."""
    if roots and chance.random() < 0.5:
        play = _player(chance, low=4)
        for number, root in enumerate(roots):
            if number == 0 or chance.random() < 0.7:
                track.add(play(36 + root - 12 * (root > 5)), number * beat, 0.8)
    if chance.random() < 0.5:
        kick, hat = one_shots.kick(hertz(float(chance.uniform(28, 36))), chance), one_shots.hat(chance)
        for number in range(int(track.seconds / beat)):
            track.add(kick, number * beat, 0.9)
            track.add(hat, (number + 0.5) * beat, 0.3)


TEXTURES: dict[str, Callable[[tuple[int, Mode], Chance], Floats]] = {
    "chord hit": _hit("close"), "open chord hit": _hit("open"), "one chord": _loop("close"), "one open chord": _loop("open"), "two chords": _two_chords,
    "riff": _riff, "arpeggio": _arpeggio, "pad": _pad,
}  # fmt: skip
WITHOUT_THIRD: dict[str, Callable[[Chance], Floats]] = {
    "power chords": _power, "power chord hit": _power_hit, "pedal": _pedal,
}  # fmt: skip
