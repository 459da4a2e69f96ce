"""Scales, chords and voice leading."""

from itertools import pairwise

import pytest

from askchopper.musical_key import MusicalKey
from tools.demo import harmony
from tools.demo.entries import key_of


def test_degrees_follow_the_scale_over_octaves():
    key = key_of("A minor")
    assert [harmony.pitch(key, degree, octave=3) for degree in (1, 3, 8, 0)] == [57, 60, 69, 55]


def scale(key: MusicalKey) -> set[int]:
    return {harmony.pitch(key, degree, octave=3) % 12 for degree in range(1, 8)}


def test_a_minor_has_the_white_keys():
    assert scale(key_of("A minor")) == {0, 2, 4, 5, 7, 9, 11}


@pytest.mark.parametrize("size", [3, 4, 5])
@pytest.mark.parametrize("name", ["C major", "F# minor", "Bb minor"])
def test_voices_stay_in_key_and_move_little(name: str, size: int):
    key = key_of(name)
    chords = harmony.voicings(key, (1, 6, 4, 5, 2, 3, 7), size)
    for chord in chords:
        assert {note % 12 for note in chord} <= scale(key)
        assert list(chord) == sorted(set(chord))
        assert chord[0] >= 44
        assert chord[-1] <= 84
    for before, after in pairwise(chords):
        assert sum(abs(a - b) for a, b in zip(before, after, strict=True)) <= 5 * len(before)


def test_five_notes_omit_the_root():
    assert harmony.chord_degrees(1, 5) == (3, 5, 7, 9)


def test_invalid_key_is_rejected():
    with pytest.raises(ValueError, match="no key"):
        key_of("H sharp")
