"""Answers about keys, scales and chords."""

import re
from collections.abc import Sequence

from askchopper.musical_key import MusicalKey
from askchopper.schemas.theory import TheoryAnswer
from askchopper.services.knowledge.theory import chords, harmony, reading, scales
from askchopper.services.knowledge.theory.notes import Note
from askchopper.services.knowledge.theory.reading import KeyWords

_CHORD_QUESTION = re.compile(r"\b(?:chords?|triads?|sevenths?)\b", re.IGNORECASE)
_SEVENTHS = re.compile(r"\b(?:sevenths?|7ths?|seventh chords|7th chords)\b", re.IGNORECASE)
_FITS = re.compile(
    r"\b(?:goes?|go|mix(?:es)?|fits?|match(?:es)?|work(?:s)?|compatible|harmonically|harmonic mixing|next|neighbou?rs?|blend)\b",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"\brelative\b", re.IGNORECASE)
_PARALLEL = re.compile(r"\bparallel (?:major|minor|key)\b", re.IGNORECASE)
_CAMELOT_WORD = re.compile(r"\b(?:camelot|wheel|open key)\b|\bwhat key is\b|\bwhich key is\b", re.IGNORECASE)
_SIGNATURE = re.compile(r"\b(?:how many (?:sharps|flats|accidentals)|key signature|sharps or flats)\b", re.IGNORECASE)
_SCALE_QUESTION = re.compile(r"\b(?:notes?|scale|mode|spell(?:ed|ing)?|key)\b", re.IGNORECASE)
_NOTES_OF_CHORD = re.compile(
    rf"\b(?:notes?|spell(?:ed|ing)?|tones?|play|make up|is in|are in|build)\b.*?(?<![\w#]){chords.CHORD}(?P<word>\s+chord)?[\s?.!]*$",
    re.IGNORECASE,
)
_CHORD_NAME = re.compile(
    rf"^(?:what(?:'s| is)|whats|define|explain)?\s*(?:an? |the )?(?<![\w#]){chords.CHORD}\s+chord[\s?.!]*$",
    re.IGNORECASE,
)
_ORDINALS = ("no", "one", "two", "three", "four", "five", "six", "seven")


def answer(question: str) -> TheoryAnswer | None:
    """Answer a question about a key, a scale or a chord; None for other questions."""
    found = reading.keys_in(question)
    if about := _relation(question, found) or _chord(question, found):
        return about
    return _of_key(question, found[0]) if found else None


def _of_key(question: str, asked: KeyWords) -> TheoryAnswer | None:
    if _CHORD_QUESTION.search(question):
        return _chords_of(asked, has_sevenths=bool(_SEVENTHS.search(question)))
    if asked.key is not None and (_FITS.search(question) or _CAMELOT_WORD.search(question)):
        return _fitting(asked.key) if _FITS.search(question) else _position(asked.key)
    if _SIGNATURE.search(question):
        return _signature(asked)
    return scale_notes(asked) if _SCALE_QUESTION.search(question) or _is_only(question, asked) else None


def _is_only(question: str, asked: KeyWords) -> bool:
    """Return whether a question is just the name of a scale other than a plain key, such as "D dorian"."""
    rest = re.sub(r"^(?:what(?:'s| is)|whats|tell me about|explain)\s+(?:the\s+)?", "", question, flags=re.IGNORECASE)
    return rest.strip(" ?!.").lower() == asked.words.strip().lower() and (asked.key is None or rest != question)


def _relation(question: str, found: list[KeyWords]) -> TheoryAnswer | None:
    relative, is_parallel = _RELATIVE.search(question), _PARALLEL.search(question)
    if not relative and not is_parallel:
        return None
    key = _key_of_relation(question, found)
    if key is None:
        return None
    other = harmony.relative(key) if relative else harmony.parallel(key)
    same = "They share all their notes" if relative else "They share the tonic, not the notes"
    return TheoryAnswer(
        f"The {'relative' if relative else 'parallel'} {other.mode.value} of {key.name} is {other.name}. {same}.",
        "key", keys=(other.name,), camelot=(other.camelot,), notes=_names(scales.spell(harmony.tonic_of(other), harmony.scale_of(other))),
        card="camelot", next_step=f"Which chords are in {other.name}?",
    )  # fmt: skip


def _key_of_relation(question: str, found: list[KeyWords]) -> MusicalKey | None:
    """Return the key whose relative or parallel is asked for; "relative minor of C" means C major."""
    wanted = re.search(r"\b(?:relative|parallel) (major|minor)\b", question, re.IGNORECASE)
    named = [one.key for one in found if one.key is not None]
    if named:
        return named[-1]
    tonic = reading.bare_tonic(question)
    if tonic is None or wanted is None:
        return None
    return MusicalKey.parse(f"{tonic.name} {'minor' if wanted[1].lower() == 'major' else 'major'}")


