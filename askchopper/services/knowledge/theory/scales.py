"""Scales and modes, with correct note spelling."""

from dataclasses import dataclass

from askchopper.services.knowledge.theory.notes import Note

MOST_ACCIDENTALS = 7  # a key signature with more is written in the enharmonic key


@dataclass(frozen=True)
class Scale:
    """A scale.

    Args:
        name: such as ``dorian``.
        steps: letters and semitones above the tonic of each note.
        signature: steps on the circle of fifths from the tonic to the major key with the same signature.
        character: one sentence about its sound.
    """

    name: str
    steps: tuple[tuple[int, int], ...]
    signature: int
    character: str

    @property
    def semitones(self) -> tuple[int, ...]:
        """Semitones above the tonic."""
        return tuple(semitones for _, semitones in self.steps)


def _seven(name: str, semitones: tuple[int, ...], signature: int, character: str) -> Scale:
    return Scale(name, tuple(enumerate(semitones)), signature, character)


SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        _seven("major", (0, 2, 4, 5, 7, 9, 11), 0, "Bright and settled; the scale of most pop, disco and gospel."),
        _seven("natural minor", (0, 2, 3, 5, 7, 8, 10), -3, "Dark and plain; the scale of most techno, trap and house."),
        _seven("harmonic minor", (0, 2, 3, 5, 7, 8, 11), -3, "Minor with a leading note, tense and a little Eastern; common in drill."),
        _seven("melodic minor", (0, 2, 3, 5, 7, 9, 11), -3, "Minor below and major above; smooth lines in jazz. Given here as it rises."),
        _seven("dorian", (0, 2, 3, 5, 7, 9, 10), -2, "Minor with a raised sixth: dark but not sad; deep house, funk and jazz."),
        _seven("phrygian", (0, 1, 3, 5, 7, 8, 10), -4, "Minor with a lowered second: threatening; dark techno, trap and flamenco."),
        _seven("lydian", (0, 2, 4, 6, 7, 9, 11), 1, "Major with a raised fourth: floating; film music and ambient."),
        _seven("mixolydian", (0, 2, 4, 5, 7, 9, 10), -1, "Major with a lowered seventh: easy-going; funk, rock and house."),
        _seven("locrian", (0, 1, 3, 5, 6, 8, 10), -5, "Minor with a lowered second and fifth: it never settles; rare outside of metal."),
        _seven("phrygian dominant", (0, 1, 4, 5, 7, 8, 10), -4, "Phrygian with a major third; psytrance, flamenco and Middle Eastern lines."),
        Scale("major pentatonic", ((0, 0), (1, 2), (2, 4), (4, 7), (5, 9)), 0, "Five notes of the major scale without a clash; hooks in pop and country."),
        Scale("minor pentatonic", ((0, 0), (2, 3), (3, 5), (4, 7), (6, 10)), -3, "Five notes of the minor scale without a clash; riffs, melodies and basslines."),
        Scale("blues", ((0, 0), (2, 3), (3, 5), (4, 6), (4, 7), (6, 10)), -3, "The minor pentatonic with the blue note; blues, hip hop and rock."),
    )
}  # fmt: skip
ALIASES: dict[str, str] = {
    "minor": "natural minor", "min": "natural minor", "m": "natural minor", "aeolian": "natural minor", "maj": "major",
    "ionian": "major", "pentatonic": "minor pentatonic", "minor blues": "blues", "blues": "blues", "harmonic": "harmonic minor",
    "melodic": "melodic minor", "pentatonic minor": "minor pentatonic", "pentatonic major": "major pentatonic",
}  # fmt: skip
# Longest first, so that "minor pentatonic" is not read as "minor".
NAMES: tuple[str, ...] = tuple(sorted({*SCALES, *ALIASES} - {"m", "harmonic", "melodic"}, key=len, reverse=True))


def scale_named(name: str) -> Scale | None:
    """Return a scale by name or alias; None if it is unknown."""
    plain = " ".join(name.lower().split())
    return SCALES.get(ALIASES.get(plain, plain))


def signature_of(tonic: Note, scale: Scale) -> int:
    """Return the number of sharps in the key signature, negative for flats."""
    return tonic.fifths + scale.signature


def usual_tonic(tonic: Note, scale: Scale) -> Note:
    """Return the usual spelling of the tonic: the enharmonic one if the signature would need double accidentals."""
    if abs(signature_of(tonic, scale)) <= MOST_ACCIDENTALS:
        return tonic
    return tonic.enharmonic


def spell(tonic: Note, scale: Scale) -> tuple[Note, ...]:
    """Return the spelled notes of a scale; scales of seven notes use each letter once."""
    return tuple(tonic.above(letters, semitones) for letters, semitones in scale.steps)
