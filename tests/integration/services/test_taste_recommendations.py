"""Recommended packs, the order by taste, dismissals and the figures about them, on a real database."""

import itertools
import uuid

import pytest

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import PageContext
from askchopper.schemas.search_filters import Filters
from askchopper.schemas.taste import Recommended
from askchopper.services import recommendation_metrics
from askchopper.services.assistant.tools import catalogue as tools
from askchopper.services.purchases import checkout
from askchopper.services.search import queries
from askchopper.services.taste import profile, recommendations
from askchopper.vocabulary import PackSort, Role
from tests.support.events import tab
from tests.support.factories import MadePack, make_creator, make_user
from tests.support.taste import collect, make_sound_pack, play, update

pytestmark = pytest.mark.integration


async def show(viewer: Viewer, limit: int = 5) -> tuple[Recommended, ...]:
    async with transaction() as session:
        return await recommendations.show(session, viewer, limit=limit)


async def make_many(genre: str, bpm: int, count: int, **changes: object) -> list[MadePack]:
    return [await make_sound_pack(genre=genre, bpm=bpm, **changes) for _ in range(count)]


async def test_member_without_activity_gets_none(db):
    await make_many("techno", 128, 3)
    member = await make_user()
    await update(member)
    assert await show(member) == ()


async def test_recommendations_follow_taste_and_say_why(db):
    member = await make_user()
    heard, *_ = await make_many("techno", 128, 8)
    await make_many("jazz", 90, 6)
    await play(member, heard)
    await update(member)
    first = await show(member)
    assert [one.is_exploration for one in first] == [False] * 4 + [True]
    assert {one.card.genre_slug for one in first[:4]} == {"techno"}
    assert first[4].card.genre_slug == "jazz"
    assert first[4].why == "Outside your usual: Jazz around 90 BPM"
    whys = {one.why for one in first[:4]}
    assert any(why == "Techno around 128 BPM, like what you played this week" for why in whys), whys


async def test_no_pack_twice_in_a_row(db):
    member = await make_user()
    heard, *_ = await make_many("techno", 128, 8)
    await make_many("jazz", 90, 6)
    await play(member, heard)
    await update(member)
    listings = [{one.card.id for one in await show(member)} for _ in range(4)]
    for before, after in itertools.pairwise(listings):
        assert not before & after
    assert len(set.union(*listings)) >= 10


async def test_few_packs_are_listed_again_rather_than_none(db):
    member = await make_user()
    heard, *_ = await make_many("techno", 128, 3)
    await play(member, heard)
    await update(member)
    assert len(await show(member)) == 3
    assert len(await show(member)) == 3


async def test_no_own_owned_withdrawn_or_dismissed_pack(db, as_owner):
    member = await make_creator()
    member_user = member
    heard, bought, part, gone, dismissed, kept = await make_many("techno", 128, 6, price=0)
    own = await make_sound_pack(member, genre="techno", bpm=128)
    await play(member_user, heard)
    await update(member)
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=bought.slug, price_tokens=0, key="a")
        as_owner("UPDATE audio_files SET price_tokens = 0")
        await checkout.buy(session, member, file_id=part.file_ids[0], price_tokens=0, key="b")
        await recommendations.dismiss(session, member, pack_id=str(dismissed.id))
    as_owner(f"UPDATE packs SET status = 'withdrawn' WHERE id = '{gone.id}'")
    for _ in range(2):  # before the list is ranked again, and after
        listed = {one.card.id for one in await show(member, 50)}
        assert listed == {str(heard.id), str(kept.id)}
        assert str(own.id) not in listed
        await update(member)


async def test_dismissal_counts_and_is_undone(db):
    member = await make_user()
    heard, other = await make_many("techno", 128, 2)
    await play(member, heard)
    await update(member)
    async with transaction() as session:
        assert await recommendations.dismiss(session, member, pack_id=str(other.id))
        await recommendations.dismiss(session, member, pack_id=str(other.id))  # twice is once
    await update(member)
    async with read_only() as session:
        taste = await profile.get(session, member)
    assert "1 dismissed pack" in taste.values["genre"][0].because  # type: ignore[index]
    async with transaction() as session:
        await recommendations.restore(session, member, pack_id=str(other.id))
    await update(member)
    async with read_only() as session:
        assert (await profile.get(session, member)).values["genre"][0].because == "1 play"  # type: ignore[index]
    assert str(other.id) in {one.card.id for one in await show(member)}
    async with transaction() as session:
        for pack_id in (str(other.id), str(uuid.uuid4()), "x"):
            with pytest.raises(NotFoundError):
                await recommendations.restore(session, member, pack_id=pack_id)
        for pack_id in (str(uuid.uuid4()), "x", "\x00"):
            with pytest.raises(NotFoundError):
                await recommendations.dismiss(session, member, pack_id=pack_id)


async def test_never_wanted_genres_and_creators_are_not_recommended(db):
    member = await make_user()
    heard, *_ = await make_many("techno", 128, 4)
    jazz = await make_sound_pack(genre="jazz", bpm=90)
    await play(member, heard)
    async with transaction() as session:
        await profile.correct(session, member, facet="genre", value="techno", choice="never")
    await update(member)
    assert {one.card.id for one in await show(member, 50)} == {str(jazz.id)}


