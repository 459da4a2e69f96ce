import base64
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.models.base import utc_now
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters
from askchopper.services.catalogue import pack_store
from askchopper.services.catalogue import totals as figures
from askchopper.services.purchases import checkout
from askchopper.services.search import queries
from askchopper.vocabulary import Compatible, FileKind, PackSort
from tests.support.factories import MadePack, make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def found(**filters: object) -> list[str]:
    async with read_only() as session:
        page = await queries.list_packs(session, None, filters=Filters(**filters), limit=100)  # type: ignore[arg-type]
    return [card.slug for card in page.items]


async def found_files(**filters: object) -> list[str]:
    async with read_only() as session:
        page = await queries.list_files(session, None, filters=Filters(**filters), limit=100)  # type: ignore[arg-type]
        count = await queries.count_files(session, None, Filters(**filters))  # type: ignore[arg-type]
    assert count == len(page.items)
    return [row.title for row in page.items]


async def three() -> tuple[MadePack, MadePack, MadePack]:
    dusty = await make_pack(
        slug="dusty", title="Dusty Café", genre_slug="lo-fi", price=10, tags=("tape",), description="Slow drums for rain.",
        files=(new_file(1, title="Kick", kind=FileKind.ONE_SHOT, bpm=None, key=None, duration_seconds=0.5),
               new_file(2, title="Rhodes loop", bpm=Decimal("84"), key="A minor")),
    )  # fmt: skip
    acid = await make_pack(
        slug="acid", title="Acid Rain", genre_slug="techno", price=25,
        files=(new_file(1, title="Bass", bpm=Decimal("127.6"), key="F# minor", price_tokens=3),
               new_file(2, title="Pad", bpm=Decimal("130.5"), key="C major", price_tokens=9)),
    )  # fmt: skip
    house = await make_pack(slug="house", title="House", genre_slug="house", price=0, files=1)
    return dusty, acid, house


async def test_only_published_packs_are_listed(db):
    pack, draft = await make_pack(), await make_pack(is_published=False)
    assert await found() == [pack.slug]
    async with transaction() as session:
        await pack_store.mark_unpublished(session, pack.id)
    assert await found() == []
    assert await found_files() == []
    assert draft


async def test_each_filter_selects(db):
    _, acid, _ = await three()
    assert await found(genre="techno") == ["acid"]
    assert await found(price_max_tokens=10) == ["house", "dusty"]
    assert await found(price_max_tokens=2**40) == ["house", "acid", "dusty"]
    assert await found(creator=acid.creator.creator_slug) == ["acid"]
    assert await found(kind=FileKind.ONE_SHOT) == ["dusty"]


async def test_tempo_range_includes_values_that_round_into_it(db):
    await three()
    assert await found_files(bpm_min=128, bpm_max=130) == ["Bass"]
    assert await found(bpm_min=128, bpm_max=130) == ["acid"]
    assert await found(bpm_min=85, bpm_max=110) == []
    assert await found(bpm_min=83, bpm_max=85) == ["dusty"]


async def test_range_between_two_sounds_does_not_match_the_pack(db):
    await make_pack(slug="wide", files=(new_file(1, bpm=Decimal(90)), new_file(2, bpm=Decimal(140))))
    assert await found(bpm_min=110, bpm_max=120) == []


async def test_sound_filters_must_match_one_sound(db):
    await three()
    assert await found(bpm_min=127, bpm_max=128, key=MusicalKey.parse("C")) == []
    assert await found(bpm_min=130, bpm_max=131, key=MusicalKey.parse("C")) == ["acid"]


async def test_keys_match_exactly_or_by_compatibility(db):
    await three()
    assert await found(key=MusicalKey.parse("Am")) == ["house", "dusty"]
    assert await found_files(key=MusicalKey.parse("C"), compatible=Compatible.STRICT) == [
        "Sound 1",
        "Pad",
        "Rhodes loop",
    ]


@pytest.mark.parametrize(
    ("words", "slugs"),
    [
        ("acid", ["acid"]), ("ACID ra", ["acid"]), ("rain", ["acid", "dusty"]), ("cafe", ["dusty"]), ("café", ["dusty"]),
        ("tape", ["dusty"]), ("drum", ["dusty"]), ("rhodes", ["dusty"]), ("dusty -café", []),
        ('"acid rain"', ["acid"]), ("nothing", []), ("acid' OR 1=1 --", []), ("!!! ((( :*", None), ("\x00", None), ("-\"a b\"", None),
    ],
)  # fmt: skip
async def test_text_matches_pack_and_sound_fields(db, words: str, slugs: list[str] | None):
    await three()
    result = await found(text=words)
    if slugs is not None:
        assert result == slugs
    await found_files(text=words)


