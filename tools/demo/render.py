"""Render the sounds of a pack and the mix that previews it.

Everything here is a pure function of the catalogue entry: the same pack and file give the same
samples in every process on the same machine.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from askchopper.vocabulary import FileKind
from tools.demo import effects, harmony, parts
from tools.demo.drums import drum
from tools.demo.entries import DemoFile, DemoPack, key_of
from tools.demo.instruments import BASSES, VOICES
from tools.demo.styles import STYLES
from tools.demo.synth import RATE_HZ, Audio, Signal, frames, panned, seeded
from tools.demo.transitions import EFFECTS

_NEUTRAL_KEY = key_of("C minor")
_MIX_RMS_DB = {"drums": -14.0, "bass": -19.5, "chords": -22.5, "arp": -25.0, "melody": -23.0}
_TEXTURE_RMS_DB = -33.0
_PERCUSSION_RMS_DB = -23.0
_PUSH = {"drums": 1.5, "bass": 1.3, "hit": 1.15}
_TRIM_LEVEL = 10.0 ** (-66.0 / 20.0)


def render_file(pack: DemoPack, file: DemoFile) -> Audio:
    """Play one sound of a pack.

    Args:
        pack: gives style, key, tempo and progression.
        file: one of the pack's files.

    Returns:
        float32, shape (n, 2) at 44_100 Hz, peak -1 dBFS. A loop has exactly its whole number of
        bars and no seam; a one-shot ends in silence; a track ends with a fade.

    Raises:
        KeyError: the recipe names an unknown instrument, drum or pattern.
    """
    if file.kind is FileKind.LOOP:
        return _loop(pack, file)
    if file.kind is FileKind.TRACK:
        return _arranged(pack, _loops_of(pack), bars=file.bars or 12, fade_bars=1.0)
    return _one_shot(pack, file)


def session_of(pack: DemoPack, bars: int) -> parts.Session:
    """Return the musical frame that a pack's parts share."""
    return parts.Session(STYLES[pack.style], pack.key or _NEUTRAL_KEY, pack.roots, pack.bpm, bars)


@lru_cache(maxsize=16)
def _loop(pack: DemoPack, file: DemoFile) -> Audio:
    session = session_of(pack, file.bars or 4)
    rng = seeded(pack.slug, file.slug)
    match file.part:
        case "drums":
            turn = parts.drums(session, rng, section=file.sound, groove=file.line)
        case "bass":
            turn = parts.bass_line(session, rng, sound=file.sound, line=file.line)
        case "chords":
            turn = parts.chords(session, rng, sound=file.sound, rhythm=file.line)
        case "arp":
            turn = parts.arp(session, rng, sound=file.sound, pattern=file.line)
        case "melody":
            turn = parts.melody(session, rng, sound=file.sound)
        case "texture":
            turn = parts.texture(session, rng, sound=file.sound)
        case _:
            raise KeyError(file.part)
    finished = effects.master(turn, push=_PUSH.get(file.part, 1.1))
    finished.setflags(write=False)
    return finished


def _one_shot(pack: DemoPack, file: DemoFile) -> Audio:
    session = session_of(pack, 1)
    if file.part == "hit":
        raw = drum(session.style.kit, file.sound)
    elif file.part == "effect":
        raw = EFFECTS[file.sound](seeded(pack.slug, file.slug))
    elif file.part in {"note", "chord-hit"}:
        raw = _tuned_hit(session, file)
    else:
        raise KeyError(file.part)
    # Silence around the sound keeps the circular processing from meeting its own end.
    padded = np.pad(raw, ((0, frames(0.5)), (0, 0)))
    return _trimmed(effects.master(padded, push=_PUSH.get(file.part, 1.0)))


def _tuned_hit(session: parts.Session, file: DemoFile) -> Signal:
    key, style = session.key, session.style
    is_bass = file.sound in BASSES
    instrument = BASSES[file.sound] if is_bass else VOICES[file.sound]
    if file.part == "chord-hit":
        pitches: Sequence[int] = harmony.voicings(key, (1,), style.chord_size)[0]
    else:
        lowest = harmony.pitch(key, 1, octave=1)
        pitches = (lowest if lowest >= 29 else lowest + 12,) if is_bass else (lowest + 36,)
    notes = [instrument(pitch, 1.1, 0.85) for pitch in pitches]
    placed = [note if note.ndim == 2 else panned(note, 0.0) for note in notes]
    tail = 0.0 if is_bass else style.room_seconds
    raw = np.zeros((max(note.shape[0] for note in placed) + frames(tail), 2), dtype=np.float32)
    for note in placed:
        raw[: note.shape[0]] += note
    if not is_bass:
        raw = effects.reverb(raw, seconds=style.room_seconds, amount=style.room_amount * 0.8)
    return raw