async def test_correction_alone_gives_recommendations(db):
    member = await make_user()
    [wanted] = await make_many("ambient", 70, 1)
    await make_many("techno", 128, 2)
    async with transaction() as session:
        await profile.correct(session, member, facet="genre", value="ambient", choice="more")
    await update(member)
    first = (await show(member))[0]
    assert first.card.id == str(wanted.id)
    assert first.why == "Ambient, which you want more of"


async def test_two_members_get_their_own(db):
    one, other = await make_user(), await make_user()
    techno, *_ = await make_many("techno", 128, 6)
    jazz, *_ = await make_many("jazz", 90, 6)
    await play(one, techno)
    await play(other, jazz)
    await update(one)
    await update(other)
    assert {found.card.genre_slug for found in (await show(one))[:4]} == {"techno"}
    assert {found.card.genre_slug for found in (await show(other))[:4]} == {"jazz"}


async def test_sort_for_you_pages_through_everything(db):
    member = await make_user()
    techno, *_ = await make_many("techno", 128, 3)
    await make_many("jazz", 90, 3)
    await play(member, techno)
    await update(member)
    filters = Filters(sort=PackSort.FOR_YOU)
    async with read_only() as session:
        seen: list[str] = []
        cursor: str | None = None
        while True:
            page = await queries.list_packs(session, member, filters=filters, limit=2, cursor=cursor)
            seen += [card.genre_slug for card in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == ["techno"] * 3 + ["jazz"] * 3
        rows = await queries.list_files(session, member, filters=filters, limit=4)
        assert {row.bpm for row in rows.items} == {128.0}
        popular = await queries.list_packs(session, None, filters=filters, limit=10)  # a visitor has no taste
        assert len(popular.items) == 6
        with pytest.raises(InvalidInputError):
            await queries.list_packs(session, None, filters=filters, cursor=page.next_cursor or "e30")


async def test_sort_for_you_mixes_the_sounds_of_packs(db):
    member = await make_user()
    heard, *_ = await make_many("techno", 128, 3, sounds=8)
    await play(member, heard)
    await update(member)
    filters, listed, cursor = Filters(sort=PackSort.FOR_YOU), [], None
    async with read_only() as session:
        for _ in range(4):
            page = await queries.list_files(session, member, filters=filters, limit=7, cursor=cursor)
            listed, cursor = [*listed, *page.items], page.next_cursor
    assert len({row.id for row in listed}) == 24
    runs = [len(list(run)) for _, run in itertools.groupby(listed, key=lambda row: row.pack.slug)]
    assert max(runs) == queries.MOST_TOGETHER


async def test_sort_for_you_ends_with_what_is_known(db):
    member = await make_creator()
    own = await make_sound_pack(member, genre="techno", bpm=128)
    bought, dismissed, *_ = await make_many("techno", 128, 4, price=0)
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=bought.slug, price_tokens=0, key="a")
        await recommendations.dismiss(session, member, pack_id=str(dismissed.id))
    await play(member, bought)
    await update(member)
    filters = Filters(sort=PackSort.FOR_YOU)
    async with read_only() as session:
        listed = (await queries.list_packs(session, member, filters=filters, limit=10)).items
        sounds = (await queries.list_files(session, member, filters=filters, limit=50)).items
    assert len(listed) == 5
    assert {card.slug for card in listed[-3:]} == {own.slug, bought.slug, dismissed.slug}
    assert {row.pack.slug for row in sounds[-6:]} == {card.slug for card in listed[-3:]}


async def test_assistant_ranks_an_open_search_by_taste(db):
    member = await make_user()
    low, high = await make_sound_pack(genre="house", bpm=100), await make_sound_pack(genre="house", bpm=126)
    liked = await make_sound_pack(genre="techno", bpm=126)
    await play(member, liked)
    await update(member)
    wanted = tools.SearchArguments(genre="house", limit=2)
    found = await tools.search_packs(member, wanted, PageContext())
    assert [item["ref"] for item in found.content["items"]] == [f"pack:{high.slug}", f"pack:{low.slug}"]
    assert found.content["items"][0]["why"] == "House around 126 BPM, the tempo of what you played this week"
    newest = await tools.search_packs(member, wanted.model_copy(update={"sort": "newest"}), PageContext())
    assert {item["ref"] for item in newest.content["items"]} == {f"pack:{high.slug}", f"pack:{low.slug}"}
    assert "why" not in newest.content["items"][0]


async def test_list_in_the_order_of_taste_says_why_and_is_dismissed(db):
    member = await make_user()
    heard, other = await make_many("techno", 128, 2)
    await play(member, heard)
    await update(member)
    async with tab(member) as browser:
        await browser.send("BrowseState.load", "/browse", "?sort=for-you&view=grid")
        shown = {card.slug: card for card in browser.vars["cards"]}
        assert shown[other.slug].why == "Techno around 128 BPM, like what you played this week"
        assert "whose sounds you played this week" in shown[heard.slug].why
        await browser.send("BrowseState.dismiss", "/browse", pack_id=shown[other.slug].id)
        assert [card.slug for card in browser.vars["cards"]] == [heard.slug]
    assert other.slug not in {one.card.slug for one in await show(member)}


