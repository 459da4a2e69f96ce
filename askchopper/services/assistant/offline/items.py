"""Offline answers about single items: details, similar items, choosing among results, purchase proposals.

Each public function is a rule: it answers the question and returns True, or writes nothing and returns False.
"""

import math
import re
from typing import Any

from askchopper.plurals import counted
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import catalogue_search, references
from askchopper.services.assistant.offline.catalogue_search import FREE, NEWEST
from askchopper.services.assistant.offline.references import Meant
from askchopper.services.assistant.rendering import PACK
from askchopper.services.search import query_parser
from askchopper.services.search.engine import SHIFT

DESCRIBED = 400  # characters of a description
_BUY = re.compile(r"\b(?:buy|purchase|get me (?!an? |some |more )|i(?:'ll| will) take)\b", re.IGNORECASE)
_OF_THESE = re.compile(
    r"\b(?:which|what|any|all|are|is|show|only|just)\b.*\b(?:these|those|them)\b|\bwhich ones?\b|\b(?:only|just) the\b.*\bones?\b", re.IGNORECASE
)  # fmt: skip
_LIKE = re.compile(
    r"(?:\b(?:similar to|(?:something|anything|one|ones|more|packs?|loops?|sounds?|beats?) like)|^like)\s+(?P<what>.+?)(?:,?\s+but\b\s*(?P<rest>.*))?[?.!]*$",
    re.IGNORECASE,
)
_LEAD = r"^\s*(?:(?:and|ok|okay|please|so|then)[, ]+)*"
_ABOUT = re.compile(
    rf"{_LEAD}(?:what about|how about|(?:can you )?tell me(?: more)? (?:about|of|on)|more (?:about|on|of)|(?:the )?details (?:of|on|about)|describe|what(?:'s| is| are)(?: in)?)\s+(?P<what>.+?)[\s?.!]*$",
    re.IGNORECASE,
)
_SHOW = re.compile(
    rf"{_LEAD}(?:(?:show(?: me)?|play|open|i (?:really )?(?:like|love))\s+)?(?P<what>.+?)(?:,?\s+but\b\s*(?P<rest>.+?))?[\s?.!]*$",
    re.IGNORECASE,
)
_FACTS = re.compile(
    r"(?:^\s*(?:does|has|is)|\b(?:costs?|price|how (?:much|many|long|fast)|what (?:does|do|bpm|tempo|key|genre|licen[cs]es?)|who (?:made|makes|did)))\b"
    r"(?:(?:.*?\b(?:is|are|does|do|of|for|in)\b)?\s+(?P<what>.+?)(?:\s+(?:costs?|in|at|have|offer))*[\s?.!]*$)?",
    re.IGNORECASE,
)
_NOTHING_TO_BUY = re.compile(r"\b(?:tokens?|credits?|refund)\b", re.IGNORECASE)


