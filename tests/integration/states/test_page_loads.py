"""Load handlers of all pages: state from the database, public data only for anonymous visitors."""

from askchopper.database import transaction
from askchopper.services import activity
from askchopper.services.purchases import checkout
from tests.support.embeddings import placed_pack
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user


async def test_landing_shows_newest_packs_and_totals(db: None):
    await make_pack(await make_creator())
    async with tab() as visitor:
        seen = await visitor.send("LandingState.load")
    assert seen["packs"] == "1"
    assert len(seen["fresh"]) == 1


async def test_header_is_anonymous_without_cookie(db: None):
    async with tab() as visitor:
        seen = await visitor.send("SessionState.load")
    assert seen["is_known"] is True
    assert seen["is_signed_in"] is False


async def test_header_shows_name_and_balance(db: None):
    async with tab(await make_user(name="Tess van Novak", tokens=1240)) as member:
        seen = await member.send("SessionState.load")
    assert (seen["name"], seen["initials"], seen["balance"]) == ("Tess van Novak", "TN", "1,240")


async def test_browse_parses_filters_from_url(db: None):
    pack = await make_pack(await make_creator())
    async with tab() as visitor:
        seen = await visitor.send("BrowseState.load", "/browse", "?view=list&kind=loop&bpm_min=20&bpm_max=400")
        assert seen["chips"][0]["label"] == "Loop"
        assert all(row.sound.href == f"/pack/{pack.slug}" for row in seen["rows"])
        seen = await visitor.send("BrowseState.load", "/browse", "?view=list&kind=track")
    assert seen["count"] == "0"
    assert "Remove “Track”" in seen["widen_label"]


async def test_browse_reports_invalid_filters_and_shows_results(db: None):
    await make_pack(await make_creator())
    async with tab() as visitor:
        seen = await visitor.send("BrowseState.load", "/browse", "?bpm_min=fast")
    assert "number" in seen["problem"]
    assert seen["cards"]


async def test_browse_loads_more_until_the_end(db: None):
    creator = await make_creator()
    for _ in range(27):
        await make_pack(creator)
    async with tab() as visitor:
        first = await visitor.send("BrowseState.load", "/browse", "?view=grid")
        assert first["has_more"] is True
        more = await visitor.send("BrowseState.load_more", "/browse", "?view=grid")
    slugs = [card.slug for card in more["cards"]]
    assert len(slugs) == len(set(slugs)) == 27
    assert more["has_more"] is False


async def test_unknown_pack_and_creator_are_not_found(db: None):
    async with tab() as visitor:
        assert (await visitor.send("PackState.load", "/pack/nothing"))["is_missing"] is True
        assert (await visitor.send("CreatorState.load", "/creator/nobody"))["is_missing"] is True
        assert (await visitor.send("CertificateState.load", "/verify/forged"))["is_missing"] is True


async def test_creator_page_lists_packs(db: None):
    creator = await make_creator()
    await make_pack(creator)
    async with tab() as visitor:
        seen = await visitor.send("CreatorState.load", f"/creator/{creator.creator_slug}")
    assert [len(year.cards) for year in seen["years"]] == [1]


async def test_genre_and_tag_pages_agree_with_browse(db: None):
    creator = await make_creator()
    await make_pack(creator, genre_slug="house", tags=("dusty", "warm"))
    await make_pack(creator, genre_slug="techno", tags=("dusty",))
    async with tab() as visitor:
        genre = await visitor.send("CategoryState.load_genre", "/genre/house")
        assert (genre["name"], len(genre["cards"]), len(genre["rows"])) == ("House", 1, 2)
        assert [one["href"] for one in genre["neighbours"]] == ["/tag/dusty", "/tag/warm"]
        tag = await visitor.send("CategoryState.load_tag", "/tag/dusty")
        assert (tag["name"], len(tag["cards"])) == ("Dusty", 2)
        assert {one["href"] for one in tag["neighbours"]} == {"/genre/house", "/genre/techno"}
        browsed = await visitor.send("BrowseState.load", "/browse", tag["packs_href"].removeprefix("/browse"))
        assert browsed["count"] == "2"
        assert (await visitor.send("CategoryState.load_genre", "/genre/ambient"))["name"] == "Ambient"
        assert (await visitor.send("CategoryState.load_tag", "/tag/nothing"))["is_missing"] is True