async def test_title_outranks_description(db):
    await make_pack(slug="in-text", title="Other", description="velvet velvet")
    await make_pack(slug="in-title", title="Velvet")
    await make_pack(slug="in-tag", title="Third", tags=("velvet",))
    assert await found(text="velvet") == ["in-title", "in-tag", "in-text"]


async def test_text_finds_sounds_by_title_and_pack(db):
    await three()
    assert await found_files(text="rhodes") == ["Rhodes loop"]
    assert set(await found_files(text="acid")) == {"Bass", "Pad"}


async def many() -> list[MadePack]:
    seller = await make_creator()
    packs = []
    for number in range(13):
        files = (
            new_file(1, bpm=None if number % 4 == 0 else Decimal(100 + number % 3), duration_seconds=1.0 + number % 2),
        )
        pack = await make_pack(seller, slug=f"p{number:02}", title=f"Velvet {number}", price=number % 3, files=files)
        async with transaction() as session:
            await pack_store.mark_published(session, pack.id, published_at=utc_now() - timedelta(days=number % 5))
        packs.append(pack)
    return packs


@pytest.mark.parametrize("text", ["", "velvet"])
@pytest.mark.parametrize("of_files", [False, True])
async def test_paging_is_complete_in_every_order(db, text: str, of_files: bool):
    await many()
    list_some = queries.list_files if of_files else queries.list_packs
    for sort in (*PackSort, None):
        filters = Filters(sort=sort, text=text)
        async with read_only() as session:
            everything = [item.id for item in (await list_some(session, None, filters=filters, limit=100)).items]
            seen: list[str] = []
            cursor = None
            while True:
                page = await list_some(session, None, filters=filters, limit=3, cursor=cursor)
                seen += [item.id for item in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
        assert seen == everything, sort
        assert len(set(seen)) == 13, sort


async def test_sort_orders(db):
    await many()
    async with read_only() as session:
        cheap = (await queries.list_packs(session, None, filters=Filters(sort=PackSort.PRICE))).items
        slow = (await queries.list_packs(session, None, filters=Filters(sort=PackSort.BPM))).items
        new = (await queries.list_packs(session, None, filters=Filters())).items
    assert [card.price_tokens for card in cheap] == sorted(card.price_tokens for card in cheap)
    tempos = [card.bpm_min for card in slow]
    known = [tempo for tempo in tempos if tempo is not None]
    assert tempos == sorted(known) + [None] * (13 - len(known))
    moments = [card.published_at for card in new]
    assert moments == sorted(moments, reverse=True)  # type: ignore[type-var]


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize("sort", list(PackSort))
async def test_forged_cursors_are_rejected_or_harmless(db, sort: PackSort):
    await make_pack()
    values = ("now", 10**30, -(10**30), 1e400, None, [], {}, True, "1; DROP TABLE packs", "2020-01-01")
    first = "00000000-0000-0000-0000-000000000000"
    cursors = [forged(name, value, first) for value in values for name in (sort.value, "other")]
    for cursor in (*cursors, forged(sort.value, 1, "no id"), forged(sort.value, 1, 7)):
        async with read_only() as session:
            try:
                await queries.list_packs(session, None, filters=Filters(sort=sort), cursor=cursor)
            except InvalidInputError as error:
                assert error.field == "cursor"  # noqa: PT017 - some are harmless


async def test_counts_stop_at_the_cap(db):
    await many()
    async with read_only() as session:
        assert await queries.count_packs(session, None, Filters()) == 13
        assert await queries.count_packs(session, None, Filters(), cap=5) == 5
        assert await queries.count_files(session, None, Filters(), cap=5) == 5


async def test_facets_and_totals_count_published_packs(db):
    await three()
    await make_pack(genre_slug="house", is_published=False)
    async with read_only() as session:
        totals = await figures.totals(session)
    assert (totals.files, totals.packs, totals.creators) == (5, 3, 3)
    assert [(facet.value, facet.count) for facet in totals.genres] == [("house", 1), ("lo-fi", 1), ("techno", 1)]


async def test_lists_mark_owned_items(db):
    buyer, pack, other = await make_user(tokens=50), await make_pack(price=5), await make_pack(price=5)
    async with transaction() as session:
        await checkout.buy(session, buyer, file_id=pack.file_ids[0], price_tokens=5, key="one")
        await checkout.buy(session, buyer, pack_slug=other.slug, price_tokens=5, key="two")
    async with read_only() as session:
        cards = {card.slug: card.owned for card in (await queries.list_packs(session, buyer, filters=Filters())).items}
        rows = {row.id: row.owned for row in (await queries.list_files(session, buyer, filters=Filters())).items}
        anonymous = (await queries.list_packs(session, None, filters=Filters())).items
    assert cards == {pack.slug: False, other.slug: True}
    assert [rows[file_id] for file_id in (*pack.file_ids, *other.file_ids)] == [True, False, True, True]
    assert not any(card.owned for card in anonymous)
