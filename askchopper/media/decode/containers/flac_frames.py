"""Computes the actual length of a FLAC stream from the number in its last frame header.

Source: RFC 9639, "Free Lossless Audio Codec", sections 9.1.1 to 9.1.8 (frame header with its checksum).
"""

from mmap import mmap
from typing import TypeAlias

Bytes: TypeAlias = bytes | mmap

_LONGEST_FRAME = 1 << 17
_LONGEST_HEADER = 16
_RATE_BYTES = {12: 1, 13: 2, 14: 2}
_POLYNOMIAL = 0x07


def length(content: Bytes, block_size: int) -> int | None:
    """Return the number of samples up to the end of the last frame; None if no frame is found near the end.

    Args:
        content: the file.
        block_size: block size that STREAMINFO declares, for streams whose frames all have it.
    """
    start = max(0, len(content) - _LONGEST_FRAME)
    tail = bytes(content[start:])
    at = len(tail)
    while (at := tail.rfind(b"\xff", 0, at)) >= 0:
        found = _samples(tail[at : at + _LONGEST_HEADER], block_size)
        if found is not None:
            return found
    return None


def _samples(head: bytes, block_size: int) -> int | None:
    """Return the number of the first sample after a frame; None if the bytes are not a frame header."""
    if len(head) < 6 or head[1] not in (0xF8, 0xF9):
        return None
    number, at = _coded_number(head, 4)
    size_code = head[2] >> 4
    size_bytes = {6: 1, 7: 2}.get(size_code, 0)
    end = at + size_bytes + _RATE_BYTES.get(head[2] & 15, 0)
    if number is None or end >= len(head) or _checksum(head[:end]) != head[end]:
        return None
    size = int.from_bytes(head[at : at + size_bytes], "big") + 1 if size_bytes else _block_size(size_code)
    return size and (number if head[1] == 0xF9 else number * block_size) + size


def _block_size(code: int) -> int | None:
    if code == 1:
        return 192
    return 576 << (code - 2) if 2 <= code <= 5 else 256 << (code - 8) if code >= 8 else None


def _coded_number(head: bytes, at: int) -> tuple[int | None, int]:
    """Parse a UTF-8-style coded number. Return it, or None if invalid, and the offset after it."""
    first = head[at]
    following = 8 - (first ^ 0xFF).bit_length() - 1 if first & 0x80 else 0
    if following < 0 or (first & 0x80 and not 1 <= following <= 6) or at + following >= len(head):
        return None, at
    number = first & (0x7F if not following else (1 << (6 - following)) - 1)
    for byte in head[at + 1 : at + 1 + following]:
        if byte >> 6 != 0b10:
            return None, at
        number = number << 6 | byte & 0x3F
    return number, at + 1 + following


def _checksum(content: bytes) -> int:
    value = 0
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ _POLYNOMIAL if value & 0x80 else value << 1) & 0xFF
    return value
