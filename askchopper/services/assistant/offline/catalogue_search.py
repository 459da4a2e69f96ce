"""Rule-based catalogue search: parses a question into filters, and relaxes them if nothing matches."""

import re
from collections.abc import Collection
from typing import Any

from rapidfuzz import fuzz

from askchopper.schemas import search_filters
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.tools.definition import Outcome
from askchopper.services.search import query_parser
from askchopper.services.search.title_match import SAME_TITLE
from askchopper.vocabulary import PackSort

SHOWN = 4
MOST_DROPPED = 3
WIDER = (0.05, 0.1)  # shares by which the tempo range is widened before it is dropped
NEWEST, FREE = "Show me the newest packs", "Which packs are free?"
ASKS_SOUNDS = re.compile(
    r"\b(find|show|search|looking for|need|want|got any|any|give me|recommend|suggest|something|(?:do you|have you) (?:have|got|sell)|(?:is|are) there|packs?|loops?|samples?|one[ -]?shots?|beats?)\b",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"(?<![\w'])(i'm|i've|i'd|what's|hi|hello|hey|thanks|please|can|could|would|you|find|show|search|give|get|me|us|i|im|we|need|want|like|am|looking|for|some|something|any|anything|a|an|"
    r"the|recommend|suggest|is|are|there|do|does|have|got|that|this|which|what|whats|with|in|on|of|to|my|all|one|ones|it|these|those|"
    r"them|packs?|sounds?|around|about|really|very|buy|purchase|propose|order|and|or|at|use|using|make|making|own|only|just|ok|okay|more|most|your|[1-9])(?![\w'])",
    re.IGNORECASE,
)
_COMPARED = {
    "darker": "dark", "brighter": "bright", "warmer": "warm", "softer": "soft", "harder": "hard", "deeper": "deep",
    "best": "most popular", "hottest": "most popular", "new": "newest",
}  # fmt: skip
_MIXES = re.compile(r"\bmix(?:es|ing)?\b(?:\s+(?:with|in))?", re.IGNORECASE)
_INSTRUMENTS = re.compile(
    r"\b(pads?|bass|basslines?|kicks?|snares?|claps?|hi-?hats?|hats?|808s?|synths?|leads?|plucks?|arps?|chords?|pianos?|rhodes|"
    r"guitars?|strings?|vocals?|choirs?|bells?|breaks?|risers?|percussion|congas?|bongos?|toms?|cymbals?|drums?|organs?)\b",
    re.IGNORECASE,
)
_SOUND_WORDS = re.compile(r"\b(sounds?|loops?|one-?shots?)\b", re.IGNORECASE)
# Filters in the order in which they are dropped.
_SPOKEN = {
    "bpm_min": "the tempo", "bpm_max": "the tempo", "key": "the key", "duration_min": "the length", "duration_max": "the length",
    "quality_min": "the quality", "format": "the format", "licence": "the licence", "heard": "what you have heard", "tags": "the mood",
    "price_max": "the price", "kind": "the kind", "genre": "the genre", "creator": "the creator",
    "like": "the likeness",
}  # fmt: skip
_TOGETHER = {
    "bpm_min": ("bpm_min", "bpm_max"), "bpm_max": ("bpm_min", "bpm_max"), "key": ("key", "compatible"),
    "duration_max": ("duration_min", "duration_max"), "duration_min": ("duration_min", "duration_max"),
}  # fmt: skip
_HARDLY_NARROW = {"what", "query", "kind", "owned", "heard", "sort", "compatible", "half_double", "unknown"}
_INTROS = {"newest": "The newest", "popular": "The most popular", "price": "The cheapest"}

Wanted = dict[str, Any]


