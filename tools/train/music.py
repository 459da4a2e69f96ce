"""Synthesised music with a known key, as much major as minor: loops, bass lines, melodies, chorales and small arrangements.

The labelled corpus is small, and most of its loops are minor. What decides between a key and its relative (the first and last chord,
cadences, the bass) needs more pieces than it has. Progressions are common knowledge of harmony; no labelled file is imitated.
Rendered at a low sampling rate, since pitch classes are measured up to 2.2 kHz only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from askchopper.musical_key import Mode, MusicalKey

RATE_HZ = 11_025
_HIGHEST_HZ = 4_000.0
_TINY = 1e-9

Floats = NDArray[np.float64]
Chance = np.random.Generator
# A chord: semitones of its root above the tonic, and its steps above the root.
Chord = tuple[int, tuple[int, ...]]

_SCALES = {Mode.MAJOR: (0, 2, 4, 5, 7, 9, 11), Mode.MINOR: (0, 2, 3, 5, 7, 8, 10)}
_TRIADS = {"": (0, 4, 7), "m": (0, 3, 7), "o": (0, 3, 6)}
# Roots in semitones above the tonic, with the kind of triad.
_PROGRESSIONS: dict[Mode, tuple[str, ...]] = {
    Mode.MAJOR: (
        "0 7 9m 5", "0 9m 5 7", "0 5 7 5", "0 5 7 0", "0 5 0 7", "0 10 5 0", "2m 7 0 0", "0 4m 5 7", "0 7 2m 5", "0 9m 2m 7", "4m 9m 2m 7 0 0 0 0", "0 2m 4m 5", "0 5",
        "0 7", "0 0 5 0", "5 0 7 0", "0 7 5 7", "0 5 2m 7", "0 4m 9m 5", "0 0 0 5", "0 5m 0 7", "5 7 0 9m", "5 7 0 0", "0 3 5 0", "0 8 10 0", "0 2m", "0 9m", "0 5 9m 7",
        "0 7 9m 4m 5 0 5 7", "0 0 5 5 0 0 7 7", "0 0 0 0 5 5 0 0 7 5 0 7", "2m 7 0 9m",
        # Begin on the relative minor, as many songs in major do: nobody can be sure of either then.
        "9m 5 0 7", "9m 5 7 0", "9m 7 5 7", "9m 0 5 7", "9m 2m 7 0",
    ),
    Mode.MINOR: (
        "0m 8 3 10", "0m 10 8 10", "0m 5m 10 3", "0m 5m 7m 0m", "0m 5m 7 0m", "0m 8 10 0m", "0m 8 10 10", "0m 1 0m 1", "0m 5m", "0m 10", "2o 7 0m 0m", "0m 8 5m 7", "0m 3 10 5",
        "0m 10 5m 5m", "0m 8", "0m 7m", "0m 0m 8 10", "0m 3 8 10", "0m 0m 5m 0m", "0m 10 8 7", "8 10 0m 0m", "0m 7 8 5m", "0m 5m 8 7", "0m 0m 0m 8", "0m 0m 10 8", "0m 7m 8 10",
        "5m 7 0m 0m", "0m 3 5m 7", "0m 5", "0m 0m 5m 5m 0m 0m 7 7", "0m 8 3 10 0m 8 5m 7", "8 5m 0m 7m",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A synthesised piece.

    Args:
        texture: what it consists of.
        group: its texture and preset.
        key: its key.
        samples: float32, shape (n,), at ``RATE_HZ``.
    """

    texture: str
    group: str
    key: MusicalKey
    samples: NDArray[np.float32]


def generate(presets: range) -> Iterator[Piece]:
    """Render the pieces of the presets, each in both modes."""
    for number, (texture, make) in enumerate(TEXTURES.items()):
        for preset in presets:
            for mode in Mode:
                chance = np.random.default_rng([6, number, preset, mode is Mode.MINOR])
                tonic = int(chance.integers(12))
                sound = _finished(make(tonic, mode, chance), chance)
                yield Piece(texture, f"{texture}-{preset}", MusicalKey(tonic, mode), sound)


@dataclass
class _Song:
    """A mix of whole bars of four beats, into which notes are placed."""

    bars: int
    beat: float
    mix: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.mix = np.zeros(int(self.bars * 4 * self.beat * RATE_HZ))

    def add(self, sound: Floats, beat: float, level: float = 1.0) -> None:
        start = int(beat * self.beat * RATE_HZ)
        piece = sound[: max(0, self.mix.size - start)]
        self.mix[start : start + piece.size] += level * piece


Instrument = Callable[[float, float], Floats]


