"""The catalogue data of the landing page. It is cached and shared by all visitors, so traffic adds no database load."""

import asyncio
import time
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import CatalogueTotals, FileRow, PackCard
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.view_models.catalogue import SHELF_CARDS
from askchopper.services.catalogue import detail, totals
from askchopper.services.knowledge import trends
from askchopper.services.search import examples, queries, recommendations
from askchopper.vocabulary import PackSort

KEPT_SECONDS = 5.0
STRIP_PACKS = 6


@dataclass(frozen=True, eq=False)
class Landing:
    """Packs, the sound of the day, searches to try, and totals."""

    newest: tuple[PackCard, ...]
    popular: tuple[PackCard, ...]
    rising: tuple[PackCard, ...]
    daily: FileRow | None
    phrases: tuple[str, ...]
    totals: CatalogueTotals


_kept: list[tuple[float, asyncio.Task[Landing]]] = []  # at most one, with the time until which it is kept


async def read() -> Landing:
    """Return the cached landing data, at most ``KEPT_SECONDS`` old. Concurrent callers share one read."""
    now = time.monotonic()
    if not _kept or now >= _kept[0][0] or _kept[0][1].get_loop() is not asyncio.get_running_loop():
        _kept[:] = [(now + KEPT_SECONDS, asyncio.create_task(_read()))]
    try:
        return await asyncio.shield(_kept[0][1])  # a cancelled caller must not cancel the read of the others
    except Exception:
        forget()
        raise


async def seen_by(session: AsyncSession, viewer: Viewer, found: Landing) -> Landing:
    """Return the landing data with the viewer's ownership and likes; packs that the viewer cannot see are left out."""
    ids = {pack.id for pack in (*found.newest, *found.popular, *found.rising)}
    packs = {pack.id: pack for pack in await detail.find_packs_by_id(session, viewer, ids=sorted(ids))}
    files = await detail.find_files(session, viewer, file_ids=[found.daily.id]) if found.daily else {}

    def own(shelf: tuple[PackCard, ...]) -> tuple[PackCard, ...]:
        return tuple(packs[pack.id] for pack in shelf if pack.id in packs)

    return replace(
        found, newest=own(found.newest), popular=own(found.popular), rising=own(found.rising), daily=next(iter(files.values()), None)
    )  # fmt: skip


async def _read() -> Landing:
    async with read_only() as session:
        newest = await queries.list_packs(session, None, filters=Filters(sort=PackSort.NEWEST), limit=SHELF_CARDS)
        popular = await queries.list_packs(session, None, filters=Filters(sort=PackSort.POPULAR), limit=STRIP_PACKS)
        return Landing(
            newest=tuple(newest.items),
            popular=tuple(popular.items),
            rising=tuple(await trends.rising_packs(session, None)),
            daily=await recommendations.sound_of_the_day(session, None),
            phrases=tuple(await examples.current(session)),
            totals=await totals.totals(session),
        )


def forget() -> None:
    """Clear the cache."""
    _kept.clear()
