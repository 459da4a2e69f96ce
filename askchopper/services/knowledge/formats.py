"""Accepted document formats by file extension, and their size limits."""

from dataclasses import dataclass

from askchopper import policy
from askchopper.errors import InvalidInputError, TooLargeError
from askchopper.vocabulary import DocumentKind


@dataclass(frozen=True)
class Format:
    """A kind of document and its media type."""

    kind: DocumentKind
    media_type: str

    @property
    def max_bytes(self) -> int:
        """Maximum size in bytes."""
        return policy.MAX_AUDIO_DOCUMENT_BYTES if self.kind is DocumentKind.AUDIO else policy.MAX_DOCUMENT_BYTES


_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FORMATS = {
    "pdf": Format(DocumentKind.PDF, "application/pdf"),
    "docx": Format(DocumentKind.DOCX, _WORD),
    "txt": Format(DocumentKind.TEXT, "text/plain"),
    "md": Format(DocumentKind.MARKDOWN, "text/markdown"),
    "csv": Format(DocumentKind.TABLE, "text/csv"),
    "png": Format(DocumentKind.IMAGE, "image/png"),
    "jpg": Format(DocumentKind.IMAGE, "image/jpeg"),
    "jpeg": Format(DocumentKind.IMAGE, "image/jpeg"),
    "webp": Format(DocumentKind.IMAGE, "image/webp"),
    "wav": Format(DocumentKind.AUDIO, "audio/wav"),
    "mp3": Format(DocumentKind.AUDIO, "audio/mpeg"),
    "flac": Format(DocumentKind.AUDIO, "audio/flac"),
}


def extension_of(name: str) -> str:
    """Return the lower-case extension without its dot; empty if there is none."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def check(name: str, size_bytes: int) -> None:
    """Validate the name and size of a document.

    Raises:
        InvalidInputError: the extension is not accepted.
        TooLargeError: the file exceeds the limit of its format.
    """
    known = FORMATS.get(extension_of(name))
    if known is None:
        sentence = (
            "This is not one of the formats that can be read: PDF, Word (.docx), text, Markdown, CSV,"
            " PNG, JPEG, WebP, WAV, MP3 or FLAC."
        )
        raise InvalidInputError(sentence, field="name")
    if size_bytes > known.max_bytes:
        what = "sound" if known.kind is DocumentKind.AUDIO else "document"
        raise TooLargeError(f"A {what} for the assistant can be up to {policy.megabytes(known.max_bytes)}.")
