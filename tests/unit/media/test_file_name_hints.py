"""Hints from file names and tags, which are untrusted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askchopper.media.decode import file_name_hints, tags
from askchopper.musical_key import MusicalKey


@pytest.mark.parametrize(
    ("name", "bpm", "key"),
    [
        ("label_pack_128_bass_word_Cmin.wav", 128, "C minor"),
        ("KSHMR 140 BPM F#m lead.wav", 140, "F# minor"),
        ("loop 97.5bpm (A minor).aiff", 97.5, "A minor"),
        ("kick_01.wav", None, None),
        ("A day in May.wav", None, None),
        ("99_Bb_keys.flac", 99, "Bb major"),
        ("../../etc/110_Dmaj.wav", 110, "D major"),
    ],
)
def test_names_of_sample_makers(name: str, bpm: float | None, key: str | None):
    found = file_name_hints.parse(name)
    assert found.bpm == bpm
    assert found.key == (MusicalKey.parse(key) if key else None)


@given(st.text(max_size=300))
def test_any_file_name_is_parsed(name: str):
    found = file_name_hints.parse(name)
    assert found.bpm is None or 20 <= found.bpm <= 400


@pytest.mark.parametrize("stated", ["99999", "nan", "-3", "", "1e308", "abc", None])
def test_implausible_tempos_are_ignored(stated: str | None):
    assert tags.stated_bpm(stated) is None


def test_unreadable_tags_are_ignored(tmp_path: Path):
    path = tmp_path / "a.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x0f\x00TIT2\xff\xff\xff\xff" + bytes(range(256)))
    assert tags.read(path).title is None
    assert tags.read(tmp_path / "missing") == tags.Hints()


def test_bidirectional_controls_are_removed():
    assert tags.clean("a\u202eb\0c\n d") == "abc d"
