"""Rules of the query parser for musical keys."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from askchopper.musical_key import LOCAL_KEY, Mode, MusicalKey, parse_local_key
from askchopper.root_note import RootNote
from askchopper.schemas.search_filters import MAX_OR_KEYS
from askchopper.services.search.query_rules import Meaning, ParsedQuery, Rule, rule
from askchopper.vocabulary import Compatible

# A single letter counts as a key only after words such as "in" or "key".
_NOTE = r"[a-g]\s?(?:#|b|[- ]?sharp|[- ]?flat)?"
_SLIPS = {
    "minr": "minor",
    "mino": "minor",
    "mior": "minor",
    "mnor": "minor",
    "majr": "major",
    "majo": "major",
    "mjor": "major",
}
_MODE = rf"(?:major|minor|{'|'.join(_SLIPS)}|maj|min)"
# "In a club" names no key: a single A counts as one only where no noun can follow.
_LETTER = r"(?:[b-g]|a(?=[\s\x00]*(?:[,.;:!?)]|$|(?:and|or|at|with|for|that|which|please|under|over|around|by)\b)))"
_KEY = rf"(?:{_NOTE}\s*-?{_MODE}|[a-g](?:#|b)?m|(?:1[0-2]|[1-9])[abmd]|[a-g](?:#|b)|[a-g] (?:sharp|flat)|[a-g]-)"
_PAIR = rf"({_NOTE})\s*/\s*({_NOTE})\s*({_MODE}|m)?"
_FITS = (
    r"(?:that |which )?(?:fits?|match(?:es|ing)?|goes with|go with|work(?:s|ing)? with|mix(?:es)? with|compatible (?:with|to)|harmonic with)"
    r"(?: (?:with|to|the key of|in))?"
)

# A root note has no mode: "tuned to F sharp minor" states a key. "Notes e piano" means the instrument.
_NO_NOTE = rf"(?!\s*-?(?:sharp|flat|{_MODE}|m|pianos?)\b)"
_ROOT = rf"(?:[a-g]\s?(?:#|b|[- ]?sharp|[- ]?flat)[0-8]?|[a-g][0-8]|{_LETTER}){_NO_NOTE}"
_ROOTED = r"(?:root(?: ?notes?)?|tuned|pitched) (?:of |is |= ?|: ?|to |at |in )?"
_NOTED = r"(?:root(?: ?notes?)?|notes?|tuned|pitched) (?:of |is |= ?|: ?|to |at |in )?"
_OR = r"\s*(?:/|,|or|and)\s*"
_OCTAVE = r"[a-g](?:#|b)?[0-8]"
# "F1" alone may be a car race; beside one of these words it is a note.
_TUNED_HITS = ("808", "kick", "bass", "sub", "tom", "pluck", "bell", "stab")
_AFTER_HIT = "|".join(rf"(?<={word}{plural} )" for word in _TUNED_HITS for plural in ("", "s"))
_BEFORE_HIT = rf"(?= (?:{'|'.join(_TUNED_HITS)})s?(?!\w))"


_HAS_NO_MODE = re.compile(r"[a-g](?:#|b|[ -]?sharp|[ -]?flat)")


_LETTER_ONLY = re.compile(rf"{_NOTE}")
_ACCIDENTAL = re.compile(r"\s*-?(sharp|flat)")
_SLIP = re.compile(rf"({'|'.join(_SLIPS)})$")


@lru_cache(maxsize=1024)  # there are few spellings, and several rules try each
def _key(text: str) -> MusicalKey | None:
    spaced = _ACCIDENTAL.sub(r" \1", text.strip())
    spaced = _SLIP.sub(lambda slip: _SLIPS[slip[0]], spaced)
    return MusicalKey.parse(spaced)


def _in_key(*, compatible: Compatible = Compatible.OFF, is_either: bool = True) -> Meaning:
    def meaning(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
        key = _key(match[1])
        if key is None:
            return None
        if compatible is not Compatible.OFF:
            return {"key": key, "compatible": compatible}
        if not is_either or not _LETTER_ONLY.fullmatch(match[1]):
            return {"key": key}
        # A one-shot has a root note and no mode: "808 in G#", "kick in F".
        note = {"key": key, "note": RootNote(key.tonic)}
        if _HAS_NO_MODE.fullmatch(match[1]):  # "C#" may mean C# major or C# minor
            return {**note, "or_keys": (MusicalKey(key.tonic, Mode.MINOR),)}
        return note

    return meaning


def _roots(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    """Parse root notes with or without octaves: "tuned to G#", "root F1 or G1"; None if one of them is invalid."""
    stated = next(group for group in match.groups() if group)
    found = list(dict.fromkeys(RootNote.parse(part) for part in re.split(_OR, stated)))
    notes = [note for note in found if note is not None][: MAX_OR_KEYS + 1]
    if not notes or len(notes) < min(len(found), MAX_OR_KEYS + 1):
        return None
    return {"note": notes[0], **({"or_notes": tuple(notes[1:])} if notes[1:] else {})}


def _in_one_of(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    """Parse several keys, such as "Am or Em"; None if fewer than two are distinct, or one is invalid."""
    found = list(dict.fromkeys(_key(one[0]) for one in _ONE_KEY.finditer(match[1])))
    if len(found) < 2 or None in found:
        return None
    return {"key": found[0], "or_keys": tuple(found[1 : MAX_OR_KEYS + 1])}


_ONE_KEY = re.compile(rf"(?<![\w#&'])(?:{_KEY}|[a-g])(?![\w#&'%])")


def _pair(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    """Parse two enharmonic names of one key, such as Bb/A#; None for two different keys."""
    mode = f" {match[3]}" if match[3] else ""
    first, second = _key(match[1] + mode), _key(match[2] + mode)
    return {"key": first} if first is not None and first == second else None


