"""Phrases of a query that resemble filters but are plain words: instruments, units, decades, "I am", "FM bass"."""

import re
from collections.abc import Callable

_FIRST_MARK = 0xE000  # private use; matches no pattern of the parser
MARKS = re.compile("[\ue000-\uf8ff]")
_SOUNDS = (
    r"(?:bass(?:es)?|synths?|bells?|pads?|leads?|pianos?|e\.?p\.?|keys|plucks?|organs?|brass|drums?|kits?|sets?|sounds?|patch(?:es)?"
    r"|radio|broadcast|stabs?|chords?|percussion|kicks?|snares?)"
)
_MODELS = (
    r"(?:juno|jupiter|prophet|moog|korg|roland|yamaha|akai|linn|lm|triton|motif|nord|virus|fantom|oberheim|obx?a?|matrix|odyssey|poly"
    r"|volca|digitakt|octatrack|arp|emu|sp|tr|tb|sh|cs|dx|cr|jp|jx|jv|xv|ms|mpc|op|pss|vl|sk|cz)[ -]?\d{1,4}[a-z]{0,2}"
    r"|[dmk]-?(?:1|5|50|70|110|2000)r?(?=\s|$)"
    r"|(?!bpm|tempo|under|over|at|from|to|key)[a-z]{2,}-\d{2,4}"
)
_UNITS = r"[-+]?\d+(?:[.,]\d+)?\s*(?:k?hz|db|lufs|bits?|ms|cents?|ct|octaves?|semitones?|st|%)"
# "FM bass" is a synthesis method or a radio band; the key F minor is written "Fm".
_CASED = re.compile(
    rf"(?<![\w#&'])(?:(?:FM|AM|GM|fm|gm|am)(?=\s+{_SOUNDS}\b)|(?:FM|GM)(?=\s+(?:strings|guitars?|flutes?|choirs?)\b))"
)
_FOLDED = re.compile(
    rf"(?<![\w#&'])(?:{_MODELS}|{_UNITS}|am/fm|i(?:'m| am)(?! (?:looking|searching|after|trying)\b)|a\.m\.|top \d{{1,4}}|(?:19|20)\d0'?s|\d+ ?cent)(?![\w#&'%])"
)
_DECADE = re.compile(r"(?<![\w.,:-])'?(?:[5-9]0|00)'?s(?!\w)")
# "Under 60s" and "60s long" are lengths.
_LENGTH_BEFORE = re.compile(
    r"(?:under|below|over|above|than|to|at most|at least|max|min|around|about|within|<|>|=|-)\s*$"
)
_LENGTH_AFTER = re.compile(r"\s*(?:long|in length|or (?:less|shorter|more|longer)|to\b|-)")


def take(text: str) -> tuple[str, list[str]]:
    """Replace each phrase by a one-character placeholder; return the text in lower case, and the phrases in order."""
    taken: list[str] = []

    def mark(match: re.Match[str]) -> str:
        taken.append(match[0])
        return chr(_FIRST_MARK + len(taken) - 1)

    def decade(match: re.Match[str]) -> str:
        before, after = match.string[: match.start()], match.string[match.end() :]
        return match[0] if _LENGTH_BEFORE.search(before) or _LENGTH_AFTER.match(after) else mark(match)

    return _DECADE.sub(decade, _FOLDED.sub(mark, _CASED.sub(mark, text).casefold())), taken


def put_back(text: str, taken: list[str], fold: Callable[[str], str]) -> str:
    """Replace the placeholders by their phrases, without a leading sign, which would exclude the word."""
    return MARKS.sub(lambda mark: fold(taken[ord(mark[0]) - _FIRST_MARK]).lstrip("-+"), text)
