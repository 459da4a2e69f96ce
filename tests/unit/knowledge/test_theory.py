"""Theory: spelling against music21's and pychord's, and questions in plain words."""

import json
import time
from pathlib import Path

import pychord
import pytest

from askchopper.genres import GENRES
from askchopper.musical_key import ALL_KEYS, MusicalKey
from askchopper.services.knowledge.theory import chords, harmony, notes, questions, scales, tables, tempo

# Written by music21, which is too large to install for this; its version is in the file.
REFERENCE = json.loads(Path(__file__).with_name("music21_spellings.json").read_text())


def note(name: str) -> notes.Note:
    found = notes.parse_note(name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", REFERENCE["scales"])
def test_scales_are_spelled_as_by_music21(name: str):
    tonic, scale = name.split(" ", 1)
    found = scales.spell(note(tonic), scales.SCALES[scale])
    assert [one.name for one in found] == REFERENCE["scales"][name]


@pytest.mark.parametrize("name", REFERENCE["chords"])
def test_chords_of_keys_are_those_of_music21(name: str):
    tonic, scale = name.split(" ", 1)
    degrees = chords.chords_of(note(tonic), scales.SCALES[scale])
    assert [[one.name for one in degree.chord.notes] for degree in degrees] == REFERENCE["chords"][name]


@pytest.mark.parametrize("quality", sorted(set(chords.QUALITIES) - {"mmaj7", "augmaj7", "madd9", "aug7"}))
@pytest.mark.parametrize("root", ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"])
def test_chords_have_the_pitches_of_pychord(root: str, quality: str):
    found = chords.parse_chord(f"{root}{quality}")
    assert found is not None
    theirs = pychord.Chord(f"{root}{quality.replace('m7b5', 'm7-5')}").components()
    ours = {one.pitch_class for one in found.notes}
    assert ours <= {note(name).pitch_class for name in theirs}
    assert quality in _FULLER_IN_PYCHORD or len(ours) == len(theirs)


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
@pytest.mark.parametrize("scale", scales.SCALES.values(), ids=lambda scale: scale.name)
def test_scales_have_their_intervals_on_every_tonic(key: MusicalKey, scale: scales.Scale):
    tonic = scales.usual_tonic(harmony.tonic_of(key), scale)
    found = scales.spell(tonic, scale)
    assert tonic.pitch_class == key.tonic
    assert [(one.pitch_class - key.tonic) % 12 for one in found] == list(scale.semitones)
    assert abs(scales.signature_of(tonic, scale)) <= 7
    if len(found) == 7:
        assert len({one.letter for one in found}) == 7
    if scale.name not in {"harmonic minor", "melodic minor"}:
        assert all(abs(one.shift) <= 1 for one in found) or scale.name in {"phrygian dominant", "blues"}, found


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
def test_signature_counts_the_marks_of_every_key(key: MusicalKey):
    tonic, scale = harmony.tonic_of(key), harmony.scale_of(key)
    assert sum(one.shift for one in scales.spell(tonic, scale)) == scales.signature_of(tonic, scale)


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
def test_keys_that_fit_share_six_notes(key: MusicalKey):
    own = {one.pitch_class for one in scales.spell(harmony.tonic_of(key), harmony.scale_of(key))}
    for neighbour in harmony.neighbours(key):
        theirs = {
            one.pitch_class for one in scales.spell(harmony.tonic_of(neighbour.key), harmony.scale_of(neighbour.key))
        }
        assert len(own & theirs) >= 6
    assert harmony.relative(harmony.relative(key)) == key
    assert harmony.relative(key).camelot[:-1] == key.camelot[:-1]


def test_notes_have_their_midi_numbers_and_frequencies():
    assert notes.midi_number(note("C"), 4) == 60
    assert notes.midi_number(note("B#"), 3) == 60
    assert notes.midi_number(note("Cb"), 4) == 59
    assert notes.frequency_of(69) == 440
    assert notes.frequency_of(60) == pytest.approx(261.6256, abs=1e-4)
    assert notes.nearest_note(440) == notes.Tuning(69, "A4", 0)
    for midi in range(128):
        assert notes.nearest_note(notes.frequency_of(midi)).midi == midi


def test_delay_times_end_on_the_beat():
    rows = {row.name: row for row in tempo.delay_rows(120)}
    assert (rows["1/4"].plain_ms, rows["1/8"].dotted_ms, rows["1/4"].triplet_ms) == (500, 375, 333.3)
    for row in tempo.reverb_rows(128):
        beats = (row.pre_delay_ms + row.decay_ms) / tempo.milliseconds(128, 1)
        assert beats == pytest.approx(round(beats), abs=1e-3)


def test_speed_and_pitch_are_inverse():
    for semitones in range(-24, 25):
        assert tempo.semitones_between(1, tempo.ratio_of(semitones)) == pytest.approx(semitones)


def test_tables_cover_every_genre():
    assert set(tables.GENRE_TEMPI) == set(GENRES)
    assert all(low < high for low, high in (*tables.GENRE_TEMPI.values(), *tables.OTHER_TEMPI.values()))
    assert all(harmony.progressions_for(genre) for genre in GENRES)
    for progression in harmony.PROGRESSIONS:
        assert set(progression.genres) <= set(GENRES)
        for key in ALL_KEYS:
            assert len(harmony.chords_in(progression, key)) == len(progression.degrees)


_FULLER_IN_PYCHORD = {"13"}  # with the eleventh, which players leave out
QUESTIONS = {
    "Which chords are in F minor?": {"chords": ("Fm", "Gdim", "Ab", "Bbm", "Cm", "Db", "Eb"), "keys": ("F minor",)},
    "chords in Eb minor": {"chords": ("Ebm", "Fdim", "Gb", "Abm", "Bbm", "Cb", "Db")},
    "seventh chords in C major": {"chords": ("Cmaj7", "Dm7", "Em7", "Fmaj7", "G7", "Am7", "Bm7b5")},
    "chords in Db minor": {"chords": ("C#m", "D#dim", "E", "F#m", "G#m", "A", "B")},
    "what goes with 8A?": {"keys": ("A minor", "E minor", "D minor", "C major"), "camelot": ("8A", "9A", "7A", "8B")},
    "which keys mix with A minor": {"camelot": ("8A", "9A", "7A", "8B")},
    "notes of D dorian": {"notes": ("D", "E", "F", "G", "A", "B", "C")},
    "C# blues scale": {"notes": ("C#", "E", "F#", "G", "G#", "B")},
    "G♯ harmonic minor scale": {"notes": ("G#", "A#", "B", "C#", "D#", "E", "F##")},
    "relative major of A minor": {"keys": ("C major",)},
    "relative minor of C": {"keys": ("A minor",)},
    "relative minor of Eb major": {"keys": ("C minor",)},
    "parallel minor of C major": {"keys": ("C minor",)},
    "how many sharps in E major": {"value": 4, "unit": "sharps"},
    "what is 440 Hz": {"notes": ("A4",), "value": 69},
    "what note is 43 hz": {"notes": ("F1",)},
    "frequency of A4": {"value": 440, "unit": "Hz"},
    "MIDI note 60": {"notes": ("C4",), "value": 261.63},
    "dotted eighth at 128 BPM": {"value": 351.56, "unit": "ms"},
    "1/16 triplet note at 140 bpm": {"value": 71.43, "unit": "ms"},
    "delay times at 120": {"value": 500, "unit": "ms"},
    "how long is 8 bars at 128 bpm": {"value": 15, "unit": "s"},
    "how many bars are 30 seconds at 120 bpm": {"value": 15, "unit": "bars"},
    "I slow 140 to 128, what key is it in now?": {"value": -1.55, "unit": "semitones"},
    "I slow a loop in F minor from 140 to 128, what key is it in now?": {"keys": ("Eb minor",), "value": -1.55},
    "I speed a loop in A minor up from 120 to 127.135, which key?": {"keys": ("Bb minor",), "value": 1.0},
    "3 semitones up in percent": {"value": 18.92, "unit": "%"},
    "transpose A minor up 5 semitones": {"keys": ("D minor",)},
    "6% faster in semitones": {"value": 1.01, "unit": "semitones"},
    "tempo for drill": {"value": 142, "unit": "BPM"},
    "what bpm is dnb": {"value": 174, "unit": "BPM"},
    "how fast is jungle": {"value": 168},
    "loudness target for Spotify": {"value": -14, "unit": "LUFS"},
    "chord progression for trap in C minor": {"chords": ("Cm", "Bb", "Ab", "Gm")},
    "what notes are in Cmaj7": {"notes": ("C", "E", "G", "B"), "chords": ("Cmaj7",)},
    "what is an F#m7b5 chord": {"notes": ("F#", "A", "C", "E")},
    "what is the interval from C to G": {"value": 7, "unit": "semitones"},
    "what key is 8A": {"keys": ("A minor",)},
    "what frequency is a kick": {"value": 45},
}  # fmt: skip
NOT_THEORY = (
    "find loops in F minor at 128 bpm", "what is sidechain compression", "what goes with this", "dark techno around 130 in A minor",
    "how much is the pack", "コードは何ですか", "what is a minor chord", "like my last download but slower", "", "   ", "what is " + "x" * 5_000, "e" * 100_000, "\x00",
)  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_answered(question: str):
    found = questions.answer(question)
    assert found.topic
    assert found.answer.endswith((".", "!"))
    for name, expected in QUESTIONS[question].items():
        assert getattr(found, name) == (pytest.approx(expected) if isinstance(expected, (int, float)) else expected), (
            name
        )


@pytest.mark.parametrize("question", NOT_THEORY, ids=range(len(NOT_THEORY)))
def test_other_questions_get_a_sentence(question: str):
    assert questions.find(question) is None
    found = questions.answer(question)
    assert not found.topic
    assert 20 < len(found.answer) < 200


@pytest.mark.parametrize(("question", "word"), [
    ("chords in H# minor", "no note called H#"), ("tempo 0", "between 20 and 400"), ("dotted eighth at 0 bpm", "between 20 and 400"),
    ("delay at 9999 bpm", "between 20 and 400"), ("midi note 300", "0 to 127"), ("what note is 900000 hz", "8 Hz and 20 kHz"),
    ("pitch up 500 semitones", "four octaves"), ("slow 140 to 0, what key?", "between 20 and 400"),
])  # fmt: skip
def test_impossible_values_get_a_sentence(question: str, word: str):
    found = questions.answer(question)
    assert word in found.answer
    assert found.value is None


def test_answers_take_less_than_five_milliseconds():
    asked = [*QUESTIONS, *NOT_THEORY, "a minor " * 40, "1/8 " * 75, "C# " * 100]
    questions.answer(asked[0])
    slowest = 0.0
    for question in asked:
        times = []
        for _ in range(5):
            start = time.process_time()
            questions.answer(question)
            times.append(time.process_time() - start)
        slowest = max(slowest, min(times))
    assert slowest < 0.005
