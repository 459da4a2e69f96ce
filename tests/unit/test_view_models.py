"""View models: formatting of values, and the size of a page of rows."""

import dataclasses
import json
from typing import Any

import pytest

from askchopper.schemas.catalogue import CreatorRef, FileRow, PackRef
from askchopper.schemas.view_models import catalogue, moderation, studio
from askchopper.vocabulary import FileKind


def _row(**changes: object) -> FileRow:
    row = FileRow(
        id="0190c0de-0000-7000-8000-000000000001", title="Wet feet drums", pack=PackRef("tiled-pool", "Tiled Pool"),
        creator=CreatorRef("lucia-ferran", "Lucía Ferrán"), cover_key="a" * 32, kind=FileKind.LOOP, bpm=123.5, key="F# minor",
        duration_seconds=7.77, price_tokens=8, peaks=tuple(range(100)), loudness_lufs=-14.31, peak_dbfs=-1.0, format="wav",
        size_bytes=1_000_000, owned=False,
    )  # fmt: skip
    return dataclasses.replace(row, **changes)  # type: ignore[arg-type]


def test_row_formats_tempo_key_and_duration():
    row = catalogue.sound_row(_row())
    assert (row.sound.bpm, row.sound.key, row.key_spoken, row.time) == ("124", "F# min", "F sharp minor", "0:08")


def test_unknown_value_is_a_dash():
    row = catalogue.sound_row(_row(bpm=None, key=None))
    assert (row.sound.bpm, row.sound.key, row.key_spoken) == ("-", "-", "key unknown")


def test_owned_sound_has_no_price_in_player():
    assert catalogue.sound_row(_row(owned=True)).sound.price == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0:00.1"), (0.4, "0:00.4"), (0.94, "0:00.9"), (0.95, "0:01"), (1, "0:01"), (59.6, "1:00"), (754, "12:34")],
)
def test_duration_format(seconds: float, text: str):
    assert catalogue.clock(seconds) == text


@pytest.mark.parametrize(
    ("low", "high", "text"), [(None, None, "-"), (130, 130, "130"), (90, 140.4, "90-140"), (92.5, 92.5, "93")]
)
def test_tempo_range(low: float | None, high: float | None, text: str):
    assert catalogue.tempo_span(low, high) == text


def test_peaks_are_one_character_each_within_range():
    assert catalogue.encode_peaks((0, 1, 2, 127, 126, 255)) == "AAB___"


def test_twenty_four_rows_are_under_twelve_and_a_half_kilobytes():
    rows = [dataclasses.asdict(catalogue.sound_row(_row())) for _ in range(24)]
    assert len(json.dumps(rows, separators=(",", ":"))) < 12_500


def test_note_of_several_sounds_is_listed_once():
    note = studio.FindingRow("", "dual_mono", "Mono", "Both channels are the same.", "note", "Note", is_kept=False)
    clips = dataclasses.replace(note, code="clipped", message="Clips for 14% of the file.", tone="warn")
    values: dict[str, Any] = {field.name: "" for field in dataclasses.fields(studio.DraftRow)}
    rows = [
        studio.DraftRow(**{**values, "id": name, "findings": [note, clips][:count]})
        for name, count in (("kick", 1), ("bass", 2))
    ]
    left, lines = moderation.group_notes(rows)
    assert [row.findings for row in left] == [[], [clips]]
    assert lines == [{"label": "Note on all 2 sounds", "text": "Both channels are the same."}]
