"""The query parser: the table in ``phrases.txt``, and properties of any phrase."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askchopper.schemas.search_filters import MAX_TEXT, as_query
from askchopper.services.search import query_parser

_LINES = (Path(__file__).parent / "phrases.txt").read_text(encoding="utf-8").splitlines()
TABLE = [tuple(part.strip() for part in line.split("=>")) for line in _LINES]


def meaning(phrase: str) -> dict[str, str]:
    reading = query_parser.parse(phrase)
    found = as_query(reading.filters())
    if reading.creator_words:
        found["by"] = reading.creator_words
    if reading.reference:
        found["last"] = reading.reference
    if reading.tempo_shift:
        found["shift"] = str(reading.tempo_shift)
    return found


def test_phrase_table_is_large_enough():
    assert len({phrase for phrase, _ in TABLE}) >= 400


def labelled(expected: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in expected.split("&")) if expected else {}


def is_right(phrase: str, expected: str) -> bool:
    return meaning(phrase) == labelled(expected)


@pytest.mark.parametrize(("phrase", "expected"), TABLE, ids=[phrase for phrase, _ in TABLE])
def test_phrase_is_parsed_as_listed(phrase: str, expected: str):
    assert meaning(phrase) == labelled(expected)


@given(st.text(max_size=400))
def test_any_phrase_parses_and_text_is_bounded(phrase: str):
    reading = query_parser.parse(phrase)
    assert len(reading.filters().text) <= MAX_TEXT


@given(st.lists(st.sampled_from([phrase for phrase, _ in TABLE]), min_size=2, max_size=5))
def test_concatenated_phrases_parse(parts: list[str]):
    query_parser.parse(" ".join(parts)).filters()


@pytest.mark.parametrize("phrase", ["((((" * 50, "a" * 10_000, "1 " * 5_000, "- " * 5_000, "by " * 3_000, "\x00\ud800"])
def test_hostile_phrase_parses_quickly(phrase: str):
    query_parser.parse(phrase)