def _instrument(chance: Chance, tuning: float) -> Instrument:
    """Return a timbre: the sound of a MIDI note with a length in seconds."""
    slope, cutoff_hz = chance.uniform(0.5, 2.2), chance.uniform(500, 4_000)
    is_odd, decay = chance.random() < 0.2, chance.uniform(0.2, 2.5) if chance.random() < 0.6 else 30.0
    attack, voices = chance.choice([0.004, 0.004, 0.02, 0.08]), chance.normal(0, 0.06, 1 + int(chance.integers(3)))
    colour, bend = chance.uniform(0.2, 1.0, 64), chance.uniform(0, 2e-4) if chance.random() < 0.3 else 0.0
    octave = chance.uniform(0.2, 0.8) if chance.random() < 0.2 else 0.0

    @lru_cache(maxsize=256)
    def play(midi: float, seconds: float) -> Floats:
        t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
        sound = np.zeros(t.size)
        for cents in voices:
            base = 440 * 2 ** ((midi + tuning + cents - 69) / 12)
            for number in range(1, 40, 2 if is_odd else 1):
                hertz = base * number * np.sqrt(1 + bend * number**2)
                if hertz > _HIGHEST_HZ:
                    break
                level = colour[number] * number**-slope / (1 + (hertz / cutoff_hz) ** 2)
                sound += (level + octave * (number == 2)) * np.sin(2 * np.pi * hertz * t + 7 * colour[-number])
        sound *= np.minimum(1, t / attack) * np.exp(-t / decay) * np.minimum(1, (t[-1:] - t) / 0.01 if t.size else 1)
        return sound / max(float(np.abs(sound).max(initial=0)), _TINY)

    return play


def _progression(mode: Mode, chance: Chance) -> list[Chord]:
    """Draw a progression, with sevenths and suspensions in some."""
    options = _PROGRESSIONS[mode]
    style = chance.choice(["triad", "triad", "seventh", "ninth", "mixed"])
    chords: list[Chord] = []
    for word in str(options[chance.integers(len(options))]).split():
        root, kind = int(word.rstrip("mo")), word.lstrip("0123456789")
        steps = list(_TRIADS[kind])
        extra = chance.choice(["triad", "seventh", "ninth"]) if style == "mixed" else style
        if extra != "triad":
            is_major_seventh = kind == "" and (root + 11) % 12 in _SCALES[mode]
            steps.append(11 if is_major_seventh else 10)
        if extra == "ninth" and kind != "o":
            steps.append(14)
        chords.append((root, tuple(steps)))
    return chords


def _voiced(chord: Chord, tonic: int, near: int, chance: Chance) -> list[int]:
    """Return the MIDI notes of a chord around ``near``, in an inversion close to it."""
    notes = [tonic + chord[0] + step for step in chord[1]]
    placed = [near + (note - near + 6) % 12 - 6 for note in notes]
    return [note + (12 if chance.random() < 0.08 else 0) for note in placed]


def _chords(song: _Song, chords: Sequence[Chord], tonic: int, play: Instrument, chance: Chance, level: float) -> None:
    """Play a chord a bar: held, in a rhythm, or as an arpeggio."""
    manner, near = chance.choice(["held", "rhythm", "rhythm", "arpeggio", "offbeat"]), int(chance.integers(54, 70))
    pattern = np.flatnonzero(chance.random(16) < chance.uniform(0.15, 0.45)) / 4
    pattern = pattern if pattern.size else np.array([0.0])
    voicings = {chord: _voiced(chord, tonic, near, chance) for chord in chords}
    drops_third, step = chance.random() < 0.06, chance.choice([0.25, 0.5])
    for bar in range(song.bars):
        chord = chords[bar % len(chords)]
        notes = voicings[chord]
        if drops_third:
            notes = [note for number, note in enumerate(notes) if number != 1]
        if manner == "arpeggio":
            for number in range(int(4 / step)):
                song.add(play(notes[number % len(notes)], song.beat), 4 * bar + number * step, level)
            continue
        times = {"held": [0.0], "offbeat": [0.5, 1.5, 2.5, 3.5]}.get(manner, pattern)
        length = 4 * song.beat if manner == "held" else song.beat * 0.6
        for at in times:
            for note in notes:
                song.add(play(note, length), 4 * bar + float(at), level / 2)


