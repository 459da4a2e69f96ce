"""Parses hints from sample file names: ``label_pack_128_bass_word_Cmin.wav``.

The conventions of sample packs are supported: ``128``, ``bpm128``, ``@128``; ``Am``, ``cmin``, ``f#m``, ``F sharp minor``, ``8A``,
``a-moll``, ``H-moll``, ``la mineur``, ``sol menor``. Model numbers and take numbers are words, not tempos.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from askchopper.media.decode.tags import Hints, clean, stated_bpm
from askchopper.musical_key import LOCAL_KEY, Mode, MusicalKey, parse_local_key

# Instruments whose numbers fall into the range of tempos, or are often taken for one.
_MODELS = {
    "AX": "60|73|80", "CR": "78", "CZ": "101", "D": "50|70", "DR": "55|110", "DX": "100", "HS": "60", "Juno": "60|106",
    "KR": "55|78", "MC": "202", "MKS": "50|70|80", "MPC": "60", "Poly": "61", "RE": "201", "RS": "101|202", "SH": "101",
    "System": "100", "TB": "303", "TR": "505|606|626|707|727|808|909",
}  # fmt: skip
_MODEL = "|".join(f"{series}[-_ ]?(?:{numbers})" for series, numbers in _MODELS.items())
_MODEL_PARTS = re.compile(r"([a-z]+)[-_ ]?(\d+)", re.IGNORECASE)
_SERIES = {series.lower(): series for series in _MODELS}
_SEPARATOR = r"\s_\-\u2013\u2014()\[\]{}=@,;"
_PART = re.compile(rf"(?:{_MODEL})(?![^\W_])|[^{_SEPARATOR}]+", re.IGNORECASE)

_CASED = ("-", "\u2215")  # models and slash chords
_BPM = re.compile(r"(bpm)?(\d{2,3}(?:[.,]\d{1,2})?)(bpm)?", re.IGNORECASE)
_LIKELY_BPM = (50.0, 220.0)
_UNITS = {"hz", "khz", "bit", "bits", "kbps", "ms", "sec"}
# A number or a letter after one of these tells sounds apart: ``Kick 101``, ``Take B``.
_HITS = {
    "clap", "claps", "crash", "cymbal", "fx", "hat", "hats", "hihat", "hit", "hits", "kick", "kicks", "perc", "ride", "rim",
    "rimshot", "shaker", "shot", "snap", "snare", "snares", "tom", "toms",
}  # fmt: skip
_NUMBERED = {
    "bridge", "chorus", "hook", "idea", "layer", "no", "part", "section", "side", "take", "track", "ver", "verse", "version",
}  # fmt: skip

_ENGLISH = re.compile(r"([a-g])(#|♯|b|♭|sharp|flat)?(major|minor|maj|min|moll|dur|m)?(6|7|9|11|13)?", re.IGNORECASE)
_NOTE = re.compile(r"[a-g](#|♯|b|♭|sharp|flat)?", re.IGNORECASE)
_GERMAN = re.compile(r"([cdfga]is|[cdg]es|[ae]s|h|b)(moll|dur)?", re.IGNORECASE)
_GERMAN_TONICS = {
    "cis": 1, "des": 1, "dis": 3, "es": 3, "fis": 6, "ges": 6, "gis": 8, "as": 8, "ais": 10, "b": 10, "h": 11, "ces": 11,
}  # fmt: skip
_GERMAN_ALONE = {"Cis", "Fis", "Ges", "Gis", "Ais"}  # the others are words of some language, too
_MODES = {
    "m": Mode.MINOR, "min": Mode.MINOR, "minor": Mode.MINOR, "moll": Mode.MINOR,
    "maj": Mode.MAJOR, "major": Mode.MAJOR, "dur": Mode.MAJOR,
}  # fmt: skip
_ACCIDENTALS = {"sharp": "#", "flat": "b"}
_CAMELOT = re.compile(r"0?(1[0-2]|[1-9])([AB])", re.IGNORECASE)


class _Note(NamedTuple):
    """A key or a lone tonic in a name: pitch class, mode if stated, and how many parts it spans."""

    tonic: int
    mode: Mode | None
    width: int


def parse(name: str) -> Hints:
    """Parse tempo, key and words from a file name.

    A bare number is a tempo only if it is from 50 to 220 and does not number a hit or a take. A note without a mode is a key if the name
    has a tempo (``99_Bb_keys``), otherwise only a tonic; a single letter is a tonic only at the end.

    Args:
        name: a file name of any characters; directories are ignored.

    Returns:
        The hints. The words are lower case, except for models (``SH-101``) and the pronoun ``I``.
    """
    stem = PurePath(clean(name).replace("\\", "/")).stem
    parts = [_spelled(part) for part in _PART.findall(stem)]
    bpm, used = _bpm(parts)
    note, note_at = _note(parts, used)
    key = tonic = None
    if note is not None:
        mode = note.mode or (Mode.MAJOR if bpm and len(parts[min(note_at)]) > 1 else None)
        key, tonic = (MusicalKey(note.tonic, mode), None) if mode else (None, note.tonic)
    words = tuple(_word(part) for at, part in enumerate(parts) if at not in used | note_at)
    return Hints(bpm=bpm, key=key, tonic=tonic, words=words)


def _spelled(part: str) -> str:
    """Return a part of the name; a drum machine or synthesizer model gets its usual spelling with a hyphen."""
    model = _MODEL_PARTS.fullmatch(part)
    series = _SERIES.get(model[1].lower()) if model else None
    return f"{series}-{model[2]}" if model and series and re.fullmatch(_MODELS[series], model[2]) else part


def _word(part: str) -> str:
    return part if part == "I" or any(sign in part for sign in _CASED) else part.lower()


def _bpm(parts: Sequence[str]) -> tuple[float | None, set[int]]:
    """Return the tempo, or None, and the positions of its parts; a number labelled ``bpm`` takes precedence over a bare one."""
    lower = [part.lower() for part in parts]
    for at, part in enumerate(parts):
        match = _BPM.fullmatch(part)
        if match is None:
            continue
        if match[1] or match[3]:
            return stated_bpm(match[2]), {at}
        for label in (at + 1, at - 1):
            if 0 <= label < len(parts) and lower[label] == "bpm":
                return stated_bpm(match[2]), {at, label}
    for at, part in enumerate(parts):
        if _BPM.fullmatch(part) and not part.startswith("0") and not _is_number(lower, at):
            bpm = stated_bpm(part)
            if bpm is not None and _LIKELY_BPM[0] <= bpm <= _LIKELY_BPM[1]:
                return bpm, {at}
    return None, set()


def _is_number(lower: Sequence[str], at: int) -> bool:
    """Return whether a number counts a hit or a take, or is followed by a unit, so that it is no tempo."""
    if at + 1 < len(lower) and lower[at + 1] in _UNITS:
        return True
    return at > 0 and (lower[at - 1] in _NUMBERED or (lower[at - 1] in _HITS and not {"loop", "loops"} & {*lower}))


def _note(parts: Sequence[str], used: set[int]) -> tuple[_Note | None, set[int]]:
    """Return the key or tonic, or None, and the positions of its parts.

    A key with a mode takes precedence, then the longest, then the last one.
    """
    found = [(at, note) for at in range(len(parts)) if at not in used and (note := _note_at(parts, at, used))]
    # Of ``B flat minor``, ``B`` begins the longest one.
    found.sort(key=lambda each: (each[1].mode is not None, each[1].width, each[0]))
    if not found:
        return None, set()
    at, note = found[-1]
    taken = set(range(at, at + note.width))
    return note, taken | ({at - 1} if at and parts[at - 1].lower() == "key" else set())


def _note_at(parts: Sequence[str], at: int, used: set[int]) -> _Note | None:
    for note in (_camelot(parts, at, used), _local_note(parts, at), _spelled_note(parts, at), _single_part(parts, at)):
        if note is not None:
            return note
    return None


def _camelot(parts: Sequence[str], at: int, used: set[int]) -> _Note | None:
    """Parse a Camelot code at the start of the name or next to the tempo, where DJ software writes it; None elsewhere, where ``1A`` is a serial number."""
    match = _CAMELOT.fullmatch(parts[at])
    if match is None or not (at == 0 or {at - 1, at + 1} & used):
        return None
    key = MusicalKey.parse(f"{match[1]}{match[2]}")
    return key and _Note(key.tonic, key.mode, 1)


def _local_note(parts: Sequence[str], at: int) -> _Note | None:
    """Parse a key in another language, of up to three parts: ``la mineur``, ``si bemol mayor``; None if there is none."""
    for width in (3, 2, 1):
        text = " ".join(parts[at : at + width]).lower()
        if len(parts) >= at + width and re.fullmatch(LOCAL_KEY, text) and (key := parse_local_key(text)):
            return _Note(key.tonic, key.mode, width)
    return None


def _spelled_note(parts: Sequence[str], at: int) -> _Note | None:
    """Parse a note of several parts: ``F sharp minor``, ``C# min``, ``a moll``; None if there is none."""
    following = [part.lower() for part in parts[at + 1 : at + 3]]
    accidental = _ACCIDENTALS.get(following[0], "") if following and len(parts[at]) == 1 else ""
    rest = following[1:] if accidental else following
    mode = _MODES.get(rest[0]) if rest else None
    if mode is None and not accidental:
        return None
    is_german = bool(rest) and rest[0] in {"moll", "dur"}
    tonic = _tonic(parts[at] + accidental, is_german=is_german)
    if tonic is None or (rest and rest[0] == "m" and not parts[at][0].isupper()):
        return None
    return _Note(tonic, mode, 1 + bool(accidental) + (mode is not None))


