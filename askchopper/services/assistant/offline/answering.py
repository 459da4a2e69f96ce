"""Rule-based answers without a language model, with the same tools and data.

Rules state only what a tool returned, and quote documents verbatim. They run in order; the first one that can answer does.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import (
    account,
    artists,
    catalogue_search,
    documents,
    items,
    learning,
    memory,
    references,
    theory,
    trends,
    web,
)
from askchopper.services.assistant.offline.catalogue_search import FREE, NEWEST
from askchopper.services.assistant.tools.catalogue import MOST
from askchopper.services.knowledge import policies
from askchopper.vocabulary import ChatRole

_GREETS = re.compile(
    r"\s*(?:hi|hello|hey|hiya|howdy|yo|hallo|good (?:morning|afternoon|evening))(?:[ ,]+(?:there|chopper|all|everyone))*[\s!.,?]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\s*(?:(?:ok|okay|great|cool|perfect|nice|many|awesome|danke|bye|goodbye|cheers|thx|ty|thanks|thank you|got it)[\s!.,]*)+"
    r"(?:a lot|so much|very much|chopper|for .{1,40})?[\s!.]*",
    re.IGNORECASE,
)
_ASKS_MEANING = re.compile(
    r"\b(why|what (?:bpm|tempo)|how (?:loud|long|much|many|often|big|fast|wide)|when should|should i|what(?:'s| is| are| does)|whats|explain|define|meaning of|mean(?:s|ing)?|how (?:do|does|can|should)|difference between)\b",
    re.IGNORECASE,
)
_IS_QUESTION = re.compile(
    r"\s*(?:what|who|whose|when|where|why|how|can|could|do|does|did|is|are|am|will|would|should|may|which)\b",
    re.IGNORECASE,
)
_NEEDS_A_MIND = re.compile(
    r"^\s*(?:please )?(?:compare|compose|write|make|produce|translate|mix|master)\b|\bwhich (?:one )?(?:is|of (?:them|these|those) is)\b|"
    r"\b(?:can|could|will|would) you (?:make|write|compose|produce|mix|master|sing)\b",
    re.IGNORECASE,
)
_FITS = re.compile(r"\b(?:fits?|goes with|go with|mix(?:es)? with|match(?:es)?)\s+(?P<what>.+)", re.IGNORECASE)
_SPOTIFY = re.compile(r"\bspotify\b", re.IGNORECASE)
_HEARD = re.compile(r"\b(?:playing|this|hearing|listening)\b", re.IGNORECASE)
_WHO = re.compile(r"\s*(?:who(?:'s| is| are)|tell me(?: more)? about)\s+(?P<who>.+?)[\s?.!]*$", re.IGNORECASE)
_MORE = re.compile(
    r"\s*(?:(?:please |can you )?show(?: me)? )?(?:some |any )?(?:more|others?|the next(?: ones)?)(?: of (?:these|those|them))?[\s?.!]*",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(r"\s*(?:how|why|who|when|where)\b", re.IGNORECASE)
# "How many tokens do I have and what does it cost?" are two questions; "drums and bass" is one.
_SECOND_QUESTION = re.compile(
    r"(?:\?\s+(?:and\s+|also\s+)?|,?\s+and\s+(?:also\s+)?)"
    r"(?!(?:what|which\s+\w+)\s+(?:here\s+)?sounds?\s+like\b)"  # "who is …, and what here sounds like that" is one
    r"(?=(?:what(?:'s)?|how|who|when|where|why|which|does|did|do|is|are|can)\s)",
    re.IGNORECASE,
)
_PLAYING = re.compile(r"\b(playing|listening to|hearing|this (?:sound|loop|track|one))\b", re.IGNORECASE)
MOST_READ = 1_000
CAN = "I can find sounds and packs, explain terms, and read your library, your wallet and your documents."
BEYOND = f"I can't help with that in basic mode. {CAN}"
HELLO = "Hello. Tell me what you are looking for, such as “dark techno around 130 in A minor”."
WELCOME = "You're welcome."

Rule = Callable[[AnswerBuilder, Turn, PageContext], Awaitable[bool]]


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> None:
    """Answer a question, or two joined ones, by the rules; say what basic mode can do if none applies."""
    # Patterns are tried at every position; a long text would block the event loop.
    turn = replace(turn, question=" ".join(turn.question.split())[:MOST_READ])
    parts = _SECOND_QUESTION.split(turn.question, maxsplit=1)
    answered = False
    for part in parts:
        if answered:
            await answer.add_text("\n\n")
        answered = await _answer_part(answer, replace(turn, question=part), page) or answered
    if not answered:
        await _say_beyond(answer, turn)


async def _answer_part(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    for rule in RULES:
        if await rule(answer, turn, page):
            return True
    return False


async def _say_beyond(answer: AnswerBuilder, turn: Turn) -> None:
    await answer.add_text(BEYOND)
    item = await references.item_of(answer, await references.mentioned(turn.question))
    answer.hints = [f"Tell me about {item.title}"] if item else ["What is headroom?", FREE]


async def _small_talk(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    for pattern, said in ((_GREETS, HELLO), (_THANKS, WELCOME)):
        if pattern.fullmatch(turn.question):
            await answer.add_text(said)
            answer.hints = [NEWEST, FREE, "What do I own?"]
            return True
    return False


async def _policy(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Answer questions about policies: refunds, licences, selling."""
    rule = policies.find(turn.question)
    if rule is None:
        return False
    await tool_calls.run_by_rule(answer, page, "policy_lookup", {"topic": rule.topic})
    await answer.add_text(rule.text)
    answer.hints = (
        [NEWEST, FREE, "What do I own?"] if rule.topic == "assistant" else ["What can you do?", "What do I own?"]
    )
    return True


