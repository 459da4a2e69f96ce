"""The order of a list where none is asked for."""

import pytest

from askchopper.schemas.search_filters import Filters
from askchopper.services.search.filters import default_sort
from askchopper.vocabulary import PackSort


@pytest.mark.parametrize(
    ("filters", "order"),
    [
        (Filters(), PackSort.NEWEST),
        (Filters(genre="techno", sort=PackSort.POPULAR), PackSort.NEWEST),
        (Filters(text="dusty", sort=PackSort.NEWEST), PackSort.RELEVANCE),
        (Filters(tags=("dark",)), PackSort.RELEVANCE),
        (Filters(like="pack:low-ceiling"), PackSort.RELEVANCE),
    ],
)
def test_relevance_needs_something_to_be_relevant_to(filters: Filters, order: PackSort):
    assert default_sort(filters) is order
