"""Artists' pages: packs that fit with their reason, reports, which hide, and the same names."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.artists import Artist, FittingPack
from askchopper.services.knowledge.artists import matching, pages, table
from askchopper.vocabulary import Role
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user, new_file

pytestmark = pytest.mark.integration


def known(name: str) -> Artist:
    found = table.find(name)
    assert found is not None
    return found


async def fitting(name: str) -> list[FittingPack]:
    async with read_only() as session:
        return list(await matching.find(session, None, known(name)))


async def report(viewer: Viewer, slug: str = "burial", reason: str = "Born elsewhere") -> None:
    async with transaction() as session:
        await pages.report(session, viewer, slug=slug, reason=reason)


async def is_shown(slug: str = "burial") -> bool:
    try:
        async with read_only() as session:
            await pages.get(session, slug)
    except NotFoundError:
        return False
    return True


async def test_packs_fit_by_genre_tempo_key_and_sound_with_why(db: None):
    creator = await make_creator()
    cold = tuple(new_file(n, bpm=142, key="C minor") for n in (1, 2))
    drill = await make_pack(creator, title="Cold Room", genre_slug="drill", tags=("cold", "808"), files=cold)
    plain = await make_pack(
        creator, title="Plain Room", genre_slug="drill", files=(new_file(1, bpm=90, key="C major"),)
    )
    await make_pack(creator, title="Sunday", genre_slug="jazz")
    found = await fitting("Headie One")
    assert [one.card.slug for one in found] == [drill.slug, plain.slug]
    assert found[0].why == "Drill at 142 BPM, in minor keys, cold and 808"
    assert found[1].why == "Drill, in C major"


async def test_packs_that_claim_a_connection_are_left_out(db: None):
    creator = await make_creator()
    await make_pack(creator, title="Official Burial drum kit", genre_slug="dubstep")
    honest = await make_pack(creator, title="In the style of Burial", genre_slug="dubstep")
    assert [one.card.slug for one in await fitting("Burial")] == [honest.slug]


async def test_report_hides_the_page_until_it_was_looked_at(db: None):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    await report(member)
    await report(member)  # twice is once
    assert not await is_shown()
    async with read_only() as session:
        (listed,) = await pages.reported(session, admin)
    assert (listed.name, listed.reports, listed.reasons, listed.is_removed) == ("Burial", 1, ("Born elsewhere",), False)
    async with transaction() as session:
        await pages.decide(session, admin, slug="burial", is_kept=True)
    assert await is_shown()
    with pytest.raises(ConflictError):
        await report(member)
    assert await is_shown()
    await report(await make_user(), reason="Another mistake")
    assert not await is_shown()
    async with transaction() as session:
        await pages.decide(session, admin, slug="burial", is_kept=False)
    async with read_only() as session:
        (listed,) = await pages.reported(session, admin)
    assert listed.is_removed
    assert not await is_shown()


async def test_decision_on_a_page_without_reports_is_refused_and_not_audited(db: None, as_owner):
    admin = await make_user(role=Role.ADMIN)
    for slug in ("burial", "nobody", "x" * 5000):
        with pytest.raises(NotFoundError):
            async with transaction() as session:
                await pages.decide(session, admin, slug=slug, is_kept=False)
    await report(admin)
    for _ in range(2):
        async with transaction() as session:
            await pages.decide(session, admin, slug="burial", is_kept=False)
    assert as_owner("SELECT target_id FROM audit_log WHERE action = 'moderation.artist'") == [("burial",)]


async def test_only_admins_see_and_decide(db: None):
    member = await make_user()
    async with transaction() as session:
        with pytest.raises(NotFoundError):
            await pages.reported(session, member)
        with pytest.raises(NotFoundError):
            await pages.decide(session, member, slug="burial", is_kept=True)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301, "a\u202eb"])
async def test_report_needs_a_reason(db: None, reason: str):
    with pytest.raises(InvalidInputError):
        await report(await make_user(), reason=reason)
    assert await is_shown()


async def test_report_of_no_page(db: None):
    with pytest.raises(NotFoundError):
        await report(await make_user(), slug="no-one")


async def test_namesakes_are_terms_packs_and_creators(db: None):
    creator = await make_creator(name="Goldie")
    pack = await make_pack(creator, title="GOLDIE")
    async with read_only() as session:
        found = await pages.namesakes(session, known("goldie"))
    assert {(one.kind, one.label) for one in found} == {("creator", "Goldie"), ("pack", "GOLDIE")}
    assert f"/pack/{pack.slug}" in {one.path for one in found}


async def test_api_tells_about_an_artist(db: None):
    pack = await make_pack(await make_creator(), genre_slug="dubstep", title="Night Bus")
    async with api_client() as client:
        found = (await client.get("/api/v1/artists/burial")).json()
        assert (await client.get("/api/v1/artists/no-one")).status_code == 404
        assert (await client.get(f"/api/v1/artists/{'x' * 900}")).status_code == 404
    assert {"slug", "name", "biography", "sources", "similar", "packs"} <= set(found)
    assert found["sources"][0]["url"].startswith("https://en.wikipedia.org/")
    assert [(one["slug"], bool(one["why"])) for one in found["packs"]] == [(pack.slug, True)]
    assert found["works"][1] == {"title": "Untrue", "year": 2007}
    assert "two-step" in [one["term"] for one in found["style"]]
    assert found["packs_are"] == "in the style of Burial. Burial is not affiliated with these packs."


async def test_page_is_shown_reported_and_gone(db: None):
    pack = await make_pack(await make_creator(), genre_slug="dubstep", title="Night Bus")
    async with tab(await make_user()) as member:
        seen = await member.send("ArtistState.load", "/artist/burial")
        assert seen["facts"]["heading"] == "Packs in the style of Burial"
        assert [(one.slug, one.why) for one in seen["packs"]] == [(pack.slug, seen["packs"][0].why)]
        seen = await member.send("ArtistState.report", "/artist/burial", form={"reason": "Not so"})
        assert seen["is_missing"] is True
        seen = await member.send("ArtistState.load", "/artist/burial")
        assert seen["is_missing"] is True
