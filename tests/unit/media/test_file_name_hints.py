"""Hints from file names and tags, which are untrusted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askchopper.media.decode import file_name_hints, tags
from askchopper.musical_key import MusicalKey
from askchopper.services.studio.draft_views import title_of


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


@pytest.mark.parametrize(
    ("name", "bpm", "key", "title"),
    [
        ("xyz_128bpm_cmin_pad.wav", 128, "C minor", "Xyz pad"),
        ("xyz_128_f#m_bass.wav", 128, "F# minor", "Xyz bass"),
        ("loop_bpm120_Gmaj.wav", 120, "G major", "Loop"),
        ("8A - 124 - Artist - Title.wav", 124, "A minor", "Artist title"),
        ("guitar_Amin7_90.wav", 90, "A minor", "Guitar"),
        ("F_sharp_minor_90.wav", 90, "F# minor", "F sharp minor 90"),
        ("loop_a-moll_120.wav", 120, "A minor", "Loop"),
        ("loop_H-moll_120.wav", 120, "B minor", "Loop"),
        ("loop_B-dur_120.wav", 120, "Bb major", "Loop"),
        ("pad fismoll.wav", None, "F# minor", "Pad"),
        ("guitare_la_mineur_90.wav", 90, "A minor", "Guitare"),
        ("Bajo Si bemol mayor 100.wav", 100, "Bb major", "Bajo"),
        ("violino_fa#_minore.wav", None, "F# minor", "Violino"),
        ("La menor.wav", None, "A minor", "La menor"),
        ("La voz 100.wav", 100, None, "La voz"),
        ("Si va 90.wav", 90, None, "Si va"),
        ("KEY=Am BPM=120.wav", 120, "A minor", "KEY=Am BPM=120"),
        ("SH-101 bass 128 Em.wav", 128, "E minor", "SH-101 bass"),
        ("Juno-106 Pad Cmaj.wav", None, "C major", "Juno-106 pad"),
        ("tr 808 kick.wav", None, None, "TR-808 kick"),
        ("Here_I_Am_vocal_100.wav", 100, None, "Here I am vocal"),
        ("FM bass 120.wav", 120, None, "Fm bass"),
        ("EBM 120.wav", 120, None, "Ebm"),
        ("Kick 101.wav", None, None, "Kick 101"),
        ("Kick loop 101.wav", 101, None, "Kick loop"),
        ("Take 102.wav", None, None, "Take 102"),
        ("Loop 2B.wav", None, None, "Loop 2b"),
        ("loop@140.wav", 140, None, "Loop"),
        ("hum 96 kHz.wav", None, None, "Hum 96 khz"),
    ],
)
def test_spellings_and_numbers_of_the_field(name: str, bpm: float | None, key: str | None, title: str):
    found = file_name_hints.parse(name)
    assert found.bpm == bpm
    assert found.key == (MusicalKey.parse(key) if key else None)
    assert found.tonic is None
    assert title_of(name) == title


@pytest.mark.parametrize(
    ("name", "tonic", "title"),
    [
        ("808_gritty_E.wav", 4, "808 gritty"),
        ("C♯ bell.wav", 1, "Bell"),
        ("Fis.wav", 6, "Fis"),
        ("808 kick F#.wav", 6, "808 kick"),
        ("KEY=C.wav", 0, "KEY=C"),
        ("Kick A.wav", None, "Kick a"),
        ("A day.wav", None, "A day"),
    ],
)
def test_note_without_a_mode_is_a_tonic(name: str, tonic: int | None, title: str):
    found = file_name_hints.parse(name)
    assert (found.key, found.tonic) == (None, tonic)
    assert title_of(name) == title


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
