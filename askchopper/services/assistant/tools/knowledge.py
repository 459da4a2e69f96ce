"""Tools that explain: glossary terms and the marketplace's policies."""

from typing import Literal

from pydantic import Field

from askchopper import routes
from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.services.assistant.tools.definition import Arguments, Outcome, Tool
from askchopper.services.knowledge import demonstrations, examples, glossary, policies, resources


class GlossaryArguments(Arguments):
    """Arguments of ``glossary_lookup``."""

    term: str = Field(max_length=120, description="The word, or the question about it.")


async def glossary_lookup(viewer: Viewer, wanted: GlossaryArguments, _page: PageContext) -> Outcome:
    """Look up a production or theory term in the glossary, with examples from the catalogue."""
    found = glossary.lookup(wanted.term) or glossary.search(wanted.term, limit=1)
    async with read_only() as session:
        sounds = await examples.of_terms(session, viewer, [one.slug for one in found[:1]])
    refs = [f"sound:{row.id}" for one in found[:1] for row in sounds.get(one.slug, ())]
    entries = [
        {
            "term": one.term, "text": one.text, "try": one.tip, "related": _related(one), "page": routes.term(one.slug),
            "has_before_and_after_sound": bool(demonstrations.of_term(one.slug)),
        }
        for one in found
    ]  # fmt: skip
    pages = [{"title": page.title, "url": page.url} for one in found[:1] for page in resources.for_topic(one.kind)]
    content = {"entries": entries, "examples": refs, "learning_pages": pages}
    return Outcome(content, found[0].term if found else "not in our glossary", tuple(refs))


def _related(entry: GlossaryEntry) -> list[dict[str, str]]:
    known = (glossary.get(name) for name in entry.related)
    return [{"term": one.term, "page": routes.term(one.slug)} for one in known if one is not None]


class PolicyArguments(Arguments):
    """Arguments of ``policy_lookup``."""

    topic: Literal[
        "refunds", "licences", "tokens", "buying", "downloads", "selling", "payouts", "formats", "account", "privacy",
        "assistant",
    ]  # fmt: skip


async def look_up_policy(_viewer: Viewer, wanted: PolicyArguments, _page: PageContext) -> Outcome:
    """Look up a policy: refunds, licences, tokens, selling."""
    rule = policies.get(wanted.topic)
    return Outcome({"rule": rule.text if rule else None}, wanted.topic)


TOOLS = (
    Tool(
        "glossary_lookup", "Looking it up", "Looked it up", "book-open", 2.0,
        "Explain a term of music production, theory or licensing from the glossary.",
        GlossaryArguments, glossary_lookup,
    ),
    Tool(
        "policy_lookup", "Checking licence terms", "Checked licence terms", "book-open", 2.0,
        "Read how this marketplace does things: refunds, licences, tokens, downloads, selling, formats, accounts, privacy.",
        PolicyArguments, look_up_policy,
    ),
)  # fmt: skip
