"""Splitting of texts into chunks, and their metadata."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from askchopper.media.documents import chunks
from askchopper.media.documents.extract import MAX_CHUNK_CHARACTERS, Chunk, Page, normalise_text

SENTENCES = [f"Sentence number {number} says something about the licence of a beat." for number in range(60)]


def split(text: str, *, is_wrapped: bool = False, page: int | None = None) -> list[Chunk]:
    return chunks.split([Page(page, text)], is_wrapped=is_wrapped)


def test_short_text_is_one_chunk():
    assert split("Only this.") == [Chunk(None, "", "Only this.")]


def test_long_text_is_split_after_sentences_with_overlap():
    pieces = split(" ".join(SENTENCES))
    assert all(len(piece.text) <= 1000 for piece in pieces)
    assert all(piece.body.endswith(".") for piece in pieces)
    for before, after in itertools.pairwise(pieces):
        first = after.body.split(". ")[0]
        assert first in before.body
    joined = " ".join(piece.body for piece in pieces)
    assert all(sentence in joined for sentence in SENTENCES)


def test_chunks_carry_headings_and_pages():
    pages = [Page(1, "# Deal\n## 1. Grant\nYou may use it."), Page(2, "It continues here.\n## 2. Price\nFifty.")]
    assert [(piece.page, piece.heading, piece.body) for piece in chunks.split(pages, is_wrapped=True)] == [
        (1, "Deal > 1. Grant", "You may use it."),
        (2, "Deal > 1. Grant", "It continues here."),
        (2, "Deal > 2. Price", "Fifty."),
    ]


def test_wrapped_lines_are_joined_to_paragraphs():
    text = "This line is as long as the page is wide and continues\nin the next one. Here it ends.\n- an item\n- another\n\nNew."
    (piece,) = split(text, is_wrapped=True)
    assert piece.body.split("\n") == [
        "This line is as long as the page is wide and continues in the next one. Here it ends.",
        "- an item", "- another", "New.",
    ]  # fmt: skip


def test_list_is_not_parsed_as_headings():
    assert split("TO BRING\n1. Cables\n2. Tape", is_wrapped=True) == [Chunk(None, "TO BRING", "1. Cables\n2. Tape")]


def test_table_rows_stay_lines():
    rows = [f"Item: Cable {number}; Price: {number}" for number in range(60)]
    pieces = split("\n".join(rows))
    assert len(pieces) > 1
    assert {line for piece in pieces for line in piece.body.split("\n")} == set(rows)


def test_endless_word_is_split():
    pieces = split("x" * 5000)
    assert all(len(piece.text) <= MAX_CHUNK_CHARACTERS for piece in pieces)
    assert sum(piece.body.count("x") for piece in pieces) == 5000


def test_line_of_symbols_takes_no_time():
    started = time.monotonic()
    split("# " + "#" * 400_000 + " x " + "# " * 100_000, is_wrapped=True)
    assert time.monotonic() - started < 2


@given(st.text(max_size=3000), st.booleans())
def test_any_text_is_chunked_without_loss(text: str, is_wrapped: bool):
    tidied = normalise_text(text)
    pieces = split(tidied, is_wrapped=is_wrapped)
    assert all(0 < len(piece.text) <= MAX_CHUNK_CHARACTERS for piece in pieces)
    found = "".join("".join(f"{piece.heading}{piece.body}".split()) for piece in pieces)
    assert set("".join(tidied.replace("#", "").split())) <= set(found) | set("#")
