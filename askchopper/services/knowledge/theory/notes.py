"""Spelled notes: parsing, intervals, tuning.

A note is a letter with sharps or flats, so that Eb and D# differ. Pitches have an octave too; C4 is middle C, MIDI 60.
"""

import math
import re
from dataclasses import dataclass

LETTERS = "CDEFGAB"
_NATURAL = (0, 2, 4, 5, 7, 9, 11)
_ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "sharp": 1, "##": 2, "x": 2, "b": -1, "♭": -1, "flat": -1, "bb": -2}
NOTE = r"[a-g](?:\s*(?:sharp|flat)\b|##|#|♯|bb|b|♭|x(?![a-z]))?"
_NOTE_PARTS = re.compile(r"([a-g])\s*(sharp|flat|##|#|♯|bb|b|♭|x)?", re.IGNORECASE)
CONCERT_PITCH_HZ = 440.0
LOWEST_MIDI, HIGHEST_MIDI = 0, 127
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Note:
    """A spelled note: ``letter`` is the index in C D E F G A B, ``shift`` the number of sharps, negative for flats."""

    letter: int
    shift: int = 0

    @property
    def name(self) -> str:
        """The note's name, such as ``Eb`` or ``F##``."""
        return LETTERS[self.letter] + ("#" * self.shift if self.shift > 0 else "b" * -self.shift)

    @property
    def pitch_class(self) -> int:
        """Semitones above C, 0 to 11."""
        return (_NATURAL[self.letter] + self.shift) % 12

    @property
    def fifths(self) -> int:
        """Steps from C on the circle of fifths, negative to the flat side."""
        return (self.letter * 2 + 1) % 7 - 1 + 7 * self.shift

    def above(self, letters: int, semitones: int) -> "Note":
        """Return the note an interval higher, given in letter steps and semitones."""
        letter = (self.letter + letters) % 7
        natural = _NATURAL[letter] + 12 * ((self.letter + letters) // 7)
        return Note(letter, _NATURAL[self.letter] + self.shift + semitones - natural)

    @property
    def enharmonic(self) -> "Note":
        """Return the pitch's other common name, such as C# for Db or B for Cb; the note itself if it has none."""
        for name in (FLAT_NAMES if self.shift > 0 else SHARP_NAMES)[self.pitch_class], SHARP_NAMES[self.pitch_class]:
            other = parse_note(name)
            if other is not None and other != self:
                return other
        return self


def parse_note(text: str) -> Note | None:
    """Parse ``Eb``, ``f sharp`` or ``C♯``; None if it is not a note."""
    match = _NOTE_PARTS.fullmatch(text.strip())
    if match is None:
        return None
    return Note(LETTERS.index(match[1].upper()), _ACCIDENTALS[(match[2] or "").lower()])


def midi_number(note: Note, octave: int) -> int:
    """Return the MIDI number of a pitch; B#3 and C4 are both 60."""
    return 12 * (octave + 1) + _NATURAL[note.letter] + note.shift


def frequency_of(midi: float) -> float:
    """Return the frequency in Hz of a MIDI number in equal temperament at A4 = 440 Hz."""
    return CONCERT_PITCH_HZ * 2 ** ((midi - 69) / 12)


def midi_of(frequency_hz: float) -> float:
    """Return the MIDI number of a frequency in Hz; fractional between two notes."""
    return 69 + 12 * math.log2(frequency_hz / CONCERT_PITCH_HZ)


def pitch_name(midi: int, *, is_flat: bool = False) -> str:
    """Return the name of a MIDI number, such as ``A4``."""
    return f"{(FLAT_NAMES if is_flat else SHARP_NAMES)[midi % 12]}{midi // 12 - 1}"


@dataclass(frozen=True)
class Tuning:
    """The note nearest to a frequency, and the deviation in cents, -50 to 50."""

    midi: int
    name: str
    cents: int


def nearest_note(frequency_hz: float) -> Tuning:
    """Return the note nearest to a frequency."""
    exact = midi_of(frequency_hz)
    midi = round(exact)
    return Tuning(midi, pitch_name(midi), round(100 * (exact - midi)))
