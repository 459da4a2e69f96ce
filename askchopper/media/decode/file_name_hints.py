"""Parses hints from sample file names: ``label_pack_128_bass_word_Cmin.wav``."""

import re
from pathlib import PurePath

from askchopper.media.decode.tags import Hints, clean, stated_bpm
from askchopper.musical_key import Mode, MusicalKey

_SEPARATORS = re.compile(r"[\s_\-\u2013\u2014()\[\]]+")
_BPM = re.compile(r"^(\d{2,3}(?:[.,]\d{1,2})?)(bpm)?$", re.IGNORECASE)
_KEY = re.compile(r"^([A-G](?:#|b|♯|♭|sharp|flat)?)(maj|min|major|minor|m|M)?$")
_MODES = {"min", "minor", "m", "maj", "major"}
_LIKELY_BPM = (50.0, 220.0)


def parse(name: str) -> Hints:
    """Parse tempo, key and words from a file name.

    A single letter is a key only with an accidental or a mode, because ``A`` and ``E`` are also words; a bare number is a
    tempo only from 50 to 220, because packs number their files.

    Args:
        name: a file name, of any bytes; directories are ignored.

    Returns:
        The hints.
    """
    stem = PurePath(clean(name).replace("\\", "/")).stem
    parts = [part for part in _SEPARATORS.split(stem) if part]
    bpm, bpm_at = _bpm(parts)
    key, key_at = _key(parts)
    words = tuple(part.lower() for at, part in enumerate(parts) if at not in bpm_at | key_at)
    return Hints(bpm=bpm, key=key, words=words)


def _bpm(parts: list[str]) -> tuple[float | None, set[int]]:
    for at, part in enumerate(parts):
        match = _BPM.match(part)
        is_named = bool(match and match[2]) or (at + 1 < len(parts) and parts[at + 1].lower() == "bpm")
        if match and is_named:
            return stated_bpm(match[1]), {at, at + 1} if not match[2] else {at}
    for at, part in enumerate(parts):
        match = _BPM.match(part)
        if match and not part.startswith("0"):
            bpm = stated_bpm(match[1])
            if bpm is not None and _LIKELY_BPM[0] <= bpm <= _LIKELY_BPM[1]:
                return bpm, {at}
    return None, set()


def _key(parts: list[str]) -> tuple[MusicalKey | None, set[int]]:
    for at in range(len(parts) - 1, -1, -1):
        match = _KEY.match(parts[at])
        if match is None:
            continue
        if match[2]:
            mode = (
                Mode.MINOR
                if match[2] != "M" and match[2].lower().startswith("m") and "maj" not in match[2]
                else Mode.MAJOR
            )
            return _named(match[1], mode), {at}
        following = parts[at + 1].lower() if at + 1 < len(parts) else ""
        if following in _MODES:
            return _named(match[1], Mode.MINOR if following in {"min", "minor", "m"} else Mode.MAJOR), {at, at + 1}
        if len(match[1]) > 1:
            return _named(match[1], Mode.MAJOR), {at}
    return None, set()


def _named(tonic: str, mode: Mode) -> MusicalKey | None:
    return MusicalKey.parse(f"{tonic} {mode.value}")
