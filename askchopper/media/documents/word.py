"""Extracts the text of a Word document. Its zip is checked for size before anything is unpacked."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from askchopper.media.documents.extract import DocumentError, Extract, Page, check_length, normalise_text

MAX_ENTRIES = 2_000
MAX_BYTES = 50 << 20
MAX_RATIO = 100
_FREE_BYTES = 1 << 20  # unpacked size up to which the compression ratio is not limited
_DEEPEST = 3
_DAMAGED = "This Word document is damaged and cannot be opened. Save it again as .docx."
_TOO_DENSE = "This Word document unpacks to far more than its size, so it was not opened. Save it again as .docx."
_LOCKED = "This Word document is locked with a password. Save it without one and attach it again."
_EMPTY = "There is no text in this Word document."


def read(path: Path) -> Extract:
    """Extract headings, paragraphs and tables in order.

    Args:
        path: file on disk.

    Returns:
        Its text without pages, since Word documents have none until printed; headings begin with ``#``.

    Raises:
        DocumentError: encrypted, damaged, too long, without text, or an invalid zip.
    """
    _check_zip(path)
    try:
        lines = list(_lines(Document(str(path))))
    except MemoryError:
        raise
    except Exception as error:  # XML and zip readers raise many exception types for damaged files
        raise DocumentError(_DAMAGED) from error
    text = normalise_text("\n".join(lines))
    check_length(len(text))
    if not text:
        raise DocumentError(_EMPTY)
    return Extract(pages=(Page(None, text),))


def _check_zip(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, RecursionError) as error:
        raise DocumentError(_DAMAGED) from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError(_LOCKED)
    full, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or full > MAX_BYTES or full > _FREE_BYTES + MAX_RATIO * packed:
        raise DocumentError(_TOO_DENSE)


def _lines(container: Any, depth: int = 0) -> Iterator[str]:
    for block in container.iter_inner_content():
        if isinstance(block, Paragraph):
            yield _line(block)
        elif isinstance(block, Table) and depth < _DEEPEST:
            yield from _rows(block, depth)


def _line(paragraph: Paragraph) -> str:
    text = " ".join(paragraph.text.split())
    style = (paragraph.style.name or "") if paragraph.style is not None else ""
    if not text:
        return ""
    if style == "Title":
        return f"\n# {text}"
    if style.startswith("Heading"):
        level = style.rpartition(" ")[2]
        return f"\n{'#' * (min(int(level), 6) if level.isdigit() else 1)} {text}"
    return f"- {text}" if style.startswith("List") else text


def _rows(table: Table, depth: int) -> Iterator[str]:
    yield ""
    for row in table.rows:
        seen: set[int] = set()  # a merged cell is returned once for each position that it covers
        cells: list[str] = []
        for cell in row.cells:
            if id(cell._tc) not in seen:  # noqa: SLF001 - the library has no other identity for a cell
                seen.add(id(cell._tc))  # noqa: SLF001
                cells.append(" ".join(" ".join(_lines(cell, depth + 1)).split()))
        yield " | ".join(cell for cell in cells if cell)
    yield ""
