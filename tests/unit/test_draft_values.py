"""Which values of a draft's file apply, and the titles made from file names."""

from types import SimpleNamespace
from uuid import uuid4

import pytest

from askchopper.schemas.view_models import studio
from askchopper.services.studio import draft_views
from askchopper.vocabulary import FileKind


def file_of(**changes: object):
    """A file of a draft that was measured as a one-shot without tempo or key."""
    values: dict[str, object] = {
        "id": uuid4(), "file_name": "nightbus_126_chords_Amin.wav", "title": "Chords", "size_bytes": 1, "state": "ready", "problem": "",
        "kind": None, "bpm": None, "is_bpm_set": False, "key": None, "is_key_set": False, "note": None, "is_note_set": False, "measured_note": None, "note_cents": None, "note_confidence": None, "price_tokens": None, "kept_findings": [], "is_damaged": False,
        "version": 2, "score": 90, "findings": [], "hints": {"bpm": 126.0, "key": "A minor"}, "measured_kind": "one-shot",
        "measured_bpm": None, "bpm_confidence": None, "bpm_alternative": None, "measured_key": None, "key_confidence": None,
        "key_alternative": None, "bars": None, "codec": "pcm", "duration_seconds": 8 * 60 / 126, "sample_rate_hz": 44_100,
        "channels": 2, "bit_depth": 16, "loudness_lufs": -12.0, "peak_dbfs": -1.0, "outline": None, "preview_key": "p",
    }  # fmt: skip
    return draft_views.draft_file_detail(SimpleNamespace(**{**values, **changes}))


def test_name_speaks_where_the_measurement_is_silent():
    file = file_of()
    assert (file.kind, file.bpm, file.key) == (FileKind.LOOP, 126.0, "A minor")
    row = studio.draft_row(file, "")
    assert (row.kind_mark, row.bpm_mark, row.key_mark) == ("check", "check", "check")
    assert [choice.value for choice in row.bpm_choices] == ["126", "63"]


@pytest.mark.parametrize("seconds", [0.4, 8.3 * 60 / 126])
def test_short_or_uneven_sound_stays_a_one_shot(seconds: float):
    file = file_of(duration_seconds=seconds)
    assert (file.kind, file.bpm, file.is_kind_hinted) == (FileKind.ONE_SHOT, None, False)


def test_measurement_and_creator_come_before_the_name():
    measured = file_of(
        measured_kind="loop", measured_bpm=100.0, bpm_confidence=0.9, measured_key="C major", key_confidence=0.9
    )
    assert (measured.bpm, measured.key, measured.is_kind_hinted) == (100.0, "C major", False)
    unsure = file_of(
        measured_kind="loop", measured_bpm=120.0, bpm_confidence=0.3, measured_key="C major", key_confidence=0.3
    )
    assert (unsure.bpm, unsure.key) == (126.0, "A minor")
    stated = file_of(kind="one-shot", is_key_set=True)
    assert (stated.kind, stated.bpm, stated.key) == (FileKind.ONE_SHOT, None, None)


@pytest.mark.parametrize(
    ("name", "words", "title"),
    [
        ("nightbus_126_bass_Amin.wav", ["nightbus"], "Bass"),
        ("Nightbus 126 sub bass.wav", ["nightbus"], "Sub bass"),
        ("nightbus_01.wav", ["nightbus"], "Nightbus 01"),
        ("other_bass.wav", ["nightbus"], "Other bass"),
        ("bass.wav", [], "Bass"),
    ],
)
def test_title_leaves_out_the_name_of_the_pack(name: str, words: list[str], title: str):
    assert draft_views.title_within(name, words) == title
    assert draft_views.is_suggested_title(title, name)
    assert draft_views.is_suggested_title(draft_views.title_of(name), name)
    assert not draft_views.is_suggested_title("My own name", name)
