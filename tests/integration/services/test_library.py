from decimal import Decimal

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.services.catalogue import licences, pack_store
from askchopper.services.purchases import checkout, downloads, library, refunds
from askchopper.vocabulary import LicenceKind
from tests.support.factories import make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def buy(viewer: Viewer, price: int, **what: object):
    async with transaction() as session:
        return await checkout.buy(session, viewer, price_tokens=price, key=f"{what}"[:90].replace(" ", ""), **what)  # type: ignore[arg-type]


async def list_library(viewer: Viewer, **named: object):
    async with read_only() as session:
        return await library.list_library(session, viewer, **named)  # type: ignore[arg-type]


async def test_library_lists_complete_and_partial_packs(db):
    buyer = await make_user(tokens=100)
    whole, part = await make_pack(price=30), await make_pack(price=30)
    await buy(buyer, 30, pack_slug=whole.slug)
    await buy(buyer, 5, file_id=part.file_ids[1])
    page = await list_library(buyer)
    assert [(item.pack.slug, item.is_whole, len(item.files)) for item in page.items] == [
        (part.slug, False, 1), (whole.slug, True, 2),
    ]  # fmt: skip
    assert all(item.licences[0].is_refundable and not item.is_downloaded for item in page.items)
    assert (await list_library(await make_user())).items == ()


async def test_library_paging(db):
    buyer = await make_user(tokens=100)
    packs = [await make_pack(price=1) for _ in range(5)]
    for pack in packs:
        await buy(buyer, 1, pack_slug=pack.slug)
    seen, cursor = [], None
    while True:
        page = await list_library(buyer, limit=2, cursor=cursor)
        seen += [item.pack.slug for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [pack.slug for pack in reversed(packs)]
    for made_up in ("x", "WzEsMl0", "WyJub3ciLCIxIl0"):
        with pytest.raises(InvalidInputError):
            await list_library(buyer, cursor=made_up)


async def test_search_matches_packs_and_owned_sounds(db):
    buyer = await make_user(tokens=100)
    velvet = await make_pack(price=1, title="Velvet Dust", files=(new_file(1, title="Snare Café"),))
    other = await make_pack(price=1, title="Iron")
    for pack in (velvet, other):
        await buy(buyer, 1, pack_slug=pack.slug)
    for words, slugs in (("velv", [velvet.slug]), ("cafe", [velvet.slug]), ("iron", [other.slug]), ("nothing", [])):
        assert [item.pack.slug for item in (await list_library(buyer, text=words)).items] == slugs


async def test_library_filters_by_key_and_tempo_of_owned_sounds(db):
    buyer = await make_user(tokens=100)
    sounds = (new_file(1, key="A minor", bpm=Decimal(120)), new_file(2, key="C minor", bpm=Decimal(140)))
    whole, part = await make_pack(price=1, files=sounds), await make_pack(price=30, files=sounds)
    await buy(buyer, 1, pack_slug=whole.slug)
    await buy(buyer, 5, file_id=part.file_ids[1])
    for wanted, slugs in (
        ({"key": "A minor"}, [whole.slug]),
        ({"key": "C minor"}, [part.slug, whole.slug]),
        ({"bpm_min": 118, "bpm_max": 122}, [whole.slug]),
        ({"key": "A minor", "bpm_min": 130}, []),
    ):
        assert [item.pack.slug for item in (await list_library(buyer, **wanted)).items] == slugs
    async with read_only() as session:
        assert await library.count_library(session, buyer) == (1, 1)
        assert await library.count_library(session, await make_user()) == (0, 0)


async def test_library_item_by_pack(db):
    buyer, pack = await make_user(tokens=100), await make_pack(price=1)
    await buy(buyer, 1, pack_slug=pack.slug)
    async with read_only() as session:
        assert (await library.get_library_item(session, buyer, pack_slug=pack.slug)).is_whole
        for slug in ("nowhere", "\x00", (await make_pack()).slug):
            with pytest.raises(NotFoundError):
                await library.get_library_item(session, buyer, pack_slug=slug)


async def test_only_owners_download(db, as_owner):
    buyer, other = await make_user(tokens=100), await make_user()
    pack = await make_pack(price=30)
    draft = await make_pack(is_published=False)
    await buy(buyer, 30, pack_slug=pack.slug)
    async with transaction() as session:
        target = await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])
        assert target.storage_key.startswith("masters/")
    async with transaction() as session:
        with pytest.raises(ForbiddenError):
            await downloads.start_file_download(session, other, file_id=pack.file_ids[0])
        with pytest.raises(ForbiddenError):
            await downloads.start_zip_download(session, other, pack_slug=pack.slug)
        for file_id in (draft.file_ids[0], "not an id", "00000000-0000-0000-0000-000000000000"):
            with pytest.raises(NotFoundError):
                await downloads.start_file_download(session, other, file_id=file_id)
        for slug in (draft.slug, "nowhere", "\x00"):
            with pytest.raises(NotFoundError):
                await downloads.start_zip_download(session, other, pack_slug=slug)
    assert as_owner("SELECT count(*) FROM downloads") == [(1,)]


