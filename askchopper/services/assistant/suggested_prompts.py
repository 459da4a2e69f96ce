"""Suggested prompts for an empty conversation, based on the member's library."""

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.services.purchases import library
from askchopper.services.search import examples

COUNT = 3
_FREE = "Which packs are free?"
_TERM = "What is sidechain compression?"


async def suggest(session: AsyncSession, viewer: Viewer | None) -> list[str]:
    """Return up to three prompts with useful answers: one based on the member's library, a search with results, fixed ones.

    A visitor gets only searches, which the browse page can run without an account.
    """
    searches = [f"Find {phrase[:1].lower()}{phrase[1:]}" for phrase in await examples.current(session)]
    if viewer is None:
        return [*searches[:2], _FREE][:COUNT]
    owned = await library.list_library(session, viewer, limit=1)
    return [*(_of(owned.items[0].pack) if owned.items else ()), *searches[1:2], _FREE, _TERM][:COUNT]


def _of(pack: PackCard) -> list[str]:
    """Return a prompt that asks for sounds similar to a pack."""
    return [f"Something like {pack.title}"]
