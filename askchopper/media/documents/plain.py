"""Reads plain text, Markdown and CSV in any encoding."""

import csv
import io
import unicodedata
from pathlib import Path

import charset_normalizer

from askchopper.media.documents.extract import DocumentError, Extract, Page, check_length, normalise_text

MAX_BYTES = 2 << 20
MAX_ROWS = 5_000
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_NO_TEXT = "This is not a text file: it contains binary data."
_EMPTY = "There is no text in this file."
_FREE_CONTROLS, _MOST_CONTROLS = 10, 0.01
_SAMPLE_CHARACTERS = 64_000
_DELIMITERS = ",;\t|"


def read(path: Path) -> Extract:
    """Read plain text or Markdown.

    Args:
        path: file on disk.

    Returns:
        Its text without pages.

    Raises:
        DocumentError: too long, empty, or not text.
    """
    text = normalise_text(_decoded(path))
    check_length(len(text))
    if not text:
        raise DocumentError(_EMPTY)
    return Extract(pages=(Page(None, text),), is_wrapped=True)


def read_table(path: Path) -> Extract:
    """Read a table separated by commas, semicolons, tabs or vertical bars.

    Args:
        path: file on disk.

    Returns:
        A line per row, with the column name before each value.

    Raises:
        DocumentError: too long, too many rows, empty, or not a table.
    """
    try:
        rows = _rows(_decoded(path))
    except csv.Error as error:
        raise DocumentError(
            "This table cannot be read: its quotes or its columns are broken. Export it again."
        ) from error
    if not rows:
        raise DocumentError(_EMPTY)
    names, *body = rows
    lines = [_row_line(names, row) for row in body] or ["; ".join(filter(None, names))]
    text = normalise_text("\n".join(lines))
    check_length(len(text))
    return Extract(pages=(Page(None, text),), facts={"rows": len(body), "columns": [name[:80] for name in names[:100]]})


def _rows(text: str) -> list[list[str]]:
    try:
        dialect = csv.Sniffer().sniff(text[:_SAMPLE_CHARACTERS].rpartition("\n")[0] or text, delimiters=_DELIMITERS)
        dialect.doublequote = True  # the detector only sees it if it occurs in the sample
    except csv.Error:
        dialect = csv.excel
    rows: list[list[str]] = []
    for row in csv.reader(io.StringIO(text, newline=""), dialect):
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            rows.append(cells)
        if len(rows) > MAX_ROWS + 1:
            raise DocumentError(f"It has more than {MAX_ROWS:,} rows. Attach only the part you need.")
    return rows


def _row_line(names: list[str], row: list[str]) -> str:
    """Format a table row as text that is clear without the header: ``column: value; column: value``."""
    cells: list[str] = []
    for number, value in enumerate(row):
        if value:
            name = names[number] if number < len(names) and names[number] else f"column {number + 1}"
            cells.append(f"{name}: {value}")
    return "; ".join(cells)


def _decoded(path: Path) -> str:
    if path.stat().st_size > MAX_BYTES:
        raise DocumentError(f"A text file can be up to {MAX_BYTES >> 20} MB. Split it and attach the part you need.")
    raw = path.read_bytes()
    text = _marked(raw)
    if text is None:
        if b"\0" in raw:
            raise DocumentError(_NO_TEXT)
        text = _guessed(raw)
    controls = sum(unicodedata.category(each) == "Cc" and not each.isspace() for each in text)
    if controls > _FREE_CONTROLS + _MOST_CONTROLS * len(text):
        raise DocumentError(_NO_TEXT)
    return text


def _marked(raw: bytes) -> str | None:
    """Decode text by its byte order mark; None without one.

    Raises:
        DocumentError: the text is not in the encoding of the mark.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise DocumentError(_NO_TEXT) from error
    return None


def _guessed(raw: bytes) -> str:
    """Decode text of unknown encoding.

    The detector is reliable for scripts but not for code pages of the same script: Latin text is nearly always Windows-1252.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(raw).best()
    if best is None or all("Latin" in name or name not in _SCRIPTS for name in best.alphabets):
        return raw.decode("cp1252", "replace")
    return str(best)


_SCRIPTS = (
    "Cyrillic", "Greek and Coptic", "Hebrew", "Arabic", "Thai", "Hangul Syllables", "Hiragana", "Katakana",
    "CJK Unified Ideographs",
)  # fmt: skip
