"""Undo restores what its own message was about, and the second click of a double click does nothing."""

import pytest

from askchopper.database import read_only, transaction
from askchopper.services.community import comments
from askchopper.services.memory import facts
from askchopper.services.search import saved_searches
from askchopper.services.studio import drafts
from tests.support.analytics import buy
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user
from tests.support.studio import draft_of, send
from tests.support.studio_sounds import hit

pytestmark = pytest.mark.integration


async def test_each_of_two_deleted_searches_is_restored(db: None):
    member = await make_user()
    async with transaction() as session:
        first = await saved_searches.save(session, member, name="Trap", query={"genre": "trap"})
        second = await saved_searches.save(session, member, name="House", query={"genre": "house"})
    async with tab(member) as page:
        for one in (first, second):
            await page.send("SavedSearchState.remove", "/browse", search_id=str(one.id))
        for _ in range(2):
            await page.send("SavedSearchState.restore", "/browse", search_id=str(first.id))
        assert page.vars["removed"] == "House"
        async with read_only() as session:
            assert [one.name for one in await saved_searches.list_saved(session, member)] == ["Trap"]
        await page.send("SavedSearchState.restore", "/browse", search_id=str(second.id))
        assert page.vars["removed"] == ""
    async with read_only() as session:
        assert {one.name for one in await saved_searches.list_saved(session, member)} == {"Trap", "House"}


async def test_each_of_two_discarded_drafts_is_restored(db: None):
    member = await make_user()
    made = []
    for title in ("Tide", "Drift"):
        async with transaction() as session:
            made.append(str(await drafts.create(session, member)))
            await drafts.change(session, member, draft_id=made[-1], title=title)
    async with tab(member) as page:
        for draft_id in made:
            await page.send("StudioState.discard", "/studio", draft_id=draft_id)
        assert made[1] in page.told()  # the undo of the message names its draft
        await page.send("StudioState.restore_discarded", "/studio", draft_id=made[0])
        assert [row.title for row in page.vars["rows"]] == ["Tide"]


async def test_each_of_two_removed_sounds_is_restored(db: None):
    creator = await make_creator()
    async with tab(creator) as page:
        await page.send("WizardState.load", "/studio/upload")
        await page.send("WizardState.start", "/studio/upload")
        draft_id = page.vars["draft_id"]
        for number, name in enumerate(("kick.wav", "snare.wav")):
            await send(creator, draft_id, name, hit(seed=number))
        files = (await draft_of(creator, draft_id)).files
        for file in files:
            await page.send("WizardState.remove", "/studio/upload", file_id=str(file.id))
        await page.send("WizardState.restore_files", "/studio/upload", first_id=str(files[0].id))
    assert [file.id for file in (await draft_of(creator, draft_id)).files] == [files[0].id]


async def test_each_of_two_dismissed_packs_is_restored(db: None, as_owner):
    member, packs = await make_user(), [await make_pack(), await make_pack()]
    async with tab(member) as page:
        for pack in packs:
            await page.send("ForYouState.dismiss", "/", pack_id=str(pack.id))
        await page.send("ForYouState.restore", "/", pack_id=str(packs[0].id))
    assert as_owner("SELECT pack_id::text FROM taste_dismissals") == [(str(packs[1].id),)]


async def test_a_double_click_on_undo_is_no_error(db: None):
    member, pack = await make_user(), await make_pack()
    async with transaction() as session:
        made = await comments.post(session, member, slug=pack.slug, written="First")
        memory = await facts.add(session, member, text_="I like techno")
    async with tab(member) as page:
        path = f"/pack/{pack.slug}"
        await page.send("CommentsState.load", path)
        await page.send("CommentsState.delete", path, comment_id=made.id)
        await page.send("MemoryEditState.delete", "/memory", memory_id=str(memory.id))
        page.told()
        for _ in range(2):
            await page.send("CommentsState.restore", path)
            await page.send("MemoryEditState.undo", "/memory")
        assert "error" not in page.told()
        assert [one.is_deleted for one in page.others["askchopper___states___comments____comments_state.items"]] == [
            False
        ]


async def test_a_second_click_on_load_more_does_not_start_the_library_over(db: None):
    member, packs = await make_user(tokens=100), [await make_pack(price=1), await make_pack(price=1)]
    async with tab(member) as page:
        await buy(packs[0], member)
        await page.send("LibraryState.load", "/library")
        await buy(packs[1], member)
        await page.send("LibraryState.load_more", "/library")
        assert [row.slug for row in page.vars["rows"]] == [packs[0].slug]