def _chord(question: str, found: list[KeyWords]) -> TheoryAnswer | None:
    """Spell a chord: "notes in Cmaj7", "what is an F#m7 chord"."""
    match = _CHORD_NAME.search(question) or _NOTES_OF_CHORD.search(question)
    if match is None:
        return None
    quality = match["quality"] or ""
    is_chord = "chord" in question.lower() and not re.search(r"\bchords\b", question, re.IGNORECASE)
    plain_key = bool(found) and not any(letter.isdigit() for letter in quality)
    has_article = match["root"] == "a" and quality.lower() in {
        "minor",
        "major",
        "diminished",
        "augmented",
        "suspended",
        "power",
        "seventh",
    }
    if has_article or (plain_key and not is_chord) or (not quality and not is_chord):
        return None
    chord = chords.parse_chord(f"{match['root']}{quality}")
    if chord is None:
        return None
    names = _names(chord.notes)
    return TheoryAnswer(
        f"{chord.symbol} is {_listed(names)}.", "chord", notes=names, chords=(chord.symbol,), card="scales",
        next_step=f"Which chords are in {chord.root.name} {'minor' if chord.quality.startswith('m') and not chord.quality.startswith('maj') else 'major'}?",
    )  # fmt: skip


def _chords_of(asked: KeyWords, *, has_sevenths: bool) -> TheoryAnswer | None:
    tonic = scales.usual_tonic(asked.tonic, asked.scale)
    degrees = chords.chords_of(tonic, asked.scale, has_sevenths=has_sevenths)
    if not degrees:
        return scale_notes(asked)
    name = scale_name(tonic, asked.scale)
    symbols = tuple(degree.chord.symbol for degree in degrees)
    numerals = tuple(degree.numeral for degree in degrees)
    listed = _listed([f"{symbol} ({numeral})" for symbol, numeral in zip(symbols, numerals, strict=True)])
    extra = ""
    if asked.scale.name == "natural minor":
        fifth = tonic.above(4, 7).name
        extra = f" With the raised seventh of harmonic minor the fifth chord is {fifth} major."
    return TheoryAnswer(
        f"{_respelt(asked, tonic)}The chords of {name} are {listed}.{extra}",
        "key", notes=_names(scales.spell(tonic, asked.scale)), chords=symbols, numerals=numerals, keys=_key_names(asked),
        card="scales", next_step=f"What goes with {asked.key.camelot}?" if asked.key else f"Which notes are in {name}?",
    )  # fmt: skip


def scale_notes(asked: KeyWords) -> TheoryAnswer:
    """List the notes of a scale."""
    tonic = scales.usual_tonic(asked.tonic, asked.scale)
    notes = _names(scales.spell(tonic, asked.scale))
    name = scale_name(tonic, asked.scale)
    return TheoryAnswer(
        f"{_respelt(asked, tonic)}{name} is {_listed(notes)}. {asked.scale.character}",
        "scale", notes=notes, chords=tuple(degree.chord.symbol for degree in chords.chords_of(tonic, asked.scale)),
        keys=_key_names(asked), card="scales", next_step=f"Which chords are in {name}?",
    )  # fmt: skip


def _signature(asked: KeyWords) -> TheoryAnswer:
    tonic = scales.usual_tonic(asked.tonic, asked.scale)
    count = scales.signature_of(tonic, asked.scale)
    unit = "sharp" if count > 0 else "flat"
    said = f"{_ORDINALS[abs(count)]} {unit}{'' if abs(count) == 1 else 's'}" if count else "no sharps or flats"
    marked = (note for note in scales.spell(tonic, asked.scale) if note.shift)
    # A signature adds its sharps by rising fifths and its flats by falling ones.
    marks = tuple(note.name for note in sorted(marked, key=lambda note: note.fifths, reverse=count < 0))
    extra = f": {_listed(marks)}" if marks and len(marks) == abs(count) else ""
    return TheoryAnswer(
        f"{_respelt(asked, tonic)}{scale_name(tonic, asked.scale)} has {said}{extra}.", "key",
        notes=_names(scales.spell(tonic, asked.scale)), keys=_key_names(asked), value=float(abs(count)), unit=f"{unit}s" if count else "accidentals",
        card="scales", next_step=f"Which chords are in {scale_name(tonic, asked.scale)}?",
    )  # fmt: skip


def _fitting(key: MusicalKey) -> TheoryAnswer:
    same, up, down, relative = harmony.neighbours(key)
    return TheoryAnswer(
        f"{same.key.camelot} is {key.name}. It mixes with itself, with {up.key.name} ({up.key.camelot}) and {down.key.name} ({down.key.camelot}), one step away, and with {relative.key.name} ({relative.key.camelot}), its relative.",
        "key",
        keys=tuple(one.key.name for one in (same, up, down, relative)), camelot=tuple(one.key.camelot for one in (same, up, down, relative)),
        card="camelot", next_step=f"Find loops in {key.name}",
    )  # fmt: skip


def _position(key: MusicalKey) -> TheoryAnswer:
    return TheoryAnswer(
        f"{key.camelot} on the Camelot wheel is {key.name}.", "key", keys=(key.name,), camelot=(key.camelot,),
        notes=_names(scales.spell(harmony.tonic_of(key), harmony.scale_of(key))), card="camelot", next_step=f"What goes with {key.camelot}?",
    )  # fmt: skip


def scale_name(tonic: Note, scale: scales.Scale) -> str:
    """Return a scale's usual name: natural minor is just called minor."""
    return f"{tonic.name} {'minor' if scale.name == 'natural minor' else scale.name}"


def _respelt(asked: KeyWords, tonic: Note) -> str:
    if tonic == asked.tonic:
        return ""
    return f"{scale_name(asked.tonic, asked.scale)} needs double accidentals and is written as {scale_name(tonic, asked.scale)}. "


def _key_names(asked: KeyWords) -> tuple[str, ...]:
    return (asked.key.name,) if asked.key else ()


def _names(notes: tuple[Note, ...]) -> tuple[str, ...]:
    return tuple(note.name for note in notes)


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
