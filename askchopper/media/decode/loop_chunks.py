"""Reads metadata of WAV and AIFF files other than tags: ``acid``, ``smpl`` and ``inst`` chunks, and RIFF INFO.

Sources: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991 (INFO, ``inst``) and "New Multimedia
Data Types and Data Techniques", 1994 (``smpl``). Sony documents ``acid`` only in its SDK; the layout is the one that
libsndfile reads (src/wav.c, wav_read_acid_chunk).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers import riff
from askchopper.media.metre import Metre

Bytes: TypeAlias = bytes | mmap

_ACID = struct.Struct("<IHHfIHHf")
_ONE_SHOT, _HAS_ROOT = 1, 2
_SMPL_HEAD = struct.Struct("<9I")
# The unity note that most programs write without asking.
_DEFAULT_NOTES = (0, 60)
_MAX_BEATS = 4_096
_UNITS = (1, 2, 4, 8, 16, 32)
_MAX_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class LoopChunks:
    """Metadata read from the chunks of a file.

    Args:
        bpm: tempo of a loop, as written; may be any number.
        beats: length of a loop in beats.
        metre: the metre.
        tonic: pitch class of the root note, 0 = C.
        texts: texts of RIFF INFO by identifier, such as ``INAM``.
        tag: content of an ID3 chunk; empty without one.
    """

    bpm: float | None = None
    beats: int | None = None
    metre: Metre | None = None
    tonic: int | None = None
    texts: dict[str, str] = field(default_factory=dict)
    tag: bytes = b""


def read(content: Bytes) -> LoopChunks:
    """Read the metadata chunks of a WAV or AIFF file, at any position.

    Args:
        content: the file; a memory map reads only the headers and the chunks concerned.

    Returns:
        The metadata; empty for any other format.
    """
    if content[:4] in (b"RIFF", b"RF64") and content[8:12] == b"WAVE":
        order = "<"
    elif content[:4] == b"FORM":
        order = ">"
    else:
        return LoopChunks()
    chunks: dict[bytes, bytes] = {}
    texts: dict[str, str] = {}
    for name, begin, size in riff.chunks(content, 12, order=order):
        if name == b"LIST" and content[begin : begin + 4] == b"INFO":
            texts.update(_info(bytes(content[begin : begin + min(size, _MAX_CHUNK_BYTES)])))
        elif name.lower() in (b"acid", b"smpl", b"inst", b"id3 "):
            chunks.setdefault(name.lower(), bytes(content[begin : begin + min(size, _MAX_CHUNK_BYTES)]))
    return _combined(chunks, texts)


def _combined(chunks: dict[bytes, bytes], texts: dict[str, str]) -> LoopChunks:
    tag = chunks.get(b"id3 ", b"")
    note = _root(chunks)
    tonic = None if note is None else note % 12
    acid = chunks.get(b"acid", b"")
    if len(acid) < _ACID.size:
        return LoopChunks(tonic=tonic, texts=texts, tag=tag)
    flags, root, _, _, beats, unit, count, bpm = _ACID.unpack_from(acid)
    if flags & _HAS_ROOT and root < 128:
        tonic = root % 12
    if flags & _ONE_SHOT:
        return LoopChunks(tonic=tonic, texts=texts, tag=tag)
    return LoopChunks(
        bpm=bpm, beats=beats if 0 < beats <= _MAX_BEATS else None, metre=Metre(count, unit) if 0 < count <= 32 and unit in _UNITS else None,
        tonic=tonic, texts=texts, tag=tag,
    )  # fmt: skip


def _root(chunks: dict[bytes, bytes]) -> int | None:
    """Return the MIDI root note, at which the sound plays at its original pitch; None for values that programs write by default."""
    notes = [chunks[b"inst"][0]] if chunks.get(b"inst") else []
    smpl = chunks.get(b"smpl", b"")
    if len(smpl) >= _SMPL_HEAD.size:
        notes.insert(0, _SMPL_HEAD.unpack_from(smpl)[3])
    return next((note for note in notes if note < 128 and note not in _DEFAULT_NOTES), None)


def _info(content: bytes) -> Iterator[tuple[str, str]]:
    for name, begin, size in riff.chunks(content, 4, order="<"):
        raw = content[begin : begin + size].split(b"\0")[0]
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
        yield name.decode("latin-1"), text
