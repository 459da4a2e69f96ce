"""View models of creator pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from askchopper.plurals import counted
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.creators import Portfolio
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Card


@dataclass(frozen=True)
class YearGroup:
    """The packs released in one year."""

    year: str
    cards: list[Card]


def by_year(packs: Sequence[PackCard]) -> list[YearGroup]:
    """Group packs by release year; they must be sorted by release. Packs without a release date are left out."""
    dated = [pack for pack in packs if pack.published_at is not None]
    groups = groupby(dated, key=lambda pack: pack.published_at.year if pack.published_at else 0)
    return [YearGroup(str(year), [catalogue.card(pack) for pack in found]) for year, found in groups]


def reach(portfolio: Portfolio) -> list[str]:
    """Describe a creator's followers, rating and, above the lowest band, sales."""
    count, band = portfolio.follower_count, portfolio.sales_band
    words = [counted(count, "follower")]
    if portfolio.rating_average is not None:
        words.append(f"{portfolio.rating_average:.1f} of 5 from {counted(portfolio.rating_count, 'rating')}")
    return [*words, f"{band:,}+ sales"] if band else words
