import pytest

from askchopper.errors import InvalidInputError
from askchopper.schemas.text import clean_file_name, clean_line, csv_text, is_plain, paragraphs, searchable


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


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("\ufeffkick\u200b 01.wav", "kick 01.wav"),
        ("\u200eLoop\u200f_\u202aC\u202c.wav", "Loop_C.wav"),
        ("evil\u202egpj.wav", "evilgpj.wav"),
        ("soft\u00adhyphen.wav", "softhyphen.wav"),
        ("a\u200db.wav", "ab.wav"),
        ("\u200c", ""),
        ("ب\u200cب.wav", "ب\u200cب.wav"),
        ("👩\u200d🎤.wav", "👩\u200d🎤.wav"),
        ("Größe ♯1.wav", "Größe ♯1.wav"),
    ],
)
def test_invisible_marks_leave_file_names(name: str, kept: str):
    assert clean_file_name(name) == kept


def test_csv_text_quotes_formulas_and_leaves_numbers():
    rows = [["Title", "Tokens"], ["=cmd|' /C calc'!A0", -5], ['Two, "three"', 1.5], ["@sum", None]]
    assert csv_text(rows).splitlines() == ["Title,Tokens", "'=cmd|' /C calc'!A0,-5", '"Two, ""three""",1.5', "'@sum,"]
