"""Root notes of one-shots: MIDI numbers, their names and parsing. C4 is 60, A4 is 440 Hz."""

import re
from dataclasses import dataclass
from typing import Self

LOWEST_MIDI, HIGHEST_MIDI = 12, 119
# Samplers and piano rolls name black keys with sharps.
NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_PATTERN = re.compile(r"\s*([a-g])(?:\s*(#|♯|b|♭)|[\s-]*(sharp|flat))?\s*([0-8])?\s*", re.IGNORECASE)


@dataclass(frozen=True)
class RootNote:
    """A note for a search.

    Args:
        pitch_class: 0 = C to 11 = B.
        octave: 0 to 8; None for any.
    """

    pitch_class: int
    octave: int | None = None

    @property
    def name(self) -> str:
        """Name as displayed and in the API: ``F#``, or with an octave ``F#1``."""
        return NOTE_NAMES[self.pitch_class] + ("" if self.octave is None else str(self.octave))

    @property
    def midi(self) -> tuple[int, ...]:
        """The MIDI numbers that match: one, or without an octave those of all octaves."""
        if self.octave is not None:
            return (12 * (self.octave + 1) + self.pitch_class,)
        return tuple(midi for midi in range(LOWEST_MIDI, HIGHEST_MIDI + 1) if midi % 12 == self.pitch_class)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse ``F``, ``g#``, ``Bb2`` or ``C sharp``; None if it is not a note."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            return None
        shift = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get((match[2] or match[3] or "").lower(), 0)
        number = _LETTERS[match[1].lower()] + shift
        octave = None if match[4] is None else int(match[4]) + number // 12  # Cb4 is B3
        if octave is not None and not 0 <= octave <= 8:
            return None
        return cls(number % 12, octave)


def note_name(midi: int) -> str:
    """Return the name of a MIDI note: 29 is ``F1``."""
    return f"{NOTE_NAMES[midi % 12]}{midi // 12 - 1}"


def spoken_note(midi: int) -> str:
    """Return the name for screen readers: ``note F sharp 1``."""
    return f"note {NOTE_NAMES[midi % 12].replace('#', ' sharp')} {midi // 12 - 1}"


def parse_midi(text: str) -> int | None:
    """Parse a note with an octave, such as ``F1``, to its MIDI number; None if it is not one."""
    found = RootNote.parse(text)
    return found.midi[0] if found is not None and found.octave is not None else None
