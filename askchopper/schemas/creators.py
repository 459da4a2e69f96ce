"""Creator pages."""

from dataclasses import dataclass

from askchopper.schemas.catalogue import PackCard


@dataclass(frozen=True)
class Portfolio:
    """Content of a creator's page beyond the profile.

    ``sales_band`` is the lower bound of a band; 0 below the first. ``rating_average`` is over all ratings of the creator's packs; None if
    there are too few.
    """

    banner_key: str
    follower_count: int
    sales_band: int
    rating_average: float | None
    rating_count: int
    tags: tuple[tuple[str, str], ...]  # slug and name, most used first
    featured: tuple[PackCard, ...]
    alike: tuple[PackCard, ...]


@dataclass(frozen=True)
class CreatorPageSettings:
    """Settings of a creator's page: slug, banner, and own packs with those featured."""

    slug: str
    changes_left: int
    banner_key: str
    packs: tuple[tuple[str, str, bool], ...]  # slug, title, whether it is featured
    featured: tuple[str, ...]  # slugs, in the order of the page