async def test_sounds_in_the_order_of_taste_say_why_and_their_pack_is_dismissed(db):
    member = await make_creator()
    own = await make_sound_pack(member, genre="techno", bpm=128)
    heard, other, bought = await make_many("techno", 128, 3, price=0)
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=bought.slug, price_tokens=0, key="a")
    await play(member, heard)
    await update(member)
    async with tab(member) as browser:
        await browser.send("BrowseState.load", "/browse", "?sort=for-you&view=list")
        slugs = {row.sound.id: row.sound.href.rpartition("/")[2] for row in browser.vars["rows"]}
        reasons = {slugs[file_id]: reason for file_id, reason in browser.vars["reasons"].items()}
        assert len(reasons) == len(browser.vars["reasons"])  # once for a pack
        assert reasons[other.slug].why == "Techno around 128 BPM, like what you played this week"
        assert set(reasons) == {heard.slug, other.slug}
        await browser.send("BrowseState.dismiss", "/browse", pack_id=reasons[other.slug].pack_id)
        assert {slugs[row.sound.id] for row in browser.vars["rows"]} == {heard.slug, own.slug, bought.slug}
        await browser.send("BrowseState.load", "/browse", "?sort=newest&view=list")
        assert browser.vars["reasons"] == {}


async def test_shown_opened_played_and_bought_are_counted(db):
    member, admin = await make_user(tokens=50), await make_user(role=Role.ADMIN)
    empty = await recommendation_metrics.measure(admin)
    assert (empty.funnel.shown, empty.sessions.count, empty.sessions.median_seconds, empty.repeats.share) == (
        0,
        0,
        None,
        None,
    )
    heard, *_ = await make_many("techno", 128, 6, price=1)
    await play(member, heard)
    await update(member)
    first = await show(member)
    chosen = first[0].card
    async with transaction() as session:
        await recommendations.record_opened(session, member, slug=chosen.slug)
        await recommendations.record_opened(session, member, slug=chosen.slug)
        await recommendations.record_opened(session, member, slug="nothing\x00")
        await checkout.buy(session, member, pack_slug=chosen.slug, price_tokens=1, key="k")
    await collect()
    await update(member)
    found = (await recommendation_metrics.measure(admin)).funnel
    assert (found.shown, found.opened, found.bought, found.members) == (5, 1, 1, 1)
    for viewer in (None, member, await make_user(role=Role.MODERATOR)):
        with pytest.raises(NotFoundError):
            await recommendation_metrics.measure(viewer)


async def test_plays_of_shown_packs_are_counted(db):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    made = await make_many("techno", 128, 5)
    await play(member, made[0])
    await update(member)
    shown = {one.card.id for one in await show(member)}
    await play(member, next(pack for pack in made if str(pack.id) in shown))
    await update(member)
    assert (await recommendation_metrics.measure(admin)).funnel.played == 1


async def test_repeated_questions_of_a_member(db, as_owner):
    one, other = await make_user(), await make_user()
    asked = [
        (one, "What is a Reese?", 1),
        (one, "what is a reese", 40),
        (one, "What is a Reese?", 0),
        (other, "what is a reese?", 0),
        (one, "Else", 0),
    ]
    for viewer, words, days in asked:
        conversation = uuid.uuid4()
        moment = f"now() - interval '{days} days'"
        first = f"{int(__import__('time').time() * 1000) - days * 86_400_000:012x}"
        as_owner(
            f"INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary) VALUES ('{conversation}', '{viewer.user_id}', '', false, false, false)",
            "INSERT INTO messages (id, conversation_id, role, status, writer, words, segments, document_ids, follow_ups, problem, model,"
            " rounds, input_tokens, output_tokens, cost_microdollars, created_at) VALUES"
            f" ('{first[:8]}-{first[8:]}-7000-8000-{uuid.uuid4().hex[:12]}', '{conversation}', 'user', 'complete', 'model', '{words}', '[]', '{{}}', '{{}}', '', '', 0, 0, 0, 0, {moment})",
        )
    async with read_only() as session:
        found = await recommendation_metrics.repeated_questions(session)
    assert (found.questions, found.repeated) == (4, 1)


async def test_length_of_visits(db, as_owner):
    member, admin = await make_user(), await make_user(role=Role.ADMIN)
    for minutes in (100, 95, 90, 10, 5):
        as_owner(
            "INSERT INTO activity (user_id, kind, facts, created_at)"
            f" VALUES ('{member.user_id}', 'play', '{{}}', now() - interval '{minutes} minutes')"
        )
    found = (await recommendation_metrics.measure(admin)).sessions
    assert (found.count, found.members) == (2, 1)
    assert found.median_seconds == pytest.approx(450, abs=2)  # ten minutes and five
