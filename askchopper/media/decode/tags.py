"""Reads the tags of an audio file as hints: title, artist, tempo, key. Only this module uses mutagen.

Tags are untrusted input: they are bounded and cleaned, and can never fail an analysis.
"""

import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import mutagen

from askchopper.musical_key import MusicalKey

MAX_TAG_BYTES = 8 << 20
_MAX_TEXT = 200
_BPM_RANGE = (20.0, 400.0)
_FIELDS = {
    "title": ("TIT2", "title", "\xa9nam"),
    "artist": ("TPE1", "artist", "\xa9ART"),
    "genre": ("TCON", "genre", "\xa9gen"),
    "bpm": ("TBPM", "bpm", "tmpo"),
    "key": ("TKEY", "initialkey", "key"),
}


@dataclass(frozen=True)
class Hints:
    """Hints about a sound from names or tags; each may be missing and none is trusted.

    Args:
        title: a name.
        artist: who made it.
        genre: as written.
        bpm: stated tempo, 20 to 400.
        key: stated key.
        tonic: pitch class of a stated note without a mode, 0 = C; None with ``key``.
        words: other words of a file name.
    """

    title: str | None = None
    artist: str | None = None
    genre: str | None = None
    bpm: float | None = None
    key: MusicalKey | None = None
    tonic: int | None = None
    words: tuple[str, ...] = ()


def read(path: Path) -> Hints:
    """Read the tags of a file.

    Args:
        path: file on disk.

    Returns:
        The hints; empty without readable tags.
    """
    # mutagen raises nearly any exception on hostile input, and hints are optional.
    try:
        with path.open("rb") as file:
            found = mutagen.File(io.BytesIO(file.read(MAX_TAG_BYTES)))
        stored = dict(found.tags or {}) if found is not None else {}
        texts = {field: _text(stored, names) for field, names in _FIELDS.items()}
    except Exception:
        return Hints()
    return Hints(
        title=texts["title"],
        artist=texts["artist"],
        genre=texts["genre"],
        bpm=stated_bpm(texts["bpm"]),
        key=MusicalKey.parse(texts["key"]) if texts["key"] else None,
    )


def stated_bpm(text: str | None) -> float | None:
    """Parse a stated tempo; None unless it is a plausible number."""
    try:
        bpm = float((text or "").replace(",", "."))
    except ValueError:
        return None
    lowest, highest = _BPM_RANGE
    return bpm if lowest <= bpm <= highest else None


def clean(text: str) -> str:
    """Remove control and bidirectional characters from a tag value, and truncate it."""
    visible = "".join(" " if sign.isspace() else sign for sign in text if unicodedata.category(sign)[0] != "C")
    return " ".join(visible.split())[:_MAX_TEXT]


def _text(stored: dict[str, object], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = stored.get(name)
        while isinstance(value, list | tuple) and value:
            value = value[0]
        if value is not None and (text := clean(str(value)[: _MAX_TEXT * 4])):
            return text
    return None
