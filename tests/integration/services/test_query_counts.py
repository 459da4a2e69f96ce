import pytest

from askchopper.database import read_only, transaction
from askchopper.schemas.search_filters import Filters
from askchopper.services import wallet
from askchopper.services.catalogue import detail
from askchopper.services.purchases import checkout, library, library_entries
from askchopper.services.search import queries
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("count", [1, 10, 100])
async def test_query_count_is_independent_of_rows(db, count_queries: list[str], count: int):
    seller, buyer = await make_creator(), await make_user(tokens=1000)
    for number in range(count):
        await make_pack(seller, slug=f"p{number}", price=1, files=1, tags=("a", "b"))
    large = await make_pack(slug="large", price=1, files=tuple(new_file(n) for n in range(count)), broadcast=9)
    async with transaction() as session:
        for number in range(count):
            await checkout.buy(session, buyer, pack_slug=f"p{number}", price_tokens=1, key=f"k{number}")

    async def measure(work) -> int:
        count_queries.clear()
        async with read_only() as session:
            await work(session)
        return len(count_queries)

    filters = Filters(text="pack", genre="house", bpm_min=100, bpm_max=140)
    assert await measure(lambda s: queries.list_packs(s, buyer, filters=filters, limit=100)) <= 3
    assert await measure(lambda s: queries.list_files(s, buyer, filters=filters, limit=100)) <= 3
    assert await measure(lambda s: detail.get_pack(s, buyer, slug=large.slug)) <= 5
    assert await measure(lambda s: detail.related_packs(s, buyer, slug=large.slug)) <= 2
    assert await measure(lambda s: detail.get_creator(s, buyer, slug=seller.creator_slug or "")) <= 3
    assert await measure(lambda s: library.list_library(s, buyer, limit=100)) <= 3
    assert await measure(lambda s: library_entries.list_entries(s, buyer, limit=100)) <= 5
    assert await measure(lambda s: wallet.statement(s, buyer, limit=100)) <= 1
    assert await measure(lambda s: wallet.balance(s, buyer)) <= 1
