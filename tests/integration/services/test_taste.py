"""The taste profile on a real database: signals, sums, corrections, reset, export and import."""

import random
import uuid

import pytest
from sqlalchemy import text

from askchopper import policy, settings
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.services import taste_signals
from askchopper.services.purchases import checkout, downloads, refunds
from askchopper.services.search import engine, taste_traits
from askchopper.services.taste import counting, profile, summary, transfer, updates
from askchopper.services.taste_signals import Trait
from askchopper.settings import environment
from askchopper.taste_vocabulary import TasteFacet, TasteSignal
from tests.support.factories import make_creator, make_user
from tests.support.taste import collect, correct, make_sound_pack, play, read, update

pytestmark = pytest.mark.integration


async def weights(viewer: Viewer) -> dict[tuple[str, str, str], tuple[float, int]]:
    async with read_only() as session:
        rows = await session.execute(text("SELECT * FROM taste_weights WHERE user_id = :u"), {"u": viewer.user_id})
        return {(row.facet, row.value, row.kind): (row.weight, row.times) for row in rows}


async def test_plays_become_preferences_with_reasons(db):
    member = await make_user()
    pack = await make_sound_pack(genre="techno", bpm=128, key="A minor")
    await play(member, pack)
    await play(member, pack, sound=1)
    assert await update(member) == 2
    taste = await read(member)
    [genre] = taste.values[TasteFacet.GENRE]
    assert (genre.label, genre.share, genre.because) == ("Techno", 1.0, "2 plays")
    assert [one.label for one in taste.values[TasteFacet.TEMPO]] == ["Around 128 BPM"]
    assert taste.values[TasteFacet.KEY][0].value == "A minor"
    assert taste.loudness_lufs == -12.0
    assert taste.signals == 2


async def test_member_without_activity(db):
    member = await make_user()
    taste = await read(member)
    assert not taste.is_known
    assert all(not values for values in taste.values.values())
    async with transaction() as session:
        assert await summary.describe(session, member.user_id) == ()
        assert (await transfer.export(session, member))["values"] == []


