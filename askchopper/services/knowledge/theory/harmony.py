"""Keys: compatible ones on the Camelot wheel, relative keys, transposition, and common chord progressions."""

from dataclasses import dataclass

from askchopper.genres import GENRES
from askchopper.musical_key import Mode, MusicalKey
from askchopper.services.knowledge.theory.chords import Degree, chords_of
from askchopper.services.knowledge.theory.notes import Note, parse_note
from askchopper.services.knowledge.theory.scales import SCALES, Scale


@dataclass(frozen=True)
class Neighbour:
    """A compatible key, and the step on the Camelot wheel that leads to it."""

    key: MusicalKey
    effect: str


@dataclass(frozen=True)
class Progression:
    """A chord progression of some genres, as scale degrees."""

    name: str
    genres: tuple[str, ...]
    mode: Mode
    degrees: tuple[int, ...]
    note: str


# Degrees count from 1. Genres are those of the catalogue.
PROGRESSIONS: tuple[Progression, ...] = (
    Progression("Axis", ("pop", "trance", "rock"), Mode.MAJOR, (1, 5, 6, 4), "Four chords that never sound finished, so they loop well."),
    Progression("Minor axis", ("pop", "trance", "synthwave", "hip-hop"), Mode.MINOR, (1, 6, 3, 7), "The same four chords from the minor side."),
    Progression("Doo-wop", ("pop", "r-and-b", "rock"), Mode.MAJOR, (1, 6, 4, 5), "The ballad of the fifties; slow and sweet."),
    Progression("Two-five-one", ("jazz", "lo-fi", "r-and-b", "boom-bap"), Mode.MAJOR, (2, 5, 1, 1), "Play it with sevenths or ninths."),
    Progression("Lo-fi turnaround", ("lo-fi", "downtempo", "jazz"), Mode.MAJOR, (2, 5, 3, 6), "Goes round without coming home."),
    Progression("Royal road", ("pop", "funk", "disco", "deep-house"), Mode.MAJOR, (4, 5, 3, 6), "Bright with a sad end."),
    Progression("Two-chord vamp", ("house", "deep-house", "funk", "disco", "garage"), Mode.MINOR, (1, 4, 1, 4), "With minor sevenths; the groove does the rest."),
    Progression("House steps", ("house", "garage", "electro", "afrobeat"), Mode.MINOR, (1, 7, 6, 7), "Moves by whole tones, good for stabs."),
    Progression("Andalusian", ("reggaeton", "trap", "drill", "cinematic"), Mode.MINOR, (1, 7, 6, 5), "Walks down; a major chord on the fifth degree makes it fiercer."),
    Progression("Dark two", ("drill", "trap", "techno", "dubstep"), Mode.MINOR, (1, 6, 1, 6), "Two chords leave room for the 808."),
    Progression("One-chord drone", ("techno", "dub-techno", "ambient", "electro"), Mode.MINOR, (1, 1, 1, 1), "One minor chord; filter and delay do the moving."),
    Progression("Film minor", ("cinematic", "ambient", "drum-and-bass", "dubstep"), Mode.MINOR, (1, 3, 7, 6), "Rises, then falls back."),
    Progression("Rolling minor", ("drum-and-bass", "breakbeat", "garage"), Mode.MINOR, (6, 7, 1, 1), "Arrives at home in the third bar."),
    Progression("Amapiano pads", ("amapiano", "afrobeat", "deep-house"), Mode.MINOR, (1, 4, 7, 3), "With sevenths and ninths, off the beat."),
    Progression("Reggaeton four", ("reggaeton", "pop"), Mode.MINOR, (6, 3, 7, 1), "Starts away from home."),
    Progression("Blues turn", ("rock", "funk", "boom-bap"), Mode.MAJOR, (1, 4, 1, 5), "The last four bars of many a blues, cut short."),
)  # fmt: skip


def tonic_of(key: MusicalKey) -> Note:
    """Return the tonic as the catalogue spells it."""
    note = parse_note(key.letter)
    assert note is not None  # noqa: S101 - letters of keys are notes
    return note


def scale_of(key: MusicalKey) -> Scale:
    """Return the scale of a key: major or natural minor."""
    return SCALES["major" if key.mode is Mode.MAJOR else "natural minor"]


def relative(key: MusicalKey) -> MusicalKey:
    """Return the relative key: the same notes with the other tonic."""
    is_major = key.mode is Mode.MAJOR
    return MusicalKey((key.tonic + (9 if is_major else 3)) % 12, Mode.MINOR if is_major else Mode.MAJOR)


def parallel(key: MusicalKey) -> MusicalKey:
    """Return the parallel key: the other mode on the same tonic."""
    return MusicalKey(key.tonic, Mode.MINOR if key.mode is Mode.MAJOR else Mode.MAJOR)


def transposed(key: MusicalKey, semitones: int) -> MusicalKey:
    """Return the key transposed by a number of semitones."""
    return MusicalKey((key.tonic + semitones) % 12, key.mode)


def neighbours(key: MusicalKey) -> tuple[Neighbour, ...]:
    """Return compatible keys: the same key, one step either way on the wheel, and the relative key."""
    same, up, down, other = key.compatible()
    effect = "darker" if key.mode is Mode.MAJOR else "brighter"
    return (
        Neighbour(same, "The same key: no change"),
        Neighbour(up, "One up: lifts the energy a little"),
        Neighbour(down, "One down: relaxes a little"),
        Neighbour(other, f"The relative key: {effect}"),
    )


def progressions_for(genre: str) -> tuple[Progression, ...]:
    """Return the common progressions of a catalogue genre, by its slug; empty if none are known."""
    assert genre in GENRES, genre  # noqa: S101 - callers look the slug up
    return tuple(one for one in PROGRESSIONS if genre in one.genres)


def chords_in(progression: Progression, key: MusicalKey) -> tuple[Degree, ...]:
    """Return the chords of a progression on the tonic of a key, in the progression's mode."""
    home = MusicalKey(key.tonic, progression.mode)
    degrees = chords_of(tonic_of(home), scale_of(home))
    return tuple(degrees[place - 1] for place in progression.degrees)
