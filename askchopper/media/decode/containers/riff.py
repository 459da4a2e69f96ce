"""Parses WAV (RIFF, RF64) and AIFF chunks.

Sources: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0", 1991 (RIFF); EBU Tech 3306, 2009
(RF64); Apple, "Audio Interchange File Format 1.3", 1989.
"""

import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers.parsed import ParsedContainer

Bytes: TypeAlias = bytes | mmap
Chunk: TypeAlias = tuple[bytes, int, int]

_UNKNOWN_SIZE = 0xFFFF_FFFF
# What SoX, mplayer and others write to a pipe: the largest size, rounded or less the header.
_PLACEHOLDERS = {*range(0x7FFF_F000, 0x8000_0000), *range(0xFFFF_F000, _UNKNOWN_SIZE)}
_ARECORD_SIZE = 0x8000_0000
_SMALL_EXCESS_BYTES = 4_096
_PCM, _EXTENSIBLE = 1, 0xFFFE
_MAX_CHUNKS = 10_000
_ACID_BYTES = 24
# Chunks that are recognised without the pad byte before them.
_UNPADDED = {
    b"data", b"fmt ", b"fact", b"LIST", b"bext", b"iXML", b"acid", b"smpl", b"inst", b"cue ", b"id3 ", b"ID3 ", b"JUNK", b"PEAK",
    b"COMM", b"SSND", b"MARK", b"INST",
}  # fmt: skip


def parse_wav(content: Bytes, offset: int = 0) -> ParsedContainer:
    """Compare the sizes that a WAV header declares with the actual bytes.

    Args:
        content: the file.
        offset: offset of ``RIFF``; more than 0 after a foreign tag.

    Returns:
        The container, with the faults ``truncated``, ``sizes_lie``, ``bad_header`` and ``foreign_tag``.
    """
    found = ParsedContainer(family="wav", is_recognised=False)
    faults = ["foreign_tag"] if offset else []
    parts = list(chunks(content, offset + 12, order="<"))
    layout = next((_layout(content, chunk) for chunk in parts if chunk[0] == b"fmt "), None)
    data = next((chunk for chunk in parts if chunk[0] == b"data"), None)
    if layout is None or data is None:
        return replace(found, faults=tuple(faults), start=offset)
    _, begin, size = data
    there = len(content) - begin
    code, channels, bits, align = layout
    if content[begin : begin + 4] == b"OggS":
        return ParsedContainer(family="ogg", faults=("bad_header",), start=begin, end=begin + min(size, there))
    if _is_misaligned(code, channels, bits, align):
        faults.append("bad_header")
    if _continues(content, parts, data):
        faults.append("sizes_lie")
    is_streamed = size == _UNKNOWN_SIZE or content[offset : offset + 4] == b"RF64"
    if size == 0 and there > 0 and not bytes(content[begin : begin + 4]).strip().isalnum():
        faults.append("sizes_lie")
    elif not is_streamed and size > there:
        outer = struct.unpack("<I", content[offset + 4 : offset + 8])[0]
        is_whole = _claims_too_much(size, there, outer=outer, outer_there=len(content) - offset - 8)
        faults.append("sizes_lie" if is_whole else "truncated")
    frames = size // align if align and not is_streamed else None
    if _lacks_padding(parts, data) or _has_short_acid(parts, data):
        head = _canonical_head(content, parts, min(size, there))
        return replace(found, faults=(*faults, "bad_header"), start=begin, repaired_head=head, is_recognised=True)
    return replace(found, faults=tuple(faults), declared_frames=frames, start=offset)


def parse_aiff(content: Bytes) -> ParsedContainer:
    """Compare the sizes that an AIFF header declares with the actual bytes.

    Args:
        content: the file.

    Returns:
        The container, with the faults ``truncated`` and ``sizes_lie``.
    """
    parts = list(chunks(content, 12, order=">"))
    sound = next((part for part in parts if part[0] == b"SSND"), None)
    if sound is None:
        return ParsedContainer(family="aiff")
    if sound[1] + sound[2] <= len(content):
        declared = _aiff_bytes(content, parts)
        return ParsedContainer(family="aiff", faults=("sizes_lie",) if declared and declared != sound[2] - 8 else ())
    outer = struct.unpack(">I", content[4:8])[0]
    is_whole = _claims_too_much(sound[2], len(content) - sound[1], outer=outer, outer_there=len(content) - 8)
    return ParsedContainer(family="aiff", faults=("sizes_lie",) if is_whole else ("truncated",))


