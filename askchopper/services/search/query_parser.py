"""Parses a phrase such as "dark trap 140 bpm c minor under 30 s" into filters, by deterministic rules.

The rules run in order. Words that a rule recognises are removed; the rest remains text. Quoted words are never parsed as filters.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from askchopper.schemas.search_filters import FORMATS, MAX_TAGS, MAX_TEXT
from askchopper.schemas.text import searchable
from askchopper.services.search import fixed_phrases, synonyms
from askchopper.services.search.key_rules import KEY_RULES
from askchopper.services.search.query_rules import CUT, Meaning, ParsedQuery, Rule, fixed, rule
from askchopper.vocabulary import FileKind, LicenceKind, Owned, PackSort

AROUND_SHARE = 0.03  # "around 124" is 120 to 128
SLOW_BPM, FAST_BPM = 90.0, 140.0
CHEAP_TOKENS = 5
HIGH_QUALITY = 80
_LOWEST_BARE, _HIGHEST_BARE = 50, 220  # a bare number in this range is a tempo
_NEVER_BARE = {"101", "202", "303", "404", "505", "606", "707", "808", "909"}  # drum machines


def parse(phrase: str) -> ParsedQuery:
    """Parse a phrase. Never fails: unrecognised words remain text."""
    marked, phrases = fixed_phrases.take(_respelled(searchable(phrase, max_length=MAX_TEXT)))
    plain, quotes = _take_quotes(marked)
    reading = ParsedQuery(rest=f" {_CLOCK_TIME.sub(_in_seconds, plain)} ")
    for understand in _RULES:
        understand(reading)
    _drop_implied_note(reading.values)
    words = [word for word in reading.rest.replace(CUT, " ").split() if word.strip("-,.;:!?+/") or word in {"-"}]
    kept = [word for word in words if word.strip(",.;:!?") not in synonyms.FILLERS]
    parts = [word.strip(",;:!?") for word in kept]
    parts += [f'"{quote}"' for quote in quotes] + [f"-{word}" for word in dict.fromkeys(reading.without)]
    reading.rest = fixed_phrases.put_back(" ".join(parts), phrases, str.casefold)
    return reading


def _drop_implied_note(values: dict[str, Any]) -> None:
    """Drop the root note implied by a key without a mode, if the search excludes one-shots; only they have root notes."""
    is_rhythmic = values.get("kind") in {FileKind.LOOP, FileKind.TRACK} or values.keys() & {"bpm_min", "bpm_max"}
    if "key" in values and is_rhythmic:
        values.pop("note", None)
        values.pop("or_notes", None)


def _respelled(text: str) -> str:
    """Normalise variants of sharps, flats, dashes and quotation marks."""
    return unicodedata.normalize("NFKC", text).translate(_SPELLINGS)


_SPELLINGS = str.maketrans({
    "♯": "#", "♭": "b", "–": "-", "—": "-", "−": "-", "‑": "-", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',  # noqa: RUF001
})  # fmt: skip


def _take_quotes(text: str) -> tuple[str, list[str]]:
    quotes = [quote.strip() for quote in re.findall(r'"([^"]*)"', text) if quote.strip()]
    return re.sub(r'"[^"]*"', f" {CUT} ", text).replace('"', " "), quotes


_CLOCK_TIME = re.compile(r"(?<![\w:.])(\d{1,2}):([0-5]\d)(?![\w:.])")


def _in_seconds(clock: re.Match[str]) -> str:
    return f"{int(clock[1]) * 60 + int(clock[2])} s"


# Tempo. A number may have decimals; two numbers may be joined by a dash or by words.
_NUM = r"(\d{1,3}(?:[.,]\d{1,2})?)"
_UNIT = r"\s*-?(?:bpm|beats per minute)"
_PER_MINUTE = ("bpm", "per minute")
_TO = r"\s*(?:-|to|and|bis|\.\.+)\s*"
_UNDER = r"(?:under|below|less than|slower than|lower than|up to|at most|max(?:imum|\.)?|no (?:more|faster) than|<=?)"
_OVER = r"(?:over|above|more than|faster than|higher than|at least|from|min(?:imum|\.)?|no (?:less|slower) than|>=?)"
_AROUND = r"(?:around|about|approx(?:imately|\.)?|circa|ca\.?|roughly|near|close to|~)"


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def _is_tempo(value: float) -> bool:
    return 20 <= value <= 400


def _span(low: float, high: float) -> Mapping[str, Any] | None:
    low, high = min(low, high), max(low, high)
    return {"bpm_min": low, "bpm_max": high} if _is_tempo(low) and _is_tempo(high) else None


def _around(value: float, width: float | None = None) -> Mapping[str, Any] | None:
    reach = max(1.0, round(value * AROUND_SHARE)) if width is None else width
    return _span(value - reach, value + reach)


def _bare(text: str) -> float | None:
    """Parse a number without a unit as a tempo in BPM; None if it is out of range or the name of a drum machine."""
    value = _float(text)
    return value if _LOWEST_BARE <= value <= _HIGHEST_BARE and text not in _NEVER_BARE else None


def _bare_one(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    value = _bare(match[1])
    return None if value is None else _span(value, value)


def _bare_two(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    low, high = _bare(match[1]), _bare(match[2])
    return None if low is None or high is None else _span(low, high)


def _bare_around(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
    value = _bare(match[1])
    return None if value is None else _around(value)


def _end(name: str, read: Callable[[str], float | None] = _float) -> Meaning:
    def meaning(match: re.Match[str], _: ParsedQuery) -> Mapping[str, Any] | None:
        value = read(match[1])
        return {name: value} if value is not None and _is_tempo(value) else None

    return meaning


_TEMPO: tuple[Rule, ...] = (
    rule(rf"{_NUM}{_UNIT}?\s*(?:\+/-|\+-|±)\s*{_NUM}(?:{_UNIT})?", lambda m, _: _around(_float(m[1]), _float(m[2])), needs=("+", "±")),
    rule(rf"(?:between |from |bpm\s*)?{_NUM}(?:{_UNIT})?{_TO}{_NUM}{_UNIT}", lambda m, _: _span(_float(m[1]), _float(m[2])), needs=_PER_MINUTE),
    rule(rf"{_AROUND}\s*{_NUM}{_UNIT}", lambda m, _: _around(_float(m[1])), needs=_PER_MINUTE),
    rule(rf"{_NUM}{_UNIT} or (?:less|slower|under|below)", _end("bpm_max"), needs=_PER_MINUTE),
    rule(rf"{_NUM}{_UNIT} or (?:more|faster|over|above|up)", _end("bpm_min"), needs=_PER_MINUTE),
    rule(rf"{_UNDER}\s*{_NUM}{_UNIT}", _end("bpm_max"), needs=_PER_MINUTE),
    rule(rf"{_OVER}\s*{_NUM}{_UNIT}", _end("bpm_min"), needs=_PER_MINUTE),
    rule(rf"(?:at |@\s*)?{_NUM}{_UNIT}", lambda m, _: _span(_float(m[1]), _float(m[1])), needs=_PER_MINUTE),
    rule(rf"bpm\s*[:=]?\s*{_NUM}{_TO}{_NUM}", lambda m, _: _span(_float(m[1]), _float(m[2])), needs=_PER_MINUTE),
    rule(rf"bpm\s*[:=]?\s*{_NUM}", lambda m, _: _span(_float(m[1]), _float(m[1])), needs=_PER_MINUTE),
)  # fmt: skip
# Run after the rules for lengths and prices, so that only numbers without a unit remain.
_BARE_TEMPO: tuple[Rule, ...] = (
    rule(rf"{_UNDER}\s*{_NUM}", _end("bpm_max", _bare)),
    rule(rf"{_OVER}\s*{_NUM}(?!{_TO}\d)", _end("bpm_min", _bare)),
    rule(rf"(?:tempo|between|from)?\s*{_NUM}{_TO}{_NUM}", _bare_two),
    rule(rf"{_AROUND}\s*{_NUM}", _bare_around),
    rule(rf"(?:at |@\s*|tempo )?{_NUM}", _bare_one),
    fixed(r"slow(?: tempo)?", ("slow",), bpm_max=SLOW_BPM),
    fixed(r"(?:fast|up-?tempo)(?: tempo)?", ("fast", "tempo"), bpm_min=FAST_BPM),
    fixed(r"mid-?tempo", ("tempo",), bpm_min=SLOW_BPM, bpm_max=120.0),
)
_SWITCHES: tuple[Rule, ...] = (
    fixed(r"(?:no|without|not) (?:half|double)[ -]?(?:time|tempo)?(?: (?:or|and|/) (?:half|double)[ -]?(?:time|tempo)?)?", ("half", "double"), half_double=False),
    fixed(r"exact(?:ly)? tempo|exact(?:ly)?(?= \d)", ("exact",), half_double=False),
    fixed(r"(?:including|include|with|or) unknown(?: (?:tempo|key|bpm)s?)?", ("unknown",), has_unknown=True),
)  # fmt: skip

# Lengths and prices.
_SEC = r"\s*-?(?:s|secs?|seconds?)\b"
_MIN = r"\s*-?(?:minutes?|mins?|m)\b"
# "808s" are drums, not a length.
_LENGTH_NUM = (
    rf"(?!(?:{'|'.join(sorted(_NEVER_BARE))})s\b)"
    # "A min" is a key.
    + r"(\d{1,4}(?:[.,]\d+)?|an?(?= (?:sec|minute))|(?:one|half an?|two|three|four|five)(?= (?:sec|min)))"
)
_WORD_NUMBERS = {"a": 1, "an": 1, "one": 1, "half a": 0.5, "half an": 0.5, "two": 2, "three": 3, "four": 4, "five": 5}
_LENGTH = rf"{_LENGTH_NUM}({_SEC}|{_MIN})(?: (?:long|in length))?"
_SHORTER = (
    r"(?:under|below|less than|shorter than|up to|at most|max(?:imum|\.)?|not longer than|no longer than|within|<=?)"
)
_LONGER = r"(?:over|above|more than|longer than|at least|min(?:imum|\.)?|not shorter than|>=?)"


def _seconds(number: str, unit: str) -> float:
    value = _WORD_NUMBERS.get(number) or _float(number)
    return value * (60 if unit.strip(" -").startswith("m") else 1)


def _length(low: float | None, high: float | None) -> Mapping[str, Any]:
    return {"duration_min_seconds": low, "duration_max_seconds": high}


_LENGTHS: tuple[Rule, ...] = (
    rule(rf"(?:between |from )?(\d{{1,4}}(?:[.,]\d+)?)({_SEC}|{_MIN})?{_TO}(\d{{1,4}}(?:[.,]\d+)?)({_SEC}|{_MIN})",
          lambda m, _: _length(*sorted((_seconds(m[1], m[2] or m[4]), _seconds(m[3], m[4]))))),
    rule(rf"{_LENGTH} or (?:less|shorter|under)", lambda m, _: {"duration_max_seconds": _seconds(m[1], m[2])}, needs=(" or ",)),
    rule(rf"{_LENGTH} or (?:more|longer|over)", lambda m, _: {"duration_min_seconds": _seconds(m[1], m[2])}, needs=(" or ",)),
    rule(rf"{_SHORTER} {_LENGTH}", lambda m, _: {"duration_max_seconds": _seconds(m[1], m[2])}),
    rule(rf"{_SHORTER}{_LENGTH}", lambda m, _: {"duration_max_seconds": _seconds(m[1], m[2])}),
    rule(rf"{_LONGER} ?{_LENGTH}", lambda m, _: {"duration_min_seconds": _seconds(m[1], m[2])}),
    rule(rf"(?:{_AROUND} )?(?!\d{{1,2}}m\b){_LENGTH}", lambda m, _: _length(*_near(_seconds(m[1], m[2])))),  # 6m is a key
)  # fmt: skip


def _near(seconds: float) -> tuple[float, float]:
    """Return the range within 10% of a length in seconds."""
    return round(seconds * 0.9, 2), round(seconds * 1.1, 2)


_TOKENS = r"\s*(?:tokens?|tok|credits?)"
_TOKEN_WORDS = ("tok", "credit")
_PRICES: tuple[Rule, ...] = (
    rule(rf"(?:{_UNDER}|for|cheaper than)\s*(\d{{1,4}}){_TOKENS}(?: each)?", lambda m, _: {"price_max_tokens": int(m[1])}, needs=_TOKEN_WORDS),
    rule(rf"(\d{{1,4}}){_TOKENS} or (?:less|cheaper|under)", lambda m, _: {"price_max_tokens": int(m[1])}, needs=_TOKEN_WORDS),
    rule(rf"(\d{{1,4}}){_TOKENS}", lambda m, _: {"price_max_tokens": int(m[1])}, needs=_TOKEN_WORDS),
    fixed(r"(?:for )?free(?: of charge)?|no cost|gratis", ("free", "no cost", "gratis"), price_max_tokens=0),
    fixed(r"cheapest", ("cheapest",), price_max_tokens=CHEAP_TOKENS, sort=PackSort.PRICE),
    fixed(r"cheap|inexpensive|affordable|low[- ]cost|bargain", ("cheap", "expensive", "afford", "cost", "bargain"), price_max_tokens=CHEAP_TOKENS),
)  # fmt: skip


def _words_rule(table: Mapping[str, str], make: Callable[[str], Mapping[str, Any]]) -> Rule:
    """Make a rule from a table of spellings; longer ones match first."""
    spellings = sorted(table, key=len, reverse=True)
    pattern = "|".join(re.escape(spelling).replace(r"\ ", r"[\s-]+") for spelling in spellings)
    gap = re.compile(r"[\s-]+")
    by_form = {gap.sub(" ", spelling): value for spelling, value in table.items()}
    return rule(pattern, lambda m, _: make(by_form[gap.sub(" ", m[0])]))


def _mood(match: re.Match[str], reading: ParsedQuery) -> Mapping[str, Any] | None:
    """Add a mood to the tags, up to ``MAX_TAGS``. Moods accumulate, unlike other filters, which are set once."""
    tags = reading.values.get("tags", ())
    tag = synonyms.MOODS[match[0]]
    if len(tags) >= MAX_TAGS:
        return None
    reading.values["tags"] = tuple(dict.fromkeys((*tags, tag)))
    return {}


_WORDS: tuple[Rule, ...] = (
    _words_rule(synonyms.GENRE_WORDS, lambda slug: {"genre": slug}),
    _words_rule(synonyms.KIND_WORDS, lambda kind: {"kind": FileKind(kind)}),
    rule("|".join(re.escape(mood) for mood in sorted(synonyms.MOODS, key=len, reverse=True)), _mood),
    rule(rf"(?:as |in )?\.?({'|'.join(FORMATS)})(?: files?| format)?", lambda m, _: {"format": m[1]}, needs=FORMATS),
    fixed(r"(?:high|good|top|best)[ -]quality|hi-?fi", ("quality", "fi"), quality_min=HIGH_QUALITY),
    fixed(r"(?:with |for |under )?(?:a )?broadcast(?: licen[cs]e)?|for (?:tv|film|radio)", ("broadcast", "for "), licence=LicenceKind.BROADCAST),
    fixed(r"standard licen[cs]e", ("standard",), licence=LicenceKind.STANDARD),
)  # fmt: skip
_NOT_NEGATED = (
    r"(?:more|less|longer|shorter|faster|slower|higher|lower|cost|key|tempo|bpm|half|double|yet|owned|heard|unknown|too|so|very|only|just|sure"
    r"|idea|problem|matter)\b"
)
_NEGATED = rf"(?!{_NOT_NEGATED})([^\W_][\w'&-]*|[\ue000-\uf8ff])"


def _negated(match: re.Match[str], reading: ParsedQuery) -> Mapping[str, Any]:
    """Exclude the words after "no" or "without"."""
    reading.without += [word for word in match.groups() if word]
    return {}


_NEGATIONS: tuple[Rule, ...] = (
    fixed(
        r"royalty[- ]free|copyright[- ]free|no copyright", ("royalty", "copyright")
    ),  # true of all sounds, so no filter
    fixed(r"i(?:'m| am) (?:looking|searching|after|trying)(?: for| to find)?", ("look", "search", "after", "trying")),
    rule(rf"(?<=\s)-{_NEGATED}", _negated, needs=(" -",)),
    rule(
        rf"(?:(?:but|and) )?(?:not|no|without(?: any)?|w/o|minus|excluding|except(?: for)?) (?:any |the |a )?{_NEGATED}(?: (?:or|nor)(?: no)? {_NEGATED})?",
        _negated,
        needs=("no", "out", "w/o", "minus", "exc"),
    ),
)
_OWNERSHIP: tuple[Rule, ...] = (
    fixed(r"(?:that |which )?(?:i|we) (?:don't|do not|dont) (?:own|have)(?: yet)?|not (?:yet )?owned|hide owned|new to me", ("own", "have", "new to me"), owned=Owned.HIDE),
    fixed(r"(?:that |which )?i (?:already )?(?:own|have|bought)|(?:in|from) my library|my own sounds", ("own", "have", "bought", "library"), owned=Owned.ONLY),
    fixed(r"(?:that |which )?(?:i )?(?:haven't|have not|never|not) (?:yet )?heard(?: yet| before)?|unheard|hide heard", ("heard",), is_unheard=True),
)  # fmt: skip
_ORDERS: tuple[Rule, ...] = (
    fixed(
        r"newest|latest|most recent|fresh(?:est)?|just released|sorted? by (?:date|newest)",
        ("newest", "latest", "recent", "fresh", "released", "sort"),
        sort=PackSort.NEWEST,
    ),
    fixed(
        r"(?:most )?popular|trending|most (?:played|downloaded)|best[- ]?selling",
        ("popular", "trending", "most", "selling"),
        sort=PackSort.POPULAR,
    ),
    fixed(r"shortest(?: first)?|sorted? by (?:length|duration)", ("shortest", "sort"), sort=PackSort.DURATION),
    fixed(r"longest(?: first)?", ("longest",), sort=PackSort.DURATION_DESC),
    fixed(r"slowest(?: first)?|sorted? by (?:tempo|bpm)", ("slowest", "sort"), sort=PackSort.BPM),
    fixed(r"fastest(?: first)?", ("fastest",), sort=PackSort.BPM_DESC),
    fixed(r"oldest(?: first)?", ("oldest",), sort=PackSort.OLDEST),
    fixed(r"most expensive(?: first)?", ("expensive",), sort=PackSort.PRICE_DESC),
)


def _reference(match: re.Match[str], reading: ParsedQuery) -> Mapping[str, Any]:
    what = match["what"]
    reading.reference = {"d": "download", "p": "purchase", "b": "purchase"}.get(what[0], "play")
    if what.startswith("play"):
        reading.reference = "play"
    return {}


def _shift(direction: int) -> Meaning:
    def meaning(_: re.Match[str], reading: ParsedQuery) -> Mapping[str, Any] | None:
        if not reading.reference:
            return None
        reading.tempo_shift = direction
        return {}

    return meaning


def _creator(match: re.Match[str], reading: ParsedQuery) -> Mapping[str, Any]:
    reading.creator_words = match[1].replace(CUT, " ").strip()
    return {}


_REFERENCES: tuple[Rule, ...] = (
    rule(
        r"(?:something |more |sounds? )?(?:like|similar to) (?:my|the) (?:last|latest|previous|most recent) "
        r"(?P<what>downloads?|purchases?|play|bought (?:pack|sound)|sound i played)"
        r"|(?:like|similar to) what i (?:last )?(?P<what2>downloaded|played|bought)(?: last)?",
        lambda m, r: _reference(m, r) if m["what"] else _reference_said(m["what2"], r),
        needs=("like", "similar"),
    ),
    rule(r"(?:but )?(?:a (?:bit|little) )?slower", _shift(-1), needs=("slower",)),
    rule(r"(?:but )?(?:a (?:bit|little) )?faster", _shift(1), needs=("faster",)),
)


def _reference_said(word: str, reading: ParsedQuery) -> Mapping[str, Any]:
    reading.reference = {"downloaded": "download", "bought": "purchase"}.get(word, "play")
    return {}


# Part of a name; a word that starts another clause ends it.
_NAME = (
    r"(?!(?:under|over|below|above|in|at|with|for|that|which|around|between|from|up|less|more|but)\b)[^\W\d][\w'.&-]*"
)
_RULES: tuple[Rule, ...] = (
    *_REFERENCES,
    rule(rf"(?:made |from |pack |packs |sounds? )?by ((?:{_NAME} ?){{1,4}})", _creator, needs=(" by ",)),
    *_OWNERSHIP, *_SWITCHES, *_NEGATIONS, *_ORDERS, *_TEMPO, *_LENGTHS, *_PRICES, *KEY_RULES, *_WORDS, *_BARE_TEMPO,
)  # fmt: skip
