"""Helpers for tests of the taste profile."""

from decimal import Decimal

from sqlalchemy import text

from askchopper.database import JOB_TRANSACTION_SECONDS, read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.taste import Taste
from askchopper.services import activity, taste_collecting
from askchopper.services.taste import counting, profile, updates
from tests.support.factories import MadePack, make_pack, new_file


async def make_sound_pack(
    creator: Viewer | None = None,
    *,
    genre: str = "techno",
    bpm: int | None = 128,
    key: str | None = "A minor",
    sounds: int = 2,
    **changes: object,
) -> MadePack:
    """Create a published pack of long loops of one tempo and key."""
    files = tuple(
        new_file(number, bpm=None if bpm is None else Decimal(bpm), key=key, duration_seconds=40.0)
        for number in range(1, sounds + 1)
    )
    return await make_pack(creator, files=files, genre_slug=genre, **changes)


async def play(viewer: Viewer, pack: MadePack, *, seconds: float = 30.0, sound: int = 0) -> bool:
    """Report a play of a sound."""
    async with transaction() as session:
        return await activity.record_play(session, viewer, file_id=pack.file_ids[sound], seconds=seconds)


async def update(viewer: Viewer, *, is_full: bool = False) -> int:
    """Bring a profile up to date as the job does; returns how many signals were added."""
    async with transaction(timeout_seconds=JOB_TRANSACTION_SECONDS) as session:
        added = await counting.update_profile(session, viewer.user_id, is_full=is_full)
        await session.execute(
            text("UPDATE taste_profiles SET listed_at = NULL WHERE user_id = :u"), {"u": viewer.user_id}
        )
    await updates.update_member(viewer.user_id)
    return added


async def collect() -> None:
    """Collect signals from purchases, downloads, plays and questions as the worker does."""
    await taste_collecting.collect()


async def read(viewer: Viewer) -> Taste:
    async with read_only() as session:
        return await profile.get(session, viewer)


async def correct(viewer: Viewer, facet: str, value: str, choice: str) -> None:
    async with transaction() as session:
        await profile.correct(session, viewer, facet=facet, value=value, choice=choice)