def _local(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    key = parse_local_key(match[1])
    return {"key": key} if key else None


KEY_RULES: tuple[Rule, ...] = (
    rule(rf"(?:in |en )?({LOCAL_KEY})", _local, needs=("ma", "me", "mi", "moll", "dur")),
    rule(rf"{_NOTED}({_ROOT}(?:{_OR}{_ROOT})*)", _roots, needs=("root", "note", "tuned", "pitched")),
    rule(rf"{_ROOTED}({_NOTE}\s*-?{_MODE}|[a-g](?:#|b)?m)", _in_key(), needs=("root", "tuned", "pitched")),
    rule(
        rf"(?:in |at )({_OCTAVE}(?:{_OR}{_OCTAVE})*)|([a-g][#b][0-8](?:{_OR}{_OCTAVE})*)"
        rf"|(?:{_AFTER_HIT})({_OCTAVE}(?:{_OR}{_OCTAVE})*)|({_OCTAVE}){_BEFORE_HIT}",
        _roots, needs=tuple("012345678"),
    ),
    rule(_PAIR, _pair, needs=("/",)),
    rule(rf"(?:widely|loosely) compatible (?:with|to) ({_KEY}|{_LETTER})", _in_key(compatible=Compatible.WIDE), needs=("compatible",)),
    rule(rf"{_FITS} ({_KEY}|{_LETTER})", _in_key(compatible=Compatible.STRICT), needs=("fit", "match", "with", " to ")),
    rule(rf"({_KEY})(?:,? (?:and|or|with|\+) )(?:compatible|related|neighbou?ring|matching)(?: keys?)?", _in_key(compatible=Compatible.STRICT), needs=("compatible", "related", "neighbo", "matching")),
    rule(rf"(?:in )?(?:the )?key (?:of |is |= ?|: ?)?({_KEY}|{_LETTER})", _in_key(is_either=False), needs=("key",)),
    rule(rf"(?:in )?({_KEY}(?:\s*(?:/|,|\||or|and)\s*{_KEY}|\s*(?:/|or)\s*[b-g])+)", _in_one_of, needs=("/", ",", "|", " or ", " and ")),
    rule(rf"in ((?:{_KEY}|{_LETTER})(?:\s*(?:/|or)\s*(?:{_KEY}|{_LETTER}))+)", _in_one_of, needs=("/", " or ")),
    rule(rf"(?:in )?({_KEY})(?: key)?", _in_key()),
    rule(rf"in ({_LETTER})(?=[ ,.;:!?)]|$)", _in_key()),
)  # fmt: skip
