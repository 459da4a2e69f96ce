"""Musical keys: parsing, spelling, the Camelot wheel and harmonic compatibility."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Mode(StrEnum):
    """Mode of a musical key."""

    MAJOR = "major"
    MINOR = "minor"


_MAJOR_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


_MINOR_TONICS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")


_LETTER_PITCH = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}


_SPOKEN_ACCIDENTAL = {"#": " sharp", "b": " flat", "": ""}


_KEY_PATTERN = re.compile(
    r"^\s*([a-g])\s*(#|♯|b|♭|sharp|flat)?(?:[\s-]*(major|minor|maj|min|m)|(-))?\s*$",
    re.IGNORECASE,
)


# Open Key, as Traktor writes it: 1d is C major, 1m is A minor.
_OPEN_KEY_PATTERN = re.compile(r"^\s*(1[0-2]|[1-9])([md])\s*$", re.IGNORECASE)


_CAMELOT_PATTERN = re.compile(r"^\s*(1[0-2]|[1-9])\s*([ab])\s*$", re.IGNORECASE)


# French, Spanish, Italian and Portuguese; German, where B is B flat and H is B.
_SOLFEGE = {"do": 0, "re": 2, "ré": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11}
_SOLFEGE_SHIFT = {"#": 1, "d": 1, "s": 1, "b": -1}
_GERMAN = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 10, "h": 11}
LOCAL_KEY = (
    r"(?:(?:do|r[eé]|mi|fa|sol|la|si)[ _-]*(?:(?:#|b|di[eè]se|sostenido|di[eé]sis|b[eé]mol(?:le)?)[ _-]*)?"
    r"(?:majeur|mayor|maggiore|maior|mineur|menor|minore|major|minor)|[a-h](?:is|es|s)?[ _-]*(?:moll|dur))"
)
_LOCAL_KEY_PARTS = re.compile(r"(do|r[eé]|mi|fa|sol|la|si)[ _-]*(#|b|d|s)?[a-zèé]*?[ _-]*(m[aei]\w+)")
_GERMAN_PARTS = re.compile(r"([a-h])(is|es|s)?[ _-]*(moll|dur)")


@dataclass(frozen=True, order=True)
class MusicalKey:
    """One of the 24 major and minor keys; enharmonic spellings are the same key.

    Args:
        tonic: pitch class, 0 = C to 11 = B.
        mode: major or minor.
    """

    tonic: int
    mode: Mode

    @property
    def letter(self) -> str:
        """Tonic in the usual spelling for this mode, such as ``F#``."""
        names = _MAJOR_TONICS if self.mode is Mode.MAJOR else _MINOR_TONICS
        return names[self.tonic]

    @property
    def name(self) -> str:
        """Canonical name, as stored and in the API: ``A minor``."""
        return f"{self.letter} {self.mode.value}"

    @property
    def short(self) -> str:
        """Name for tables: ``A min``."""
        return f"{self.letter} {self.mode.value[:3]}"

    @property
    def spoken(self) -> str:
        """Name for screen readers: ``F sharp minor``."""
        return f"{self.letter[0]}{_SPOKEN_ACCIDENTAL[self.letter[1:]]} {self.mode.value}"

    @property
    def camelot(self) -> str:
        """Position on the Camelot wheel: A minor is 8A, C major is 8B."""
        major_tonic = self.tonic if self.mode is Mode.MAJOR else (self.tonic + 3) % 12
        number = (major_tonic * 7 + 7) % 12 + 1
        return f"{number}{'B' if self.mode is Mode.MAJOR else 'A'}"

    @property
    def relative(self) -> "MusicalKey":
        """The relative key, which has the same notes in the other mode: C major for A minor."""
        if self.mode is Mode.MAJOR:
            return MusicalKey((self.tonic - 3) % 12, Mode.MINOR)
        return MusicalKey((self.tonic + 3) % 12, Mode.MAJOR)

    def compatible(self, *, wide: bool = False) -> tuple["MusicalKey", ...]:
        """Return the keys that mix with this one: the same, its neighbours on the wheel, and its relative.

        Args:
            wide: whether to include the two diagonal neighbours.
        """
        other = Mode.MINOR if self.mode is Mode.MAJOR else Mode.MAJOR
        relative = self.relative
        fifths = [MusicalKey((self.tonic + step) % 12, self.mode) for step in (7, 5)]
        keys = [self, *fifths, relative]
        if wide:
            keys += [MusicalKey((relative.tonic + step) % 12, other) for step in (7, 5)]
        return tuple(keys)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse ``Am``, ``a min``, ``A minor``, ``8A``, ``1m``, ``F♯ minor``, or ``Bb``, which is major; None if it is not a key."""
        if open_key := _OPEN_KEY_PATTERN.match(text):
            letter = "b" if open_key[2].lower() == "d" else "a"
            return cls.parse(f"{(int(open_key[1]) + 6) % 12 + 1}{letter}")
        if camelot := _CAMELOT_PATTERN.match(text):
            major_tonic = (int(camelot[1]) - 8) * 7 % 12
            if camelot[2].lower() == "b":
                return cls(major_tonic, Mode.MAJOR)
            return cls((major_tonic - 3) % 12, Mode.MINOR)
        match = _KEY_PATTERN.match(text)
        if match is None:
            return None
        accidental = (match[2] or "").lower()
        shift = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}.get(accidental, 0)
        tonic = (_LETTER_PITCH[match[1].lower()] + shift) % 12
        word = match[3] or match[4] or ""
        is_minor = word in {"m", "-"} or word.lower().startswith("min")
        return cls(tonic, Mode.MINOR if is_minor else Mode.MAJOR)


def parse_local_key(text: str) -> MusicalKey | None:
    """Parse a lower-case key with its mode in another language: ``la mineur``, ``sol menor``, ``fis-moll``; None if it is not one."""
    if german := _GERMAN_PARTS.fullmatch(text):
        shift = {"is": 1, None: 0}.get(german[2], -1)
        return MusicalKey((_GERMAN[german[1]] + shift) % 12, Mode.MINOR if german[3] == "moll" else Mode.MAJOR)
    parts = _LOCAL_KEY_PARTS.fullmatch(text)
    if parts is None:
        return None
    tonic = _SOLFEGE[parts[1]] + _SOLFEGE_SHIFT.get(parts[2], 0)
    return MusicalKey(tonic % 12, Mode.MAJOR if parts[3].startswith("ma") else Mode.MINOR)


ALL_KEYS: tuple[MusicalKey, ...] = tuple(
    MusicalKey(tonic, mode) for mode in (Mode.MAJOR, Mode.MINOR) for tonic in range(12)
)


KEY_NAMES: tuple[str, ...] = tuple(key.name for key in ALL_KEYS)
