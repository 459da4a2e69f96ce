"""Parses keys, notes, numbers and note lengths in theory questions."""

import re
import unicodedata
from dataclasses import dataclass

from askchopper.musical_key import Mode, MusicalKey, parse_local_key
from askchopper.services.knowledge.theory.notes import NOTE, Note, parse_note
from askchopper.services.knowledge.theory.scales import NAMES, Scale, scale_named
from askchopper.services.knowledge.theory.tempo import DOTTED, NOTE_LENGTHS, TRIPLET

MOST_READ = 300  # characters; a longer text is not a question about theory
NUMBER = r"\d{1,6}(?:[.,]\d{1,4})?"
_SPELLINGS = str.maketrans({"♯": "#", "♭": "b", "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "“": '"', "”": '"'})  # noqa: RUF001
_SCALE_WORDS = "|".join(re.escape(name).replace(r"\ ", r"[\s-]+") for name in NAMES)
_KEY = re.compile(rf"(?<![\w#])(?P<tonic>{NOTE})\s*-?\s*(?P<scale>{_SCALE_WORDS}|m)\b(?!\s*7|[#b]?\d)", re.IGNORECASE)
_CAMELOT = re.compile(r"(?<![\w.])(1[0-2]|[1-9])\s?([abAB])(?!\w)")
_BARE_TONIC = re.compile(rf"\b(?:in|of|key of|from|to|is|for)\s+(?P<tonic>{NOTE})(?![\w#])", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<![\w#'])([A-G](?:#|b)?)(?![\w#'])")
_NO_NOTE = re.compile(
    r"(?<![\w#'])([h-zH-Z](?:#|b(?![a-z])|\s?(?:sharp|flat)\b)|[H-Z])\s*-?\s*(?:major|minor|maj|min|dorian|phrygian|lydian|mixolydian|locrian|blues|pentatonic)\b"
)
_LENGTH_WORDS = {
    "whole": "1/1", "half": "1/2", "quarter": "1/4", "eighth": "1/8", "8th": "1/8", "sixteenth": "1/16", "16th": "1/16",
    "thirty-second": "1/32", "32nd": "1/32", "4th": "1/4", "beat": "1/4",
}  # fmt: skip
_LENGTH = re.compile(
    rf"(?P<factor>dotted|triplet)?\s*(?P<name>1/(?:16|32|1|2|4|8)|{'|'.join(_LENGTH_WORDS)})(?:\s*(?:notes?))?\s*(?P<late>dotted|triplets?|t\b|d\b)?",
    re.IGNORECASE,
)
_BPM = re.compile(rf"({NUMBER})\s*-?(?:bpm|beats per minute)", re.IGNORECASE)
_AT = re.compile(
    rf"\b(?:at|in|for|of)\s+({NUMBER})\b(?!\s*(?:hz|khz|bars?|beats?\b|seconds?|semitones?|%|ms|st\b))", re.IGNORECASE
)


@dataclass(frozen=True)
class KeyWords:
    """A key or scale as named in a question."""

    tonic: Note
    scale: Scale
    words: str

    @property
    def key(self) -> MusicalKey | None:
        """The catalogue's key with this tonic; None for scales that are neither major nor minor."""
        if self.scale.name == "major":
            return MusicalKey(self.tonic.pitch_class, Mode.MAJOR)
        if self.scale.name in {"natural minor", "harmonic minor", "melodic minor"}:
            return MusicalKey(self.tonic.pitch_class, Mode.MINOR)
        return None


@dataclass(frozen=True)
class Length:
    """A note length of a question, in beats."""

    name: str
    beats: float


def plain(question: str) -> str:
    """Normalise variants of accidentals and spaces; case is kept, since it distinguishes major from minor."""
    text = unicodedata.normalize("NFKC", question[: MOST_READ * 4]).translate(_SPELLINGS)
    return " ".join(text.split())[:MOST_READ]


def number(text: str) -> float:
    """Parse a number with a decimal point or comma."""
    return float(text.replace(",", "."))


def keys_in(question: str) -> list[KeyWords]:
    """Return the keys and scales named in a question, in order."""
    found: list[tuple[int, KeyWords]] = []
    for match in _KEY.finditer(question):
        if match["scale"] == "M" or (
            match["tonic"] == "a" and question[match.end() :].startswith((" key", " scale", " chord"))
        ):
            continue  # "a minor scale" has an article
        tonic, scale = parse_note(match["tonic"]), scale_named(re.sub(r"[\s-]+", " ", match["scale"]))
        if tonic is not None and scale is not None:
            found.append((match.start(), KeyWords(tonic, scale, match[0])))
    for match in _CAMELOT.finditer(question):
        key = MusicalKey.parse(match[0].replace(" ", ""))
        if key is not None:
            found.append((match.start(), key_words(key, match[0])))
    if not found and (local := parse_local_key(question.lower().rstrip("?!. "))):
        found.append((0, key_words(local, question)))
    return [key for _, key in sorted(found, key=lambda pair: pair[0])]


def key_words(key: MusicalKey, words: str) -> KeyWords:
    """Convert a key of the catalogue, named by ``words``; a minor key becomes natural minor."""
    tonic = parse_note(key.letter)
    scale = scale_named("major" if key.mode is Mode.MAJOR else "natural minor")
    assert tonic is not None  # noqa: S101 - letters of keys are notes
    assert scale is not None  # noqa: S101
    return KeyWords(tonic, scale, words)


def bare_tonic(question: str) -> Note | None:
    """Return a note named without a mode, as in "relative minor of C"; None if there is none."""
    if match := _CAPITAL.search(re.sub(r"^(?:A|I)\s", "", question)):
        return parse_note(match[1])
    match = _BARE_TONIC.search(question)
    return parse_note(match["tonic"]) if match and match["tonic"].lower() != "a" else None


def unknown_note(question: str) -> str:
    """Return text that looks like a key but is not one, such as ``H#``; empty if there is none."""
    match = _NO_NOTE.search(question)
    return match[1] if match else ""


def tempo_in(question: str) -> float | None:
    """Return the tempo in BPM named in a question, with or without its unit; None if there is none."""
    match = _BPM.search(question) or _AT.search(question)
    return number(match[1]) if match else None


def length_in(question: str) -> Length | None:
    """Return the note length named in a question; None if there is none."""
    match = _LENGTH.search(question)
    if match is None:
        return None
    name = _LENGTH_WORDS.get(match["name"].lower(), match["name"])
    word = (match["factor"] or match["late"] or "").lower()
    beats = NOTE_LENGTHS[name] * (DOTTED if word.startswith("d") else TRIPLET if word.startswith("t") else 1)
    spoken = f"{'dotted ' if word.startswith('d') else ''}{name} {'triplet' if word.startswith('t') else 'note'}"
    return Length(spoken, beats)