def _single_part(parts: Sequence[str], at: int) -> _Note | None:
    part = parts[at]
    if (german := _GERMAN.fullmatch(part)) and (german[2] or part in _GERMAN_ALONE):
        return _Note(_GERMAN_TONICS[german[1].lower()], _MODES[german[2].lower()] if german[2] else None, 1)
    match = _ENGLISH.fullmatch(part)
    if match is None:
        return None
    letter, accidental, mode, chord = match.groups()
    tonic = _tonic(letter + (accidental or ""), is_german=False)
    if tonic is None:
        return None
    if mode is not None:
        return _Note(tonic, _MODES[mode.lower()], 1) if _is_mode(parts, at, match) else None
    is_note = letter.isupper() or accidental in {"#", "♯", "♭", "sharp", "flat"}
    if chord or not is_note or accidental == "B" or (accidental is None and not _is_last_letter(parts, at)):
        return None
    return _Note(tonic, None, 1)


def _is_mode(parts: Sequence[str], at: int, match: re.Match[str]) -> bool:
    """Return whether an ``m`` after a note means minor: not in the words ``am``, ``FM`` and ``EBM``, nor in ``Am`` next to ``I``."""
    letter, accidental, mode, _ = match.groups()
    if mode.lower() != "m":
        return True
    if mode == "M" or accidental == "B" or not (letter.isupper() or accidental in {"#", "♯", "♭"}):
        return False
    beside = {parts[near].lower() for near in (at - 1, at + 1) if 0 <= near < len(parts)}
    return not (letter == "A" and accidental is None and "i" in beside)


def _is_last_letter(parts: Sequence[str], at: int) -> bool:
    """Return whether a single letter is a key: labelled ``key``, or last in the name and not the letter of a hit or take."""
    before = parts[at - 1].lower() if at else ""
    return before == "key" or (at == len(parts) - 1 and at > 0 and before not in _HITS | _NUMBERED)


def _tonic(note: str, *, is_german: bool) -> int | None:
    """Return the pitch class of a note name; None if it is not one. In German, ``B`` is B flat and ``H`` is B."""
    if note.lower() in _GERMAN_TONICS and (is_german or len(note) == 3):
        return _GERMAN_TONICS[note.lower()]
    key = MusicalKey.parse(note) if _NOTE.fullmatch(note) else None
    return key.tonic if key else None