def wanted(question: str) -> Wanted:
    """Parse a question into search arguments: recognised filters, and the remaining significant words."""
    for compared, plain in _COMPARED.items():
        question = re.sub(rf"\b{compared}\b", plain, question, flags=re.IGNORECASE)
    reading = query_parser.parse(question)
    if reading.reference:  # "like my last download" is looked up by the search itself
        return {"query": question[:300], "what": "sounds"}
    query = search_filters.as_query(reading.filters())
    words = query.pop("q", "")
    if "key" in query and _MIXES.search(words):
        query["compatible"], words = "strict", _MIXES.sub(" ", words)
    words = " ".join(_NOISE.sub(" ", words).split()).strip(" ?.!,")
    is_sounds = query.get("kind") in {"loop", "one-shot"} or bool(_SOUND_WORDS.search(question))
    is_sounds = is_sounds or (bool(_INSTRUMENTS.search(question)) and "pack" not in question.lower())
    found: Wanted = {**query, "what": "sounds" if is_sounds else "packs"}
    if not is_sounds and found.get("sort") == PackSort.PRICE:
        found.pop("price_max", None)  # "cheapest" implies a ceiling, which is one of single sounds
    if "tags" in query:
        found["tags"] = query["tags"].split(",")
    if reading.creator_words:
        found["creator"] = reading.creator_words
    return {**found, **({"query": words[:300]} if words else {})}


def names_instrument(question: str) -> bool:
    """Return whether a question names an instrument or a type of sound."""
    return bool(_INSTRUMENTS.search(question))


def narrows(asked: Wanted) -> bool:
    """Return whether a search has at least one filter that narrows it notably, apart from its words."""
    return bool(set(asked) - _HARDLY_NARROW)


def is_for_sounds(asked: Wanted, question: str) -> bool:
    """Return whether a question reads as a catalogue search although it has no search verb."""
    has_name = bool(_INSTRUMENTS.search(question) or query_parser.parse(question).reference)
    return has_name or narrows(asked) or "kind" in asked or "sort" in asked


async def search(
    answer: AnswerBuilder, page: PageContext, asked: Wanted, *, is_sure: bool = True, seen: Collection[str] = ()
) -> bool:
    """Search the catalogue. If nothing matches, relax filters and say which.

    Returns whether it answered. Unless ``is_sure``, the question may not be a search, so filters are not relaxed and
    without a clear match nothing is written. ``seen`` refs were shown before and are omitted.
    """
    tried, wider = asked, 0
    left_out: list[str] = []
    while outcome := await tool_calls.run_by_rule(answer, page, "search_packs", tried):
        can_widen = wider < len(WIDER) and {"bpm_min", "bpm_max"} <= set(asked)
        name = "" if outcome.refs or not is_sure else _yielding(asked, outcome.content, can_widen=can_widen)
        if not name or len(left_out) == MOST_DROPPED:
            break
        if can_widen and name.startswith("bpm"):
            low, high, share = float(asked["bpm_min"]), float(asked["bpm_max"]), WIDER[wider]
            tried = {**asked, "bpm_min": round(low * (1 - share), 1), "bpm_max": round(high * (1 + share), 1)}
            wider += 1
            continue
        asked, said = _without(asked, name, outcome.content)
        tried, wider = asked, 0
        left_out.append(said)
    if outcome is None:
        return True
    if not is_sure and _is_doubtful(outcome):
        return False
    if outcome.refs and left_out:
        await answer.add_text(
            f"Nothing matched all of that, so I searched without {' and '.join(dict.fromkeys(left_out))}. "
        )
    if outcome.refs and wider:
        span = f"from {tried['bpm_min']:g} to {tried['bpm_max']:g} BPM"
        await answer.add_text(f"Nothing has exactly that tempo, so I searched {span}. ")
    notes = "".join(f"{escaped(note)}\n\n" for note in outcome.content["notes"])
    await answer.add_text(notes)
    found = [item for item in outcome.content["items"] if item["ref"] not in seen]
    intro = _INTROS.get(asked.get("sort", ""), "" if narrows(asked) or "query" in asked else _INTROS["newest"])
    await present(
        answer, found, nothing="" if notes else "That's everything." if seen else _nothing(asked), intro=intro
    )
    return True


