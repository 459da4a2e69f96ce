import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.purchases import LibraryEntry, LibraryFilter, LibrarySort
from askchopper.services.purchases import checkout, downloads, library_entries
from tests.support.factories import MadePack, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def buy(viewer: Viewer, price: int, **what: object) -> None:
    async with transaction() as session:
        await checkout.buy(session, viewer, price_tokens=price, key=f"{what}"[:90].replace(" ", ""), **what)  # type: ignore[arg-type]


async def entries(viewer: Viewer, **named: object):
    async with read_only() as session:
        return await library_entries.list_entries(session, viewer, **named)  # type: ignore[arg-type]


def names(items: tuple[LibraryEntry, ...]) -> list[str]:
    return [entry.file.title if entry.file else entry.pack.title for entry in items]


async def _library() -> tuple[Viewer, MadePack, MadePack]:
    """A buyer of the packs Brick (140 BPM, first) and Amber (90 BPM), and of the sound Clap (no tempo) of a third one."""
    buyer = await make_user(tokens=100)
    brick = await make_pack(price=9, title="Brick", files=(new_file(1, title="Deep", bpm=140),))
    amber = await make_pack(price=9, title="Amber", files=(new_file(1, title="Low", bpm=90), new_file(2, bpm=95)))
    third = await make_pack(price=30, title="Third", files=(new_file(1, title="Clap", bpm=None), new_file(2)))
    await buy(buyer, 9, pack_slug=brick.slug)
    await buy(buyer, 5, file_id=third.file_ids[0])
    await buy(buyer, 5, file_id=amber.file_ids[0])
    await buy(buyer, 5, pack_slug=amber.slug)
    return buyer, brick, third


async def test_packs_and_single_sounds_are_listed_once(db):
    buyer, _, _ = await _library()
    page = await entries(buyer)
    assert names(page.items) == ["Amber", "Clap", "Brick"]
    assert [(entry.file_count, entry.licence is not None, entry.is_downloaded) for entry in page.items] == [
        (2, True, False), (1, True, False), (1, True, False),
    ]  # fmt: skip
    assert page.items[1].size_bytes == page.items[1].file.size_bytes  # type: ignore[union-attr]
    assert (await entries(await make_user())).items == ()


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("newest", "Amber Clap Brick"),
        ("oldest", "Brick Clap Amber"),
        ("name", "Amber Brick Clap"),
        ("-name", "Clap Brick Amber"),
        ("bpm", "Amber Brick Clap"),
        ("-bpm", "Brick Amber Clap"),
    ],
)
async def test_each_order_continues_on_the_next_page(db, sort: str, expected: str):
    buyer, _, _ = await _library()
    seen, cursor = [], None
    while True:
        page = await entries(buyer, sort=LibrarySort(sort), limit=1, cursor=cursor)
        seen += names(page.items)
        if (cursor := page.next_cursor) is None:
            break
    assert seen == expected.split()


async def test_filters_and_counts_agree(db):
    buyer, brick, third = await _library()
    async with transaction() as session:
        await downloads.start_zip_download(session, buyer, pack_slug=brick.slug)
        await downloads.start_file_download(session, buyer, file_id=third.file_ids[0])
        counts = await library_entries.count_entries(session, buyer)
    assert (counts.all, counts.packs, counts.sounds, counts.new) == (3, 2, 1, 1)
    for part, expected in (("packs", ["Amber", "Brick"]), ("sounds", ["Clap"]), ("new", ["Amber"])):
        assert names((await entries(buyer, part=LibraryFilter(part))).items) == expected


async def test_words_match_packs_their_owned_sounds_and_single_sounds(db):
    buyer, _, _ = await _library()
    for words, expected in (
        ("deep", ["Brick"]),
        ("cla", ["Clap"]),
        ("third", ["Clap"]),
        ("amber", ["Amber"]),
        ("%", []),
    ):
        assert names((await entries(buyer, words=words)).items) == expected


async def test_forged_cursors_are_refused(db):
    buyer, _, _ = await _library()
    some_id = "00000000-0000-0000-0000-000000000000"
    forged = [
        "x", cursors.encode("name", "a", some_id), cursors.encode("newest", "soon", some_id), cursors.encode("newest", 1, some_id),
        cursors.encode("newest", "2026-01-01T00:00:00+00:00", "x"),
    ]  # fmt: skip
    for cursor in forged:
        with pytest.raises(InvalidInputError):
            await entries(buyer, cursor=cursor)
    for sort, value in (
        (LibrarySort.BPM, "fast"),
        (LibrarySort.BPM, True),
        (LibrarySort.NAME, 4),
        (LibrarySort.NAME, "\x00"),
    ):
        with pytest.raises(InvalidInputError):
            await entries(buyer, sort=sort, cursor=cursors.encode(sort.value, value, some_id))
