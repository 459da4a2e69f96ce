"""Reads the tags of an audio file as hints: title, artist, tempo, key, beats. Only this module uses mutagen.

Tags are untrusted input: they are bounded and cleaned, and can never fail an analysis.
"""

import contextlib
import io
import mmap
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3

from askchopper.media.decode import loop_chunks
from askchopper.media.metre import Metre
from askchopper.musical_key import MusicalKey

MAX_TAG_BYTES = 8 << 20
_MAX_TEXT = 200
_BPM_RANGE = (20.0, 400.0)
# ID3, Vorbis comments, MP4, APEv2, ASF and RIFF INFO, in the spelling of ``_plain_name``.
_FIELDS = {
    "title": ("tit2", "title", "\xa9nam", "inam"),
    "artist": ("tpe1", "artist", "author", "\xa9art", "iart"),
    "genre": ("tcon", "genre", "\xa9gen", "ignr"),
    "bpm": ("tbpm", "bpm", "tmpo", "fbpm", "tempo", "beatsperminute"),
    "key": ("tkey", "initialkey", "key"),
}
_NAME_PREFIXES = ("txxx:", "----:com.apple.itunes:", "wm/")
_STATED_BPM = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?)\s*(?:bpm)?", re.IGNORECASE)
# DJ programs write a key twice: ``Ebm/D#m``, ``8A - Am``, ``Am (8A)``.
_KEY_SEPARATORS = re.compile(r"[/|,;()\[\]]|\s-\s")


@dataclass(frozen=True)
class Hints:
    """Hints about a sound from names or tags; each may be missing and none is trusted.

    Args:
        title: title as written.
        artist: name of the artist as written.
        genre: genre as written.
        bpm: stated tempo, 20 to 400.
        key: stated key.
        tonic: pitch class of a stated note without a mode, 0 = C; None with ``key``.
        beats: stated length of a loop in beats.
        metre: stated metre of a loop.
        words: other words of a file name.
    """

    title: str | None = None
    artist: str | None = None
    genre: str | None = None
    bpm: float | None = None
    key: MusicalKey | None = None
    tonic: int | None = None
    beats: int | None = None
    metre: Metre | None = None
    words: tuple[str, ...] = ()


class _BoundedReader(io.RawIOBase):
    """A file object that limits reads to ``MAX_TAG_BYTES`` in total. Reads may be anywhere, as many formats have their tags at the end."""

    def __init__(self, content: mmap.mmap) -> None:
        super().__init__()
        self._content = content
        self._left = MAX_TAG_BYTES

    def read(self, size: int = -1, /) -> bytes:
        """Read up to a number of bytes.

        Raises:
            OSError: the total exceeds the limit.
        """
        found = self._content.read(size if size >= 0 else self._left + 1)
        self._left -= len(found)
        if self._left < 0:
            raise OSError("the tags are too large")
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Set the position and return it. A position past the end, which a file allows but ``mmap`` does not, becomes the end.

        Raises:
            OSError: the position is before the beginning.
        """
        base = {0: 0, 1: self._content.tell(), 2: len(self._content)}[whence]
        if base + offset < 0:
            raise OSError("before the beginning of the file")
        self._content.seek(min(base + offset, len(self._content)))
        return self._content.tell()

    def tell(self) -> int:
        """Return the position."""
        return self._content.tell()


def read(path: Path) -> Hints:
    """Read the tags of a file.

    Args:
        path: file on disk.

    Returns:
        The hints; empty without readable tags.
    """
    # mutagen raises nearly any exception on hostile input, and hints are optional.
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            chunks = loop_chunks.read(content)
            stored = [*_tags(content, chunks.tag), {name.lower(): text for name, text in chunks.texts.items()}]
        texts = {field: _texts(stored, names) for field, names in _FIELDS.items()}
    except Exception:
        return Hints()
    key = next(filter(None, map(stated_key, texts["key"])), None)
    bpm = next(filter(None, map(stated_bpm, texts["bpm"])), None)
    return Hints(
        title=_first(texts["title"]),
        artist=_first(texts["artist"]),
        genre=_first(texts["genre"]),
        bpm=bpm or _plausible(chunks.bpm),
        key=key,
        tonic=None if key else chunks.tonic,
        beats=chunks.beats,
        metre=chunks.metre,
    )


def stated_bpm(text: str | None) -> float | None:
    """Parse a stated tempo, such as ``124`` or ``124 BPM``; None unless it is a plausible number."""
    match = _STATED_BPM.fullmatch((text or "").strip())
    return _plausible(float(match[1].replace(",", "."))) if match else None


def stated_key(text: str) -> MusicalKey | None:
    """Parse a stated key, also one given in two notations: ``Ebm/D#m``, ``8A - Am``; None if it is not a key."""
    return next(filter(None, map(MusicalKey.parse, (text, *_KEY_SEPARATORS.split(text)))), None)


def clean(text: str) -> str:
    """Remove control and bidirectional characters from a tag value, and truncate it."""
    visible = "".join(" " if sign.isspace() else sign for sign in text if unicodedata.category(sign)[0] != "C")
    return " ".join(visible.split())[:_MAX_TEXT]


def _plausible(bpm: float | None) -> float | None:
    lowest, highest = _BPM_RANGE
    return round(bpm, 4) if bpm is not None and lowest <= bpm <= highest else None


def _tags(content: mmap.mmap, chunk: bytes) -> Iterator[dict[str, object]]:
    """Yield the tags of each tag format in the file, by plain name. A format that is missing or broken does not affect the others."""
    with contextlib.suppress(Exception):
        yield _named(ID3(io.BytesIO(chunk)) if chunk else _whole_file(content))
    # Key detectors add APEv2 to MP3 files that have ID3, of which mutagen then reads ID3 only.
    if content[:3] == b"ID3":
        with contextlib.suppress(Exception):
            yield _named(APEv2(_at_start(content)))


def _whole_file(content: mmap.mmap) -> Mapping[str, object]:
    found = mutagen.File(_at_start(content))
    return (found.tags or {}) if found is not None else {}


def _at_start(content: mmap.mmap) -> _BoundedReader:
    content.seek(0)
    return _BoundedReader(content)


def _named(stored: Any) -> dict[str, object]:
    """Return the tags by plain name. mutagen's tag classes are mappings but not typed as such."""
    return {_plain_name(name): value for name, value in dict(stored).items()}


def _plain_name(name: str) -> str:
    """Return a field name in lower case, without the prefix of free fields: ``TXXX:Initial key`` is ``initialkey``."""
    plain = name.lower()
    for prefix in _NAME_PREFIXES:
        plain = plain.removeprefix(prefix)
    return re.sub(r"[ _-]", "", plain)


def _texts(stored: Sequence[dict[str, object]], names: Sequence[str]) -> list[str]:
    """Return the texts of a field, best source first."""
    values = [_text(each[name]) for each in stored for name in names if name in each]
    return [text for text in values if text]


def _text(value: object) -> str:
    while isinstance(value, list | tuple) and value:
        value = value[0]
    # Free fields of MP4 are bytes.
    text = bytes(value[: _MAX_TEXT * 4]).decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return clean(text[: _MAX_TEXT * 4])


def _first(texts: Sequence[str]) -> str | None:
    return texts[0] if texts else None
