"""Suggested prompts for an empty conversation, from what the member owns."""

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.services.purchases import library

COUNT = 3
FOR_ANYONE = (
    "Dark techno around 130 that mixes in A minor",
    "Which packs are free?",
    "What is sidechain compression?",
)


async def suggest(session: AsyncSession, viewer: Viewer) -> list[str]:
    """Return three prompts that the assistant can answer for this member."""
    owned = await library.list_library(session, viewer, limit=1)
    return [*(_of(owned.items[0].pack) if owned.items else ()), *FOR_ANYONE][:COUNT]


def _of(pack: PackCard) -> list[str]:
    """Return a prompt that asks for sounds compatible with a pack."""
    written = [f"Something like {pack.title}"]
    if pack.bpm_min and pack.keys:
        written.append(f"Loops around {pack.bpm_min:g} that mix in {pack.keys[0]}")
    else:
        written.append(f"More {pack.genre} packs")
    return written
