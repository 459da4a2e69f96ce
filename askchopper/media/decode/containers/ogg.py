"""Parses Ogg pages: checksums, sequence numbers, end of stream.

Source: RFC 3533, "The Ogg Encapsulation Format Version 0", section 6.
"""

import struct
import zlib
from itertools import pairwise
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers.parsed import ParsedContainer

Bytes: TypeAlias = bytes | mmap

_HEADER = struct.Struct("<4sBBqIIIB")
_BEGIN_OF_STREAM, _END_OF_STREAM = 2, 4
_CODECS = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
# Ogg's checksum is the mirror image of zlib's, so mirrored bytes let the fast one do the work.
_MIRRORED = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


def parse(content: Bytes, start: int = 0, end: int | None = None) -> ParsedContainer:
    """Parse every page of a physical stream.

    Args:
        content: the file.
        start: offset of the first page.
        end: end of the stream; the end of the file when None.

    Returns:
        The container, with the links of a chained stream and the faults ``truncated`` (no last page, or an incomplete one) and ``damaged`` (wrong checksum or
        missing page).
    """
    limit = len(content) if end is None else end
    position, pages, faults, is_ended, next_number = start, 0, set[str](), False, None
    begins = [start]
    is_recognised = False
    while position + _HEADER.size <= limit:
        magic, _, flags, _, _, number, checksum, segments = _HEADER.unpack_from(content, position)
        if magic != b"OggS":
            position = _next_page(content, position + 1, limit)
            faults.add("damaged")
            continue
        body = position + _HEADER.size + segments
        size = _HEADER.size + segments + sum(content[position + _HEADER.size : body])
        page = bytes(content[position : position + size])
        if position + size > limit:
            faults.add("truncated")
            break
        if _checksum(page) != checksum:
            faults.add("damaged")
        elif pages == 0:
            is_recognised = content[body : body + 8].startswith(_CODECS)
        if next_number is not None and number != next_number and not flags & _BEGIN_OF_STREAM:
            faults.add("damaged")
        if is_ended and flags & _BEGIN_OF_STREAM:
            begins.append(position)
            is_ended = False
        is_ended = is_ended or bool(flags & _END_OF_STREAM)
        position, pages, next_number = position + size, pages + 1, number + 1
    if not is_ended:
        faults.add("truncated")
    links = tuple(pairwise((*begins, limit))) if len(begins) > 1 else ()
    return ParsedContainer(
        family="ogg",
        faults=tuple(sorted(faults)),
        start=start,
        end=end,
        is_recognised=is_recognised and pages > 0,
        links=links,
    )


def _next_page(content: Bytes, position: int, limit: int) -> int:
    found = content.find(b"OggS", position, limit)
    return limit if found < 0 else found


def _checksum(page: bytes) -> int:
    blanked = page[:22] + bytes(4) + page[26:]
    mirrored = zlib.crc32(blanked.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)