def _yielding(asked: Wanted, content: dict[str, Any], *, can_widen: bool) -> str:
    """Choose the argument to relax: unknown words first, then the least important filter whose removal yields results.

    Empty if the remaining search would no longer be what was asked for.
    """
    if content["notes"]:  # its reference or creator is unknown
        return ""
    unfound = content["unfound_words"]
    if "query" in asked and unfound:
        has_others = narrows(asked) or len(unfound) < len(asked["query"].split())
        return "query" if has_others else ""
    may_go = [
        name for name in _SPOKEN if name in asked and (_leaves_something(asked, name) or (can_widen and "bpm" in name))
    ]
    helps = [name for name in may_go if name in content["sounds_without"]]
    return next(iter(helps or may_go), "")


def _leaves_something(asked: Wanted, name: str) -> bool:
    left = {key: value for key, value in asked.items() if key not in _TOGETHER.get(name, (name,))}
    return "query" in left or narrows(left)


def _without(asked: Wanted, name: str, content: dict[str, Any]) -> tuple[Wanted, str]:
    """Remove a filter, or the unknown words. Returns the new arguments and the label of what was removed."""
    if name != "query":
        gone = _TOGETHER.get(name, (name,))
        return {key: value for key, value in asked.items() if key not in gone}, _SPOKEN[name]
    unfound = content["unfound_words"]
    words = " ".join(word for word in asked["query"].split() if word.casefold() not in unfound)
    kept = {key: value for key, value in asked.items() if key != "query"}
    return {**kept, **({"query": words} if words else {})}, " and ".join(f"“{escaped(word)}”" for word in unfound)


def _is_doubtful(outcome: Outcome) -> bool:
    """Return whether there are no results, or only doubtful ones: with notes, or from a large spelling correction."""
    correction: dict[str, str] | None = outcome.content.get("correction")
    if correction is None:
        return not outcome.refs or bool(outcome.content["notes"])
    return fuzz.ratio(correction["typed"].casefold(), correction["corrected"]) < SAME_TITLE


def _nothing(asked: Wanted) -> str:
    if asked.get("owned") == "only":
        return "Nothing you own matches that."
    words = f"“{escaped(asked['query'])}”" if "query" in asked else "that"
    return f"Nothing in the catalogue matches {words}."


async def present(answer: AnswerBuilder, found: list[dict[str, Any]], *, nothing: str, intro: str = "") -> None:
    """Show at most ``SHOWN`` results, best first, with reasons; ``nothing`` if there are none.

    The default intro is "Closest matches", or "Found one" for a single result.
    """
    shown = found[:SHOWN]
    if not shown:
        await answer.add_text(nothing)
        answer.hints = [NEWEST, FREE]
        return
    closest = "Found one" if len(shown) == 1 else "Closest matches"
    await answer.add_text(f"{intro or closest}:\n\n")
    await answer.show_items([str(item["ref"]) for item in shown])
    reasons = [said for item in shown if (said := reason(item))]
    await answer.add_text(
        "\n\n" + (reasons[0] if len(shown) == 1 and reasons else "\n".join(f"- {one}" for one in reasons))
    )
    are_some_free = len({not item.get("price_tokens") for item in shown}) == 2
    answer.hints = ["Something like the first one", *(["Which of these are free?"] if are_some_free else [])]
    answer.hints += [] if shown[0].get("owned") else ["Buy the first one"]


def reason(item: dict[str, Any]) -> str:
    """Describe details missing from the item row: a pack's summary, a sound's similarity; empty if there are none."""
    like = f"{item['score']:.0%} similar" if item.get("score") else ""
    more = str(item.get("summary") or item.get("why") or "").strip()
    said = ", ".join(part for part in (like, escaped(more)) if part)
    return f"**{escaped(str(item['title']))}**: {said}" if said else ""
