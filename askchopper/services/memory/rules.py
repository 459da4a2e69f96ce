"""Extracts facts from a member's messages, by rules for common English phrasings.

Rules match first-person statements; questions, quotations and code are skipped, since a member may paste anything.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from askchopper.genres import GENRES
from askchopper.schemas.memory import Fact
from askchopper.services.memory.sensitive import is_sensitive
from askchopper.services.search import query_parser
from askchopper.vocabulary import MemoryKind

MAX_READ = 4_000
MAX_FACTS = 8
_MAX_WORDS = 8
_DAWS = {
    "ableton": "Ableton Live", "ableton live": "Ableton Live", "live": "Ableton Live", "fl studio": "FL Studio",
    "fl": "FL Studio", "fruity loops": "FL Studio", "logic": "Logic Pro", "logic pro": "Logic Pro", "cubase": "Cubase",
    "studio one": "Studio One", "reaper": "Reaper", "bitwig": "Bitwig Studio", "bitwig studio": "Bitwig Studio",
    "pro tools": "Pro Tools", "reason": "Reason", "garageband": "GarageBand", "renoise": "Renoise", "ardour": "Ardour",
    "lmms": "LMMS", "digital performer": "Digital Performer", "cakewalk": "Cakewalk", "mpc beats": "MPC Beats",
}  # fmt: skip
_GEAR = re.compile(
    r"\b(?:moog|roland|korg|akai|mpc|sp-?404|sp-?1200|serum|massive|vital|diva|omnisphere|kontakt|maschine|push|elektron|digitakt|octatrack"
    r"|analog rytm|tr-?\d0\d|tb-?303|juno|jupiter|dx7|prophet|minilogue|volca|op-?1|op-?z|teenage engineering|novation|launchpad|launchkey"
    r"|focusrite|scarlett|apollo|neumann|shure|sm7b?|krk|yamaha|hs\d|genelec|adam|guitar|bass|piano|rhodes|wurlitzer|synth\w*|drum machine"
    r"|sampler|controller|turntables?|modular|eurorack|microphone|tape machine|interface|monitors|headphones)\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:tracks?|songs?|beats?|eps?|albums?|mixtapes?|remix(?:es)?|scores?|soundtracks?|games?|podcasts?|sets?|projects?|films?|tapes?|lps?|singles?)\b",
    re.IGNORECASE,
)
# The end of a statement's object: punctuation, or the next clause.
_CLAUSE_END = re.compile(
    r"[,;.!?()\n]|\s[-\u2013\u2014]\s|\b(?:but|because|since|so|when|while|although|though|which|what|who|can you|could you|would you|please|if|any ideas"
    r"|and (?:i|my|we|what|how|can|please|show|find)|for now|at the moment|right now|these days|lately|as my|as a)\b",
    re.IGNORECASE,
)
_EMPTY = re.compile(
    r"^(?:it|that|this|these|those|them|him|her|you|your?\b.*|the (?:first|second|third|last|one|other|same)\b.*|one|some|any|all|more|none"
    r"|to\b.*|how\b.*|what\b.*|when\b.*|where\b.*|if\b.*|the way\b.*|nothing|something|everything|anything)$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|^\s*>.*$|[\"“”«»][^\"“”«»\n]*[\"“”«»]", re.DOTALL | re.MULTILINE)
_ASKS = re.compile(
    r"^(?:do|does|did|can|could|should|would|will|is|are|am|what|which|who|when|where|why|how|have|has|if|imagine|suppose|say)\b",
    re.IGNORECASE,
)
_SPLIT = re.compile(r"(?<=[.!?])\s+|\n+")
_LISTED = re.compile(r"\s*(?:,|/|&|\band\b|\bor\b)\s*", re.IGNORECASE)
_OFTEN = r"(?:(?P<often>mostly|mainly|usually|always|primarily|generally|typically|only|normally)\s+)?"
_AN_I = r"\bi(?:'m|\s+am|'ve been|\s+have been)?\s+"


@dataclass(frozen=True)
class Command:
    """A memory command: ``forget`` with a subject, or ``forget_all``."""

    verb: str
    about: str = ""


def find_facts(text: str) -> tuple[Fact, ...]:
    """Extract the first ``MAX_FACTS`` facts stated in a message, without sensitive ones; one per subject."""
    found: dict[str, Fact] = {}
    for sentence in _sentences(text):
        for fact in _facts_of(sentence):
            if len(found) < MAX_FACTS and not is_sensitive(fact.text):
                found.setdefault(fact.subject or fact.text, fact)
    return tuple(found.values())


def find_command(text: str) -> Command | None:
    """Parse a request to forget something; None if there is none."""
    for sentence in _sentences(text):
        if _FORGET_ALL.match(sentence):
            return Command("forget_all")
        match = _FORGET.match(sentence)
        if match and (about := match["what"].strip(" .!")):
            return Command("forget", about)
    return None


def described(words: str, kind: MemoryKind) -> Fact:
    """Build a fact from a text that the member entered, with the kind and details of a matching rule."""
    for fact in (*find_facts(words), *find_facts(f"I {words[:1].lower()}{words[1:]}")):
        if kind in {MemoryKind.NOTE, fact.kind}:
            return Fact(fact.kind, words, details=fact.details)
    return Fact(kind, words)


def spoken(text: str) -> str:
    """Return the first ``MAX_READ`` characters of a message, without quoted text and code."""
    return _QUOTED.sub(" ", text[:MAX_READ]).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SPLIT.split(spoken(text)):
        line = " ".join(sentence.split())[:300]
        if line and not (line.endswith("?") and _ASKS.match(line)):
            yield line


def _facts_of(sentence: str) -> Iterator[Fact]:
    if match := _REMEMBER.match(sentence):
        rest = match["what"].strip(" .!")
        found = [fact for rule in _RULES for fact in rule(rest)]
        if found:
            yield from found
        elif rest and not _ASKS.match(rest):
            note = rest[:1].upper() + rest[1:]
            if not is_sensitive(rest):
                yield Fact(MemoryKind.NOTE, note[:300])
        return
    if is_sensitive(sentence):
        return
    for rule in _RULES:
        yield from rule(sentence)


def _made(sentence: str) -> Iterator[Fact]:
    """Parse "I mostly make lo-fi around 80"."""
    for match in _MAKES.finditer(sentence):
        what = _cut(match["what"])
        if not what or _WORK.search(what):
            continue
        yield from _tempo_and_key(what)
        known = [slug for part in _LISTED.split(what) if (slug := _details(part).get("genre"))] or _genre_of(what)
        for slug in dict.fromkeys(known):
            yield Fact(MemoryKind.GENRE, f"Makes {GENRES[slug]}", f"about:{slug}", {"genre": slug})
        if not known and match["often"] and _is_short(what):
            yield Fact(MemoryKind.GENRE, f"Makes {what}", f"about:{what.casefold()}")


def _liked(sentence: str) -> Iterator[Fact]:
    """Parse "I love dusty drums"; "I'm into techno"."""
    for match in _LIKES.finditer(sentence):
        what = _cut(match["what"])
        yield from _tempo_and_key(what)
        yield from _opinions(what, MemoryKind.SOUND, "Likes")


def _disliked(sentence: str) -> Iterator[Fact]:
    """Parse "I hate trap hi-hats"."""
    for match in _DISLIKES.finditer(sentence):
        yield from _opinions(_cut(match["what"]), MemoryKind.DISLIKE, "Dislikes")


def _opinions(what: str, kind: MemoryKind, verb: str) -> Iterator[Fact]:
    for part in _LISTED.split(what):
        words = re.sub(r"^(?:the |a |an |those |these |all (?:the |those )?)", "", part.strip(), flags=re.IGNORECASE)
        details = _details(words)
        if not _is_short(words) or _EMPTY.match(words) or ("bpm_min" in details and "genre" not in details):
            continue
        slug = details.get("genre") if "rest" not in details else None
        if slug:
            chosen = MemoryKind.GENRE if kind is MemoryKind.SOUND else kind
            yield Fact(chosen, f"{verb} {GENRES[slug]}", f"about:{slug}", {"genre": slug})
        else:
            # Disliking trap hi-hats does not mean disliking trap.
            details = {} if kind is MemoryKind.DISLIKE else {name: details[name] for name in details if name != "rest"}
            yield Fact(kind, f"{verb} {words}", f"about:{words.casefold()}", details)


def _tempo_said(sentence: str) -> Iterator[Fact]:
    """Parse "I work around 140 BPM"; "my favourite key is F minor"."""
    for pattern in (_WORKS_AT, _MY_TEMPO, _MY_KEY):
        for match in pattern.finditer(sentence):
            yield from _tempo_and_key(_cut(match["what"]))


def _tempo_and_key(what: str) -> Iterator[Fact]:
    details = _details(what)
    if "bpm_min" in details:
        low, high = details["bpm_min"], details["bpm_max"]
        number = re.search(r"\d+(?:\.\d+)?", what)
        said = re.findall(r"\d+(?:\.\d+)?", what)
        words = (
            f"between {low:g} and {high:g} BPM"
            if len(said) > 1
            else f"around {float(number[0]) if number else low:g} BPM"
        )
        yield Fact(MemoryKind.TEMPO, f"Works {words}", "tempo", {"bpm_min": low, "bpm_max": high})
    if "key" in details:
        yield Fact(MemoryKind.KEY, f"Works in {details['key']}", "key", {"key": details["key"]})


def _gear(sentence: str) -> Iterator[Fact]:
    """Parse "I use Ableton and a Juno"."""
    for match in _USES.finditer(sentence):
        for part in _LISTED.split(_cut(match["what"])):
            words = re.sub(r"^(?:(?:a|an|the|my|mostly|mainly|only|also)\s+)+", "", part.strip(), flags=re.IGNORECASE)
            words = re.sub(r"\s+(?:for .*|to .*|as .*|now|daily)$", "", words)
            if (daw := _DAWS.get(words.casefold())) is not None:
                yield Fact(MemoryKind.GEAR, f"Uses {daw}", "daw")
            elif _is_short(words, 5) and _GEAR.search(words) and not _details(words).get("genre"):
                yield Fact(MemoryKind.GEAR, f"Uses {words}", f"gear:{words.casefold()}")


def _project(sentence: str) -> Iterator[Fact]:
    """Parse "I'm working on an EP called Nightshift"."""
    for match in _WORKS_ON.finditer(sentence):
        what = _cut(match["what"])
        if _is_short(what, 12) and _WORK.search(what):
            yield Fact(MemoryKind.PROJECT, f"Working on {what}", f"project:{what.casefold()}"[:200])


def _wish(sentence: str) -> Iterator[Fact]:
    """Parse "I want to learn sidechaining"; "keep your answers short"."""
    for match in _WANTS.finditer(sentence):
        what = _cut(match["what"])
        if _is_short(what, 12):
            yield Fact(MemoryKind.WISH, f"Wants to {match['verb'].lower()} {what}", f"wish:{what.casefold()}"[:200])
    if match := _SHORT.search(sentence):
        size = "short" if re.search("short|brief|concise", match[0], re.IGNORECASE) else "detailed"
        yield Fact(MemoryKind.WISH, f"Prefers {size} answers", "answers:length")
    if match := _LANGUAGE.search(sentence):
        yield Fact(MemoryKind.WISH, f"Wants answers in {match['what'].capitalize()}", "answers:language")


def _name(sentence: str) -> Iterator[Fact]:
    """Parse "Call me Sam"."""
    match = _CALL_ME.search(sentence)
    name = _cut(match["what"]).strip(" .!") if match else ""
    if name and len(name) <= 40 and len(name.split()) <= 3 and name.split()[0].casefold() not in _NO_NAMES:
        yield Fact(MemoryKind.NAME, f"Wants to be called {name}", "name")


def _details(words: str) -> dict[str, Any]:
    """Parse a phrase into catalogue terms; ``rest`` is the text not recognised."""
    reading = query_parser.parse(words[:200])
    values, found = reading.values, dict[str, Any]()
    if genre := values.get("genre"):
        found["genre"] = genre
    low, high = values.get("bpm_min"), values.get("bpm_max")
    if low is not None and high is not None:
        found |= {"bpm_min": float(low), "bpm_max": float(high)}
    if (key := values.get("key")) is not None:
        found["key"] = key.name
    if reading.text or values.get("tags") or values.get("kind"):
        found["rest"] = reading.text or "…"
    return found


def _genre_of(what: str) -> list[str]:
    genre = _details(what).get("genre")
    return [genre] if genre else []


def _cut(what: str) -> str:
    end = _CLAUSE_END.search(what)
    # A list is one statement: "techno, house and disco".
    while (
        end
        and end[0] == ","
        and re.match(
            r",\s*(?!i\b|my\b|can\b|what\b|show\b|find\b)[\w-]+(?:\s[\w-]+)?\s*(?:,|and\b|or\b|$)",
            what[end.start() :],
            re.IGNORECASE,
        )
    ):
        end = _CLAUSE_END.search(what, end.end())
    return " ".join((what[: end.start()] if end else what).split()).strip(" .!:;\"'")


def _is_short(words: str, most: int = _MAX_WORDS) -> bool:
    return 0 < len(words) <= 120 and len(words.split()) <= most and not _EMPTY.match(words)


_MAKES = re.compile(
    rf"{_AN_I}{_OFTEN}(?:make|produce|write|compose|making|producing|writing|do)\s+(?P<what>.+)", re.IGNORECASE
)
_LIKES = re.compile(
    r"(?:\bi(?:'m| am)?|\bbut|\band)\s+(?:(?:really|also|do|just|still|always|mostly)\s+)*(?:like|love|prefer|enjoy|dig|adore|into|a (?:big |huge )?fan of)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_DISLIKES = re.compile(
    r"(?:\bi(?:'m| am)?|\bbut|\band)\s+(?:(?:really|also|just|still)\s+)*(?:hate|dislike|detest|can't stand|cannot stand|don't (?:really )?like|do not like|not (?:really )?into"
    r"|not a (?:big |huge )?fan of|tired of|sick of|can't hear|never use|never want)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_WORKS_AT = re.compile(
    rf"{_AN_I}{_OFTEN}(?:work|working|produce|write|make (?:music|beats|tracks)|play|stay|am)\s+(?P<what>(?:at|around|about|between|in|from|near)\s+.+)",
    re.IGNORECASE,
)
_MY_TEMPO = re.compile(
    r"\bmy\s+(?:(?:usual|favou?rite|preferred|typical)\s+)?(?:tempo|bpm|tempo range|bpm range)\s+(?:is|are|'s)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_MY_KEY = re.compile(
    r"\bmy\s+(?:(?:usual|favou?rite|preferred)\s+)?(?:key|scale)\s+(?:is|'s)\s+(?P<what>.+)", re.IGNORECASE
)
_USES = re.compile(
    rf"(?:{_AN_I}{_OFTEN}(?:also\s+)?(?:use|using|have|own|got|run|bought|switched to|moved to|work (?:in|with|on)|working (?:in|with)|produce (?:in|on|with)|make (?:music|beats) (?:in|on|with))"
    r"|\bmy (?:daw|main daw|synth|sampler|controller|mic|microphone|interface|drum machine) is)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_WORKS_ON = re.compile(
    r"\b(?:i'm|i am|i've been|i have been)\s+(?:currently\s+|now\s+|still\s+)?(?:working on|making|producing|finishing|writing|recording|mixing|scoring)\s+"
    r"(?P<what>(?:a|an|my|the|some|our)\s+.+)",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\bi(?:'d| would)?\s+(?:want|like|love|plan|hope)\s+to\s+(?P<verb>learn|understand|get better at|improve|practise|practice|start|try|master|release|finish)\s+(?P<what>.+)",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:keep|make|give me|i (?:want|prefer|like)|use)\s+(?:(?:your|the|more|very)\s+)*(?:answers?\s+)?(?:short|brief|concise|long|detailed)(?:er)?\s*(?:answers?)?\b(?=.*answer|\s*$)|\bi (?:want|prefer|like) (?:short|brief|concise|detailed|long)(?:er)? answers\b",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:answer|reply|talk|speak|write)\s+(?:to me\s+|me\s+)?(?:always\s+)?in\s+(?P<what>german|english|spanish|french|italian|portuguese|japanese|dutch|polish|turkish|korean|chinese|russian)\b",
    re.IGNORECASE,
)
_CALL_ME = re.compile(
    r"\b(?:call me|my name is|my name's|i go by|i'm called)\s+(?P<what>[^\d\W][\w .'-]{0,60})", re.IGNORECASE
)
_NO_NAMES = {
    "a",
    "an",
    "the",
    "back",
    "later",
    "when",
    "if",
    "crazy",
    "at",
    "on",
    "tomorrow",
    "maybe",
    "not",
    "old",
    "what",
}
_REMEMBER = re.compile(
    r"^(?:please\s+|and\s+|also\s+|can you\s+|could you\s+)*(?:remember|note|keep in mind|don't forget|do not forget|save|memori[sz]e)(?:\s+(?:that|this))?[:\s]\s*"
    r"(?!when\b|the time\b|what\b|how\b|who\b|where\b|our\b|we\b|me\b|it\b|this\b|that\b|for\b)(?P<what>.+)",
    re.IGNORECASE,
)
_FORGET_ALL = re.compile(
    r"^(?:please\s+|now\s+)*(?:forget|delete|erase|clear|wipe)\s+(?:everything|all(?: of it| that)?|all (?:my|your|the) memor(?:y|ies)|(?:my|your) (?:whole |entire )?memor(?:y|ies))"
    r"(?:\s+(?:about me|(?:that )?you (?:know|remember)(?: about me)?|of me))?[\s.!]*$",
    re.IGNORECASE,
)
_FORGET = re.compile(
    r"^(?:please\s+|now\s+|and\s+)*forget\s+(?:about\s+|what i said about\s+|the (?:fact|thing) (?:that|about)\s+|that\s+)?(?P<what>(?!it\b|this\b|that\b|about it\b|everything\b).{2,200})$",
    re.IGNORECASE,
)
_RULES: tuple[Callable[[str], Iterator[Fact]], ...] = (
    _name, _made, _disliked, _liked, _tempo_said, _gear, _project, _wish,
)  # fmt: skip