async def which_of_these(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """Filter the latest list of items shown in an earlier answer."""
    shown = references.latest_list(turn)
    if not (_OF_THESE.search(turn.question) and shown):
        return False
    reading, asked = query_parser.parse(turn.question), catalogue_search.wanted(turn.question)
    if most := await references.most_of(answer, shown, turn.question):
        kept = [most]
    elif "query" not in asked and references.can_tell(reading.filters()):
        items = await references.look_up(answer, shown)
        kept = [ref for ref in shown if ref in items and references.fits(items[ref], reading.filters(), reading)]
    else:
        return False
    await answer.add_text("That would be:\n\n" if len(kept) == 1 else "Of those:\n\n" if kept else "None of those.")
    await answer.show_items(kept)
    answer.hints = ["Something like the first one"] if kept else [FREE]
    return True


async def about(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Describe an item such as "the second one" or a pack by title, or find a variation ("but faster")."""
    facts, about, show = (pattern.search(turn.question) for pattern in (_FACTS, _ABOUT, _SHOW))
    if show and references.points_back(show["what"]) and show["rest"]:
        return await _like(answer, turn, page, show["what"], show["rest"])
    for match in (facts, about, show):
        what = match["what"] if match else ""
        if what and references.points_back(what):
            meant = await references.find(answer, turn, page, what)
        elif what and (match is not show or not catalogue_search.is_for_sounds(catalogue_search.wanted(what), what)):
            meant = await references.by_title(what, is_alone=match is show)
        else:
            continue
        if meant.ref:
            return await _describe(answer, page, meant.ref)
        if references.points_back(what):
            return await say_unknown(answer, meant)
    ref = await references.mentioned(turn.question) if facts else ""
    return bool(ref) and await _describe(answer, page, ref)


async def similar(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Find sounds similar to an item that is named or was shown earlier."""
    match = _LIKE.search(turn.question)
    return bool(match) and await _like(answer, turn, page, match["what"], match["rest"] or "")


async def proposal(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Propose the purchase of an item that is named or was shown earlier."""
    named = _BUY.split(turn.question, maxsplit=1)[-1].strip(" ?.!")
    if not (_BUY.search(turn.question) and named) or _NOTHING_TO_BUY.search(named):
        return False
    is_description = catalogue_search.is_for_sounds(catalogue_search.wanted(named), named)
    meant = await references.find(answer, turn, page, named, is_description=is_description)
    if not meant.ref:
        return bool(meant.problem) and await say_unknown(answer, meant)
    item = await references.item_of(answer, meant.ref)
    viewer = answer.viewer
    if item and (item.owned or (viewer.creator_slug and viewer.creator_slug == item.creator.slug)):
        await answer.add_text("You own it already." if item.owned else "It is your own.")
        await answer.show_items([meant.ref])
        answer.hints = ["Something like this one"]
    elif await tool_calls.run_by_rule(answer, page, "propose_purchase", {"ref": meant.ref}) is not None:
        await answer.add_text("Check the licence and price, then press Buy.")
    return True


async def _describe(answer: AnswerBuilder, page: PageContext, ref: str) -> bool:
    """Describe a pack or a sound, price first."""
    if not ref.startswith(PACK):
        item = await references.item_of(answer, ref)
        if item is None:
            return await say_unknown(answer, Meant("", "It is not on sale any more."))
        await answer.show_items([ref])
        await answer.add_text("You own it." if item.owned else f"It costs {_tokens(item.price_tokens)}.")
        return True
    outcome = await tool_calls.run_by_rule(answer, page, "pack_details", {"pack": ref})
    if outcome is None:
        return True
    pack = outcome.content
    await answer.show_items([ref])
    offers = [f"{_tokens(offer['costs_now_tokens'])} with the {offer['licence'].lower()}" for offer in pack["offers"]]
    costs = "You own it." if pack["owned"] else f"It costs {', '.join(offers) or _tokens(pack['price_tokens'])}."
    await answer.add_text(
        f"{escaped(costs)} {counted(pack['sound_count'], 'sound')} by {escaped(pack['creator'])}, {_measures(pack)}.\n\n"
    )
    await answer.add_text(escaped(pack["description"][:DESCRIBED]))
    answer.hints = [f"Something like {pack['title']}", *([] if pack["owned"] else [f"Buy {pack['title']}"])]
    return True


async def _like(answer: AnswerBuilder, turn: Turn, page: PageContext, what: str, rest: str) -> bool:
    """Find similar items, optionally "but faster"; False if no item is named."""
    is_description = catalogue_search.is_for_sounds(catalogue_search.wanted(what), what) or bool(
        query_parser.parse(turn.question).reference
    )
    meant = await references.find(answer, turn, page, what, is_description=is_description)
    if not meant.ref:
        return bool(meant.problem) and await say_unknown(answer, meant)
    item = await references.item_of(answer, meant.ref)
    moved, rest = references.moved(item, rest, share=SHIFT) if item else ({}, rest)
    if not meant.ref.startswith(PACK) or rest.strip() or set(moved) - {"price_max"}:
        asked = {**catalogue_search.wanted(rest), **moved, "like": meant.ref, "what": "sounds"}
        return await catalogue_search.search(answer, page, asked)
    outcome = await tool_calls.run_by_rule(
        answer, page, "find_similar", {"ref": meant.ref, "what": "packs", "limit": 12}
    )
    if outcome is not None:
        found = [one for one in outcome.content["items"] if one["price_tokens"] <= moved.get("price_max", math.inf)]
        await catalogue_search.present(answer, found, nothing="Nothing on sale sounds much like that.")
    return True


async def say_unknown(answer: AnswerBuilder, meant: Meant) -> bool:
    """Say that the reference was not understood, and suggest packs with similar titles. Always returns True."""
    await answer.add_text(escaped(meant.problem))
    if meant.close:
        await answer.add_text(" Similar titles:\n\n")
        await answer.show_items(meant.close)
    answer.hints = ["Something like the first one"] if meant.close else [NEWEST, FREE]
    return True


def _measures(pack: dict[str, Any]) -> str:
    low, high = pack["bpm"]
    tempo = "" if low is None else f"{low:g} BPM" if low == high else f"{low:g} to {high:g} BPM"
    return ", ".join(part for part in (escaped(pack["genre"]), tempo, " and ".join(pack["keys"][:3])) if part)


def _tokens(count: int) -> str:
    return counted(count, "token") if count else "nothing"