async def test_skips_replays_and_seconds_weigh_differently(db):
    member = await make_user()
    liked, skipped = await make_sound_pack(genre="techno"), await make_sound_pack(genre="jazz")
    await play(member, liked, seconds=30)
    await play(member, liked, seconds=30)
    assert not await play(member, skipped, seconds=1.5)  # no play for the creator's figures
    await update(member)
    kinds = {kind for _, _, kind in await weights(member)}
    assert kinds == {"play", "replay", "skip"}
    genres = {one.value: one for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres["techno"].because == "1 replay, 1 play"
    assert genres["jazz"].liking < 0
    assert genres["jazz"].because == "1 skip"


async def test_own_packs_do_not_count(db):
    seller = await make_creator()
    own = await make_sound_pack(seller)
    await play(seller, own)
    async with transaction() as session:
        assert not await taste_signals.record(session, seller.user_id, TasteSignal.LIKE, pack_id=own.id)
    assert await update(seller) == 0
    assert not (await read(seller)).is_known


async def test_purchases_downloads_and_refunds_are_collected_once(db):
    member = await make_user(tokens=100)
    pack = await make_sound_pack(price=5, genre="house")
    kept = await make_sound_pack(price=5, genre="jazz")
    async with transaction() as session:
        bought = await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=5, key="a")
        await checkout.buy(session, member, pack_slug=kept.slug, price_tokens=5, key="b")
        await downloads.start_file_download(session, member, file_id=kept.file_ids[0])
    await collect()
    await collect()
    await update(member)
    genres = {one.value: one for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres["jazz"].because == "1 purchase, 1 download"
    assert genres["house"].because == "1 purchase"
    async with transaction() as session:
        await refunds.refund(session, member, purchase_id=bought.purchase_id)
    await collect()
    await update(member)
    genres = {one.value: one for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres["house"].liking == 0.0 if "house" in genres else True


async def test_earlier_plays_are_collected_once(db, as_owner):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    as_owner("DELETE FROM taste_signals")  # as before this feature
    await collect()
    await collect()
    assert as_owner("SELECT kind, amount FROM taste_signals") == [("play", 1.0)]


async def test_searches_and_questions_count(db, as_owner):
    member = await make_user()
    async with transaction() as session:
        for _ in range(3):  # once an hour
            found = await engine.understand(session, member, {"q": "techno 128 bpm a minor"})
            await taste_traits.record_search(session, member, found.filters)
    conversation = uuid.uuid4()
    for is_temporary, uses_memory in ((False, True), (True, True), (False, False)):
        as_owner(
            f"INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary, uses_memory)"
            f" VALUES ('{conversation}', '{member.user_id}', '', false, false, {is_temporary}, {uses_memory})",
            "INSERT INTO messages (id, conversation_id, role, status, writer, words, segments, document_ids, follow_ups, problem,"
            " model, rounds, input_tokens, output_tokens, cost_microdollars) VALUES"
            f" ('{uuid_now()}', '{conversation}', 'user', 'complete', 'model', 'dark jazz loops at 90 bpm', '[]', '{{}}', '{{}}', '', '', 0, 0, 0, 0)",
        )
        conversation = uuid.uuid4()
    await collect()
    await update(member)
    genres = {one.value: one.because for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres == {"techno": "1 search", "jazz": "1 question"}


async def test_questions_of_a_paused_memory_count_nothing(db, as_owner):
    member, conversation = await make_user(), uuid.uuid4()
    as_owner(
        f"INSERT INTO memory_settings (user_id, is_paused, offers_open_points) VALUES ('{member.user_id}', true, true)",
        f"INSERT INTO conversations (id, user_id, title, is_named, is_pinned, is_temporary)"
        f" VALUES ('{conversation}', '{member.user_id}', '', false, false, false)",
        "INSERT INTO messages (id, conversation_id, role, status, writer, words, segments, document_ids, follow_ups, problem,"
        " model, rounds, input_tokens, output_tokens, cost_microdollars) VALUES"
        f" ('{uuid_now()}', '{conversation}', 'user', 'complete', 'model', 'dark jazz loops at 90 bpm', '[]', '{{}}', '{{}}', '', '', 0, 0, 0, 0)",
    )
    await collect()
    assert as_owner("SELECT count(*) FROM taste_signals") == [(0,)]


def uuid_now() -> uuid.UUID:
    from askchopper.models.base import new_id

    return new_id()


async def test_facts_count_and_are_withdrawn(db):
    member, fact = await make_user(), uuid.uuid4()
    async with transaction() as session:
        traits = (Trait(TasteFacet.GENRE, "ambient"), Trait(TasteFacet.TEMPO, "140", 0.5))
        assert await taste_signals.record_fact(session, member.user_id, fact_id=fact, traits=traits)
        assert not await taste_signals.record_fact(session, member.user_id, fact_id=fact, traits=traits)
    await update(member)
    assert (await read(member)).values[TasteFacet.GENRE][0].because == "1 thing you told us"
    async with transaction() as session:
        await taste_signals.withdraw_fact(session, member.user_id, fact_id=fact)
    await update(member)
    assert not (await read(member)).is_known


@pytest.mark.parametrize("seed", range(3))
async def test_updates_equal_a_full_recount(db, as_owner, seed: int):
    draw = random.Random(seed)
    member = await make_user()
    packs = [
        await make_sound_pack(genre=genre, bpm=bpm, key=key)
        for genre, bpm, key in (
            ("techno", 128, "A minor"),
            ("jazz", 90, None),
            ("trap", 140, "F minor"),
            ("house", None, "C major"),
        )
    ]
    for _ in range(40):
        await play(member, draw.choice(packs), seconds=draw.uniform(1, 60), sound=draw.choice((0, 1)))
        if draw.random() < 0.3:
            await update(member)
        if draw.random() < 0.2:
            as_owner(
                f"UPDATE taste_signals SET created_at = created_at - interval '{draw.randint(0, 90)} days' WHERE NOT is_applied"
            )
        if draw.random() < 0.2:
            async with transaction() as session:
                await taste_signals.record(session, member.user_id, TasteSignal.LIKE, pack_id=draw.choice(packs).id)
    await update(member)
    step_by_step, before = await weights(member), await read(member)
    await update(member, is_full=True)
    recounted, after = await weights(member), await read(member)
    assert set(step_by_step) == set(recounted)
    for place, (weight, times) in recounted.items():
        assert step_by_step[place][0] == pytest.approx(weight, rel=1e-9, abs=1e-9), place
        assert step_by_step[place][1] == times
    assert after.values == before.values


async def test_order_of_signals_does_not_matter(db, as_owner):
    one, other = await make_user(), await make_user()
    packs = [
        await make_sound_pack(genre=genre, bpm=bpm) for genre, bpm in (("techno", 128), ("jazz", 90), ("trap", 140))
    ]
    for member, order in ((one, packs), (other, packs[::-1])):
        for pack in order:
            await play(member, pack)
            await update(member)
    as_owner("UPDATE taste_signals SET created_at = now()")
    await update(one, is_full=True)
    await update(other, is_full=True)
    first, second = await weights(one), await weights(other)
    assert set(first) == set(second)
    assert all(first[place][0] == pytest.approx(second[place][0], rel=1e-6) for place in first)


async def test_weights_fade(db, as_owner):
    member = await make_user()
    old, new = await make_sound_pack(genre="jazz"), await make_sound_pack(genre="techno")
    await play(member, old)
    as_owner("UPDATE taste_signals SET created_at = now() - interval '30 days'")
    await play(member, new)
    await update(member)
    genres = {one.value: one for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres["jazz"].share == pytest.approx(1 / 3, abs=0.01)


async def test_clock_that_was_ahead_heals(db, as_owner):
    member = await make_user()
    ahead, now = await make_sound_pack(genre="jazz"), await make_sound_pack(genre="techno")
    await play(member, ahead)
    as_owner("UPDATE taste_signals SET created_at = now() + interval '10 years'")
    await update(member)
    # Counted while the clock was ahead, then set right.
    as_owner("UPDATE taste_weights SET weight = weight * power(2, 121), last_at = now() + interval '10 years'")
    await play(member, now)
    await update(member)
    genres = {one.value: one for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres["techno"].share == pytest.approx(0.5, abs=0.02)


async def test_another_half_life_is_a_recount(db):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    await update(member)
    before = await weights(member)
    with environment(TASTE_HALF_LIFE_DAYS="60"):
        settings.get.cache_clear()
        await update(member)
        assert (await read(member)).half_life_days == 60
        assert await weights(member) != before
    settings.get.cache_clear()


async def test_ten_thousand_signals(db, as_owner):
    member, pack = await make_user(), await make_sound_pack()
    as_owner(
        "INSERT INTO taste_signals (user_id, kind, pack_id, file_id, amount, created_at)"
        f" SELECT '{member.user_id}', 'play', '{pack.id}', '{pack.file_ids[0]}', 1, now() - n * interval '1 minute'"
        " FROM generate_series(1, 10000) n",
        "ANALYZE taste_signals",  # what the database does by itself a minute after so many rows
    )
    assert await update(member) == 10_000
    taste = await read(member)
    assert taste.values[TasteFacet.GENRE][0].because == "10,000 plays"
    assert taste.signals == 10_000


async def test_update_job_runs_twice_without_counting_twice(db):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    await updates.update_member(member.user_id)
    once = await weights(member)
    await updates.update_member(member.user_id)
    assert await weights(member) == once


async def test_lost_jobs_are_made_up_for(db):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    await updates.update_pending()
    assert (await read(member)).is_known
    async with read_only() as session:
        assert await counting.list_pending(session) == ()


async def test_two_members_do_not_see_each_other(db):
    one, other = await make_user(), await make_user()
    pack = await make_sound_pack()
    await play(one, pack)
    await correct(one, "genre", "jazz", "more")
    await update(one)
    await update(other)
    assert not (await read(other)).is_known
    async with transaction() as session:
        assert (await transfer.export(session, other))["corrections"] == []
        await profile.reset(session, other)
    assert (await read(one)).is_known
    assert len((await read(one)).values[TasteFacet.GENRE]) == 2


async def test_correction_can_be_changed_at_the_limit(db, monkeypatch: pytest.MonkeyPatch):
    member = await make_user()
    monkeypatch.setattr(policy, "MAX_TASTE_CORRECTIONS", 2)
    await correct(member, "genre", "techno", "more")
    await correct(member, "genre", "jazz", "more")
    await correct(member, "genre", "techno", "never")
    with pytest.raises(ConflictError):
        await correct(member, "genre", "ambient", "more")


async def test_corrections_win_and_are_removed(db):
    member, pack = await make_user(), await make_sound_pack(genre="techno")
    await play(member, pack)
    await update(member)
    await correct(member, "genre", "techno", "never")
    await correct(member, "genre", "ambient", "more")
    await correct(member, "tempo", "90", "more")
    genres = {one.value: one.liking for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres == {"ambient": 1.0, "techno": -1.0}
    await update(member, is_full=True)  # a recount keeps them
    assert {one.value for one in (await read(member)).values[TasteFacet.TEMPO]} >= {"90"}
    await correct(member, "genre", "techno", "")
    await correct(member, "genre", "ambient", "")
    genres = {one.value: one.liking for one in (await read(member)).values[TasteFacet.GENRE]}
    assert genres == {"techno": 1.0}


@pytest.mark.parametrize(
    ("facet", "value", "choice"),
    [("genre", "polka", "more"), ("loudness", "-12", "more"), ("x", "techno", "more"), ("genre", "techno", "always"), ("creator", "6b1f7c1e-0000-4000-8000-000000000000", "more")],
)  # fmt: skip
async def test_bad_corrections_are_refused(db, facet: str, value: str, choice: str):
    member = await make_user()
    with pytest.raises(InvalidInputError):
        await correct(member, facet, value, choice)


async def test_reset_forgets_and_is_undone(db):
    member, pack = await make_user(), await make_sound_pack(genre="techno")
    await play(member, pack)
    await correct(member, "genre", "jazz", "more")
    await update(member)
    before = await read(member)
    async with transaction() as session:
        await profile.reset(session, member)
    taste = await read(member)
    assert (taste.is_known, taste.can_undo, taste.signals) == (False, True, 0)
    async with transaction() as session:
        await profile.undo_reset(session, member)
    assert (await read(member)).values == before.values
    async with transaction() as session:
        with pytest.raises(ConflictError):
            await profile.undo_reset(session, member)


async def test_after_the_undo_time_signals_are_deleted(db, as_owner):
    member, pack = await make_user(), await make_sound_pack(genre="techno")
    await play(member, pack)
    await update(member)
    async with transaction() as session:
        await profile.reset(session, member)
    as_owner("UPDATE taste_profiles SET undo_until = now() - interval '1 second'")
    async with transaction() as session:
        await profile.forget_undone(session)
    assert as_owner("SELECT count(*) FROM taste_signals") == [(0,)]
    await play(member, pack)
    await update(member)
    assert (await read(member)).signals == 1


async def test_description_for_the_assistant(db):
    member, pack = await make_user(), await make_sound_pack(genre="techno", bpm=128)
    await play(member, pack)
    await correct(member, "genre", "jazz", "never")
    await update(member)
    async with read_only() as session:
        found = await summary.describe(session, member.user_id)
    assert found[0] == ("The member never wants: Jazz.", 1.0)
    assert ("Genres played and bought: Techno (100%).", 0.95) in found
    assert any("128 BPM" in sentence for sentence, _ in found)
    assert all(0 < weight <= 1 for _, weight in found)


async def test_faded_signals_are_deleted(db, as_owner):
    member, pack = await make_user(), await make_sound_pack()
    await play(member, pack)
    await update(member)
    as_owner("UPDATE taste_signals SET created_at = now() - interval '400 days'")
    async with transaction() as session:
        await counting.delete_faded(session)
    await updates.update_pending()
    assert as_owner("SELECT count(*) FROM taste_signals") == [(0,)]
    assert await weights(member) == {}
