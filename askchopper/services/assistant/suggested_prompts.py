"""Suggested prompts for an empty conversation, from what the member owns."""

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.services.purchases import library
from askchopper.services.search import examples

COUNT = 3
_FOR_ANYONE = ("Which packs are free?", "What is sidechain compression?")


async def suggest(session: AsyncSession, viewer: Viewer | None) -> list[str]:
    """Return three prompts that the assistant can answer: from what the member owns, then a search that finds something."""
    owned = await library.list_library(session, viewer, limit=1) if viewer else None
    searches = [f"Find {phrase[:1].lower()}{phrase[1:]}" for phrase in (await examples.current(session))[1:2]]
    return [*(_of(owned.items[0].pack) if owned and owned.items else ()), *searches, *_FOR_ANYONE][:COUNT]


def _of(pack: PackCard) -> list[str]:
    """Return a prompt that asks for sounds similar to a pack."""
    return [f"Something like {pack.title}"]
