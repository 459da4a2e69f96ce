"""Musicians: turn a style, a key and a tempo into one bar-exact part of a pack.

Every part is one turn of a loop. Levels and mastering come afterwards, in ``render``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askchopper.musical_key import MusicalKey
from tools.demo import effects, harmony
from tools.demo.drums import VARIANTS, drum
from tools.demo.filters import circular, high_pass
from tools.demo.instruments import BASSES, VOICES
from tools.demo.patterns import ARPS, BASS_LINES, CHORD_RHYTHMS, GROOVES
from tools.demo.styles import Style
from tools.demo.synth import RATE_HZ, Signal, frames, panned
from tools.demo.textures import TEXTURES

DRUM_SECTIONS: dict[str, frozenset[str]] = {
    "kick": frozenset({"kick"}),
    "tops": frozenset({"hat", "open", "ride", "shaker", "clap", "snare"}),
    "hats": frozenset({"hat", "open", "ride", "shaker"}),
    "percussion": frozenset({"rim", "conga", "slap", "block", "bell", "tom", "low-tom", "shaker"}),
}
_STRENGTH = {"X": 1.0, "x": 0.74, "o": 0.36, "d": 0.62, "t": 0.6}
_STROKES = {"d": 2, "t": 3}
_LEVEL = {
    "kick": 1.0,
    "snare": 0.8,
    "clap": 0.62,
    "hat": 0.3,
    "open": 0.34,
    "ride": 0.26,
    "rim": 0.42,
    "shaker": 0.24,
    "tom": 0.6,
    "low-tom": 0.68,
    "conga": 0.46,
    "slap": 0.4,
    "block": 0.3,
    "bell": 0.24,
    "boom": 0.9,
}
_STEADY = frozenset({"kick"})
_CHORUSED = frozenset({"electric-piano", "organ", "warm-pad", "supersaw", "glass"})
_DRY = frozenset({"muted-guitar", "piano", "guitar"})


@dataclass(frozen=True)
class Session:
    """The musical frame of one part.

    Args:
        style: ingredients of the genre.
        key: tonic and mode of the pack.
        roots: scale degrees of the progression.
        bpm: quarter notes a minute.
        bars: length of the turn.
    """

    style: Style
    key: MusicalKey
    roots: tuple[int, ...]
    bpm: float
    bars: int

    @property
    def length(self) -> int:
        """Samples in the turn."""
        return round(self.bars * 4 * 60.0 / self.bpm * RATE_HZ)

    @property
    def step_seconds(self) -> float:
        """Duration of a sixteenth."""
        return 15.0 / self.bpm

    def onset(self, step: float) -> int:
        """Return the sample of a step, with the style's swing on odd sixteenths."""
        late = self.style.swing if int(step) % 2 else 0.0
        return round((step + late) * self.step_seconds * RATE_HZ)

    def root_at(self, bar: int) -> int:
        """Return the scale degree of the chord of a bar."""
        return self.roots[bar // self.style.chord_bars % len(self.roots)]


def add(turn: Signal, sound: Signal, start: int, gain: float) -> None:
    """Lay a sound into a turn; what passes the end continues at the start.

    Args:
        turn: stereo buffer, changed in place.
        sound: mono or stereo.
        start: first sample, may be negative.
        gain: linear level.
    """
    source = sound[:, None] if sound.ndim == 1 else sound
    length, position, done = turn.shape[0], start % turn.shape[0], 0
    while done < source.shape[0]:
        count = min(length - position, source.shape[0] - done)
        turn[position : position + count] += np.float32(gain) * source[done : done + count]
        done += count
        position = 0


def drums(session: Session, rng: np.random.Generator, *, section: str = "", groove: str = "") -> Signal:
    """Play the groove of the style, or only a section of the kit.

    Args:
        session: frame of the part.
        rng: timing and velocity of the player.
        section: name in ``DRUM_SECTIONS``, the whole kit when empty.
        groove: name in ``patterns.GROOVES``, the style's own when empty.

    Returns:
        Stereo turn, shape (length, 2), before mastering.
    """
    style = session.style
    turn = np.zeros((session.length, 2), dtype=np.float32)
    wanted = DRUM_SECTIONS.get(section)
    for voice, lane in GROOVES[groove or style.groove].items():
        if wanted is not None and voice not in wanted:
            continue
        for bar in range(session.bars):
            _play_lane(turn, session, rng, voice=voice, bar=bar, steps=lane[bar % len(lane)])
    glued = effects.glue(turn, threshold_db=-16.0, ratio=2.5)
    return effects.drive(glued * np.float32(0.8 / max(float(np.abs(glued).max()), 1e-6)), 1.4)


def kick_onsets(session: Session) -> list[int]:
    """Return the samples at which the style's kick strikes."""
    lane = GROOVES[session.style.groove]["kick"]
    return [
        session.onset(bar * 16 + step)
        for bar in range(session.bars)
        for step, mark in enumerate(lane[bar % len(lane)])
        if mark in "Xx"
    ]


def bass_line(session: Session, rng: np.random.Generator, *, sound: str, line: str = "") -> Signal:
    """Play a bass line that follows the chords.

    Args:
        session: frame of the part.
        rng: velocity of the player.
        sound: name in ``instruments.BASSES``.
        line: name in ``patterns.BASS_LINES``, the style's own when empty.

    Returns:
        Stereo turn, nearly mono.
    """
    turn = np.zeros((session.length, 2), dtype=np.float32)
    lane = BASS_LINES[line or session.style.bass_line]
    for bar in range(session.bars):
        root = session.root_at(bar)
        for step, size, mark in _held_notes(lane[bar % len(lane)]):
            pitch = _bass_pitch(session.key, root, int(mark))
            velocity = float(np.clip(rng.normal(0.9 if step % 4 == 0 else 0.72, 0.06), 0.3, 1.0))
            note = BASSES[sound](pitch, size * session.step_seconds * 0.94, velocity)
            add(turn, note, session.onset(bar * 16 + step), 0.5 + 0.5 * velocity)
    if session.style.pump:
        turn *= effects.duck(session.length, kick_onsets(session), depth=session.style.pump * 0.8, seconds=0.16)
    return effects.glue(turn, threshold_db=-14.0)


def chords(session: Session, rng: np.random.Generator, *, sound: str, rhythm: str = "") -> Signal:
    """Play the progression with led voices.

    Args:
        session: frame of the part.
        rng: velocity and strum of the player.
        sound: name in ``instruments.VOICES``.
        rhythm: name in ``patterns.CHORD_RHYTHMS``, the style's own when empty.

    Returns:
        Stereo turn with its room.
    """
    style = session.style
    turn = np.zeros((session.length, 2), dtype=np.float32)
    roots = tuple(session.root_at(bar) for bar in range(session.bars))
    voiced = harmony.voicings(session.key, roots, style.chord_size, centre=_centre(sound))
    lane = CHORD_RHYTHMS[rhythm or style.chord_rhythm]
    for bar, start, size in _chord_strokes(session, lane):
        strength = float(rng.uniform(0.68, 0.92))
        for order, pitch in enumerate(voiced[bar % len(voiced)]):
            late = order * (frames(0.011) if sound in _DRY else frames(0.002))
            late += int(abs(rng.normal(0, style.looseness)) * RATE_HZ / 3_000)
            note = VOICES[sound](pitch, size * session.step_seconds * 0.97, strength)
            placed = note if note.ndim == 2 else panned(note, -0.3 + 0.6 * (order % 3) / 2)
            add(turn, placed, session.onset(bar * 16 + start) + late, 0.5)
    return _finished(turn, session, sound, wet=1.0)


def arp(session: Session, rng: np.random.Generator, *, sound: str, pattern: str = "") -> Signal:
    """Break the chords into a running pattern.

    Args:
        session: frame of the part.
        rng: velocity of the player.
        sound: name in ``instruments.VOICES``.
        pattern: name in ``patterns.ARPS``, the style's own when empty.

    Returns:
        Stereo turn with echo and room.
    """
    turn = np.zeros((session.length, 2), dtype=np.float32)
    steps = ARPS[pattern or session.style.arp]
    roots = tuple(session.root_at(bar) for bar in range(session.bars))
    voiced = harmony.voicings(session.key, roots, 3, centre=_centre(sound) + 5)
    for bar in range(session.bars):
        ladder = [note + 12 * octave for octave in (0, 1) for note in voiced[bar]]
        for step, mark in enumerate(steps):
            if mark == ".":
                continue
            velocity = (0.85 if step % 4 == 0 else 0.62) + float(rng.uniform(-0.08, 0.08))
            note = VOICES[sound](ladder[int(mark)], session.step_seconds * 0.8, velocity)
            placed = note if note.ndim == 2 else panned(note, 0.45 * (-1) ** step)
            add(turn, placed, session.onset(bar * 16 + step), velocity)
    return _finished(turn, session, sound, wet=1.0)


def melody(session: Session, rng: np.random.Generator, *, sound: str) -> Signal:
    """Invent a tune: a short motif, its answer, the motif again, a closing phrase.

    Args:
        session: frame of the part.
        rng: decides the tune.
        sound: name in ``instruments.VOICES``.

    Returns:
        Stereo turn with echo and room.
    """
    turn = np.zeros((session.length, 2), dtype=np.float32)
    motif, answer = _motif(rng), _motif(rng)
    degrees = harmony.five_note_degrees(session.key)
    for bar in range(session.bars):
        phrase = answer if bar % 4 == 1 else motif
        if bar % 4 == 3:
            phrase = [*motif[: max(1, len(motif) // 2)], (8, 6, 0)]
        for step, size, height in phrase:
            degree = _tune_degree(session.root_at(bar), degrees, height, strong=step % 8 == 0)
            pitch = harmony.pitch(session.key, degree, octave=_tune_octave(session.key, sound))
            velocity = float(np.clip(rng.normal(0.78 if step % 4 == 0 else 0.66, 0.05), 0.4, 1.0))
            note = VOICES[sound](pitch, size * session.step_seconds * 0.92, velocity)
            late = int(rng.normal(0, session.style.looseness) * RATE_HZ / 2_000)
            placed = note if note.ndim == 2 else panned(note, 0.0)
            add(turn, placed, session.onset(bar * 16 + step) + late, velocity)
    return _finished(turn, session, sound, wet=1.1)


def texture(session: Session, rng: np.random.Generator, *, sound: str) -> Signal:
    """Fill the turn with a texture, tuned to the tonic chord.

    Args:
        session: frame of the part.
        rng: places the grains.
        sound: name in ``TEXTURES``.

    Returns:
        Stereo turn.
    """
    pitches = [
        harmony.pitch(session.key, degree, octave=3) for degree in harmony.chord_degrees(session.roots[0], 4)[:3]
    ]
    out = TEXTURES[sound](rng, session.length, pitches)
    if sound in {"shimmer", "rain", "drone"}:
        out = effects.reverb(out, seconds=3.2, amount=0.5)
    return out


def _play_lane(turn: Signal, session: Session, rng: np.random.Generator, *, voice: str, bar: int, steps: str) -> None:
    loose = 0.0 if voice in _STEADY else session.style.looseness
    for step, mark in enumerate(steps):
        if mark == ".":
            continue
        strokes = _STROKES.get(mark, 1)
        for stroke in range(strokes):
            start = session.onset(bar * 16 + step)
            start += round(stroke / strokes * session.step_seconds * RATE_HZ)
            start += int(rng.normal(0, loose) * RATE_HZ / 2_000)
            gain = _STRENGTH[mark] * (0.86 + 0.14 * float(rng.uniform())) * (0.85**stroke)
            hit = drum(session.style.kit, voice, int(rng.integers(VARIANTS)) if loose else 0)
            add(turn, hit, start, gain * _LEVEL[voice])


def _held_notes(bar: str) -> list[tuple[int, int, str]]:
    """Read a bar as (step, sixteenths held, mark)."""
    notes: list[tuple[int, int, str]] = []
    for step, mark in enumerate(bar):
        if mark == "-" and notes:
            first, size, name = notes[-1]
            notes[-1] = (first, size + 1, name)
        elif mark not in ".-":
            notes.append((step, 1, mark))
    return notes


def _chord_strokes(session: Session, lane: Sequence[str]) -> list[tuple[int, int, int]]:
    """List (bar, step, sixteenths held); long chords are tied over their bars."""
    strokes: list[tuple[int, int, int]] = []
    for bar in range(session.bars):
        for step, size, _ in _held_notes(lane[bar % len(lane)]):
            tied = size == 16 and bar % session.style.chord_bars
            if tied and strokes:
                before = strokes[-1]
                strokes[-1] = (before[0], before[1], before[2] + 16)
            else:
                strokes.append((bar, step, size))
    return strokes


def _bass_pitch(key: MusicalKey, root: int, step: int) -> int:
    lowest = harmony.pitch(key, root, octave=1)
    while lowest > 40:
        lowest -= 12
    while lowest < 29:
        lowest += 12
    above = harmony.pitch(key, root + step - 1, octave=1) - harmony.pitch(key, root, octave=1)
    return lowest + above


def _motif(rng: np.random.Generator) -> list[tuple[int, int, int]]:
    """Invent a bar of (step, sixteenths, height on the pentatonic ladder)."""
    rhythms = (
        ((0, 3), (3, 3), (6, 4), (12, 4)),
        ((0, 6), (6, 2), (8, 6)),
        ((0, 2), (2, 2), (4, 4), (10, 6)),
        ((2, 2), (4, 4), (8, 3), (11, 5)),
        ((0, 4), (6, 2), (8, 4), (14, 2)),
    )
    rhythm = rhythms[int(rng.integers(len(rhythms)))]
    height = int(rng.integers(0, 4))
    phrase: list[tuple[int, int, int]] = []
    for step, size in rhythm:
        phrase.append((step, size, height))
        height = int(np.clip(height + int(rng.choice((-2, -1, -1, 1, 1, 2))), -2, 6))
    return phrase


def _tune_degree(root: int, ladder: tuple[int, ...], height: int, *, strong: bool) -> int:
    turns, place = divmod(height, len(ladder))
    degree = ladder[place] + 7 * turns
    if not strong:
        return degree
    chord = {(root - 1 + third) % 7 for third in (0, 2, 4)}
    nearby = sorted(range(degree - 3, degree + 4), key=lambda other: (abs(other - degree), other))
    return next(other for other in nearby if (other - 1) % 7 in chord)


def _tune_octave(key: MusicalKey, sound: str) -> int:
    high = sound in {"bell", "kalimba", "whistle", "glass", "marimba", "harp"}
    return (5 if high else 4) - (1 if key.tonic > 6 else 0)


def _centre(sound: str) -> int:
    return {"brass": 55, "strings": 60, "bell": 74, "kalimba": 72, "marimba": 67}.get(sound, 62)


def _finished(turn: Signal, session: Session, sound: str, *, wet: float) -> Signal:
    style = session.style
    out = circular(lambda part: high_pass(part, 95.0), turn)
    if sound in _CHORUSED:
        out = effects.chorus(out)
    if style.echo_beats and sound not in _DRY:
        seconds = style.echo_beats * 60.0 / session.bpm
        out = effects.echo(out, seconds=seconds, feedback=0.42, amount=0.24 * wet)
    out = effects.reverb(out, seconds=style.room_seconds, amount=style.room_amount * wet, bright_hz=5_000.0)
    if style.pump:
        out = out * effects.duck(session.length, kick_onsets(session), depth=style.pump, seconds=0.26)
    return out