async def test_repeated_download_counts_once_in_five_minutes(db, as_owner):
    buyer, pack = await make_user(tokens=100), await make_pack(price=30)
    await buy(buyer, 30, pack_slug=pack.slug)
    for _ in range(3):
        async with transaction() as session:
            await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    assert as_owner("SELECT kind, count(*) FROM downloads GROUP BY kind") == [("pack_zip", 1)]
    as_owner("UPDATE downloads SET created_at = created_at - interval '6 minutes'")
    as_owner("UPDATE purchases SET created_at = created_at - interval '6 minutes'")
    async with transaction() as session:
        await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    assert as_owner("SELECT count(*) FROM downloads") == [(2,)]
    item = (await list_library(buyer)).items[0]
    assert item.is_downloaded
    assert not item.licences[0].is_refundable


async def test_zip_names_are_safe_and_unique(db):
    buyer = await make_user(tokens=100)
    names = ("kick.wav", "KICK.wav", "../kick.wav", "kick.wav", "café.wav", "東京.wav")
    pack = await make_pack(
        price=30, title="Ünïted / Sounds", files=tuple(new_file(n, download_name=name) for n, name in enumerate(names))
    )
    await buy(buyer, 30, pack_slug=pack.slug)
    async with transaction() as session:
        plan = await downloads.start_zip_download(session, buyer, pack_slug=pack.slug)
    assert [target.file_name for target in plan.files] == [
        "Ünïted _ Sounds/kick.wav", "Ünïted _ Sounds/KICK (2).wav", "Ünïted _ Sounds/kick (3).wav",
        "Ünïted _ Sounds/kick (4).wav", "Ünïted _ Sounds/café.wav", "Ünïted _ Sounds/東京.wav",
    ]  # fmt: skip
    assert dict(plan.texts)["Ünïted _ Sounds/LICENSE.txt"].startswith("Ünïted / Sounds\nLicensed to User")


async def test_certificate_is_frozen_at_purchase(db):
    buyer, pack = await make_user(tokens=100, email="ada@example.test", name="Ada"), await make_pack(price=30)
    receipt = await buy(buyer, 30, pack_slug=pack.slug)
    async with transaction() as session:
        await pack_store.mark_unpublished(session, pack.id)
        found = await licences.get_certificate(session, licence_id=receipt.licence_id)
        for made_up in ("x", "00000000-0000-0000-0000-000000000000", "\x00"):
            with pytest.raises(NotFoundError):
                await licences.get_certificate(session, licence_id=made_up)
    assert (found.number, found.kind, found.buyer_name, found.buyer_email_masked) == (
        "AC-10001", LicenceKind.STANDARD, "Ada", "a***@example.test",
    )  # fmt: skip
    assert [title for title, _ in found.files] == ["Sound 1", "Sound 2"]
    assert found.text.startswith("# Standard licence")
    assert found.text_sha256 == licences.licence_text(LicenceKind.STANDARD).sha256
    async with transaction() as session:
        await refunds.refund(session, buyer, purchase_id=receipt.purchase_id)
        revoked = await licences.get_certificate(session, licence_id=receipt.licence_id)
    assert revoked.revoked_at is not None


async def test_changed_licence_text_needs_a_new_version(db, as_owner):
    async with transaction() as session:
        await licences.ensure_licence_texts(session)
        await licences.ensure_licence_texts(session)
    assert as_owner("SELECT kind, version FROM licence_texts ORDER BY kind") == [("broadcast", 1), ("standard", 1)]
    as_owner(
        "SET session_replication_role = replica",
        "DELETE FROM licence_texts",
        "INSERT INTO licence_texts VALUES ('0', 'standard', 1, 'another wording')",
    )
    with pytest.raises(ValueError, match="new number"):
        async with transaction() as session:
            await licences.ensure_licence_texts(session)
