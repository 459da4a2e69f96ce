from dataclasses import replace
from decimal import Decimal

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.services.catalogue import detail, pack_store
from askchopper.vocabulary import Role
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


async def test_tags_that_share_a_cut_slug_are_one(db):
    pack = await make_pack(tags=("ﬃ" * 15 + "a", "ﬃ" * 15 + "b", "warm"))
    async with read_only() as session:
        found = await detail.get_pack(session, None, slug=pack.slug)
    assert len(found.tag_slugs) == 2
    assert {len(slug) for slug in found.tag_slugs} == {4, 40}


async def test_pack_detail_has_sounds_offers_and_figures(db):
    pack = await make_pack(price=30, broadcast=90, tags=("warm", "Lo fi"), description="Two\nlines.")
    async with read_only() as session:
        seen = await detail.get_pack(session, None, slug=pack.slug)
    assert [row.title for row in seen.files] == ["Sound 1", "Sound 2"]
    assert seen.card.tags == ("Lo fi", "warm")
    assert (seen.card.file_count, seen.card.duration_seconds, seen.card.keys) == (2, 15.0, ("A minor",))
    assert [(offer.price_tokens, offer.missing_price_tokens) for offer in seen.offers] == [(30, 30), (90, 90)]
    assert not seen.is_own


async def test_draft_is_visible_to_creator_and_moderators_only(db):
    pack = await make_pack(is_published=False)
    other_user, moderator = await make_user(), await make_user(role=Role.MODERATOR)
    async with read_only() as session:
        for viewer in (None, other_user, await make_creator()):
            for look in (
                detail.get_pack(session, viewer, slug=pack.slug),
                detail.related_packs(session, viewer, slug=pack.slug),
                detail.get_file(session, viewer, file_id=pack.file_ids[0]),
                detail.get_file_media(session, viewer, file_id=pack.file_ids[0]),
                detail.get_pack_media(session, viewer, slug=pack.slug),
            ):
                with pytest.raises(NotFoundError):
                    await look
        assert (await detail.get_pack(session, pack.creator, slug=pack.slug)).is_own
        assert not (await detail.get_pack(session, moderator, slug=pack.slug)).is_own
        _, _, is_public = await detail.get_file_media(session, pack.creator, file_id=pack.file_ids[0])
        assert not is_public


@pytest.mark.parametrize("slug", ["", "nowhere", "\x00", "' OR 1=1", "é" * 500])
async def test_unknown_slug_is_not_found(db, slug: str):
    async with read_only() as session:
        for look in (detail.get_pack(session, None, slug=slug), detail.get_creator(session, None, slug=slug)):
            with pytest.raises(NotFoundError):
                await look
        with pytest.raises(NotFoundError):
            await detail.get_file(session, None, file_id=slug)


async def test_related_packs_are_sorted_by_key_then_genre_then_tempo(db):
    base = await make_pack(slug="base", genre_slug="techno", files=(new_file(1, bpm=Decimal(128), key="A minor"),))
    await make_pack(slug="mixes", genre_slug="house", files=(new_file(1, bpm=Decimal(131), key="C major"),))
    await make_pack(slug="too-fast", genre_slug="house", files=(new_file(1, bpm=Decimal(140), key="C major"),))
    await make_pack(slug="clashes", genre_slug="house", files=(new_file(1, bpm=Decimal(128), key="F# major"),))
    await make_pack(slug="same-genre", genre_slug="techno", files=(new_file(1, bpm=None, key=None),))
    await make_pack(slug="draft", genre_slug="techno", is_published=False)
    async with read_only() as session:
        related = await detail.related_packs(session, None, slug=base.slug)
        assert [card.slug for card in related] == ["mixes", "same-genre", "clashes"]
        assert len(await detail.related_packs(session, None, slug=base.slug, limit=1)) == 1


async def test_creator_page_counts_published_packs(db):
    creator = await make_creator(slug="velvet", name="Velvet")
    await make_pack(creator, files=3)
    await make_pack(creator, is_published=False)
    async with read_only() as session:
        seen = await detail.get_creator(session, None, slug="velvet")
    assert (seen.name, seen.pack_count, seen.file_count, len(seen.packs)) == ("Velvet", 1, 3, 1)


async def test_creator_and_pack_fields_are_validated(db):
    user = await make_user()
    async with transaction() as session:
        for change in (
            {"display_name": ""},
            {"display_name": "x", "slug": "Not A Slug"},
            {"display_name": "x", "bio": "\x07"},
        ):
            with pytest.raises(InvalidInputError):
                await pack_store.create_creator(session, user_id=user.user_id, **change)
        await pack_store.create_creator(session, user_id=user.user_id, display_name="Café 東京")
        with pytest.raises(ConflictError):
            await pack_store.create_creator(session, user_id=user.user_id, display_name="Again")
    seller = replace(user, creator_slug="cafe")
    for changes in (
        {"genre_slug": "none"},
        {"price": 2001},
        {"price": -1},
        {"slug": "-"},
        {"title": ""},
        {"title": "x" * 81},
    ):
        with pytest.raises(InvalidInputError):
            await make_pack(seller, **changes)  # type: ignore[arg-type]
    await make_pack(seller, slug="taken")
    with pytest.raises(ConflictError):
        await make_pack(seller, slug="taken")
    with pytest.raises(NotFoundError):
        await make_pack(seller, files=0)


@pytest.mark.parametrize(("title", "slug"), [("Café Nuit #2", "cafe-nuit-2"), ("  A  B ", "a-b"), ("x" * 90, "x" * 60)])
def test_titles_become_slugs(title: str, slug: str):
    assert pack_store.slugify(title) == slug


def test_title_without_letters_gets_a_slug():
    assert pack_store.slugify("東京").startswith("x-")
