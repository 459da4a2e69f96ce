"""Chords: symbols, spelling, and the chords of a key with their Roman numerals."""

import re
from dataclasses import dataclass

from askchopper.services.knowledge.theory.notes import NOTE, Note, parse_note
from askchopper.services.knowledge.theory.scales import Scale, spell

# Symbol to the notes of a chord: letter steps and semitones above the root.
QUALITIES: dict[str, tuple[tuple[int, int], ...]] = {
    "": ((0, 0), (2, 4), (4, 7)),
    "m": ((0, 0), (2, 3), (4, 7)),
    "dim": ((0, 0), (2, 3), (4, 6)),
    "aug": ((0, 0), (2, 4), (4, 8)),
    "sus2": ((0, 0), (1, 2), (4, 7)),
    "sus4": ((0, 0), (3, 5), (4, 7)),
    "5": ((0, 0), (4, 7)),
    "6": ((0, 0), (2, 4), (4, 7), (5, 9)),
    "m6": ((0, 0), (2, 3), (4, 7), (5, 9)),
    "7": ((0, 0), (2, 4), (4, 7), (6, 10)),
    "maj7": ((0, 0), (2, 4), (4, 7), (6, 11)),
    "m7": ((0, 0), (2, 3), (4, 7), (6, 10)),
    "mmaj7": ((0, 0), (2, 3), (4, 7), (6, 11)),
    "m7b5": ((0, 0), (2, 3), (4, 6), (6, 10)),
    "dim7": ((0, 0), (2, 3), (4, 6), (6, 9)),
    "aug7": ((0, 0), (2, 4), (4, 8), (6, 10)),
    "augmaj7": ((0, 0), (2, 4), (4, 8), (6, 11)),
    "9": ((0, 0), (2, 4), (4, 7), (6, 10), (8, 14)),
    "maj9": ((0, 0), (2, 4), (4, 7), (6, 11), (8, 14)),
    "m9": ((0, 0), (2, 3), (4, 7), (6, 10), (8, 14)),
    "add9": ((0, 0), (2, 4), (4, 7), (8, 14)),
    "madd9": ((0, 0), (2, 3), (4, 7), (8, 14)),
    "m11": ((0, 0), (2, 3), (4, 7), (6, 10), (8, 14), (10, 17)),
    "13": ((0, 0), (2, 4), (4, 7), (6, 10), (8, 14), (12, 21)),
}
_WORDS = {
    "major": "", "maj": "", "minor": "m", "min": "m", "diminished": "dim", "augmented": "aug", "suspended": "sus4", "power": "5",
    "major seventh": "maj7", "major 7": "maj7", "major 7th": "maj7", "minor seventh": "m7", "minor 7": "m7", "minor 7th": "m7",
    "min7": "m7", "dominant seventh": "7", "dominant 7": "7", "dominant 7th": "7", "seventh": "7", "7th": "7",
    "diminished seventh": "dim7", "diminished 7": "dim7", "half diminished": "m7b5", "half-diminished": "m7b5", "ø": "m7b5",
    "°": "dim", "o": "dim", "+": "aug", "m7♭5": "m7b5", "δ7": "maj7", "minor ninth": "m9", "minor 9": "m9", "major ninth": "maj9",
    "major 9": "maj9", "sus": "sus4", "min9": "m9", "minor sixth": "m6", "minor 6": "m6",
}  # fmt: skip
_SYMBOLS = "|".join(re.escape(word) for word in sorted({*QUALITIES, *_WORDS} - {"", "o"}, key=len, reverse=True))
CHORD = rf"(?P<root>{NOTE})\s*(?P<quality>{_SYMBOLS})?"
_CHORD = re.compile(CHORD, re.IGNORECASE)
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")


@dataclass(frozen=True)
class Chord:
    """A chord on a spelled root."""

    root: Note
    quality: str

    @property
    def symbol(self) -> str:
        """The chord symbol, such as ``Ebm`` or ``Cmaj7``."""
        return f"{self.root.name}{self.quality}"

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes, root first."""
        return tuple(self.root.above(letters, semitones) for letters, semitones in QUALITIES[self.quality])

    @property
    def semitones(self) -> tuple[int, ...]:
        """Semitones of the notes above the root."""
        return tuple(semitones for _, semitones in QUALITIES[self.quality])


@dataclass(frozen=True)
class Degree:
    """A chord of a key with its Roman numeral, in lower case for minor and diminished chords."""

    numeral: str
    chord: Chord


def parse_chord(text: str) -> Chord | None:
    """Parse ``Ebm7``, ``F# minor`` or ``C major seventh``; None if it is not a chord."""
    match = _CHORD.fullmatch(text.strip())
    root = parse_note(match["root"]) if match else None
    if match is None or root is None:
        return None
    return Chord(root, quality_of(match["quality"] or ""))


def quality_of(text: str) -> str:
    """Return the quality named by a chord's suffix or words; other text is returned in lower case.

    Capital M is major, lower-case m minor.
    """
    if text == "M":
        return ""
    if text in {"M7", "Maj7"}:
        return "maj7"
    plain = " ".join(text.lower().split())
    return _WORDS.get(plain, plain)


def chords_of(tonic: Note, scale: Scale, *, has_sevenths: bool = False) -> tuple[Degree, ...]:
    """Return the chords on each degree of a seven-note scale; none for other scales."""
    notes = spell(tonic, scale)
    if len(notes) != len(_ROMAN):
        return ()
    return tuple(_degree(notes, scale, place, size=4 if has_sevenths else 3) for place in range(len(notes)))


def _degree(notes: tuple[Note, ...], scale: Scale, place: int, *, size: int) -> Degree:
    steps = scale.semitones
    above = tuple(
        (2 * n, (steps[(place + 2 * n) % 7] + 12 * ((place + 2 * n) // 7)) - steps[place]) for n in range(size)
    )
    quality = next(symbol for symbol, intervals in QUALITIES.items() if intervals == above)
    numeral = _ROMAN[place]
    if quality.startswith(("m", "dim")) and not quality.startswith("maj"):
        numeral = numeral.lower()
    numeral += {"dim": "°", "dim7": "°7", "m7b5": "ø7", "aug": "+", "augmaj7": "+maj7"}.get(
        quality,
        quality.removeprefix("m") if quality in {"m7", "mmaj7"} else quality if quality in {"7", "maj7"} else "",
    )
    return Degree(numeral, Chord(notes[place], quality))
