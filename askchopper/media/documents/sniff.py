"""Detects the file type by signature and compares it with the extension."""

import zipfile
from pathlib import Path

from askchopper.media.documents.extract import DocumentError

_HEAD_BYTES = 4096
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_PLAIN = ("txt", "md", "csv")
_SPELLINGS = {"jpeg": "jpg"}
_UNKNOWN = "unknown data"
_MAGIC = (
    (b"%PDF-", "pdf", "a PDF"),
    (b"PK\x03\x04", "zip", "a zip archive"),
    (b"PK\x05\x06", "zip", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole", "an old Office document"),
    (b"{\\rtf", "rtf", "an RTF document"),
    (b"MZ", "exe", "a Windows program"),
    (b"\x7fELF", "exe", "a Linux program"),
    (b"\xcf\xfa\xed\xfe", "exe", "a macOS program"),
    (b"#!", "script", "a script"),
    (b"\x89PNG\r\n\x1a\n", "png", "a PNG image"),
    (b"\xff\xd8\xff", "jpg", "a JPEG image"),
    (b"GIF8", "gif", "a GIF image"),
    (b"fLaC", "flac", "a FLAC sound"),
    (b"OggS", "ogg", "an Ogg sound"),
    (b"ID3", "mp3", "an MP3 sound"),
    (b"\x1f\x8b", "gz", "a gzip archive"),
    (b"Rar!", "rar", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "7z", "a 7-Zip archive"),
)
# Text may begin with these, too; the real formats have zeros among their first bytes.
_WORDLIKE = (b"MZ", b"GIF8", b"fLaC", b"OggS", b"ID3", b"Rar!")
_MARKUP = (b"<!doctype html", b"<html", b"<svg", b"<script")
# Formats that we read as text.
_READABLE = ("script", "html", "text")


def check(path: Path, extension: str) -> None:
    """Check that a file's content matches its extension.

    Args:
        path: file on disk.
        extension: extension of the uploaded name, lower case, without the dot.

    Raises:
        DocumentError: the file is empty, or its type differs; the message names both types.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        raise DocumentError("The file is empty.")
    found, words = _found(head)
    if found == "zip" and _is_word(path):
        found, words = "docx", "a Word document"
    if not _fits(found, _SPELLINGS.get(extension, extension)):
        raise DocumentError(f"The name says .{extension}, but the content is {words}.")


def _fits(found: str, extension: str) -> bool:
    if extension in _PLAIN:
        return found in _READABLE
    if extension == "mp3":
        return found in ("mp3", "unknown")  # some begin with a byte order mark of another encoding; decoding decides
    return found == extension


def _found(head: bytes) -> tuple[str, str]:
    """Return a short name of the detected format, and a description."""
    for magic, name, words in _MAGIC:
        if head.startswith(magic) and (magic not in _WORDLIKE or b"\0" in head):
            return name, words
    return _found_inside(head) or _found_readable(head)


def _found_inside(head: bytes) -> tuple[str, str] | None:
    """Detect formats without a signature at the very start; None if it is none of them."""
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] in (b"WAVE", b"WEBP"):
        return ("wav", "a WAV sound") if head[8:12] == b"WAVE" else ("webp", "a WebP image")
    if head[4:8] == b"ftyp":
        return "mp4", "an MPEG-4 or HEIC file"
    if head[0] == 0xFF and len(head) > 1 and head[1] & 0xE0 == 0xE0 and not head.startswith(_UTF16_MARKS):
        return "mp3", "an MP3 sound"
    return ("pdf", "a PDF") if b"%PDF-" in head[:1024] else None


def _found_readable(head: bytes) -> tuple[str, str]:
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_MARKUP):
        return "html", "a web page"
    is_marked = head.startswith(_UTF16_MARKS)
    return ("unknown", _UNKNOWN) if b"\0" in head and not is_marked else ("text", "plain text")


def _is_word(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "word/document.xml" in archive.NameToInfo
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError):
        return False
