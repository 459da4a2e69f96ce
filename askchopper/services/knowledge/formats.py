"""Which files are taken as documents, by the ending of their name, and how large they may be."""

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
        """How large such a file may be."""
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
    """Return the ending of a file name, in lower case and without the dot; empty where there is none."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""


def check(name: str, size_bytes: int) -> None:
    """Refuse what cannot be a document.

    Raises:
        InvalidInputError: none of our formats by its name.
        TooLargeError: larger than such a file may be.
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
        raise TooLargeError(f"A {what} for the assistant may have {policy.megabytes(known.max_bytes)} at most.")
