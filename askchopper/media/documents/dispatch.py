"""Chooses the reader for a document by its format. Run it in a child process: ``child_process.run_limited(limits, dispatch.read_document, …)``."""

from dataclasses import replace
from pathlib import Path

from askchopper.media.documents import chunks, sniff
from askchopper.media.documents.extract import Extract


def read_document(path: Path, name: str) -> Extract:
    """Read a document.

    Args:
        path: file on disk.
        name: the uploaded name, whose extension selects the reader.

    Returns:
        Its content, already chunked, since a pathological pattern must end with the child.

    Raises:
        DocumentError: the content differs from the extension, or cannot be read; the message says why.
    """
    extension = name.rpartition(".")[2].lower()
    sniff.check(path, extension)
    found = _read(path, name, extension)
    return replace(found, chunks=tuple(chunks.split(found.pages, is_wrapped=found.is_wrapped)))


def _read(path: Path, name: str, extension: str) -> Extract:
    # Import lazily: each reader needs a large library, and a child needs one of them.
    if extension == "pdf":
        from askchopper.media.documents import pdf  # noqa: PLC0415

        return pdf.read(path)
    if extension == "docx":
        from askchopper.media.documents import word  # noqa: PLC0415

        return word.read(path)
    if extension in ("png", "jpg", "jpeg", "webp"):
        from askchopper.media.documents import picture  # noqa: PLC0415

        return picture.read(path)
    if extension in ("wav", "mp3", "flac"):
        from askchopper.media.documents import sound  # noqa: PLC0415

        return sound.read(path, name)
    from askchopper.media.documents import plain  # noqa: PLC0415

    return plain.read_table(path) if extension == "csv" else plain.read(path)
