"""Offline answers about the wallet and the library.

Each public function is a rule: it answers the question and returns True, or writes nothing and returns False.
"""

import re
from datetime import date

from askchopper.plurals import counted
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant import tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.context import Turn
from askchopper.services.assistant.markdown import escaped
from askchopper.services.assistant.offline import catalogue_search, items, references
from askchopper.services.assistant.offline.catalogue_search import FREE

LIBRARY_SHOWN = 8
_WALLET = re.compile(
    r"\b(wallet|balance|how many tokens (?:do|have|are)|my tokens|tokens left|(?:did|have) i spen[dt]|i spent)\b",
    re.IGNORECASE,
)
_LIBRARY = re.compile(
    r"\b(my library|do i (?:already )?own|i (?:already )?own|have i bought|did i buy|i bought|what (?:did|have) i (?:buy|bought|own)|my packs|my purchases)\b",
    re.IGNORECASE,
)
_OWNS = re.compile(
    r"\b(?:do i (?:already )?own|have i (?:already )?bought|did i (?:already )?buy)\s+(?!(?:last|lately|recently|so far|in|at|before|on)\b)(?P<what>.+)",
    re.IGNORECASE,
)
# Words that refer to the library itself and would match nothing in it.
_FRAME = re.compile(
    r"\b(?:how many|did|last|lately|recently|bought|library|purchases?|already|so far|have i|everything|i (?:already )?(?:own|bought))\b",
    re.IGNORECASE,
)
# Filters that the library supports; with any other, the catalogue search runs on owned items only.
_OF_LIBRARY = {"what", "query", "key", "compatible", "bpm_min", "bpm_max", "half_double", "owned", "sort"}
_JOIN = "\N{NO-BREAK SPACE}"  # a date stays in one piece on a phone


async def wallet(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """Answer with the balance and the latest transactions."""
    if not _WALLET.search(turn.question):
        return False
    outcome = await tool_calls.run_by_rule(answer, page, "my_wallet", {})
    if outcome is None:
        return True
    await answer.add_text(f"You have **{counted(outcome.content['balance_tokens'], 'token')}**")
    bonus = outcome.content["bonus_tokens"]
    await answer.add_text(
        f", including {counted(bonus, 'bonus token')}. Bonus tokens are spent first.\n\n" if bonus else ".\n\n"
    )
    if lines := outcome.content["latest"][:5]:
        rows = "\n".join(f"| {_day(line['date'])} | {escaped(line['title'])} | {line['tokens']:+,} |" for line in lines)
        await answer.add_text(f"| Date | What | Tokens |\n| --- | --- | ---: |\n{rows}\n\n")
    answer.hints = ["What do I own?", FREE]
    return True


def _day(iso_date: str) -> str:
    return f"{date.fromisoformat(iso_date):%-d %b %Y}".replace(" ", _JOIN)


async def library(answer: AnswerBuilder, turn: Turn, page: PageContext) -> bool:
    """List the owned packs and sounds, optionally filtered, or say whether a named one is owned."""
    question = turn.question
    if not _LIBRARY.search(question):
        return False
    owns = _OWNS.search(question)
    if owns and await _owned_or_not(answer, turn, page, owns["what"]):
        return True
    asked = catalogue_search.wanted(_FRAME.sub(" ", question))
    if set(asked) - _OF_LIBRARY:
        return await catalogue_search.search(answer, page, {**asked, "owned": "only"})
    given = {name: asked[name] for name in ("key", "bpm_min", "bpm_max") if name in asked}
    outcome = await tool_calls.run_by_rule(answer, page, "my_library", {**given, "text": asked.get("query", "")[:100]})
    if outcome is None:
        return True
    whole, in_part = outcome.content["packs_owned"], outcome.content["packs_owned_in_part"]
    if not whole + in_part:
        await answer.add_text("You own nothing yet. What you buy or get for free stays in your library for good.")
        answer.hints = [FREE]
        return True
    if given or "query" in asked:
        await answer.add_text(
            "These match, from your library:\n\n" if outcome.refs else "Nothing you own matches that."
        )
    else:
        await answer.add_text(f"You own {_owned(whole, in_part)}. Newest first:\n\n")
    await answer.show_items(outcome.refs[:LIBRARY_SHOWN])
    answer.hints = [*(["Something like the first one"] if outcome.refs else []), "What is in my wallet?"]
    return True


def _owned(whole: int, in_part: int) -> str:
    if not whole:
        return f"sounds from **{counted(in_part, 'pack')}**"
    return f"**{counted(whole, 'pack')}**" + (f", and sounds from {in_part} more" if in_part else "")


async def _owned_or_not(answer: AnswerBuilder, turn: Turn, page: PageContext, what: str) -> bool:
    """Answer "do I own …?"; False if the question does not name a single item."""
    asked = catalogue_search.wanted(what)
    is_description = "query" not in asked or catalogue_search.is_for_sounds(asked, what)
    meant = await references.find(answer, turn, page, what, is_description=is_description)
    item = await references.item_of(answer, meant.ref)
    if item is None:
        return bool(meant.problem) and await items.say_unknown(answer, meant)
    title = escaped(item.title)
    found = None if item.owned else await tool_calls.run_by_rule(answer, page, "my_library", {"text": item.title[:100]})
    parts = next((one["owned_sounds"] for one in found.content["items"] if one["ref"] == meant.ref), 0) if found else 0
    in_part = f"In part: you own {counted(parts, 'sound')} of {title}."
    await answer.add_text(
        f"Yes, you own {title}." if item.owned else in_part if parts else f"No, you do not own {title}."
    )
    await answer.show_items([meant.ref])
    answer.hints = ["What do I own?"] if item.owned else [f"Buy {item.title}"]
    return True
