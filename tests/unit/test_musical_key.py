import re

import pytest

from askchopper.musical_key import ALL_KEYS, KEY_NAMES, LOCAL_KEY, MusicalKey, parse_local_key


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Am", "A minor"), ("a min", "A minor"), ("A minor", "A minor"), ("8A", "A minor"), ("8b", "C major"),
        ("F♯ minor", "F# minor"), ("Gbm", "F# minor"), ("Bb", "Bb major"), ("A#", "Bb major"), ("c", "C major"),
        ("Cb", "B major"), ("e-flat minor", None), ("12A", "C# minor"), ("1B", "B major"), ("Eb-", "Eb minor"),
    ],
)  # fmt: skip
def test_key_spellings_are_parsed(typed: str, name: str | None):
    key = MusicalKey.parse(typed)
    assert (key.name if key else None) == name


@pytest.mark.parametrize("typed", ["", "H", "13A", "0A", "A minorish", "Am Am", "A" * 1000, "\x00"])
def test_invalid_key_is_none(typed: str):
    assert MusicalKey.parse(typed) is None


def test_key_names_round_trip_and_camelot_codes_are_unique():
    assert len(set(KEY_NAMES)) == 24
    assert all(MusicalKey.parse(key.name) == key for key in ALL_KEYS)
    assert all(MusicalKey.parse(key.camelot) == key for key in ALL_KEYS)


def test_compatible_keys_are_neighbours_and_relative():
    a_minor = MusicalKey.parse("Am")
    assert a_minor is not None
    assert {key.camelot for key in a_minor.compatible()} == {"8A", "7A", "9A", "8B"}
    assert len(a_minor.compatible(wide=True)) == 6
    assert all(key in other.compatible() for key in ALL_KEYS for other in key.compatible())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("la mineur", "A minor"), ("do mayor", "C major"), ("sol menor", "G minor"), ("fa dièse mineur", "F# minor"),
        ("si bémol majeur", "Bb major"), ("mi b maggiore", "Eb major"), ("fa#menor", "F# minor"), ("do sostenido menor", "C# minor"),
        ("a-moll", "A minor"), ("fis-moll", "F# minor"), ("h-moll", "B minor"), ("b-dur", "Bb major"), ("es-dur", "Eb major"),
        ("as dur", "Ab major"),
    ],
)  # fmt: skip
def test_keys_in_other_languages(text: str, name: str):
    assert re.fullmatch(LOCAL_KEY, text)
    assert parse_local_key(text) == MusicalKey.parse(name)


@pytest.mark.parametrize("text", ["la", "sol", "moll", "dur", "mi", "la voix", "minor", ""])
def test_other_words_are_no_local_key(text: str):
    assert parse_local_key(text) is None
