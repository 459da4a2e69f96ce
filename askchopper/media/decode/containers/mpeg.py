"""Parses ID3 tags and MPEG audio frames.

Sources: ISO/IEC 11172-3, 1993, section 2.4.2.3 (frame header); id3.org, "ID3 tag version 2.4.0 - Main Structure" and
"2.3.0", 2000; LAME, "Mp3 Info Tag rev 1" (the Xing frame count).
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from mmap import mmap
from typing import NamedTuple, TypeAlias

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


@dataclass
class _Walk:
    """The frames of a file, from first to last.

    Args:
        frames: number of frames, with those that carry a Xing header.
        samples: samples of all frames.
        gaps: places with bytes that belong to no frame and no tag.
        is_cut: the last frame is incomplete.
        is_variable: the bit rate changes.
        end: offset behind the last frame.
    """

    frames: int = 0
    samples: int = 0
    gaps: int = 0
    is_cut: bool = False
    is_variable: bool = False
    end: int = 0


class _Xing(NamedTuple):
    """A Xing header: offset and value of its frame count, and the bytes that it declares, if any."""

    at: int
    frames: int
    declared_bytes: int | None


def parse(content: Bytes) -> ParsedContainer:
    """Parse the frames from first to last.

    Args:
        content: the file, with or without an ID3v2 tag.

    Returns:
        The container, with the faults ``truncated`` (fewer frames than the Xing header declares, or an incomplete last one),
        ``damaged`` (bytes between frames), ``bad_tag``; a repaired head if the frames are complete but not counted right, as
        decoders stop at the count; family ``other`` without three consecutive frames.
    """
    size = len(content)
    begin, faults = _tag(content)
    first = _first_frame(content, begin)
    if first is None:
        return ParsedContainer(family="other")
    walk, xing = _walk(content, first), _xing_header(content, first)
    if walk.is_cut or (xing and _is_short(walk, xing, size - first)):
        faults.add("truncated")
    elif walk.gaps:
        faults.add("damaged")
    is_lying_tag = tag_end(content) > size
    found = ParsedContainer(
        family="mp3", faults=tuple(sorted(faults)), start=first if is_lying_tag else 0, is_recognised=True,
        declared_frames=None if faults else walk.samples,
    )  # fmt: skip
    return found if faults else _counted(content, found, walk, xing, first)


def _walk(content: Bytes, first: int) -> _Walk:
    size, position, walk, first_bits = len(content), first, _Walk(end=first), content[first + 2] >> 4
    while position + 4 <= size:
        length = _frame_bytes(content, position)
        if length == 0:
            following = _next_frame(content, position)
            if following is None:
                walk.gaps += not (_is_tag(content, position) or _is_padding(content, position))
                break
            walk.gaps, position = walk.gaps + (not _is_tag(content, position)), following
            continue
        if position + length > size:
            walk.is_cut = True
            break
        # The header frame of Xing has a bit rate of its own.
        walk.is_variable = walk.is_variable or (walk.frames > 1 and content[position + 2] >> 4 != first_bits)
        if walk.frames == 1:
            first_bits = content[position + 2] >> 4
        walk.frames, walk.samples = walk.frames + 1, walk.samples + _frame_samples(content, position)
        position += length
        walk.end = position
    return walk


def _next_frame(content: Bytes, position: int) -> int | None:
    """Return the offset of the next frame, skipping tags and junk bytes; None if there is none.

    Each part of a concatenated file has its own tags.
    """
    while (end := _tag_after(content, position)) > position:
        position = end
    return position if _frame_bytes(content, position) else _first_frame(content, position + 1)


def _is_short(walk: _Walk, xing: _Xing, there: int) -> bool:
    """Return whether frames are missing. Some encoders count the Xing frame too; then one frame seems missing, but no bytes."""
    missing = xing.frames - (walk.frames - 1)
    return missing > 1 or (missing == 1 and (xing.declared_bytes or 0) > there)


def _counted(content: Bytes, found: ParsedContainer, walk: _Walk, xing: _Xing | None, first: int) -> ParsedContainer:
    """Correct the Xing frame count; add a Xing frame to a file of variable bit rate that has none."""
    if xing is not None:
        if xing.frames == walk.frames - 1:
            return found
        head = bytearray(content[: xing.at + 8])
        head[xing.at : xing.at + 4] = (walk.frames - 1).to_bytes(4, "big")
        if xing.declared_bytes is not None:
            head[xing.at + 4 :] = (walk.end - first).to_bytes(4, "big")
        is_joined = 0 < xing.frames < walk.frames - 1
        return replace(found, start=xing.at + 8, repaired_head=bytes(head), is_padded=is_joined)
    found = replace(found, is_padded=True)
    if not walk.is_variable:
        return found
    frame = bytearray(_frame_bytes(content, first))
    frame[:4] = content[first : first + 4]
    frame[1] |= 1  # no checksum
    at = 4 + _side_bytes(frame)
    if at + 12 > len(frame):
        return found
    frame[at : at + 12] = b"Xing" + struct.pack(">II", 1, walk.frames)
    return replace(found, start=first, repaired_head=bytes(frame))


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
    """Yield for each frame of the ID3 tag whether it is compressed."""
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
    """Return the offset of the first of several consecutive frames, since a single sync word is often chance; None if there is none."""
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


def _frame_samples(content: Bytes, position: int) -> int:
    version, layer = (content[position + 1] >> 3) & 3, 4 - ((content[position + 1] >> 1) & 3)
    if layer == 1:
        return 384
    return 576 if layer == 3 and version != 3 else 1152


def _side_bytes(frame: bytes | bytearray) -> int:
    """Return the length of the side information of a layer III frame; the Xing header follows it."""
    is_mono, is_mpeg_1 = frame[3] >> 6 == 3, (frame[1] >> 3) & 3 == 3
    if is_mpeg_1:
        return 17 if is_mono else 32
    return 9 if is_mono else 17


def _xing_header(content: Bytes, position: int) -> _Xing | None:
    frame = content[position : position + _frame_bytes(content, position)]
    at = max(frame[:200].find(b"Xing"), frame[:200].find(b"Info"))
    if at < 0 or len(frame) < at + 16 or not frame[at + 7] & 1:
        return None
    frames, declared_bytes = struct.unpack(">II", frame[at + 8 : at + 16])
    return _Xing(position + at + 8, frames, declared_bytes if frame[at + 7] & 2 else None)


def _tag_after(content: Bytes, position: int) -> int:
    """Return the end offset of a tag at ``position``; ``position`` itself if there is none."""
    head = content[position : position + 32]
    if head[:3] == b"TAG":
        return position + 128
    if head[:8] == b"APETAGEX" and len(head) == 32:
        # The size excludes the header. Without a header, this is the footer, which ends the tag.
        return position + 32 + int.from_bytes(head[12:16], "little") * (head[23] >> 5 & 1)
    if head[:3] == b"ID3" and len(head) >= 10:
        return position + 10 + _syncsafe(head[6:10]) + (10 if head[5] & 0x10 else 0)
    return position


def _is_tag(content: Bytes, position: int) -> bool:
    return content[position : position + 8].startswith((b"TAG", b"APETAGEX", b"LYRICSBE", b"ID3"))


def _is_padding(content: Bytes, position: int) -> bool:
    return not any(content[position : position + 4_096])
