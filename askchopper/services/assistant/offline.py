"""Answers without a language model: from search, glossary, library, wallet and documents, by rules, with the same tools.

It says nothing that a tool did not find, and quotes documents instead of putting them into its own words.
"""

import re
import secrets
from typing import Any, cast

from rapidfuzz import fuzz

from askchopper.database import read_only
from askchopper.errors import AskChopperError
from askchopper.schemas import search
from askchopper.schemas.assistant import ItemsPart, PageContext, SourcePart
from askchopper.services.assistant import calling
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.drawing import PACK
from askchopper.services.assistant.tools.definition import Outcome
from askchopper.services.assistant.writing import Answer
from askchopper.services.knowledge import documents, glossary, passages, quoting
from askchopper.services.search import phrases
from askchopper.services.search.find import STRETCH
from askchopper.vocabulary import PackSort

SHOWN = 4
SAME_TITLE = 82
WELL_COVERED, PARTLY_COVERED = 0.6, 0.4  # shares of a question's words that a quote has
_ASKS_MEANING = re.compile(
    r"\b(why|how (?:loud|long|much|many|often|big|fast|wide)|when should|should i|what(?:'s| is| are| does)|whats|explain|define|meaning of|mean(?:s|ing)?|how (?:do|does|can|should)|difference between)\b",
    re.IGNORECASE,
)
_ASKS_SOUNDS = re.compile(
    r"\b(find|show|search|looking for|need|want|got any|any|give me|recommend|suggest|something|packs?|loops?|samples?|one-?shots?|beats?)\b",
    re.IGNORECASE,
)
_WALLET = re.compile(r"\b(wallet|balance|how many tokens|my tokens|spent)\b", re.IGNORECASE)
_LIBRARY = re.compile(
    r"\b(my library|do i own|i own|have i bought|did i buy|i bought|what (?:did|have) i (?:buy|bought|own)|my packs|my purchases)\b",
    re.IGNORECASE,
)
_BUY = re.compile(r"\b(buy|purchase|get me|i(?:'ll| will) take)\b", re.IGNORECASE)
_COMPARES = re.compile(r"^\s*(?:please )?compare\b|\bwhich (?:one )?(?:is|of (?:them|these|those) is)\b", re.IGNORECASE)
_FITS = re.compile(
    r"\b(?:fits?|goes with|go with|mix(?:es)? with|match(?:es)?)\b.*\b(?:playing|this|hearing|listening)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(r"\bdifference between\s+(.+?)\s+and\s+(.+?)[?.!]*$", re.IGNORECASE)
_PLAYING = re.compile(r"\b(playing|listening to|hearing|this (?:sound|loop|track|one))\b", re.IGNORECASE)
_LIKE = re.compile(
    r"(?:\b(?:similar to|(?:something|anything|one|ones|more|packs?|loops?|sounds?|beats?) like)|^like)\s+(?P<what>.+?)(?:,?\s+but\b\s*(?P<rest>.*))?[?.!]*$",
    re.IGNORECASE,
)
_THAT = re.compile(
    r"^(?:it|this|that|these|those|them|the (?:first|second|third|last)(?: one)?|this one|that one)\b", re.IGNORECASE
)
_ORDINALS = {"second": 1, "third": 2, "last": -1}
_PAPER = re.compile(
    r"\b(contract|agreement|document|pdf|file|page|clause|section|licen[cs]e text|sheet|rider|invoice|notes|manual|letter|say|says|said|according)\b",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"\b(please|can you|could you|find|show|search|give|get|me|us|i|we|need|want|am|looking|for|some|something|any|a|an|the|recommend|suggest|"
    r"is|are|there|do|you|have|got|that|which|with|in|on|of|to|my|all|one|ones|it|packs?|sounds?|around|about|really|very|buy|purchase|propose|order)\b",
    re.IGNORECASE,
)
_COMPARED = {
    "darker": "dark",
    "brighter": "bright",
    "warmer": "warm",
    "softer": "soft",
    "harder": "hard",
    "deeper": "deep",
}
_MIXES = re.compile(r"\bmix(?:es|ing)?\b(?:\s+(?:with|in))?", re.IGNORECASE)
_INSTRUMENTS = re.compile(
    r"\b(pads?|bass|basslines?|kicks?|snares?|claps?|hi-?hats?|hats?|808s?|synths?|leads?|plucks?|arps?|chords?|pianos?|rhodes|"
    r"guitars?|strings?|vocals?|choirs?|bells?|breaks?|risers?|percussion|congas?|bongos?|toms?|cymbals?)\b",
    re.IGNORECASE,
)
_SOUND_WORDS = re.compile(r"\b(sounds?|loops?|one-?shots?)\b", re.IGNORECASE)
# Filters that the tool takes by the names of an address, how they are spoken of, and which go together.
_PASSED_ON = ("genre", "kind", "bpm_min", "bpm_max", "key", "compatible", "duration_max", "price_max", "owned", "sort")
_ARGUMENT_OF = {"q": "query"}
_SPOKEN = {
    "query": "the other words", "genre": "the genre", "kind": "the kind", "bpm_min": "the tempo", "bpm_max": "the tempo",
    "key": "the key", "duration_max": "the length", "price_max": "the price", "like": "the likeness", "tags": "the mood",
}  # fmt: skip
_TOGETHER = {"bpm_min": ("bpm_min", "bpm_max"), "key": ("key", "compatible")}
_LEAST_MINDED = ("query", "bpm_min", "bpm_max", "key", "tags")
MOST_DROPPED = 3
_JOINT = "\N{NON-BREAKING HYPHEN}"  # a date stays in one piece on a phone
BEYOND = (
    "That is one for a language model, and none is connected. I can find sounds and packs, explain terms, and read your library,"
    " your wallet and your documents."
)


async def write(answer: Answer, turn: Turn, page: PageContext) -> None:
    """Answer a question as well as it goes without a model."""
    question = turn.question
    is_about_them = turn.is_attached or bool(_PAPER.search(question))
    if turn.has_documents and await _from_documents(answer, turn, at_least=0.0 if is_about_them else WELL_COVERED):
        return
    if await _by_wish(answer, turn, page):
        return
    if await _meaning(answer, page, question) or await _papers(answer, turn, question):
        return
    is_for_sounds = _ASKS_SOUNDS.search(question)
    if turn.has_documents and not is_for_sounds and await _from_documents(answer, turn, at_least=PARTLY_COVERED):
        return
    if _ASKS_MEANING.search(question) and not is_for_sounds:
        await _say_beyond(answer)
    else:
        await _search(answer, page, question)


async def _by_wish(answer: Answer, turn: Turn, page: PageContext) -> bool:
    """Do what a question plainly wishes; False where it wishes nothing that is known here."""
    question = turn.question
    if _WALLET.search(question):
        await _wallet(answer, page)
    elif _LIBRARY.search(question):
        await _library(answer, page)
    elif _COMPARES.search(question):
        await _say_beyond(answer)
    elif _BUY.search(question) and await _proposal(answer, turn, page):
        return True
    elif _FITS.search(question):
        await _fitting(answer, page)
    elif match := _LIKE.search(question):
        await _similar(answer, turn, page, match)
    elif _PLAYING.search(question) and not _ASKS_SOUNDS.search(question):
        await _playing(answer, page)
    else:
        return False
    return True


async def _say_beyond(answer: Answer) -> None:
    await answer.say(BEYOND)
    answer.hints = ["What is headroom?", "Which packs are free?"]


def follow_ups(answer: Answer) -> list[str]:
    """Return what could be asked next and would be answered."""
    return answer.hints[:3]


async def _use(answer: Answer, page: PageContext, name: str, given: dict[str, Any]) -> Outcome | None:
    """Use a tool with its chip; a failure is told and is no answer."""
    place = await calling.announce(answer, f"own_{secrets.token_hex(6)}", name)
    try:
        return await calling.call(answer, page, name, given, place=place)
    except AskChopperError as error:
        await answer.say(f"{error.sentence}\n\n")
        return None


async def _search(answer: Answer, page: PageContext, question: str) -> None:
    await _find(answer, page, _wanted(question))


async def _find(answer: Answer, page: PageContext, wanted: dict[str, Any]) -> None:
    """Search; where nothing fits all of it, leave out what helps most, and say so."""
    dropped: list[str] = []
    while True:
        outcome = await _use(answer, page, "search_packs", wanted)
        if outcome is None:
            return
        nearest: dict[str, Any] = outcome.content.get("nearest") or {}
        name = _ARGUMENT_OF.get(nearest.get("without", ""), nearest.get("without", ""))
        if name not in wanted:  # no single filter helps: give way where people mind least
            name = next((one for one in _LEAST_MINDED if one in wanted), "")
        if outcome.refs or not name or len(dropped) == MOST_DROPPED:
            break
        dropped.append(_SPOKEN.get(name, name))
        wanted = {key: value for key, value in wanted.items() if key not in _TOGETHER.get(name, (name,))}
    if dropped and outcome.refs:
        await answer.say(f"Nothing fits all of that, so I left out {' and '.join(dropped)}. ")
    await _present(answer, outcome, nothing="Nothing in the catalogue matches that.")


def _wanted(question: str) -> dict[str, Any]:
    """Read a question as a search: what is understood becomes filters, of the other words those stay that say something."""
    query = search.as_query(phrases.read(question).filters())
    words = query.pop("q", "")
    if "key" in query and _MIXES.search(words):
        query["compatible"], words = "strict", _MIXES.sub(" ", words)
    for compared, plain in _COMPARED.items():
        words = re.sub(rf"\b{compared}\b", plain, words, flags=re.IGNORECASE)
    words = " ".join(_NOISE.sub(" ", words).split()).strip(" ?.!,")
    is_sounds = query.get("kind") in {"loop", "one-shot"} or bool(_SOUND_WORDS.search(question))
    is_sounds = is_sounds or (bool(_INSTRUMENTS.search(question)) and "pack" not in question.lower())
    found: dict[str, Any] = {name: query[name] for name in _PASSED_ON if name in query}
    if not is_sounds and found.get("sort") == PackSort.PRICE:
        found.pop("price_max", None)  # "cheapest" has a ceiling that is one of single sounds
    if "tags" in query:
        found["tags"] = query["tags"].split(",")
    return {**found, "what": "sounds" if is_sounds else "packs", **({"query": words[:300]} if words else {})}


async def _present(answer: Answer, outcome: Outcome, *, nothing: str) -> None:
    items: list[dict[str, Any]] = outcome.content.get("items", [])
    for note in outcome.content.get("notes", []):
        await answer.say(f"{note}\n\n")
    if not items:
        await answer.say(nothing)
        answer.hints = ["Show me the newest packs", "Which packs are free?"]
        return
    shown = items[:SHOWN]
    await answer.say("This comes closest:\n\n" if len(shown) == 1 else f"These {len(shown)} come closest:\n\n")
    await answer.show_items([str(item["ref"]) for item in shown])
    await answer.say("\n\n" + "\n".join(f"- {said}" for item in shown if (said := _reason(item))))
    answer.hints = ["Something like the first one", "Which of these are free?", "Buy the first one"]


def _reason(item: dict[str, Any]) -> str:
    """Say what the row of an item does not show: what a pack is about, how much alike a sound is."""
    like = f"{item['score']:.0%} alike" if item.get("score") else ""
    more = str(item.get("summary") or item.get("why") or "").strip()
    said = ", ".join(part for part in (like, _escaped(more)) if part)
    return f"**{_escaped(str(item['title']))}**: {said}" if said else ""


def _escaped(text: str) -> str:
    """Keep other people's words from being read as markdown or as references."""
    return re.sub(r"([\\`*_\[\]<>#|!])", r"\\\1", text)


async def _similar(answer: Answer, turn: Turn, page: PageContext, match: re.Match[str]) -> None:
    named, rest = match["what"].strip(" ?.!"), (match["rest"] or "").strip()
    ref = await _referred(answer, turn, page, named)
    if ref is None:
        await _search(answer, page, turn.question)
        return
    if ref.startswith(PACK) and not rest:
        outcome = await _use(answer, page, "find_similar", {"ref": ref, "what": "packs"})
        if outcome is not None:
            await _present(answer, outcome, nothing="Nothing on sale sounds much like that.")
        return
    await _find(answer, page, {**_wanted(rest), "like": ref, "what": "sounds"})


async def _referred(answer: Answer, turn: Turn, page: PageContext, named: str) -> str | None:
    """Find the pack or sound that somebody means: by its title, or the one shown or playing."""
    if _THAT.match(named):
        shown = _shown_before(turn)
        place = next((number for word, number in _ORDINALS.items() if word in named.lower()), 0)
        if shown and place < len(shown):
            return shown[place]
        outcome = await _use(answer, page, "now_playing", {})
        return outcome.refs[0] if outcome and outcome.refs else None
    outcome = await _use(answer, page, "search_packs", {"query": named[:200], "limit": 3})
    items: list[dict[str, Any]] = outcome.content["items"] if outcome else []
    for item in items:
        if fuzz.WRatio(str(item["title"]).lower(), named.lower()) >= SAME_TITLE:
            return str(item["ref"])
    return None


def _shown_before(turn: Turn) -> list[str]:
    for line in reversed(turn.history):
        refs = [ref for part in line.parts if isinstance(part, ItemsPart) for ref in part.refs]
        if refs:
            return refs
    return []


async def _proposal(answer: Answer, turn: Turn, page: PageContext) -> bool:
    named = _BUY.split(turn.question, maxsplit=1)[-1].strip(" ?.!")
    if not named:
        return False
    ref = await _referred(answer, turn, page, named)
    if ref is None:
        return False
    if await _use(answer, page, "propose_purchase", {"ref": ref}) is not None:
        await answer.say("Look at the licence and the price; the button is yours to press.")
    return True


async def _wallet(answer: Answer, page: PageContext) -> None:
    outcome = await _use(answer, page, "my_wallet", {})
    if outcome is None:
        return
    await answer.say(f"You have **{outcome.content['balance_tokens']:,} tokens**")
    bonus = outcome.content["bonus_tokens"]
    await answer.say(f", {bonus:,} of them bonus tokens, which are spent first.\n\n" if bonus else ".\n\n")
    lines = [{**line, "date": line["date"].replace("-", _JOINT)} for line in outcome.content["latest"][:5]]
    if lines:
        rows = "\n".join(f"| {line['date']} | {_escaped(line['title'])} | {line['tokens']:+,} |" for line in lines)
        await answer.say(f"| Date | What | Tokens |\n| --- | --- | --- |\n{rows}\n\n")
    answer.hints = ["What do I own?", "Which packs are free?"]


async def _library(answer: Answer, page: PageContext) -> None:
    outcome = await _use(answer, page, "my_library", {})
    if outcome is None:
        return
    if not outcome.refs:
        await answer.say("You own nothing yet. What you buy or get for free stays in your library for good.")
        answer.hints = ["Which packs are free?"]
        return
    more = ", the latest first; there are more in your library" if outcome.content["has_more"] else ""
    await answer.say(f"You own these{more}:\n\n")
    await answer.show_items(outcome.refs[: SHOWN * 2])
    answer.hints = ["Something like the first one", "What is in my wallet?"]


async def _playing(answer: Answer, page: PageContext) -> None:
    outcome = await _use(answer, page, "now_playing", {})
    if outcome is None:
        return
    if heard := outcome.content.get("spotify"):
        await answer.say(f"On Spotify: {_escaped(heard['title'])} by {_escaped(heard['artist'])}.\n\n")
    if not outcome.refs:
        await answer.say("Nothing is in the player here. Press play on any sound and ask again.")
        return
    await answer.show_items(outcome.refs)
    await answer.say(_reason(outcome.content["playing"]))
    answer.hints = ["Something like this one"]


async def _fitting(answer: Answer, page: PageContext) -> None:
    """Find what goes with the sound in the player: compatible key, a tempo within reach, ranked by likeness."""
    outcome = await _use(answer, page, "now_playing", {})
    playing: dict[str, Any] | None = outcome.content.get("playing") if outcome else None
    if outcome is None or playing is None:
        await answer.say("Nothing is in the player. Press play on any sound and ask again.")
        return
    wanted: dict[str, Any] = {"like": outcome.refs[0], "what": "sounds"}
    bpm, key = playing.get("bpm"), playing.get("key") or next(iter(playing.get("keys") or []), None)
    tempo: float | None = cast("list[float | None]", bpm)[0] if isinstance(bpm, list) else bpm
    if tempo:
        wanted |= {"bpm_min": round(tempo * (1 - STRETCH), 1), "bpm_max": round(tempo * (1 + STRETCH), 1)}
    if key:
        wanted |= {"key": key, "compatible": "strict"}
    await _find(answer, page, wanted)


async def _meaning(answer: Answer, page: PageContext, question: str) -> bool:
    """Explain a word, if one is asked for and the glossary has it."""
    asks = bool(_ASKS_MEANING.search(question))
    if not asks and (_ASKS_SOUNDS.search(question) or len(question.split()) > 4):
        return False
    pair = _DIFFERENCE.search(question)
    found = [entry for words in (pair.groups() if pair else (question,)) for entry in glossary.lookup(words)[:1]]
    if not found:
        return False
    for entry in found:
        await _use(answer, page, "glossary_lookup", {"term": entry.term})
    for entry in found:
        await answer.say(f"**{entry.term[:1].upper()}{entry.term[1:]}.** {entry.text}\n\n")
    related = [term for entry in found for term in entry.related if term not in {one.term for one in found}]
    if related:
        await answer.say("Related: " + ", ".join(dict.fromkeys(related[:5])) + ".")
    examples = [f"Find {entry.search}" for entry in found if entry.search][:1]
    answer.hints = [f"What is {term}?" for term in related[:2]] + examples
    return True


async def _papers(answer: Answer, turn: Turn, question: str) -> bool:
    """Look through all documents of the reader where the question sounds like one about a paper."""
    if not _PAPER.search(question):
        return False
    return await _from_documents(answer, turn, at_least=WELL_COVERED)


async def _from_documents(answer: Answer, turn: Turn, *, at_least: float) -> bool:
    """Quote the sentences that have most in common with the question.

    Args:
        answer: to write into.
        turn: the question.
        at_least: share of the question's words that the quotes must have to be an answer; 0 for a question that can only be
            about documents, which is answered in any case.
    """
    ids = list(dict.fromkeys(material.document_id for material in turn.materials)) or None
    async with read_only() as session:
        found = await passages.find_passages(session, answer.viewer, question=turn.question, document_ids=ids, limit=6)
        named = {
            line.id: line.title
            for line in await documents.find_documents(session, answer.viewer, document_ids=ids or [])
        }
    quotes = quoting.best_sentences(turn.question, found)
    if quoting.coverage(turn.question, quotes) < at_least:
        return False
    if not quotes:
        titles = ", ".join(named.values()) or "your documents"
        await answer.say(f"I find nothing in {_escaped(titles)} that says this. Ask with words that may stand in it.")
        return True
    await answer.say(
        "This is what it says:\n\n" if len({p.document_id for p, _ in quotes}) == 1 else "This is what they say:\n\n"
    )
    for passage, quote in quotes:
        await answer.say(f"> {_escaped(quote)} ")
        await answer.cite(SourcePart(0, passage.document_id, passage.document_title, quote, passage.id, passage.page))
        await answer.say("\n\n")
    answer.hints = ["What else does it say about this?"]
    return True