def _bass(
    song: _Song, chords: Sequence[Chord], key: tuple[int, Mode], play: Instrument, chance: Chance, level: float
) -> None:
    """Play roots, octaves, fifths or a line through the scale below the chords."""
    manner = chance.choice(["long", "eighths", "octaves", "fifths", "line", "walking", "pattern"])
    tonic, mode = key
    low = int(chance.integers(28, 40))
    pattern = [0.0, *(np.flatnonzero(chance.random(16) < 0.3) / 4)]
    moves = chance.choice([0, 0, 0, 7, 12, 10, 5, 3 if mode is Mode.MINOR else 4], 16)
    scale = [tonic + step for step in _SCALES[mode]]
    for bar in range(song.bars):
        root, steps = chords[bar % len(chords)]
        note = low + (tonic + root - low) % 12
        if manner == "long":
            song.add(play(note, 3.9 * song.beat), 4 * bar, level)
            continue
        times = {"walking": np.arange(4.0), "pattern": np.array(pattern), "line": np.array(pattern)}.get(
            manner, np.arange(8) / 2
        )
        for number, at in enumerate(times):
            midi = note
            if manner == "octaves":
                midi += 12 * (number % 2)
            elif manner == "fifths":
                midi += 7 * (number % 4 == 2)
            elif manner == "walking" and number:
                midi += int(chance.choice([steps[1], steps[2], 2 if number == 3 else steps[2]]))
            elif manner == "pattern" and number:
                midi = _in_scale(note + int(moves[number % 16]), scale)
            elif manner == "line" and number and chance.random() < 0.4:
                midi = _in_scale(note + int(chance.integers(-4, 8)), scale)
            song.add(play(midi, song.beat * 0.8), 4 * bar + float(at), level)


def _in_scale(midi: int, scale: Sequence[int]) -> int:
    """Return the note, or the one below it if it is not in the scale."""
    return midi if any((midi - note) % 12 == 0 for note in scale) else midi - 1


