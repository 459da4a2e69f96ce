"""Beside the results: counts by filter, recommendations and saved searches."""

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.musical_key import MusicalKey
from askchopper.schemas.search_filters import Filters, as_query
from askchopper.services import activity
from askchopper.services.search import engine, facets, recommendations, saved_searches
from askchopper.vocabulary import FileKind
from tests.support.embeddings import placed_pack
from tests.support.factories import make_pack, make_user
from tests.support.searching import loop

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("search_uncached")]


async def test_facet_counts_ignore_their_own_filter(db):
    await make_pack(genre_slug="house", files=(loop(1, "A", 122, "A minor"), loop(2, "B", 128, "C major")))
    await make_pack(
        genre_slug="trap", files=(loop(1, "C", 140, "A minor"), loop(2, "D", None, None, kind=FileKind.ONE_SHOT))
    )
    async with read_only() as session:
        found = await facets.count(session, None, Filters(genre="house", kind=FileKind.LOOP))
    assert found.total.count == 2
    assert {one.value: one.count for one in found.genres} == {"house": 2, "trap": 1}
    assert {one.value: one.count for one in found.kinds} == {"loop": 2}
    assert {one.value: one.count for one in found.keys} == {"A minor": 1, "C major": 1}
    assert [one.count for one in found.tempi][12:15] == [1, 1, 0]


async def test_best_relaxation_finds_most(db):
    await make_pack(genre_slug="house", files=tuple(loop(n, f"S{n}", 120, "A minor") for n in range(1, 4)))
    await make_pack(genre_slug="trap", files=(loop(1, "T", 120, "C minor"),))
    async with read_only() as session:
        wanted = Filters(genre="trap", key=MusicalKey.parse("Am"), bpm_min=119, bpm_max=121)
        assert await engine.best_relaxation(session, None, wanted, of_files=True) == ("genre", 3)
        assert await engine.best_relaxation(session, None, Filters(genre="jazz", text="xyz"), of_files=True) == ("", 0)


async def test_recommendations_state_reason(db):
    heard, near, _ = await placed_pack(0), await placed_pack(10), await placed_pack(85)
    member = await make_user()
    async with transaction() as session:
        assert await recommendations.because_you_played(session, member) is None
        await activity.record_play(session, member, file_id=heard.file_ids[0], seconds=7)
        found = await recommendations.because_you_played(session, member)
    assert found
    assert found.reason.startswith("Because you played Pack")
    assert [card.slug for card in found.packs] == [near.slug]


async def test_sound_of_the_day_is_stable(db):
    async with read_only() as session:
        assert await recommendations.sound_of_the_day(session, None) is None
    await make_pack(files=9)
    async with read_only() as session:
        first = await recommendations.sound_of_the_day(session, None)
        assert first
        assert first == await recommendations.sound_of_the_day(session, None)


async def test_saved_search_notifies_once(db):
    member = await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(
            session, member, name="Dark trap", query={"q": "", "genre": "trap", "tags": "dark"}
        )
        again = await saved_searches.save(session, member, name="Dark", query={"tags": "dark", "genre": "trap"})
        assert kept.id == again.id
        await session.execute(text("UPDATE saved_searches SET checked_at = now() - interval '1 hour'"))
    await make_pack(genre_slug="trap", tags=("dark",), files=3)
    async with transaction() as session:
        assert await saved_searches.notify_new_matches(session) == 1
        assert await saved_searches.notify_new_matches(session) == 0
    async with transaction() as session:
        assert [one.new_count for one in await saved_searches.list_saved(session, member)] == [3]
        assert [line.sentence for line in await activity.notifications(session, member)] == [
            "3 new sounds match “Dark”."
        ]
        viewed = as_query(Filters(genre="trap", tags=("dark",)))
        assert [one.new_count for one in await saved_searches.list_viewing(session, member, {})] == [3]
        assert [one.new_count for one in await saved_searches.list_viewing(session, member, viewed)] == [0]
        assert [one.new_count for one in await saved_searches.list_saved(session, member)] == [0]
        await saved_searches.remove(session, member, search_id=str(kept.id))
        with pytest.raises(NotFoundError):
            await saved_searches.remove(session, member, search_id=str(kept.id))


async def test_saved_search_is_renamed_and_restored_with_its_count(db):
    member, other = await make_user(), await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(session, member, name="Trap", query={"genre": "trap", "bpm_min": "140"})
        await session.execute(text("UPDATE saved_searches SET new_count = 4"))
        await saved_searches.rename(session, member, search_id=str(kept.id), name="For the film")
        with pytest.raises(NotFoundError):
            await saved_searches.rename(session, other, search_id=str(kept.id), name="Mine now")
        with pytest.raises(InvalidInputError):
            await saved_searches.rename(session, member, search_id=str(kept.id), name=" ")
    async with transaction() as session:
        removed = await saved_searches.remove(session, member, search_id=str(kept.id))
        assert await saved_searches.list_saved(session, member) == ()
        await saved_searches.restore(session, member, removed)
        [back] = await saved_searches.list_saved(session, member)
    assert (back.name, back.query, back.new_count) == ("For the film", kept.query, 4)


async def test_saved_search_counts_as_viewed_in_any_order(db):
    member = await make_user()
    async with transaction() as session:
        kept = await saved_searches.save(session, member, name="Trap", query={"genre": "trap"})
        await session.execute(text("UPDATE saved_searches SET new_count = 2"))
        # The link of the notification shows the newest first.
        [seen] = await saved_searches.list_viewing(session, member, {"genre": "trap", "sort": "newest"})
    assert saved_searches.is_same(kept, {"genre": "trap", "sort": "newest"})
    assert seen.new_count == 0


async def test_saved_search_needs_filters_and_is_limited_to_thirty(db):
    member, other = await make_user(), await make_user()
    async with transaction() as session:
        with pytest.raises(InvalidInputError):
            await saved_searches.save(session, member, name="All", query={})
        for bpm in range(100, 100 + saved_searches.MAX_SAVED):
            kept = await saved_searches.save(session, member, name="x", query={"bpm_min": str(bpm)})
        with pytest.raises(InvalidInputError):
            await saved_searches.save(session, member, name="x", query={"bpm_min": "99"})
        renamed = await saved_searches.save(session, member, name="Slow", query={"bpm_min": "100"})
        assert renamed.name == "Slow"
        assert len(await saved_searches.list_saved(session, member)) == saved_searches.MAX_SAVED
        with pytest.raises(NotFoundError):
            await saved_searches.remove(session, other, search_id=str(kept.id))
