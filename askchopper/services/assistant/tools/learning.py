"""The tools that explain: words of the trade, and the ways of the house."""

from typing import Literal

from pydantic import Field

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge import glossary, house


class GlossaryArguments(Arguments):
    """Which word."""

    term: str = Field(max_length=120, description="The word, or the question about it.")


async def glossary_lookup(_viewer: Viewer, wanted: GlossaryArguments, _page: PageContext) -> Outcome:
    """Explain a word of production or theory from our own glossary."""
    found = glossary.lookup(wanted.term)
    entries = [{"term": one.term, "text": one.text, "related": list(one.related)} for one in found]
    return Outcome({"entries": entries}, found[0].term if found else "not in our glossary")


class HouseArguments(Arguments):
    """Which of the house's ways."""

    topic: Literal[
        "refunds", "licences", "tokens", "buying", "downloads", "selling", "payouts", "formats", "account", "privacy",
        "assistant",
    ]  # fmt: skip


async def house_rules(_viewer: Viewer, wanted: HouseArguments, _page: PageContext) -> Outcome:
    """Tell how the house does something."""
    rule = house.get(wanted.topic)
    return Outcome({"rule": rule.text if rule else None}, wanted.topic)


TOOLS = (
    Tool(
        "glossary_lookup", "Looking it up", "Looked it up", "book-open", 2.0,
        "Explain a term of music production, theory or licensing from the house's glossary.",
        GlossaryArguments, glossary_lookup,
    ),
    Tool(
        "house_rules", "Reading the rules", "Read the rules", "book-open", 2.0,
        "Read how this marketplace does things: refunds, licences, tokens, downloads, selling, formats, accounts, privacy.",
        HouseArguments, house_rules,
    ),
)  # fmt: skip
