import pytest

from askchopper.errors import InvalidInputError
from askchopper.schemas.text import clean_line, is_plain, paragraphs, searchable


def line(text: str, **limits: int) -> str:
    return clean_line(text, label="The name", field="name", **{"max_length": 20, **limits})


def test_whitespace_is_trimmed_and_text_is_composed():
    assert line("  Cafe\u0301 ") == "Café"


@pytest.mark.parametrize(
    "text",
    ["", "   ", "a" * 21, "a\u0000b", "a\nb", "evil\u202etxt", "\u2066x", "\ud800", "\u200b\u200b", "e" + "\u0301" * 6],
)
def test_undisplayable_lines_are_rejected_and_name_the_field(text: str):
    with pytest.raises(InvalidInputError) as caught:
        line(text)
    assert caught.value.field == "name"


@pytest.mark.parametrize("text", ["東京", "José 🎧", "O'Neil & Søn", "' OR 1=1", "{{7*7}}", "<img onerror>", "नमस्ते"])
def test_every_script_and_harmless_markup_is_kept(text: str):
    assert line(text) == text


def test_optional_line_may_be_empty():
    assert line("", min_length=0) == ""


def test_paragraphs_keep_line_breaks_and_reject_control_characters():
    assert paragraphs("a\r\nb", label="Bio", field="bio", max_length=10) == "a\nb"
    with pytest.raises(InvalidInputError):
        paragraphs("a\u0007", label="Bio", field="bio", max_length=10)
    with pytest.raises(InvalidInputError):
        paragraphs("a" * 11, label="Bio", field="bio", max_length=10)


def test_search_text_accepts_any_input():
    assert searchable(" kick\u0000 \ud800 drum ") == "kick drum"
    assert len(searchable("x" * 1_000_000)) == 200


def test_stacked_combining_marks_are_not_plain():
    assert is_plain("e\u0301")
    assert not is_plain("e" + "\u0301" * 5)
