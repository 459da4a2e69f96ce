"""The tool that explains words."""

from pydantic import Field

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Scope, Tool
from askchopper.services.knowledge import glossary


class GlossaryArguments(Arguments):
    """Which word."""

    term: str = Field(max_length=120, description="The word, or the question about it.")


async def glossary_lookup(_viewer: Viewer, wanted: GlossaryArguments, _page: PageContext) -> Outcome:
    """Explain a word of production or theory from our own glossary."""
    found = glossary.lookup(wanted.term)
    entries = [{"term": one.term, "text": one.text, "related": list(one.related)} for one in found]
    return Outcome({"entries": entries}, found[0].term if found else "not in our glossary")


TOOLS = (
    Tool(
        "glossary_lookup", "Looking it up", "Looked it up", "book-open", Scope.CATALOGUE, 2.0,
        "Explain a term of music production, theory or licensing from the house's glossary.",
        GlossaryArguments, glossary_lookup,
    ),
)  # fmt: skip
