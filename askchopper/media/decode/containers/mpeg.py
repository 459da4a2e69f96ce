"""Parses ID3 tags and MPEG audio frames.

Sources: ISO/IEC 11172-3, 1993, section 2.4.2.3 (frame header); id3.org, "ID3 tag version 2.4.0 - Main Structure" and
"2.3.0", 2000; LAME, "Mp3 Info Tag rev 1" (the Xing frame count).
"""

import re
import struct
from collections.abc import Iterator
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers.parsed import ParsedContainer

Bytes: TypeAlias = bytes | mmap

# Kilobits a second by (is MPEG 1, layer).
_KBITS = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_SYNC = re.compile(rb"\xff[\xe2-\xff]")
_MAX_TAG_FRAMES = 500
_MAX_TAG_BYTES = 32 << 20
_COMPRESSED = {3: 0x80, 4: 0x08}
_FRAMES_IN_A_ROW = 3


def parse(content: Bytes) -> ParsedContainer:
    """Parse the frames from first to last.

    Args:
        content: the file, with or without an ID3v2 tag.

    Returns:
        The container, with the faults ``truncated`` (fewer frames than the Xing header declares, or an incomplete last one),
        ``damaged`` (bytes between frames), ``bad_tag``; family ``other`` without three consecutive frames.
    """
    size = len(content)
    begin, faults = _tag(content)
    first = _first_frame(content, begin)
    if first is None:
        return ParsedContainer(family="other")
    is_lying_tag = tag_end(content) > size
    position, frames, promised, gaps = first, 0, None, 0
    while position + 4 <= size:
        length = _frame_bytes(content, position)
        if length == 0:
            if _is_trailer(content, position):
                break
            found = _first_frame(content, position + 1)
            if found is None:
                gaps += not _is_padding(content, position)
                break
            gaps, position = gaps + 1, found
            continue
        if frames == 0:
            promised = _promised_frames(content, position, length)
        if position + length > size:
            faults.add("truncated")
            break
        position, frames = position + length, frames + 1
    if promised is not None and frames - 1 < promised:
        faults.add("truncated")
    elif gaps:
        faults.add("damaged")
    return ParsedContainer(
        family="mp3", faults=tuple(sorted(faults)), start=first if is_lying_tag else 0, is_recognised=True
    )


def tag_end(content: Bytes) -> int:
    """Return the end of a leading ID3v2 tag according to its header; 0 without one."""
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    return 10 + _syncsafe(content[6:10]) + (10 if content[5] & 0x10 else 0)


def _tag(content: Bytes) -> tuple[int, set[str]]:
    end = tag_end(content)
    if end == 0:
        return 0, set()
    if end > len(content) or end > _MAX_TAG_BYTES:
        return 10, {"bad_tag"}
    frames, is_compressed = 0, False
    for flags in _tag_frames(content, end):
        frames += 1
        is_compressed = is_compressed or flags
        if frames > _MAX_TAG_FRAMES:
            break
    return end, {"bad_tag"} if is_compressed or frames > _MAX_TAG_FRAMES else set()


def _tag_frames(content: Bytes, end: int) -> Iterator[bool]:
    """Yield for every frame of the tag whether it is compressed."""
    version, position = content[3], 10
    compressed = _COMPRESSED.get(version)
    if compressed is None:
        return
    while position + 10 <= end and content[position] != 0:
        raw = content[position + 4 : position + 8]
        size = _syncsafe(raw) if version == 4 else int.from_bytes(raw, "big")
        yield bool(content[position + 9] & compressed)
        position += 10 + size


def _syncsafe(raw: bytes) -> int:
    first, second, third, fourth = raw
    return (first & 127) << 21 | (second & 127) << 14 | (third & 127) << 7 | (fourth & 127)


def _first_frame(content: Bytes, position: int) -> int | None:
    """Return the first of several consecutive frames; a single sync word is often chance."""
    for match in _SYNC.finditer(content, position):
        at = match.start()
        for _ in range(_FRAMES_IN_A_ROW):
            length = _frame_bytes(content, at)
            if length == 0:
                break
            at += length
            if at >= len(content):
                return match.start() if at - match.start() > length or match.start() == position else None
        else:
            return match.start()
    return None


def _frame_bytes(content: Bytes, position: int) -> int:
    """Return the length of the frame at an offset; 0 if there is none."""
    head = content[position : position + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0:
        return 0
    version, layer = (head[1] >> 3) & 3, 4 - ((head[1] >> 1) & 3)
    bits, rate, padding = head[2] >> 4, (head[2] >> 2) & 3, (head[2] >> 1) & 1
    if version == 1 or layer == 4 or bits in (0, 15) or rate == 3:
        return 0
    kbits = _KBITS[(version == 3, layer)]
    rate_hz = _RATES_HZ[version][rate]
    if layer == 1:
        return (12_000 * kbits[bits] // rate_hz + padding) * 4
    samples = 576 if layer == 3 and version != 3 else 1152
    return samples * 125 * kbits[bits] // rate_hz + padding


def _promised_frames(content: Bytes, position: int, length: int) -> int | None:
    frame = content[position : position + length]
    at = max(frame[:200].find(b"Xing"), frame[:200].find(b"Info"))
    if at < 0 or len(frame) < at + 12 or not frame[at + 7] & 1:
        return None
    return struct.unpack(">I", frame[at + 8 : at + 12])[0]


def _is_trailer(content: Bytes, position: int) -> bool:
    return content[position : position + 8].startswith((b"TAG", b"APETAGEX", b"LYRICSBE"))


def _is_padding(content: Bytes, position: int) -> bool:
    return not any(content[position : position + 4_096])
