import pytest

from askchopper.database import read_only, transaction
from askchopper.services.taste import preferences, profile, recommendations
from askchopper.vocabulary import TasteFacet
from tests.support.factories import make_creator, make_user
from tests.support.taste import make_sound_pack, play, update

pytestmark = pytest.mark.integration


async def test_plays_become_preferences_with_reasons(db):
    member = await make_user()
    pack = await make_sound_pack(genre="techno", bpm=128, key="A minor")
    await play(member, pack)
    await play(member, pack, sound=1)
    assert await update(member) == 2
    async with read_only() as session:
        taste = await profile.get(session, member)
    [genre] = taste.values[TasteFacet.GENRE]
    assert (genre.label, genre.share, genre.because) == ("Techno", 1.0, "2 plays")
    assert [one.label for one in taste.values[TasteFacet.TEMPO]] == ["Around 128 BPM"]
    assert taste.values[TasteFacet.KEY][0].value == "A minor"
    assert taste.loudness_lufs == -12.0


async def test_recommendations_follow_and_say_why(db):
    member = await make_user()
    heard = await make_sound_pack(genre="techno", bpm=128)
    other = [await make_sound_pack(genre="techno", bpm=127, slug=f"near-{n}") for n in range(6)]
    far = [await make_sound_pack(genre="jazz", bpm=90, slug=f"far-{n}") for n in range(6)]
    await play(member, heard)
    await update(member)
    async with transaction() as session:
        first = await recommendations.show(session, member)
    assert len(first) == 5
    assert sum(one.card.genre_slug == "techno" for one in first) >= 4
    assert any("like what you played this week" in one.why for one in first), [one.why for one in first]
    async with transaction() as session:
        second = await recommendations.show(session, member)
    assert not {one.card.id for one in first} & {one.card.id for one in second}
    assert len(other) == len(far) == 6


async def test_for_you_sort(db):
    from askchopper.schemas.search_filters import Filters
    from askchopper.services.search import queries
    from askchopper.vocabulary import PackSort
    member = await make_user()
    jazz = await make_sound_pack(genre="jazz", bpm=90)
    techno = await make_sound_pack(genre="techno", bpm=128)
    await play(member, techno)
    await update(member)
    async with read_only() as session:
        page = await queries.list_packs(session, member, filters=Filters(sort=PackSort.FOR_YOU), limit=1)
        assert page.items[0].slug == techno.slug
        nxt = await queries.list_packs(session, member, filters=Filters(sort=PackSort.FOR_YOU), limit=1, cursor=page.next_cursor)
        assert nxt.items[0].slug == jazz.slug
        rows = await queries.list_files(session, member, filters=Filters(sort=PackSort.FOR_YOU), limit=2)
        assert {row.pack.slug for row in rows.items} == {techno.slug}
        assert (await queries.list_packs(session, None, filters=Filters(sort=PackSort.FOR_YOU), limit=1)).items
