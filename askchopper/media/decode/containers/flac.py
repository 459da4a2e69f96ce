"""Parses the header of a FLAC file, and repairs a header that contradicts the frames.

Source: RFC 9639, "Free Lossless Audio Codec", sections 8.2 (streaminfo) and 9.1 (frame header).
"""

import re
from itertools import pairwise
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers import flac_frames
from askchopper.media.decode.containers.parsed import ParsedContainer

Bytes: TypeAlias = bytes | mmap

_STREAMINFO_BYTES = 34
_HEAD_BYTES = 8 + _STREAMINFO_BYTES
_MAX_RATE_HZ = 655_350
_LENGTH_MASK = (1 << 36) - 1
_RATES_HZ = (None, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
_BITS = (None, 8, 12, None, 16, 20, 24, 32)
_STREAM_START = b"fLaC\x00" + _STREAMINFO_BYTES.to_bytes(3, "big")
_FRAME_START = re.compile(rb"\xff[\xf8\xf9][^\x00-\x0f][^\xb0-\xff]")


def parse(content: Bytes) -> ParsedContainer:
    """Parse the STREAMINFO block.

    Args:
        content: the file, beginning with ``fLaC``.

    Returns:
        The container, with the links of joined files, or the fault ``bad_header`` (and a repaired head) if the block is impossible.
    """
    if len(content) < _HEAD_BYTES:
        return ParsedContainer(family="flac")
    fields = int.from_bytes(content[18:26], "big")
    rate_hz, frames = fields >> 44, fields & _LENGTH_MASK
    if 0 < rate_hz <= _MAX_RATE_HZ:
        if links := _links(content):
            is_wrong = any(_has_more(content[begin:end]) for begin, end in links)
            faults = ("sizes_lie",) if is_wrong else ()
            return ParsedContainer(family="flac", faults=faults, is_recognised=True, links=links)
        if _has_more(content):
            return _of_unknown_length(content, fields)
        return ParsedContainer(family="flac", declared_frames=frames or None, is_recognised=True)
    return _repaired(content)


def _has_more(content: Bytes) -> bool:
    """Return whether the stream has more samples than STREAMINFO declares."""
    declared = int.from_bytes(content[18:26], "big") & _LENGTH_MASK
    there = flac_frames.length(content, int.from_bytes(content[8:10], "big")) if declared else None
    return there is not None and there > declared


def _of_unknown_length(content: Bytes, fields: int) -> ParsedContainer:
    """Set STREAMINFO's total-samples field to 0 (unknown), so that decoders read past the wrong total."""
    head = bytes(content[:18]) + (fields >> 36 << 36).to_bytes(8, "big") + bytes(content[26:_HEAD_BYTES])
    return ParsedContainer(
        family="flac", faults=("sizes_lie",), start=_HEAD_BYTES, repaired_head=head, is_recognised=True
    )


def _links(content: Bytes) -> tuple[tuple[int, int], ...]:
    """Return start and end offsets of concatenated FLAC files; empty for a single file."""
    begins, at = [0], 0
    while (at := content.find(_STREAM_START, at + _HEAD_BYTES)) > 0:
        begins.append(at)
    return tuple(pairwise((*begins, len(content)))) if len(begins) > 1 else ()


def _repaired(content: Bytes) -> ParsedContainer:
    """Rebuild STREAMINFO from the first frame header, which repeats sampling rate, channels and bit depth."""
    match = _FRAME_START.search(content, _HEAD_BYTES)
    if match is None:
        return ParsedContainer(family="flac", faults=("bad_header",))
    _, _, sizes, shape = match[0]
    rate_hz = _RATES_HZ[sizes & 15] if sizes & 15 < len(_RATES_HZ) else None
    channels = (shape >> 4) + 1 if shape >> 4 < 8 else 2
    bits = _BITS[(shape >> 1) & 7]
    if rate_hz is None or bits is None:
        return ParsedContainer(family="flac", faults=("bad_header",))
    description = (rate_hz << 44) | ((channels - 1) << 41) | ((bits - 1) << 36)
    head = bytearray(b"fLaC\x80\x00\x00\x22")  # the only and therefore last block of metadata
    head += content[8:12] + bytes(6) + description.to_bytes(8, "big") + bytes(16)
    return ParsedContainer(
        family="flac", faults=("bad_header",), start=match.start(), repaired_head=bytes(head), is_recognised=True
    )
