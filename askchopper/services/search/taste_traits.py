"""Taste in search: the traits a search expresses, ordering of results by taste, and reasons for packs."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.taste import Reason
from askchopper.services import taste_signals
from askchopper.services.taste import preferences, recommendations
from askchopper.services.taste_signals import Trait
from askchopper.taste_vocabulary import TasteFacet
from askchopper.vocabulary import PackSort

_WIDEST_BPM = 30.0  # a wider range is not a trait


async def record_search(session: AsyncSession, viewer: Viewer, filters: Filters) -> None:
    """Record the traits of a viewer's search as a taste signal, see ``taste_signals.record_search``."""
    await taste_signals.record_search(session, viewer.user_id, traits_of_filters(filters))


async def by_taste(session: AsyncSession, viewer: Viewer | None, filters: Filters) -> Filters:
    """Return the filters, sorted by the viewer's taste if it is known and the search leaves the order open.

    The order is not open if one is requested (other than relevance), if words, tags or a reference sound imply one, or if
    there is no filter at all.
    """
    has_order = bool(filters.text or filters.tags or filters.like or filters.fits)
    is_bare = filters == Filters(sort=filters.sort)  # the whole catalogue is sorted by date
    is_open = filters.sort in {None, PackSort.RELEVANCE} and not has_order and not is_bare
    if is_open and await preferences.load(session, viewer):
        return replace(filters, sort=PackSort.FOR_YOU)
    return filters


def traits_of_filters(filters: Filters) -> tuple[Trait, ...]:
    """Return the taste traits of filters: genre, tempo, key and kind."""
    return taste_signals.traits_of(
        {
            TasteFacet.GENRE: filters.genre,
            TasteFacet.TEMPO: _tempo(filters),
            TasteFacet.KEY: filters.key.name if filters.key else None,
            TasteFacet.KIND: filters.kind.value if filters.kind else None,
        }
    )


def _tempo(filters: Filters) -> str | None:
    low, high = filters.bpm_min, filters.bpm_max
    if low is None or high is None or high - low > _WIDEST_BPM:
        return None
    return f"{(low + high) / 2:.0f}"


async def reasons(
    session: AsyncSession, viewer: Viewer | None, filters: Filters, slugs: Collection[str]
) -> dict[str, Reason]:
    """Return the reasons why packs match the viewer's taste, by slug; empty unless results are ordered by taste."""
    if viewer is None or filters.sort is not PackSort.FOR_YOU:
        return {}
    return await recommendations.explain(session, viewer, slugs=slugs)
