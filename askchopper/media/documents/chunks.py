"""Splits a text into chunks for retrieval.

A chunk ends at a paragraph or sentence, never crosses a page or heading, includes its heading, and overlaps the previous
chunk.
"""

import re
from collections.abc import Iterator, Sequence

from askchopper.media.documents.extract import Chunk, Page

TARGET_CHARACTERS = 800
OVERLAP_CHARACTERS = 100
_MAX_HEADING = 160
_MAX_HEADING_WORDS = 10
_SHORT_LINE = 0.7
_MARKED_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_NUMBERED_HEADING = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[IVX]+\.|Article \d+|Section \d+|Chapter \d+)[:.]?\s+[A-Z].*"
)
_SHOUTED_LEVEL, _NUMBERED_LEVEL = 2, 3
_ITEM = re.compile(r"(?:[-*\u2022\u2013\u25e6\u25aa]|\(?(?:[a-z]|\d{1,2})[.)])\s+")
_SENTENCE_END = re.compile(
    r"(?:(?<=[.!?\u2026])|(?<=[.!?\u2026][\"')\u201d]))\s+(?=[\"'(\u201c]?[A-Z0-9\u00c0-\u00dc])"
)


def split(pages: Sequence[Page], *, is_wrapped: bool) -> list[Chunk]:
    """Split pages into chunks.

    Args:
        pages: the text.
        is_wrapped: whether lines are wrapped; otherwise each line is a paragraph.

    Returns:
        The chunks in order.
    """
    found: list[Chunk] = []
    headings: dict[int, str] = {}
    for page in pages:
        found += _of_page(page, headings, is_wrapped=is_wrapped)
    return found


def _of_page(page: Page, headings: dict[int, str], *, is_wrapped: bool) -> Iterator[Chunk]:
    """Yield the chunks of a page. ``headings`` holds the current heading of each level and is updated in place."""
    body: list[str] = []
    for heading, paragraph in _classify_paragraphs(list(_paragraphs(page.text, is_wrapped=is_wrapped))):
        if heading is None:
            body.append(paragraph)
            continue
        yield from _packed(page.number, _path(headings), body)
        body = []
        level, words = heading
        for deeper in [each for each in headings if each >= level]:
            del headings[deeper]
        headings[level] = words
    yield from _packed(page.number, _path(headings), body)


def _classify_paragraphs(paragraphs: Sequence[str]) -> Iterator[tuple[tuple[int, str] | None, str]]:
    """Classify paragraphs: yield each with heading level and text, or None for body text. A heading without content is body text."""
    found = [_heading(paragraph) for paragraph in paragraphs]
    for number, (heading, paragraph) in enumerate(zip(found, paragraphs, strict=True)):
        is_last = number + 1 == len(found)
        following = None if is_last else found[number + 1]
        is_hollow = heading is not None and (is_last or (following is not None and following[0] <= heading[0]))
        yield (None, heading[1]) if heading is not None and is_hollow else (heading, paragraph)


def _path(headings: dict[int, str]) -> str:
    """Format the two innermost headings as a path."""
    nearest = [headings[level] for level in sorted(headings)][-2:]
    return " > ".join(nearest)[:_MAX_HEADING]


def _heading(paragraph: str) -> tuple[int, str] | None:
    """Return level and text of a heading line; None for body text."""
    if len(paragraph) > _MAX_HEADING:
        return None
    if marked := _MARKED_HEADING.fullmatch(paragraph):
        return len(marked[1]), marked[2].rstrip("# ") or marked[2]
    if (
        len(paragraph.split()) > _MAX_HEADING_WORDS
        or paragraph[-1:] in ".,;!?"
        or ": " in paragraph
        or "|" in paragraph
    ):
        return None
    letters = [each for each in paragraph if each.isalpha()]
    if len(letters) >= 4 and all(each.isupper() for each in letters):
        return _SHOUTED_LEVEL, paragraph.rstrip(":")
    return (_NUMBERED_LEVEL, paragraph.rstrip(":")) if _NUMBERED_HEADING.fullmatch(paragraph) else None


def _paragraphs(text: str, *, is_wrapped: bool) -> Iterator[str]:
    lines = text.split("\n")
    if not is_wrapped:
        yield from filter(None, lines)
        return
    full = max(map(len, lines), default=0)
    gathered: list[str] = []
    for line in lines:
        is_new = not line or _heading(line) or _ITEM.match(line)
        if gathered and (is_new or _ends_paragraph(gathered[-1], full)):
            yield " ".join(gathered)
            gathered = []
        if line:
            gathered.append(line)
    if gathered:
        yield " ".join(gathered)


def _ends_paragraph(line: str, full: int) -> bool:
    return len(line) < _SHORT_LINE * full or _heading(line) is not None


def _packed(page: int | None, heading: str, paragraphs: Sequence[str]) -> Iterator[Chunk]:
    pending: list[tuple[str, str]] = []  # the units of a chunk, each with its separator
    size = 0
    for joint, unit in _units(paragraphs):
        if pending and size + len(unit) > TARGET_CHARACTERS:
            yield Chunk(page, heading, _joined(pending))
            pending = _overlap(pending)
            size = sum(len(text) for _, text in pending)
        pending.append((joint, unit))
        size += len(unit)
    if pending:
        yield Chunk(page, heading, _joined(pending))


def _joined(units: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{joint if number else ''}{text}" for number, (joint, text) in enumerate(units))


def _overlap(units: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the units that the next chunk repeats: the last ones that fit the overlap; none if the last one is too long."""
    kept: list[tuple[str, str]] = []
    for joint, text in reversed(units):
        if sum(len(each) for _, each in kept) + len(text) > OVERLAP_CHARACTERS:
            break
        kept.insert(0, (joint, text))
    return kept


def _units(paragraphs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Split into units: whole paragraphs where they fit, else sentences, each with its separator."""
    for paragraph in paragraphs:
        joint = "\n"
        whole = [paragraph] if len(paragraph) <= TARGET_CHARACTERS // 2 else _SENTENCE_END.split(paragraph)
        for sentence in whole:
            for piece in _pieces(sentence):
                yield joint, piece
                joint = " "


def _pieces(sentence: str) -> Iterator[str]:
    """Split an overlong sentence between words, or at any character if a word is too long."""
    rest = sentence
    while len(rest) > TARGET_CHARACTERS:
        cut = rest.rfind(" ", TARGET_CHARACTERS // 2, TARGET_CHARACTERS)
        cut = cut if cut > 0 else TARGET_CHARACTERS
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest
