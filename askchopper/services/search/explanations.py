"""Explains search hits: which words matched where, and how tempo and key relate to the reference."""

from askchopper.musical_key import Mode, MusicalKey
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.search_filters import Filters
from askchopper.services.search import filters as filtering
from askchopper.services.search.text_query import TextQuery
from askchopper.vocabulary import TempoMatch

MOST = 3
CAMELOT_STEPS = 12
_TEMPO_WORDS = {TempoMatch.HALF: "half tempo", TempoMatch.DOUBLE: "double tempo"}


def explain(row: FileRow, filters: Filters, words: TextQuery) -> tuple[str, ...]:
    """Return up to ``MOST`` reasons for a hit, except those visible in its row."""
    found = [*_word_reasons(row, words)]
    match = filtering.tempo_match(filters, row.bpm)
    if match and match in _TEMPO_WORDS:
        found.append(_TEMPO_WORDS[match])
    if filters.key and (row_key := MusicalKey.parse(row.key or "")) and row_key != filters.key:
        found.append(relation(filters.key, row_key))
    return tuple(found[:MOST])


def explain_compatibility(row: FileRow, bpm: float | None, key: MusicalKey | None) -> tuple[str, ...]:
    """Return how a sound's key and tempo relate to a reference, in words; omits unknown values."""
    found: list[str] = []
    row_key = MusicalKey.parse(row.key or "")
    if key and row_key:
        found.append("same key" if row_key == key else relation(key, row_key))
    if bpm and row.bpm:
        found.append(stretch(bpm, row.bpm))
    return tuple(found)


def relation(wanted: MusicalKey, other: MusicalKey) -> str:
    """Return the relation of two keys on the Camelot wheel, in words."""
    step = (int(other.camelot[:-1]) - int(wanted.camelot[:-1])) % CAMELOT_STEPS
    if other.mode is wanted.mode:
        return {1: "a fifth up", CAMELOT_STEPS - 1: "a fifth down", 0: "same key"}.get(step, "different key")
    if step == 0:
        return "relative minor" if other.mode is Mode.MINOR else "relative major"
    return {1: "close key", CAMELOT_STEPS - 1: "close key"}.get(step, "different key")


def stretch(wanted: float, other: float) -> str:
    """Describe the difference from ``other`` to the wanted tempo, at half or double tempo if that is closer: ``+3 BPM``."""
    name, factor = min(
        (("", 1.0), ("half tempo", 2.0), ("double tempo", 0.5)), key=lambda one: abs(other * one[1] - wanted)
    )
    difference = other * factor - wanted
    rounded = round(difference, 1)
    distance = "same tempo" if rounded == 0 else f"{rounded:+.0f} BPM" if abs(rounded) >= 1 else f"{rounded:+.1f} BPM"
    return distance if not name else name if rounded == 0 else f"{name}, {distance}"


def _word_reasons(row: FileRow, words: TextQuery) -> list[str]:
    """Return one reason with the matched words not visible in the row, which must be tags; empty if all are visible."""
    shown = f"{row.title} {row.pack.title} {row.creator.name}".casefold().replace("-", " ").split()
    unseen = [
        group[0]
        for group in words.groups
        if not any(part.startswith(word.split()[0]) for word in group for part in shown)
    ]
    return [f"tagged {', '.join(unseen)}"] if unseen else []
