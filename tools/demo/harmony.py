"""Scales, chords and voice leading in a key, as MIDI note numbers (middle C = 60)."""

from itertools import combinations_with_replacement, pairwise

from askchopper.musical_key import Mode, MusicalKey

_STEPS = {Mode.MAJOR: (0, 2, 4, 5, 7, 9, 11), Mode.MINOR: (0, 2, 3, 5, 7, 8, 10)}
_FIVE_NOTES = {Mode.MAJOR: (1, 2, 3, 5, 6), Mode.MINOR: (1, 3, 4, 5, 7)}


def pitch(key: MusicalKey, degree: int, *, octave: int) -> int:
    """Return the note of a scale degree.

    Args:
        key: tonic and mode (natural minor).
        degree: 1 is the tonic, 8 the octave above it, 0 the seventh below.
        octave: octave of degree 1 in scientific notation.

    Returns:
        MIDI note number.
    """
    turns, step = divmod(degree - 1, 7)
    return 12 * (octave + 1 + turns) + key.tonic + _STEPS[key.mode][step]


def five_note_degrees(key: MusicalKey) -> tuple[int, ...]:
    """Return the degrees of the pentatonic scale, which clash with few chords."""
    return _FIVE_NOTES[key.mode]


def chord_degrees(root: int, size: int) -> tuple[int, ...]:
    """Return a chord as stacked thirds; five notes leave the root to the bass.

    Args:
        root: scale degree of the root, 1-7.
        size: 3 triad, 4 seventh, 5 rootless ninth.

    Returns:
        Scale degrees, lowest first.
    """
    stack = tuple(root + 2 * number for number in range(size))
    return stack[1:] if size == 5 else stack


def voicings(key: MusicalKey, roots: tuple[int, ...], size: int, *, centre: int = 62) -> list[tuple[int, ...]]:
    """Voice a progression so that every part moves as little as possible.

    Args:
        key: tonic and mode.
        roots: scale degree of each chord.
        size: chord size as for ``chord_degrees``.
        centre: MIDI note around which the chords lie.

    Returns:
        One ascending tuple of MIDI notes for each chord.
    """
    chords: list[tuple[int, ...]] = []
    for root in roots:
        candidates = _close_positions(key, chord_degrees(root, size), centre)
        before = chords[-1] if chords else None
        chords.append(min(candidates, key=lambda notes: _cost(notes, before, centre)))
    return chords


def _close_positions(key: MusicalKey, degrees: tuple[int, ...], centre: int) -> list[tuple[int, ...]]:
    classes = [pitch(key, degree, octave=0) % 12 for degree in degrees]
    lowest = centre - 14
    placed = [lowest + (wanted - lowest) % 12 for wanted in classes]
    shifts = range(3)
    found = {
        tuple(sorted(note + 12 * shift for note, shift in zip(order, chosen, strict=True)))
        for order in (sorted(placed), sorted(placed, reverse=True))
        for chosen in combinations_with_replacement(shifts, len(placed))
    }
    close = [notes for notes in found if notes[-1] - notes[0] <= 17]
    return sorted(close or found)


def _cost(notes: tuple[int, ...], before: tuple[int, ...] | None, centre: int) -> float:
    middle = sum(notes) / len(notes)
    drift = 0.35 * abs(middle - centre)
    cluster = sum(1.5 for low, high in pairwise(notes) if high - low == 1)
    if before is None:
        return drift + cluster
    moves = sum(abs(new - old) for new, old in zip(notes, before, strict=True))
    return moves + drift + cluster
