import pytest

from askchopper.root_note import RootNote, note_name, parse_midi, spoken_note


@pytest.mark.parametrize(
    ("text", "pitch_class", "octave"),
    [
        ("F", 5, None),
        ("g#", 8, None),
        ("Bb2", 10, 2),
        ("c sharp", 1, None),
        ("F♯1", 6, 1),
        ("Cb4", 11, 3),
        ("B#3", 0, 4),
        ("E flat", 3, None),
    ],
)
def test_parse(text: str, pitch_class: int, octave: int | None):
    assert RootNote.parse(text) == RootNote(pitch_class, octave)


@pytest.mark.parametrize("text", ["", "H", "F minor", "Fm", "F9", "F-1", "4", "Cb0"])
def test_what_is_no_note(text: str):
    assert RootNote.parse(text) is None


def test_names_and_numbers():
    assert (note_name(29), note_name(60), note_name(69)) == ("F1", "C4", "A4")
    assert spoken_note(30) == "note F sharp 1"
    assert (parse_midi("F1"), parse_midi("f")) == (29, None)
    assert RootNote(5, 1).midi == (29,)
    assert {midi % 12 for midi in RootNote(5).midi} == {5}
    for midi in range(12, 120):
        assert parse_midi(note_name(midi)) == midi
