"""Answers from tables: tempo by genre, loudness by platform, chord progressions by genre, frequency ranges of instruments."""

import re

from askchopper.genres import GENRES
from askchopper.musical_key import Mode, MusicalKey
from askchopper.schemas.theory import TheoryAnswer
from askchopper.services.knowledge.theory import harmony, reading, tables

_TEMPO = re.compile(r"\b(?:tempo|bpm|how fast|how slow|speed)\b", re.IGNORECASE)
_LOUDNESS = re.compile(r"\b(?:lufs|loud(?:ness)?|true peak|master(?:ing)? level)\b", re.IGNORECASE)
_PROGRESSION = re.compile(r"\b(?:progressions?|chords? (?:for|of|in) )", re.IGNORECASE)
_RANGE = re.compile(r"\b(?:frequenc(?:y|ies)|hz|range|where (?:is|does|do)|low[- ]?cut)\b", re.IGNORECASE)
_STYLES: dict[str, str] = {
    **{slug.replace("-", " "): slug for slug in GENRES}, **{name.lower(): slug for slug, name in GENRES.items()},
    **{name: name for name in tables.OTHER_TEMPI},
    "dnb": "drum-and-bass", "drum n bass": "drum-and-bass", "drum & bass": "drum-and-bass", "d&b": "drum-and-bass", "hiphop": "hip-hop",
    "hip-hop": "hip-hop", "lofi": "lo-fi", "rnb": "r-and-b", "r&b": "r-and-b", "boom-bap": "boom-bap", "boombap": "boom-bap", "afrobeats": "afrobeat",
    "synth wave": "synthwave", "trip-hop": "trip hop", "film music": "cinematic", "goa": "psytrance",
}  # fmt: skip
_STYLE = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(word) for word in sorted(_STYLES, key=len, reverse=True)) + r")(?!\w)",
    re.IGNORECASE,
)
_DEFAULT_KEY = MusicalKey(9, Mode.MINOR)


def answer(question: str) -> TheoryAnswer | None:
    """Answer a question from one of the tables; None for other questions."""
    for read in (_loudness, _progression, _tempo, _range):
        if found := read(question):
            return found
    return None


def style_in(question: str) -> str | None:
    """Return the style named in a question: the slug of a catalogue genre, or another style's name; None if there is none."""
    match = _STYLE.search(question)
    return _STYLES[match[1].lower()] if match else None


def genre_in(question: str) -> str | None:
    """Return the slug of a catalogue genre named in a question; None if it names none or another style first."""
    style = style_in(question)
    return style if style in GENRES else None


def style_name(style: str) -> str:
    """Return a style's display name, such as ``Drum and bass``."""
    return GENRES.get(style, style[:1].upper() + style[1:])


def _tempo(question: str) -> TheoryAnswer | None:
    style = style_in(question)
    span = tables.tempo_of(style) if style and _TEMPO.search(question) else None
    if style is None or span is None:
        return None
    low, high = span
    half = f" Many count it as half of that, {low // 2} to {high // 2}." if low >= 130 else ""
    return TheoryAnswer(
        f"{style_name(style)} is usually between {low} and {high} BPM.{half}", "tempo", value=float(round((low + high) / 2)), unit="BPM",
        card="tempo", next_step=f"Find {style_name(style).lower()} loops around {round((low + high) / 2)} BPM" if style in GENRES else "",
    )  # fmt: skip


def _loudness(question: str) -> TheoryAnswer | None:
    if not _LOUDNESS.search(question):
        return None
    lower = question.lower()
    for target in tables.LOUDNESS:
        names = (target.platform.lower(), *target.names)
        if any(re.search(rf"\b{re.escape(name)}\b", lower) for name in names):
            return TheoryAnswer(
                f"{target.platform}: {target.lufs:g} LUFS integrated, true peak at most {target.true_peak_dbtp:g} dBTP. {target.note}",
                "loudness", value=target.lufs, unit="LUFS", card="loudness",
            )  # fmt: skip
    if not re.search(r"\b(?:targets?|streaming|platforms?|what lufs)\b", lower):
        return None
    said = ", ".join(f"{one.platform} {one.lufs:g}" for one in tables.LOUDNESS[:7])
    return TheoryAnswer(
        f"Platforms turn music to these levels, in LUFS: {said}. Master for the music; louder is only turned down.",
        "loudness", value=tables.LOUDNESS[0].lufs, unit="LUFS", card="loudness",
    )  # fmt: skip


def _progression(question: str) -> TheoryAnswer | None:
    style = style_in(question)
    if style not in GENRES or not _PROGRESSION.search(question):
        return None
    found = harmony.progressions_for(style)
    if not found:
        return None
    asked = next((one.key for one in reading.keys_in(question) if one.key is not None), None)
    best = next((one for one in found if asked is None or one.mode is asked.mode), found[0])
    home = MusicalKey((asked or _DEFAULT_KEY).tonic, best.mode)
    degrees = harmony.chords_in(best, home)
    symbols, numerals = tuple(one.chord.symbol for one in degrees), tuple(one.numeral for one in degrees)
    return TheoryAnswer(
        f"A common progression in {style_name(style).lower()} is {', '.join(numerals)}: in {home.name} {', '.join(symbols)}. {best.note}",
        "progression", chords=symbols, numerals=numerals, keys=(home.name,), card="progressions",
        next_step=f"Find {style_name(style).lower()} chords in {home.name}",
    )  # fmt: skip


def _range(question: str) -> TheoryAnswer | None:
    if not _RANGE.search(question):
        return None
    lower = question.lower()
    named = [one for one in tables.RANGES if re.search(rf"\b{re.escape(one.name.lower())}s?\b", lower)]
    if not named:
        return None
    found = max(named, key=lambda one: len(one.name))
    return TheoryAnswer(
        f"{found.name}: fundamentals from {found.low_hz:g} to {found.high_hz:g} Hz, overtones up to {found.bright_hz / 1000:g} kHz. {found.tip}",
        "range", value=float(found.low_hz), unit="Hz", card="frequency",
    )  # fmt: skip
