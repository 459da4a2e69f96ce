"""Offline answers about artists: who they are, and which packs have a similar sound."""

import re
from typing import Any

from askchopper import settings
from askchopper.database import read_only
from askchopper.schemas.artists import Artist, Namesake
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import web
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import pages, table, wording

_TAIL = r"(?:,?\s*(?:and|&)\s+(?:what|which|is there|are there|do you|show|find|anything)\b.*)?[\s?.!]*$"
_WHO = re.compile(
    r"^\s*(?:(?:so|ok|hey|please|and)[,\s]+)?(?:who(?:'s| is| are| was| were)|tell me(?: more)? about|what do you know about)\s+"
    rf"(?P<marked>the (?:artist|producer|musician|band|dj|rapper|duo)\s+)?(?P<who>.+?){_TAIL}",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"\b(?:in the style of|in the vein of|sounds? like|sounding like|similar to|reminiscent of|inspired by|like)\s+"
    rf"(?P<marked>the (?:artist|producer|musician|band|dj|rapper|duo)\s+)?(?P<who>.+?){_TAIL}"
    r"|\b(?P<typed>[\w'.& -]{2,60}?)[\s-]+type\s+(?:beats?|loops?|packs?|drums|sounds?)\b",
    re.IGNORECASE,
)
_SEARCH_WORDS = re.compile(
    r"^(?:find|show me|give me|any|some|a|an|i (?:want|need)|got|search for|looking for)\s+", re.IGNORECASE
)
_KINDS = {"term": "a term", "pack": "a pack", "creator": "a creator"}


async def answer(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Describe an artist from the artist pages, and show packs in a similar style."""
    match, wants_packs = _asked(turn.question)
    if match is None:
        return False
    who = _SEARCH_WORDS.sub("", (match.groupdict().get("who") or match.groupdict().get("typed") or "").strip())
    async with read_only() as session:
        artist = await pages.find(session, who)
        others = await pages.namesakes(session, artist, who) if artist else ()
    if artist is None:
        return False
    if others and not match["marked"] and not wants_packs:
        await _offer_choice(answer, artist, others)
        return True
    outcome = await tool_calls.run_by_rule(answer, page, "artist_info", {"name": artist.name})
    if outcome is not None:
        await _tell(answer, artist, outcome.content, outcome.refs, only_packs=wants_packs)
    return True


async def from_web(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """List web pages about a person; runs after the rules that know artist pages and creators."""
    match = _WHO.match(turn.question)
    if match is None or not settings.get().searches_web or glossary.lookup(match["who"]):
        return False
    found = await web.find(answer, page, f"{match['who']} music artist producer biography")
    if found:
        await answer.add_text("We don't have a page on this artist. From the web:\n\n")
        for one in found[:3]:
            await answer.add_text(f"- {escaped(one.text)} ({one.site}) ")
            await answer.cite_page(one)
            await answer.add_text("\n")
    return found is None or bool(found)


def asks_about_artist(question: str) -> bool:
    """Return whether a question names an artist of the table, or calls a name one, as in "the producer X"."""
    match, _ = _asked(question)
    if match is None:
        return False
    who = match.groupdict().get("who") or match.groupdict().get("typed") or ""
    return table.find(_SEARCH_WORDS.sub("", who.strip())) is not None or bool(match.groupdict().get("marked"))


def _asked(question: str) -> tuple[re.Match[str] | None, bool]:
    """Return the match with the name, and whether the question asks only for packs."""
    if match := _WHO.match(question):
        return match, False
    return _LIKE.search(question), True


async def _offer_choice(answer: AnswerBuilder, artist: Artist, others: tuple[Namesake, ...]) -> None:
    lines = [f"- [{escaped(one.label)}]({one.path}), {_KINDS[one.kind]} here" for one in others]
    await answer.add_text(
        f"“{escaped(artist.name)}” could mean:\n\n- [{escaped(artist.name)}](/artist/{artist.slug}), the artist\n"
        + "\n".join(lines)
    )
    answer.hints = [f"Who is the artist {artist.name}?"] + [
        f"What is {one.label}?" if one.kind == "term" else f"Tell me about {one.label}" for one in others[:2]
    ]


async def _tell(
    answer: AnswerBuilder, artist: Artist, content: dict[str, Any], refs: tuple[str, ...], *, only_packs: bool
) -> None:
    name = escaped(artist.name)
    if not only_packs:
        await answer.add_text(f"{escaped(artist.summary)}\n\n")
        if content["works"]:
            await answer.add_text(f"**Known for:** {', '.join(escaped(work) for work in content['works'])}\n\n")
        terms = [entry for term in artist.style if (entry := glossary.get(term))]
        links = ", ".join(f"[{entry.term}](/learn/{entry.slug})" for entry in terms)
        await answer.add_text(f"**Style:** {links}\n\n")
    if refs:
        await answer.add_text(
            f"Packs here {escaped(wording.in_style(artist.name))}. {escaped(wording.disclaimer(artist.name))}\n\n"
        )
        await answer.show_items(list(refs))
        for pack in content["packs"]:
            await answer.add_text(f"- {escaped(pack['title'])}: {escaped(pack['why'])}\n")
    else:
        await answer.add_text(f"Nothing on sale here fits the style of {name} now.")
    source = artist.sources[0]
    await answer.add_text(
        f"\n\nMore on the page of [{name}]({content['page']}). Source: [{escaped(source.title)}]({source.url})."
    )
    answer.hints = [f"Who is {one['name']}?" for one in content["similar"][:2]]