def _melody(
    song: _Song, chords: Sequence[Chord], key: tuple[int, Mode], play: Instrument, chance: Chance, level: float, *, is_closed: bool
) -> None:  # fmt: skip
    """Walk through the scale with chord notes on strong beats; a closed melody ends its phrases on the tonic."""
    tonic, mode = key
    scale = np.array([12 * octave + tonic + step for octave in range(4, 8) for step in _SCALES[mode]])
    centre = int(chance.integers(62, 78))
    at = int(np.abs(scale - centre).argmin())
    density, raises = chance.uniform(0.4, 1.0), mode is Mode.MINOR and chance.random() < 0.5
    for bar in range(song.bars):
        root, steps = chords[bar % len(chords)]
        heard = {(tonic + root + step) % 12 for step in steps[:3]}
        for half in range(8):
            beat = 4 * bar + half / 2
            if chance.random() > density and half:
                continue
            at = int(np.clip(at + chance.integers(-2, 3) - (at - len(scale) // 2) // 8, 0, len(scale) - 1))
            if half % 4 == 0 or chance.random() < 0.3:
                near = [place for place in range(len(scale)) if scale[place] % 12 in heard]
                at = min(near, key=lambda place: abs(place - at)) if near else at
            midi, length = int(scale[at]), song.beat * float(chance.choice([0.5, 0.5, 1.0]))
            if is_closed and bar % 4 == 3 and half >= 4:
                if half == 4:
                    midi = tonic + 12 * round((scale[at] - tonic) / 12)
                    song.add(play(midi, 2 * song.beat), beat, level)
                break
            if raises and (midi - tonic) % 12 == 10 and 7 in {root % 12}:
                midi += 1
            song.add(play(midi, length), beat, level)


def _drums(song: _Song, chance: Chance) -> None:
    t = np.arange(int(0.3 * RATE_HZ)) / RATE_HZ
    base, fall = chance.uniform(38, 60), chance.uniform(0.01, 0.04)
    kick = np.sin(2 * np.pi * np.cumsum(base * (1 + 4 * np.exp(-t / fall))) / RATE_HZ) * np.exp(
        -t / chance.uniform(0.06, 0.2)
    )
    snare = chance.standard_normal(t.size) * np.exp(-t / chance.uniform(0.03, 0.1))
    hat = np.diff(chance.standard_normal(t.size + 1)) * np.exp(-t / chance.uniform(0.01, 0.05))
    kicks, hats = {0, *chance.choice(16, 3)}, np.flatnonzero(chance.random(16) < 0.5)
    levels = chance.uniform(0.3, 1.2), chance.uniform(0.05, 0.4), chance.uniform(0.02, 0.15)
    for bar in range(song.bars):
        for places, sound, level in zip((kicks, (4, 12), hats), (kick, snare, hat), levels, strict=True):
            for place in places:
                song.add(sound, 4 * bar + float(place) / 4, level)


def _song(chance: Chance, seconds: float = 14.0) -> _Song:
    beat = 60 / chance.uniform(75, 175)
    return _Song(max(2, min(8, int(seconds / (4 * beat)) // 2 * 2)), beat)


def _tuning(chance: Chance) -> float:
    return float(chance.uniform(-0.35, 0.35)) if chance.random() < 0.25 else float(chance.normal(0, 0.04))


def _full(tonic: int, mode: Mode, chance: Chance) -> Floats:
    """Chords over a bass and drums, with a melody in half of the loops."""
    song, chords, tuning = _song(chance), _progression(mode, chance), _tuning(chance)
    _chords(song, chords, tonic, _instrument(chance, tuning), chance, chance.uniform(0.2, 0.7))
    _bass(song, chords, (tonic, mode), _instrument(chance, tuning), chance, chance.uniform(0.3, 1.0))
    if chance.random() < 0.4:
        _melody(
            song, chords, (tonic, mode), _instrument(chance, tuning), chance, chance.uniform(0.2, 0.6), is_closed=False
        )
    _drums(song, chance)
    return song.mix


def _melodic(tonic: int, mode: Mode, chance: Chance) -> Floats:
    song, chords, tuning = _song(chance), _progression(mode, chance), _tuning(chance)
    _chords(song, chords, tonic, _instrument(chance, tuning), chance, 0.7)
    if chance.random() < 0.5:
        _melody(
            song, chords, (tonic, mode), _instrument(chance, tuning), chance, chance.uniform(0.2, 0.8), is_closed=False
        )
    if chance.random() < 0.3:
        _bass(song, chords, (tonic, mode), _instrument(chance, tuning), chance, 0.5)
    return song.mix


def _bass_alone(tonic: int, mode: Mode, chance: Chance) -> Floats:
    song, chords = _song(chance), _progression(mode, chance)
    _bass(song, chords, (tonic, mode), _instrument(chance, _tuning(chance)), chance, 1.0)
    if chance.random() < 0.5:
        _drums(song, chance)
    return song.mix


def _tune(tonic: int, mode: Mode, chance: Chance) -> Floats:
    """A single line whose phrases end on the tonic."""
    song, chords = _song(chance), _progression(mode, chance)
    play = _instrument(chance, _tuning(chance))
    _melody(song, chords, (tonic, mode), play, chance, 1.0, is_closed=chance.random() < 0.8)
    return song.mix


def _chorale(tonic: int, mode: Mode, chance: Chance) -> Floats:
    """Four voices, a chord on every beat or two, phrases that end in a cadence."""
    song, play = _song(chance, 16.0), _instrument(chance, _tuning(chance))
    minor = mode is Mode.MINOR
    one: Chord = (0, (0, 3, 7) if minor else (0, 4, 7))
    five: Chord = (7, (0, 4, 7))
    inner: list[Chord] = (
        [(5, (0, 3, 7)), (8, (0, 4, 7)), (3, (0, 4, 7)), (10, (0, 4, 7)), (2, (0, 3, 6)), one, five]
        if minor
        else [(5, (0, 4, 7)), (9, (0, 3, 7)), (2, (0, 3, 7)), (4, (0, 3, 7)), (11, (0, 3, 6)), one, five]
    )
    if chance.random() < 0.3:  # a phrase that leaves for the key a fifth above, as most chorales do
        inner.append((2, (0, 4, 7)))
    length = int(chance.choice([1, 2]))
    for start in range(0, song.bars * 4, 8):
        count = 8 // length
        line = [one, *(inner[chance.integers(len(inner))] for _ in range(count - 3)), five, one]
        is_half = start + 8 < song.bars * 4 and chance.random() < 0.35
        line = [*line[:-2], one, five] if is_half else line
        for number, chord in enumerate(line):
            root, steps = chord
            is_picardy = minor and chord is one and number == count - 1 and chance.random() < 0.15
            low = 43 + (tonic + root + (steps[1] if chance.random() < 0.2 else 0) - 43) % 12
            upper = [55 + int(chance.integers(8)) for _ in range(3)]
            notes = [
                near + (tonic + root + step + (is_picardy and step == 3) - near) % 12
                for near, step in zip(upper, steps, strict=False)
            ]
            for note in (low, *notes):
                song.add(play(note, length * song.beat), start + number * length, 0.5)
    return song.mix


def _finished(sound: Floats, chance: Chance) -> NDArray[np.float32]:
    """Cut some pieces anywhere, drive some, and add noise to some."""
    if chance.random() < 0.2:
        sound = sound[int(chance.uniform(0, 0.4) * sound.size) :]
    sound = sound / max(float(np.abs(sound).max()), _TINY)
    if chance.random() < 0.25:
        sound = np.tanh(chance.uniform(1, 3) * sound)
    if chance.random() < 0.3:
        sound = sound + chance.standard_normal(sound.size) * float(sound.std()) * 10 ** (-chance.uniform(12, 35) / 20)
    return (0.8 * sound / max(float(np.abs(sound).max()), _TINY)).astype(np.float32)


TEXTURES: dict[str, Callable[[int, Mode, Chance], Floats]] = {
    "full": _full, "melodic": _melodic, "bass": _bass_alone, "tune": _tune, "chorale": _chorale,
}  # fmt: skip
