"""Resolves references in a question: "the second one", "it", the track being played, or a title."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz

from askchopper.database import read_only
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.search_filters import Filters
from askchopper.services.assistant import rendering, tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.search import title_match
from askchopper.services.search.query_parser import ParsedQuery

Item = PackCard | FileRow
_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "last")
_THING = r"(?:\s+(?:one|ones|pack|sound|loop|result))?(?:\s+of\s+(?:these|those|them))?"
_PLACE = re.compile(
    rf"(?:the\s+)?(?:(?P<word>{'|'.join(_WORDS)})|(?P<place>\d{{1,2}})(?:st|nd|rd|th)|(?:number|no\.?|#)\s*(?P<number>\d{{1,2}})){_THING}",
    re.IGNORECASE,
)
_THAT = re.compile(r"(?:it|this|that|these|those|them)(?:\s+(?:one|ones|pack|sound|loop))?", re.IGNORECASE)
_AROUND_A_TITLE = re.compile(
    r"^(?:the |a |an |pack |sound |called |named )+|(?:,? (?:pack|please|now|again|for me))+$|[\"“”]", re.IGNORECASE
)
# Superlatives, and how they are measured.
_MOST: dict[str, tuple[Callable[..., float], Callable[[Item], float | None]]] = {
    "cheapest": (min, lambda item: item.price_tokens),
    "most expensive": (max, lambda item: item.price_tokens),
    "slowest": (min, lambda item: _tempi(item)[0]),
    "fastest": (max, lambda item: _tempi(item)[1]),
    "shortest": (min, lambda item: item.duration_seconds),
    "longest": (max, lambda item: item.duration_seconds),
}
_MOST_OF = re.compile(rf"(?:the\s+)?({'|'.join(_MOST)}){_THING}", re.IGNORECASE)
# Filters that can be checked on an item without a search.
_TOLD = ("price_max_tokens", "bpm_min", "bpm_max", "key", "compatible", "tags", "owned", "half_double")


@dataclass(frozen=True)
class Meant:
    """A resolved reference.

    Args:
        ref: ``pack:`` or ``sound:`` ref of the item; empty if unresolved.
        problem: sentence to answer with if it is unresolved; empty if the words may mean something else.
        close: refs of packs with similar titles.
    """

    ref: str = ""
    problem: str = ""
    close: tuple[str, ...] = ()


async def find(
    answer: AnswerBuilder, turn: Turn, page: PageContext, said: str, *, is_description: bool = False
) -> Meant:
    """Resolve "it", "the second one", "the cheapest" or a title.

    With ``is_description``, the words may describe sounds instead, so an unknown title is not reported as a problem.
    """
    if points_back(said):
        return await _before(answer, turn, page, said)
    meant = await by_title(said)
    if meant.ref or is_description:
        return Meant(meant.ref)
    sound = await _sound_called(answer, page, _bare(said))
    return Meant(sound) if sound else meant


async def by_title(said: str, *, is_alone: bool = False) -> Meant:
    """Find a pack by title, allowing typos and, unless ``is_alone``, surrounding words."""
    named = _bare(said)
    async with read_only() as session:
        close = await title_match.closest(session, named)
        meant = next((title for title in close if title.is_meant), None)
        if not (meant or is_alone):
            meant = await title_match.mentioned(session, named)
    if meant and 2 * len(meant.title) >= len(named):
        return Meant(f"{rendering.PACK}{meant.slug}")
    return Meant(
        "", f"I don't know a pack called “{named}”.", tuple(f"{rendering.PACK}{title.slug}" for title in close)
    )


def _bare(said: str) -> str:
    return _AROUND_A_TITLE.sub("", said.strip(" ?.!,")).strip()


def points_back(said: str) -> bool:
    """Return whether words refer to an item shown earlier or to the sound being played."""
    return any(pattern.fullmatch(said.strip(" ?.!,")) for pattern in (_PLACE, _THAT, _MOST_OF))


async def mentioned(question: str) -> str:
    """Return the ref of the pack whose title occurs in a question; empty if none does."""
    async with read_only() as session:
        title = await title_match.mentioned(session, question)
    return f"{rendering.PACK}{title.slug}" if title else ""


async def item_of(answer: AnswerBuilder, ref: str) -> Item | None:
    """Load one pack or sound; None if the reader may not see it."""
    return (await look_up(answer, [ref])).get(ref) if ref else None


async def look_up(answer: AnswerBuilder, refs: Sequence[str]) -> dict[str, Item]:
    """Load those of the packs and sounds that the reader may see, by ref."""
    async with read_only() as session:
        return await rendering.load_items(session, answer.viewer, refs)


def shown_before(turn: Turn) -> list[list[str]]:
    """Return the refs shown by each earlier answer, latest first."""
    return [refs for line in reversed(turn.history) if (refs := rendering.refs_of(line.parts))]


def latest_list(turn: Turn) -> list[str]:
    """Return the list that "these" refers to: the latest with several items, so that opening one item does not replace it."""
    lists = shown_before(turn)
    return next((refs for refs in lists if len(refs) > 1), lists[0] if lists else [])


async def most_of(answer: AnswerBuilder, refs: Sequence[str], said: str) -> str:
    """Return the ref of the cheapest, fastest or longest item; empty without a superlative or an item that can be measured."""
    if not (asked := re.search("|".join(_MOST), said, re.IGNORECASE)):
        return ""
    choose, measure = _MOST[asked[0].lower()]
    measured = {
        ref: value for ref, item in (await look_up(answer, refs)).items() if (value := measure(item)) is not None
    }
    return str(choose(measured, key=measured.__getitem__)) if measured else ""


def can_tell(filters: Filters) -> bool:
    """Return whether there is at least one filter and all can be checked on an item row by ``fits``."""
    asked = {name for name, value in vars(filters).items() if value != getattr(Filters(text=filters.text), name)}
    return bool(asked) and asked <= set(_TOLD)


def fits(item: Item, filters: Filters, reading: ParsedQuery) -> bool:
    """Return whether an item matches the filters (those that pass ``can_tell``) and the named creator."""
    low, high = _tempi(item)
    keys = item.keys if isinstance(item, PackCard) else (item.key,)
    checks = (
        filters.price_max_tokens is None or item.price_tokens <= filters.price_max_tokens,
        filters.bpm_min is None or (high is not None and high >= filters.bpm_min - 0.5),
        filters.bpm_max is None or (low is not None and low <= filters.bpm_max + 0.5),
        not filters.keys or bool({key.name for key in filters.keys} & set(keys)) or _is_on_tonic(item, filters),
        not filters.tags or (isinstance(item, PackCard) and set(filters.tags) <= set(item.tags)),
        filters.owned is None or item.owned == (filters.owned.value == "only"),
        not reading.creator_words or reading.creator_words == item.creator.name.casefold(),
    )
    return all(checks)


def _is_on_tonic(item: Item, filters: Filters) -> bool:
    """Return whether an item is a sound without a key whose root note is the tonic of a requested key."""
    return not isinstance(item, PackCard) and item.key is None and item.note in filters.tonic_notes


def moved(item: Item, rest: str, *, share: float) -> tuple[dict[str, Any], str]:
    """Translate "faster", "slower" and "cheaper" to filters relative to an item; returns them and the remaining words.

    ``share`` is the change of tempo relative to the item's, such as 0.1.
    """
    low, high = _tempi(item)
    wanted: dict[str, Any] = {}
    if "faster" in rest and high:
        wanted["bpm_min"] = round(high * (1 + share), 1)
    elif "slower" in rest and low:
        wanted["bpm_max"] = round(low * (1 - share), 1)
    if "cheaper" in rest and item.price_tokens:
        wanted["price_max"] = item.price_tokens - 1
    return wanted, re.sub(r"\b(?:a (?:bit|little|lot) |much )?(?:faster|slower|cheaper)\b", "", rest)


def _tempi(item: Item) -> tuple[float | None, float | None]:
    return (item.bpm_min, item.bpm_max) if isinstance(item, PackCard) else (item.bpm, item.bpm)


async def _before(answer: AnswerBuilder, turn: Turn, page: PageContext, said: str) -> Meant:
    several = latest_list(turn)
    if match := _PLACE.fullmatch(said):
        word = (match["word"] or "").lower()
        place = _WORDS.index(word) if word else max(0, int(match["place"] or match["number"]) - 1)
        if not several:
            return Meant("", "I have not shown anything yet.")
        if word != "last" and place >= len(several):
            return Meant("", f"I showed only {len(several)}.")
        return Meant(several[-1 if word == "last" else place])
    if _MOST_OF.fullmatch(said):
        ref = await most_of(answer, several, said)
        return Meant(ref, "" if ref else "I have not shown anything yet that I could compare that way.")
    if shown := shown_before(turn):
        return Meant(shown[0][0])
    outcome = await tool_calls.run_by_rule(answer, page, "now_playing", {})
    ref = outcome.refs[0] if outcome and outcome.refs else ""
    return Meant(ref, "" if ref else "I have not shown anything yet, and nothing is in the player.")


async def _sound_called(answer: AnswerBuilder, page: PageContext, named: str) -> str:
    outcome = await tool_calls.run_by_rule(
        answer, page, "search_packs", {"query": named[:200], "what": "sounds", "limit": 3}
    )
    found: list[dict[str, Any]] = outcome.content["items"] if outcome else []
    for item in found:
        if fuzz.ratio(str(item["title"]).casefold(), named.casefold()) >= title_match.SAME_TITLE:
            return str(item["ref"])
    return ""
