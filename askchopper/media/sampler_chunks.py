"""Adds sampler metadata to a WAV file while it is streamed: ``smpl`` and ``inst`` chunks for one-shots, ``acid`` for loops.

The stored file is not rewritten. A patch holds a few changed bytes and the bytes to append; size and CRC-32 of the result are computed
from those of the stored file without reading it.

Sources: Microsoft, "New Multimedia Data Types and Data Techniques", 1994 (``smpl``); "Multimedia Programming Interface and Data
Specifications 1.0", 1991 (``inst``); ``acid`` as libsndfile reads it (src/wav.c, wav_read_acid_chunk).
"""

import struct
import zlib
from dataclasses import dataclass

from askchopper.schemas.sampler_tags import SamplerTags

HEAD_BYTES, MAX_TAIL_BYTES = 65_536, 1_048_576
_LARGEST_FILE = 0xFFFF_0000
_SMPL, _INST, _ACID = struct.Struct("<9I"), struct.Struct("<Bb5B"), struct.Struct("<IHHfIHHf")
_SMPL_NOTE_AT, _HALF_SEMITONE = 12, 0x8000_0000
_HAS_ROOT, _STRETCH = 2, 4
_UNKNOWN_DEFAULT = 0x8000  # what ACID writes into its second field
_OCTAVE_OF_ROOTS = 48
_CRC_POLYNOMIAL = 0xEDB8_8320
_ALL_ONES = 0xFFFF_FFFF


@dataclass(frozen=True)
class Patch:
    """Changes to a stored file.

    Args:
        changes: offset, old bytes and new bytes, of equal lengths; in ascending order.
        stored_bytes: size of the stored file.
        appended: bytes to append to the file.
    """

    changes: tuple[tuple[int, bytes, bytes], ...]
    stored_bytes: int
    appended: bytes

    @property
    def size_bytes(self) -> int:
        """Size of the file with the changes."""
        return self.stored_bytes + len(self.appended)

    def crc32(self, stored: int) -> int:
        """Return the CRC-32 of the patched file, computed from that of the stored file."""
        found = stored
        for offset, old, new in self.changes:
            # CRCs are linear: that of the difference, moved to its place, is added.
            difference = bytes(a ^ b for a, b in zip(old, new, strict=True))
            register = zlib.crc32(difference, _ALL_ONES) ^ _ALL_ONES
            found ^= _advance(register, self.stored_bytes - offset - len(old))
        return zlib.crc32(self.appended, found)

    def apply(self, start: int, piece: bytes) -> bytes:
        """Return a piece of the stored file with the changes applied; the piece begins at an offset of the file."""
        changed = bytearray(piece)
        for offset, _, new in self.changes:
            low, high = max(offset, start), min(offset + len(new), start + len(piece))
            if low < high:
                changed[low - start : high - start] = new[low - offset : high - offset]
        return bytes(changed)


