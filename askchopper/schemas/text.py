"""Sanitises text input: Unicode normalisation, no invisible characters, no stacks of combining marks."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, cast

from askchopper.errors import InvalidInputError

_REFUSED_CATEGORIES = {"Cc", "Cs", "Co", "Cn"}
_BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\n\r\t")
_MAX_MARKS_IN_A_ROW = 4
_JOINERS = "\u200c\u200d"
_UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_VISIBLE_CATEGORIES = ("L", "N", "P", "S")

# Latin letters that do not decompose into a letter and a mark, and the German and Nordic spellings in plain letters.
_LATIN = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "oe", "Ø": "Oe", "å": "aa", "Å": "Aa",
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "\u0131": "i",
    "♯": "#", "♭": "b", "\u2215": "_", "\u2013": "-", "\u2014": "-", "\u2018": "_", "\u2019": "_",
})  # fmt: skip


def transliterate(text: str, *, replacement: str = "") -> str:
    """Transliterate Latin letters to ASCII: ``Größe`` is ``Groesse``, ``Łódź`` is ``Lodz``.

    Args:
        text: any text.
        replacement: replaces each character that cannot be transliterated.

    Returns:
        ASCII only.
    """
    plain = unicodedata.normalize("NFC", text).translate(_LATIN)
    letters = (sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return "".join(sign if sign.isascii() else replacement for sign in letters)


def clean_line(text: str, *, label: str, field: str, max_length: int, min_length: int = 1) -> str:
    """Sanitise a line of text.

    Args:
        text: raw input.
        label: the field's label, which begins the error message.
        field: name of the form field, for the error.
        max_length: maximum length in code points.
        min_length: minimum length in code points; 0 allows an empty line.

    Returns:
        The trimmed text in NFC.

    Raises:
        InvalidInputError: wrong length, control or bidirectional characters, or nothing visible.
    """
    cleaned = unicodedata.normalize("NFC", text.strip()) if is_plain(text.strip()) else None
    if cleaned is None:
        sentence = f"{label} contains characters that cannot be shown."
        raise InvalidInputError(sentence, field=field)
    if len(cleaned) > max_length:
        sentence = f"{label} can have at most {max_length} characters."
        raise InvalidInputError(sentence, field=field)
    if len(cleaned) < min_length:
        sentence = f"{label} is missing." if not cleaned else f"{label} needs at least {min_length} characters."
        raise InvalidInputError(sentence, field=field)
    if cleaned and not any(unicodedata.category(c).startswith(_VISIBLE_CATEGORIES) for c in cleaned):
        sentence = f"{label} needs at least one visible character."
        raise InvalidInputError(sentence, field=field)
    return cleaned


def clean_file_name(name: str) -> str:
    """Remove Unicode format characters (category Cf) from a file name, such as zero-width and direction characters, and soft hyphens.

    Names copied from messages and web pages contain them. Zero-width joiners between non-ASCII letters are kept, because Persian words and emoji need
    them.
    """
    return "".join(
        sign
        for index, sign in enumerate(name)
        if unicodedata.category(sign) != "Cf" or (sign in _JOINERS and _is_joined(name, index))
    )


def _is_joined(text: str, index: int) -> bool:
    before, after = text[index - 1 : index], text[index + 1 : index + 2]
    return all(sign and not sign.isascii() and unicodedata.category(sign) != "Cf" for sign in (before, after))


def is_plain(text: str) -> bool:
    """Return whether a line has no control or direction characters, lone surrogates or stacks of combining marks."""
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in _REFUSED_CATEGORIES or character in _BIDI_CONTROLS:
            return False
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MAX_MARKS_IN_A_ROW:
            return False
    return True


def strip_unstorable(value: Any) -> Any:
    """Remove NUL and lone surrogates, which Postgres or UTF-8 cannot store, from all strings in a value; tuples become lists."""
    if isinstance(value, str):
        return _UNKEEPABLE.sub("", value)
    if isinstance(value, list | tuple):
        return [strip_unstorable(one) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {strip_unstorable(name): strip_unstorable(one) for name, one in cast("dict[Any, Any]", value).items()}
    return value


def escape_formula(cell: str) -> str:
    """Escape a CSV cell that a spreadsheet would run as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Format rows as CSV. Cells that a spreadsheet would run as formulas are escaped."""
    out = io.StringIO()
    csv.writer(out).writerows([escape_formula(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return out.getvalue()


def searchable(text: str, *, max_length: int = 200) -> str:
    """Normalise text for search: unprintable characters become spaces, white space is collapsed, and the length is capped."""
    if text.isprintable() and text.isascii():  # most queries; skips the slow loop below
        return " ".join(text[: max_length * 2].split())[:max_length]
    kept = "".join(" " if unicodedata.category(c) in _REFUSED_CATEGORIES else c for c in text[: max_length * 2])
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:max_length]


def paragraphs(text: str, *, label: str, field: str, max_length: int) -> str:
    """Sanitise multi-line text; line breaks and tabs are allowed.

    Raises:
        InvalidInputError: too long, or unprintable characters.
    """
    unified = unicodedata.normalize("NFC", text.replace("\r\n", "\n").strip())
    if not is_plain("".join(c for c in unified if c not in _LINE_BREAKS)):
        sentence = f"{label} contains characters that cannot be shown."
        raise InvalidInputError(sentence, field=field)
    if len(unified) > max_length:
        sentence = f"{label} can have at most {max_length:,} characters."
        raise InvalidInputError(sentence, field=field)
    return unified