async def test_library_wallet_and_certificate_after_purchase(db: None):
    pack = await make_pack(await make_creator())
    buyer = await make_user(tokens=500)
    async with transaction() as session:
        receipt = await checkout.buy(
            session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="test-purchase-key"
        )
    async with tab(buyer) as member:
        seen = await member.send("LibraryState.load", "/library")
        assert [(row.slug, row.is_new, row.licence) for row in seen["rows"]] == [(pack.slug, True, "Standard")]
        assert (seen["counts"]["packs"], seen["summary"]) == ("1", "1 pack.")
        seen = await member.send("LibraryState.toggle", "/library", row_id=pack.slug)
        assert len(seen["open_rows"]) == len(pack.file_ids)
        assert seen["open_licences"][0]["is_refundable"] is True
        assert (await member.send("LibraryState.load", "/library", "?q=nowhere"))["rows"] == []
        seen = await member.send("WalletState.load", "/wallet")
        assert seen["lines"][0]["out"] == f"-{pack.price_tokens}"
        seen = await member.send("CertificateState.load", f"/verify/{receipt.licence_id}")
        assert seen["facts"]["number"].startswith("AC-")
        seen = await member.send("LibraryState.refund", "/library", purchase_id=receipt.purchase_id)
        assert seen["rows"] == []
        assert (await member.send("CertificateState.load", f"/verify/{receipt.licence_id}"))["is_revoked"] is True


async def test_empty_library_suggests_free_packs(db: None):
    await make_pack(price=0, title="Costs nothing")
    await make_pack(price=30)
    async with tab(await make_user()) as member:
        seen = await member.send("LibraryState.load", "/library")
    assert [card.title for card in seen["free"]] == ["Costs nothing"]


async def test_browse_reloads_the_same_url(db: None):
    creator = await make_creator()
    await make_pack(creator)
    async with tab() as visitor:
        first = await visitor.send("BrowseState.load", "/browse", "?genre=house")
        await make_pack(creator)
        again = await visitor.send("BrowseState.load", "/browse", "?genre=house")
    assert (len(first["rows"]), len(again["rows"])) == (2, 4)


async def test_closest_sounds_follow_what_plays(db: None):
    pack = await placed_pack(0)
    others = await placed_pack(10, 20, 30, 40)
    async with tab() as visitor:
        await visitor.send("ListenState.follow", "/", sound_id=f"pack:{pack.slug}")
        rows = visitor.vars["rows"]
        assert [row.sound.id for row in rows] == list(others.file_ids[:3])
        assert rows[0].score
        await visitor.send("ListenState.follow", "/", sound_id=rows[1].sound.id)
        assert visitor.vars["rows"] == rows
        await visitor.send("ListenState.follow", "/", sound_id="unknown")
        assert visitor.vars["rows"] == []
        assert visitor.told() == ""


async def test_an_empty_result_offers_the_words_that_became_filters(db: None):
    await make_pack(await make_creator())
    async with tab() as visitor:
        seen = await visitor.send("BrowseState.load", "/browse", "?view=list&q=zither+99+bpm")
        assert seen["count"] == "0"
        assert seen["words_label"] == "Search for the words “zither 99 bpm”"
        again = await visitor.send("BrowseState.load", "/browse", seen["words_href"].removeprefix("/browse"))
    assert (again["words_label"], [chip["label"] for chip in again["chips"]]) == ("", ['“"zither" "99" "bpm"”'])


async def test_words_of_a_description_lead_to_the_pack(db: None):
    pack = await make_pack(await make_creator(), description="Recorded on a zither.")
    async with tab() as visitor:
        seen = await visitor.send("BrowseState.load", "/browse", "?view=list&q=zither")
        assert (seen["count"], seen["words_label"]) == ("0", "See 1 matching pack")
        again = await visitor.send("BrowseState.load", "/browse", seen["words_href"].removeprefix("/browse"))
        assert [card.slug for card in again["cards"]] == [pack.slug]


async def test_sign_in_names_the_pack_to_which_it_leads_back(db: None):
    pack = await make_pack(await make_creator(), title="Freight Elevator")
    async with tab() as visitor:
        seen = await visitor.send("ReturnState.load", "/register", f"?next=/pack/{pack.slug}")
        assert seen["pack"] == "Freight Elevator"
        seen = await visitor.send("ReturnState.load", "/register", "?next=/pack/unknown")
    assert not seen["pack"]


async def test_notification_about_a_pack_has_its_cover(db: None, as_owner):
    member, pack = await make_user(), await make_pack(await make_creator())
    as_owner("UPDATE packs SET cover_key = 'ab/cover'")
    async with transaction() as session:
        for link in (f"/pack/{pack.slug}", "/wallet"):
            await activity.notify(session, user_id=member.user_id, kind="sale", sentence="Sold.", link=link)
    async with tab(member) as browser:
        rows = (await browser.send("NotificationsState.load", "/notifications"))["rows"]
    assert {row["link"]: row["cover"] for row in rows} == {f"/pack/{pack.slug}": "ab/cover", "/wallet": ""}
