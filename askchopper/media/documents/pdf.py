"""Extracts the text of a PDF by page. Run it in a child process: a page may take arbitrarily long."""

import logging
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import LimitReachedError

from askchopper.media.documents.extract import DocumentError, Extract, Page, check_length, normalise_text

MAX_PAGES = 300
_LOCKED = "This PDF is locked with a password. Save it without one and attach it again."
_DAMAGED = "This PDF is damaged and cannot be opened. Export it again."
_TOO_DENSE = "This PDF unpacks to far more than its size, so it was not opened. Export it again."
_ONLY_SCANS = "This PDF contains only scanned pages without text. Attach one with text, or single pages as images."
_REPEATED_PAGES = 3
_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_NUMBER = re.compile(r"\d+")


def read(path: Path) -> Extract:
    """Extract the text of a PDF.

    Args:
        path: file on disk.

    Returns:
        Its text by page.

    Raises:
        DocumentError: encrypted, damaged, too long, or without text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = _opened(path)
    count = len(reader.pages)
    if count > MAX_PAGES:
        raise DocumentError(f"It has {count:,} pages; the limit is {MAX_PAGES}. Split it.")
    texts: list[str] = []
    for number in range(count):
        texts.append(_text(reader, number))
        check_length(sum(map(len, texts)))
    pages = [Page(number, text) for number, text in enumerate(_without_repeats(texts), 1) if text]
    if not pages:
        raise DocumentError(_ONLY_SCANS)
    return Extract(pages=tuple(pages), page_count=count, is_wrapped=True)


def _opened(path: Path) -> PdfReader:
    try:
        reader = PdfReader(path)
        # Many PDFs are only protected against printing: they open with an empty password.
        is_open = not reader.is_encrypted or bool(reader.decrypt(""))
        is_known = is_open and len(reader.pages) >= 0
    except LimitReachedError as error:
        raise DocumentError(_TOO_DENSE) from error
    except MemoryError:
        raise
    except Exception as error:  # pypdf raises many exception types for damaged files
        raise DocumentError(_DAMAGED) from error
    if not is_known:
        raise DocumentError(_LOCKED)
    return reader


def _text(reader: PdfReader, number: int) -> str:
    try:
        return _HYPHENATED.sub("", normalise_text(reader.pages[number].extract_text()))
    except LimitReachedError as error:
        raise DocumentError(_TOO_DENSE) from error
    except MemoryError:
        raise
    except Exception as error:  # as above; half a contract would be worse than none
        raise DocumentError(f"Page {number + 1} of this PDF is damaged. Export it again.") from error


def _without_repeats(texts: Sequence[str]) -> list[str]:
    """Remove headers and footers: first and last lines that recur on most pages."""
    pages = [text.split("\n") for text in texts]
    heads = _repeated([lines[0] for lines in pages])
    feet = _repeated([lines[-1] for lines in pages])
    kept: list[str] = []
    for lines in pages:
        first = 1 if len(lines) > 1 and _shape(lines[0]) in heads else 0
        last = -1 if len(lines) > first + 1 and _shape(lines[-1]) in feet else None
        kept.append("\n".join(lines[first:last]).strip())
    return kept


def _repeated(lines: Sequence[str]) -> set[str]:
    counted = Counter(_shape(line) for line in lines if line)
    least = max(_REPEATED_PAGES, len(lines) // 2)
    return {shape for shape, times in counted.items() if times >= least}


def _shape(line: str) -> str:
    return _NUMBER.sub("0", line)
