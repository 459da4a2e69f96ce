"""Labels of a search: its heading, and a chip per active filter that removes it."""

from dataclasses import dataclass

from askchopper.genres import GENRES
from askchopper.musical_key import MusicalKey
from askchopper.plurals import counted
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models.catalogue import KIND_WORDS, clock
from askchopper.vocabulary import Certainty, Compatible, FileKind, LicenceKind, Owned

_KIND_NOUNS = {FileKind.LOOP: "loops", FileKind.ONE_SHOT: "one-shots", FileKind.TRACK: "tracks"}
_CERTAINTIES = {
    Certainty.CONFIRMED: "Confirmed by the creator",
    Certainty.MEASURED: "Reliable tempo and key",
    Certainty.LOW: "Unreliable tempo or key",
}
HIGH_QUALITY = 80  # the score of the switch "High-quality files only"
_OWNED = {Owned.ONLY: "In my library", Owned.HIDE: "Not in my library"}


@dataclass(frozen=True)
class Chip:
    """An active filter, and the URL parameters to drop to remove it."""

    label: str
    params: tuple[str, ...]


def heading(filters: Filters) -> str:
    """Describe the search: "Techno loops 126 to 134 BPM in A minor"."""
    words = [*filters.tags, GENRES[filters.genre] if filters.genre else ""]
    if filters.kind:
        words.append(_KIND_NOUNS[filters.kind])
    if filters.text:
        words.append(f"“{filters.text[:60]}”")
    if span := _tempo_words(filters):
        words.append(f"{span} BPM")
    if pitches := [*(key.name for key in _keys(filters)), *_root(filters)]:
        words.append(f"in {' or '.join(pitches)}")
    said = " ".join(word for word in words if word)
    return said[:1].upper() + said[1:] if said else "Browse"


def _reference_chips(filters: Filters) -> list[tuple[str, tuple[str, ...]]]:
    if filters.fits:
        return [("Goes with this sound", ("fits",))]
    if not filters.like:
        return []
    others = [("From other packs", ("same_pack",))] if filters.is_other_pack else []
    return [("Similar sounds", ("like", "same_pack")), *others]


def chips(filters: Filters) -> tuple[Chip, ...]:
    """List the active filters."""
    found = _reference_chips(filters)
    if filters.text:
        found.append((f"“{filters.text[:40]}”", ("q",)))
    if filters.genre:
        found.append((GENRES[filters.genre], ("genre",)))
    found += [(tag.capitalize(), ("tags",)) for tag in filters.tags[:1]] if len(filters.tags) == 1 else []
    if len(filters.tags) > 1:
        found.append((", ".join(filters.tags), ("tags",)))
    if filters.kind:
        found.append((KIND_WORDS[filters.kind], ("kind",)))
    if span := _tempo_words(filters):
        exact = "" if filters.half_double else ", no half or double"
        found.append((f"{span} BPM{exact}", ("bpm_min", "bpm_max", "half_double")))
    if filters.key or filters.note:
        suffix = {Compatible.OFF: "", Compatible.STRICT: " and compatible", Compatible.WIDE: " and more distant keys"}[
            filters.compatible
        ]
        names = " or ".join([*(key.short for key in _keys(filters)), *_root(filters)])
        found.append((f"{names}{suffix}", ("key", "or_key", "note", "or_note", "compatible")))
    if length := _length_words(filters):
        found.append((length, ("duration_min", "duration_max")))
    if filters.price_max_tokens is not None:
        label = "Free" if filters.price_max_tokens == 0 else f"Up to {counted(filters.price_max_tokens, 'token')}"
        found.append((label, ("price_max",)))
    found += _rare_chips(filters)
    return tuple(Chip(label, params) for label, params in found)


def _keys(filters: Filters) -> tuple[MusicalKey, ...]:
    return (filters.key, *filters.or_keys) if filters.key else ()


def _root(filters: Filters) -> list[str]:
    return [f"root {note.name}" for note in filters.notes]


def _rare_chips(filters: Filters) -> list[tuple[str, tuple[str, ...]]]:
    options = (
        (filters.licence is LicenceKind.BROADCAST, "Broadcast licence", "licence"),
        (filters.licence is LicenceKind.STANDARD, "Standard licence", "licence"),
        (filters.quality_min is not None, _quality_words(filters.quality_min or 0), "quality_min"),
        (filters.format is not None, (filters.format or "").upper(), "format"),
        (filters.creator is not None, filters.creator or "", "creator"),
        (filters.certainty is not None, _CERTAINTIES.get(filters.certainty or Certainty.LOW, ""), "certainty"),
        (filters.owned is not None, _OWNED.get(filters.owned or Owned.ONLY, ""), "owned"),
        (filters.is_unheard, "Not heard yet", "heard"),
        (filters.has_unknown, "Including unknown tempo or key", "unknown"),
    )
    return [(label, (name,)) for is_on, label, name in options if is_on]


def _quality_words(score: int) -> str:
    return "High quality" if score == HIGH_QUALITY else f"Quality {score} and up"


def _tempo_words(filters: Filters) -> str:
    low, high = filters.bpm_min, filters.bpm_max
    if low is not None and high is not None:
        return f"{low:g} to {high:g}" if low != high else f"at {low:g}"
    if low is not None:
        return f"from {low:g}"
    return f"up to {high:g}" if high is not None else ""


def _length_words(filters: Filters) -> str:
    low, high = filters.duration_min_seconds, filters.duration_max_seconds
    if low is not None and high is not None:
        return f"{clock(low)} to {clock(high)} long"
    if low is not None:
        return f"{clock(low)} or longer"
    return f"{clock(high)} or shorter" if high is not None else ""
