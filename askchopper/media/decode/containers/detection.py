"""Detects the container format by content. File names and declared types are ignored."""

from collections.abc import Callable
from dataclasses import replace
from mmap import mmap
from typing import TypeAlias

from askchopper.media.decode.containers import flac, mpeg, ogg, riff
from askchopper.media.decode.containers.parsed import ParsedContainer

Bytes: TypeAlias = bytes | mmap

_WALKERS: dict[bytes, Callable[[Bytes], ParsedContainer]] = {
    b".snd": riff.parse_au,
    b"fLaC": flac.parse,
    b"OggS": ogg.parse,
    b"riff\x2e\x91\xcf\x11": lambda _: ParsedContainer(family="w64"),
    b"PK\x03\x04": lambda _: ParsedContainer(family="zip"),
    b"PK\x05\x06": lambda _: ParsedContainer(family="zip"),
}


def detect(content: Bytes) -> ParsedContainer:
    """Detect the format of a file by its first bytes and parse its structure.

    Args:
        content: the whole file, at least one byte; a memory map works.

    Returns:
        The parsed container; family ``other`` for formats that only a decoder can judge (MP4, WebM, WMA, AC-3, text, images).
    """
    head = bytes(content[:12])
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _wav(content)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return riff.parse_aiff(content)
    for magic, walk in _WALKERS.items():
        if head.startswith(magic):
            return walk(content)
    return _detect_other(content)


def _wav(content: Bytes) -> ParsedContainer:
    found = riff.parse_wav(content)
    if found.family != "ogg":
        return found
    inner = ogg.parse(content, found.start, found.end)
    return replace(inner, faults=(*found.faults, *inner.faults))


def _detect_other(content: Bytes) -> ParsedContainer:
    """Detect WAV or FLAC after an ID3 tag, MP4 and ADTS AAC (family ``other``); anything else is parsed as MPEG audio."""
    end = mpeg.tag_end(content)
    if content[end : end + 4] == b"RIFF" and content[end + 8 : end + 12] == b"WAVE":
        return riff.parse_wav(content, end)
    if content[end : end + 4] == b"fLaC" and end:
        return replace(flac.parse(content[end:]), faults=("foreign_tag",), start=end, is_recognised=True)
    if content[4:8] == b"ftyp" or (not end and content[:2] in (b"\xff\xf1", b"\xff\xf9")):
        return ParsedContainer(family="other")
    return mpeg.parse(content)