def _aiff_bytes(content: Bytes, parts: list[Chunk]) -> int:
    """Return the size of the sample data in bytes that the COMM chunk declares; 0 if the sound is compressed or the chunk is missing."""
    common = next((part for part in parts if part[0] == b"COMM"), None)
    if common is None or content[8:12] != b"AIFF" or common[1] + 8 > len(content):
        return 0
    channels, frames, bits = struct.unpack(">hIh", content[common[1] : common[1] + 8])
    return channels * frames * ((bits + 7) // 8)


def parse_au(content: Bytes) -> ParsedContainer:
    """Compare the declared size of a Sun AU file with the actual bytes.

    Args:
        content: the file.

    Returns:
        The container, with the fault ``truncated``.
    """
    if len(content) < 24:
        return ParsedContainer(family="au")
    start, size = struct.unpack(">II", content[4:12])
    cut = size != _UNKNOWN_SIZE and start + size > len(content)
    return ParsedContainer(family="au", faults=("truncated",) if cut else ())


def chunks(content: Bytes, position: int, *, order: str) -> Iterator[Chunk]:
    """Yield the chunks of a RIFF or AIFF file.

    Some programs omit the pad byte after a chunk of odd size; the next chunk is then found one byte earlier.

    Args:
        content: the file.
        position: offset of the first chunk.
        order: byte order, ``<`` for RIFF and ``>`` for AIFF.

    Yields:
        Identifier, offset of the content, declared size, which may be wrong.
    """
    for _ in range(_MAX_CHUNKS):
        if position + 8 > len(content):
            return
        name, size = struct.unpack(f"{order}4sI", content[position : position + 8])
        yield name, position + 8, size
        position += 8 + size
        if size % 2 and content[position : position + 4] not in _UNPADDED:
            position += 1


def _claims_too_much(size: int, there: int, *, outer: int, outer_there: int) -> bool:
    """Return whether the declared data size exceeds the file although nothing was cut off.

    Programs that write to a pipe cannot know the size and leave a placeholder. Others declare a few bytes too many; then the RIFF size
    matches the file, unlike in a file that was cut off.
    """
    if size in _PLACEHOLDERS or (size == _ARECORD_SIZE and outer >= size):
        return True
    return size - there <= _SMALL_EXCESS_BYTES and outer_there <= outer <= outer_there + 1


def _continues(content: Bytes, parts: list[Chunk], data: Chunk) -> bool:
    """Return whether the bytes after the data chunk are more samples rather than a chunk, so that the declared size is too small."""
    following = next((after for before, after in pairwise(parts) if before == data), None)
    if following is None or following[0].replace(b" ", b"").isalnum():
        return False
    rest = bytes(content[following[1] - 8 :])
    return len(rest) > _SMALL_EXCESS_BYTES and any(rest)


def _lacks_padding(parts: list[Chunk], data: Chunk) -> bool:
    """Return whether the data chunk follows an odd one without its pad byte, which strict decoders refuse."""
    before = parts[: parts.index(data) + 1]
    return any(size % 2 and after[1] - 8 == begin + size for (_, begin, size), after in pairwise(before))


def _has_short_acid(parts: list[Chunk], data: Chunk) -> bool:
    """Return whether an ``acid`` chunk of less than 24 bytes precedes the data chunk; libsndfile always reads 24 bytes of it."""
    return any(name == b"acid" and size < _ACID_BYTES for name, _, size in parts[: parts.index(data)])


def _canonical_head(content: Bytes, parts: list[Chunk], size: int) -> bytes:
    """Return a WAV header with only a format chunk and a data chunk."""
    _, begin, length = next(part for part in parts if part[0] == b"fmt ")
    form = bytes(content[begin : begin + length])
    layout = (
        b"WAVEfmt " + struct.pack("<I", len(form)) + form + bytes(len(form) % 2) + b"data" + struct.pack("<I", size)
    )
    return b"RIFF" + struct.pack("<I", len(layout) + size) + layout


def _layout(content: Bytes, chunk: Chunk) -> tuple[int, int, int, int] | None:
    _, begin, size = chunk
    if size < 16 or begin + 16 > len(content):
        return None
    code, channels, _, _, align, bits = struct.unpack("<HHIIHH", content[begin : begin + 16])
    return code, channels, bits, align


def _is_misaligned(code: int, channels: int, bits: int, align: int) -> bool:
    return code in (_PCM, _EXTENSIBLE) and align != channels * ((bits + 7) // 8)