async def _search(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Search the catalogue, unless the question is about something else."""
    question, asked = turn.question, catalogue_search.wanted(turn.question)
    is_sure = catalogue_search.is_for_sounds(asked, question)
    if catalogue_search.ASKS_SOUNDS.search(question):
        return await catalogue_search.search(answer, page, asked, is_sure=is_sure or not _ASKS_HOW.match(question))
    if _ASKS_MEANING.search(question) and "sort" not in asked:
        return False
    if not is_sure and _IS_QUESTION.match(question):
        return False
    return await catalogue_search.search(answer, page, asked, is_sure=is_sure)


async def _more(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Show further results of the previous search."""
    asked = [line.words for line in turn.history if line.role is ChatRole.USER and not _MORE.fullmatch(line.words)]
    seen = {ref for refs in references.shown_before(turn) for ref in refs}
    if not (_MORE.fullmatch(turn.question) and asked and seen):
        return False
    return await catalogue_search.search(answer, page, {**catalogue_search.wanted(asked[-1]), "limit": MOST}, seen=seen)


async def _maker(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """List a creator's packs and sounds."""
    match = _WHO.match(turn.question)
    asked = {"what": "packs", "creator": match["who"][:60]} if match else {}
    return bool(asked) and await catalogue_search.search(answer, page, asked, is_sure=False)


async def _playing(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    if not _PLAYING.search(turn.question) or catalogue_search.ASKS_SOUNDS.search(turn.question):
        return False
    outcome = await tool_calls.run_by_rule(answer, page, "now_playing", {})
    if outcome is None:
        return True
    if heard := outcome.content.get("spotify"):
        await answer.add_text(_on_spotify(heard))
    elif _SPOTIFY.search(turn.question):
        await answer.add_text(f"{outcome.content['why_no_spotify']}\n\n")
    if outcome.refs:
        await answer.show_items(outcome.refs)
        await answer.add_text(catalogue_search.reason(outcome.content["playing"]))
        answer.hints = ["Something like this one"]
    elif heard and heard["genre"]:
        answer.hints = ["What goes with what's playing on Spotify?"]
    elif not _SPOTIFY.search(turn.question):
        await answer.add_text("Nothing is in the player here. Press play on any sound and ask again.")
    return True


async def _fitting(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Find compatible sounds: compatible key and tempo, ranked by similarity."""
    match = _FITS.search(turn.question)
    if match is None:
        return False
    if _HEARD.search(match["what"]):
        outcome = await tool_calls.run_by_rule(answer, page, "now_playing", {})
        if outcome is None:
            return True
        is_spotify = bool(_SPOTIFY.search(turn.question))
        ref = "" if is_spotify else next(iter(outcome.refs), "")
        if not ref and (outcome.content.get("spotify") or is_spotify):
            return await _fitting_spotify(answer, outcome.content, page)
        if not ref:
            await answer.add_text("Nothing is in the player. Press play on any sound and ask again.")
            return True
    elif not (ref := (await references.by_title(match["what"])).ref):
        return False
    return await catalogue_search.search(answer, page, {"fits": ref, "what": "sounds"})


async def _fitting_spotify(answer: AnswerBuilder, found: dict[str, Any], page: PageContext) -> bool:
    """Find packs in the genre of the track playing on Spotify; Spotify's API exposes neither tempo nor key."""
    heard = found.get("spotify")
    if not heard:
        await answer.add_text(found["why_no_spotify"])
        return True
    await answer.add_text(_on_spotify(heard))
    if not heard["genre"]:
        await answer.add_text(
            "Spotify gives no genre that we know for this artist, and no tempo or key. Name a style to search for."
        )
        return True
    await answer.add_text("Spotify gives no tempo or key, so this uses the artist's genre.\n\n")
    return await catalogue_search.search(answer, page, {"what": "packs", "genre": heard["genre"]})


def _on_spotify(heard: dict[str, Any]) -> str:
    return f"On Spotify: {escaped(heard['title'])} by {escaped(heard['artist'])}.\n\n"


async def _mind(answer: AnswerBuilder, turn: Turn, _page: PageContext) -> bool:
    """Decline requests that need judgement or creative work."""
    if not _NEEDS_A_MIND.search(turn.question):
        return False
    await _say_beyond(answer, turn)
    return True


# Add further rules here, before the search, which accepts nearly everything.
RULES: tuple[Rule, ...] = (
    _small_talk, memory.changed, documents.at_hand, theory.answer, trends.answer, web.answer, memory.what_is_known, memory.talked_about, memory.told, memory.for_me, _policy, items.which_of_these, _more, account.wallet, account.library, _mind, items.proposal, _fitting,
    artists.answer, items.similar, learning.answer, items.about, _playing, documents.any_of_them, _maker, artists.from_web, _search,
)  # fmt: skip