def data_end(head: bytes, size: int) -> int | None:
    """Return the end offset of the data chunk, padding included; None if the file is not a WAV file that can be extended.

    Args:
        head: the first ``HEAD_BYTES`` of the file.
        size: size of the file in bytes.
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE" or not 44 <= size < _LARGEST_FILE:
        return None
    declared = int.from_bytes(head[4:8], "little") + 8
    if declared not in {size, size - 1, size + 1}:
        return None
    place = 12
    while place + 8 <= len(head):
        length = int.from_bytes(head[place + 4 : place + 8], "little")
        end = place + 8 + length
        if head[place : place + 4] == b"data":
            return end + (end & 1) if length and end <= size else None
        place = end + (end & 1)
    return None


def plan(head: bytes, tail: bytes, size: int, tags: SamplerTags) -> Patch | None:
    """Plan the changes to a file; None if none are possible or needed.

    An existing ``smpl`` or ``inst`` chunk gets the right note and keeps its loop points; an existing ``acid`` chunk is kept.

    Args:
        head: the first ``HEAD_BYTES`` of the file.
        tail: all bytes from ``data_end`` on.
        size: size of the file in bytes.
        tags: the tags to write.
    """
    end = data_end(head, size)
    if end is None:
        return None
    last, walked = _chunks(tail, 0, end, size)
    # A reader follows the lengths of chunks: what is appended elsewhere than where they end is never found.
    if walked not in {size, size + (size & 1)}:
        return None
    chunks = _chunks(head, 12, 0, size)[0] | last
    content = {place: (head, 0) if place < end else (tail, end) for place, _ in chunks.values()}
    changes: list[tuple[int, bytes, bytes]] = []
    appended = b""
    for name, body in _wanted(tags, _rate(head)).items():
        if name not in chunks:
            appended += name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)
        elif name != b"acid":
            place, length = chunks[name]
            source, shift = content[place]
            at, width = (_SMPL_NOTE_AT, 8) if name == b"smpl" else (0, 2)
            old, new = source[place - shift + at : place - shift + at + width], body[at : at + width]
            if length >= at + width and len(old) == width and old != new:
                changes.append((place + at, old, new))
    if not changes and not appended:
        return None
    if appended:
        appended = b"\0" * (size & 1) + appended
        changes.insert(0, (4, head[4:8], struct.pack("<I", size + len(appended) - 8)))
    return Patch(tuple(sorted(changes)), size, appended)


def _wanted(tags: SamplerTags, rate_hz: int) -> dict[bytes, bytes]:
    """Return the chunks that encode the tags."""
    found: dict[bytes, bytes] = {}
    if tags.note is not None:
        # The fraction counts upwards only; most samplers ignore it, so the nearest note is stated whatever the cents.
        fraction = round(max(0.0, min(tags.cents, 50.0)) / 50 * _HALF_SEMITONE)
        found[b"smpl"] = _SMPL.pack(0, 0, round(1e9 / max(rate_hz, 1)), tags.note, fraction, 0, 0, 0, 0)
        found[b"inst"] = _INST.pack(tags.note, -round(max(-50.0, min(tags.cents, 50.0))), 0, 0, 127, 1, 127)
    if tags.bpm is not None and tags.beats is not None:
        flags = _STRETCH | (0 if tags.tonic is None else _HAS_ROOT)
        root = _OCTAVE_OF_ROOTS + (tags.tonic or 0)
        found[b"acid"] = _ACID.pack(flags, root, _UNKNOWN_DEFAULT, 0.0, tags.beats, 4, 4, tags.bpm)
    return found


def _rate(head: bytes) -> int:
    place = head.find(b"fmt ", 12)
    return int.from_bytes(head[place + 12 : place + 16], "little") if place > 0 else 0


def _chunks(content: bytes, place: int, shift: int, size: int) -> tuple[dict[bytes, tuple[int, int]], int]:
    """Return content offset and length of each chunk that begins in these bytes, by lower-case name.

    The second value is the end offset of the last chunk, padding included.
    """
    found: dict[bytes, tuple[int, int]] = {}
    while place + 8 <= len(content):
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        begin = shift + place + 8
        if begin + length > size:
            break
        found.setdefault(bytes(content[place : place + 4]).lower(), (begin, length))
        place += 8 + length + (length & 1)
    return found, shift + place


def _advance(register: int, zeros: int) -> int:
    """Return a CRC register advanced over a number of zero bytes, by repeated squaring of the one-bit shift matrix."""
    matrix = [_CRC_POLYNOMIAL, *(1 << bit for bit in range(31))]
    bits = 8 * zeros
    while bits:
        if bits & 1:
            register = _times(matrix, register)
        matrix = [_times(matrix, row) for row in matrix]
        bits >>= 1
    return register


def _times(matrix: list[int], vector: int) -> int:
    total, place = 0, 0
    while vector:
        if vector & 1:
            total ^= matrix[place]
        vector, place = vector >> 1, place + 1
    return total