def _trimmed(samples: Audio) -> Audio:
    """Cut the silent end and close the rest with a 10 ms fade."""
    loud = np.flatnonzero(np.abs(samples).max(axis=1) > _TRIM_LEVEL)
    kept = samples[: min(samples.shape[0], int(loud[-1]) + frames(0.01))].copy()
    size = min(frames(0.01), kept.shape[0])
    kept[-size:] *= np.linspace(1.0, 0.0, size, dtype=np.float32)[:, None]
    return kept


def _loops_of(pack: DemoPack) -> list[tuple[DemoFile, Audio]]:
    return [(file, _loop(pack, file)) for file in pack.files if file.kind is FileKind.LOOP]


def _arranged(
    pack: DemoPack,
    loops: Sequence[tuple[DemoFile, Signal]],
    *,
    bars: int,
    fade_bars: float,
) -> Audio:
    """Bring the loops in one after another, thin out once, end together."""
    bar = 240.0 / pack.bpm * RATE_HZ
    length = round(bars * bar)
    mix = np.zeros((length, 2), dtype=np.float32)
    entries = _entries(_cast(loops), bars)
    for file, turn, sections in entries:
        level = turn * np.float32(_mix_gain(file, turn))
        whole = _tiled(level, length)
        for first, last in sections:
            start, stop = round(first * bar), min(length, round(last * bar))
            mix[start:stop] += whole[start:stop] * _edges(stop - start)
    glued = effects.glue(mix, threshold_db=-15.0, ratio=2.0)
    done = effects.master(glued, push=1.6)
    fade = min(length, round(fade_bars * bar))
    done[-fade:] *= (np.linspace(1.0, 0.0, fade, dtype=np.float32) ** 1.5)[:, None]
    return done


def _cast(loops: Sequence[tuple[DemoFile, Signal]]) -> list[tuple[DemoFile, Signal]]:
    """Choose who plays: no second bass, no sections of a kit that is there as a whole."""
    chosen: list[tuple[DemoFile, Signal]] = []
    seen: set[str] = set()
    has_kit = any(file.part == "drums" and not file.sound for file, _ in loops)
    for file, turn in loops:
        is_section = file.part == "drums" and file.sound
        if is_section and has_kit and file.sound != "percussion":
            continue
        role = f"{file.part}/{file.sound}" if file.part in {"drums", "chords"} else file.part
        if role in seen:
            continue
        seen.add(role)
        chosen.append((file, turn))
    return chosen


def _entries(
    cast: Sequence[tuple[DemoFile, Signal]], bars: int
) -> list[tuple[DemoFile, Signal, list[tuple[int, int]]]]:
    """Decide in which bars everyone plays; the order of the pack is the order of entry."""
    section = 2 if bars <= 8 else 4
    has_drums = any(file.part == "drums" for file, _ in cast)
    entries: list[tuple[DemoFile, Signal, list[tuple[int, int]]]] = []
    waiting = 0
    for index, (file, turn) in enumerate(cast):
        if index == 0 or file.part == "texture":
            first = 0
        elif file.part == "bass":
            first = section
        else:
            waiting += 1
            first = section * min(waiting if has_drums else waiting - 1, 2)
        rests = file.part == "melody" and bars - section > first
        stretch = [(first, bars - section), (bars - section // 2, bars)]
        entries.append((file, turn, stretch if rests else [(first, bars)]))
    return entries


def _mix_gain(file: DemoFile, turn: Signal) -> float:
    target = _MIX_RMS_DB.get(file.part, _TEXTURE_RMS_DB)
    if file.part == "drums" and file.sound:
        target = _PERCUSSION_RMS_DB
    level = float(np.sqrt(np.square(turn).mean()))
    return 10.0 ** (target / 20.0) / max(level, 1e-6)


def _tiled(turn: Signal, length: int) -> Signal:
    turns = -(-length // turn.shape[0])
    return np.concatenate([turn] * turns)[:length]


def _edges(length: int) -> Signal:
    gain = np.ones((length, 1), dtype=np.float32)
    size = min(frames(0.004), length)
    gain[:size, 0] = np.linspace(0.0, 1.0, size, dtype=np.float32)
    gain[-size:, 0] = np.minimum(gain[-size:, 0], np.linspace(1.0, 0.0, size, dtype=np.float32))
    return gain
