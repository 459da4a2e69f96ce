"""Advantages of loyalty tiers: bonus tokens back, early listening, several packs in one download; and the challenges of a week."""

import io
import uuid
import zipfile
from datetime import timedelta

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.models.base import utc_now
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.spotify import Item, Playback
from askchopper.services import activity, wallet
from askchopper.services.community import blocks, collection_items, collections, feed, follows
from askchopper.services.purchases import checkout, downloads
from askchopper.services.rewards import counts, loyalty, progress
from askchopper.services.spotify import listening, playback_cache
from askchopper.services.spotify.playback_cache import Snapshot
from askchopper.services.studio import drafts, publishing
from askchopper.vocabulary import Visibility
from tests.support.clients import api_client
from tests.support.events import tab
from tests.support.factories import (
    MadePack,
    balance_of,
    check_ledger,
    make_creator,
    make_pack,
    make_user,
    new_file,
)
from tests.support.soak import soak
from tests.support.studio import new_draft, send, submit, work
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration
LISTENER, INSIDER, STUDIO = 0, 600, 1500


async def buy_for_good(buyer: Viewer, pack: MadePack) -> None:
    """Buy and download, so that it cannot be refunded."""
    async with transaction() as session:
        await checkout.buy(session, buyer, pack_slug=pack.slug, price_tokens=pack.price_tokens, key=uuid.uuid4().hex)
    async with transaction() as session:
        await downloads.start_file_download(session, buyer, file_id=pack.file_ids[0])


async def member_of(spent: int, *, bonus: int = 0) -> Viewer:
    """Create a member who has spent so many bought tokens."""
    member = await make_user(tokens=spent)
    if spent:
        await buy_for_good(member, await make_pack(price=spent))
    if bonus:
        async with transaction() as session:
            await wallet.grant(session, user_id=member.user_id, tokens=bonus, is_bonus=True, key="gift", memo="Gift")
    return member


async def unlock(member: Viewer) -> None:
    async with transaction() as session:
        await progress.unlock(session, member.user_id)


async def given(member: Viewer, kind: str) -> list[int]:
    async with read_only() as session:
        found = await progress.overview(session, member, zone="UTC")
    return [line.tokens for line in found.history if line.kind == kind]


@pytest.mark.parametrize(("spent", "back"), [(LISTENER, []), (INSIDER, [6])])
async def test_bonus_tokens_come_back_once_the_purchase_is_final(db: None, spent: int, back: list[int]):
    member, pack = await member_of(spent, bonus=60), await make_pack(price=60)
    async with transaction() as session:
        await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=60, key="k")
    await unlock(member)
    assert await given(member, "tier") == [], "it can still be refunded"
    async with transaction() as session:
        await downloads.start_file_download(session, member, file_id=pack.file_ids[0])
    for _ in range(3):
        await unlock(member)
    assert await given(member, "tier") == back
    assert (await check_ledger()).problems == ()


async def plan_release(creator: Viewer, *, hours: int) -> str:
    """Plan the first release of a pack with one sound."""
    await make_pack(creator)  # so that the creator is known, and needs no review
    draft_id = await new_draft(creator)
    await send(creator, draft_id, "dock_techno_120_kick.wav", beat(bpm=120, seed=1))
    await work()
    planned = utc_now() + timedelta(hours=hours)
    async with transaction() as session:
        await drafts.change(session, creator, draft_id=draft_id, title="Dock", price_tokens=30, release_at=planned)
    await submit(creator, draft_id)
    return draft_id


@pytest.mark.parametrize(("hours", "spent", "may_hear"), [(20, INSIDER, True), (30, INSIDER, False), soak(30, STUDIO, True), soak(20, 0, False)])  # fmt: skip
async def test_planned_releases_are_heard_earlier_by_tier(db: None, hours: int, spent: int, may_hear: bool):
    creator, member = await make_creator(), await member_of(spent)
    draft_id = await plan_release(creator, hours=hours)
    async with read_only() as session:
        [file] = (await drafts.get(session, creator, draft_id=draft_id)).files
    expected = 200 if may_hear else 404
    async with api_client(member) as client:
        assert (await client.get(f"/api/v1/files/{file.id}/preview")).status_code == expected
        assert (await client.get(f"/api/v1/files/{file.id}/peaks")).status_code == expected
    async with api_client() as client:
        assert (await client.get(f"/api/v1/files/{file.id}/preview")).status_code == 404
    async with tab(member) as seen:
        page = await seen.send("PackState.load_preview", "/studio/preview", f"?draft={draft_id}")
        assert (page.get("is_early", False), page.get("title", "")) == ((True, "Dock") if may_hear else (False, ""))
    async with transaction() as session:
        await blocks.block(session, creator, member_id=str(member.user_id))
    async with api_client(member) as client:
        assert (await client.get(f"/api/v1/files/{file.id}/preview")).status_code == 404, (
            "a blocked member hears nothing"
        )


async def test_planned_release_of_a_creator_who_is_suspended_or_leaves(db: None, as_owner):
    creator, member = await make_creator(), await member_of(INSIDER)
    async with transaction() as session:
        await follows.follow_creator(session, member, slug=creator.creator_slug or "")
    draft_id = await plan_release(creator, hours=20)
    [(event_id,)] = as_owner(f"SELECT id::text FROM feed_events WHERE draft_id = '{draft_id}'")
    await feed.distribute(uuid.UUID(event_id))
    async with read_only() as session:
        [file] = (await drafts.get(session, creator, draft_id=draft_id)).files
    change = f"UPDATE users SET {{}} WHERE id = '{creator.user_id}'"
    async with api_client(member) as client:
        for values, status in (
            ("disabled_at = now()", 404), ("disabled_at = NULL, delete_after = now()", 404), ("delete_after = NULL", 200),
        ):  # fmt: skip
            as_owner(change.format(values))
            assert (await client.get(f"/api/v1/files/{file.id}/preview")).status_code == status, values
            async with read_only() as session:
                [told] = (await feed.list_feed(session, member)).items
            assert ("draft" in told.facts) == (status == 200), values
    state = f"SELECT state FROM drafts WHERE id = '{draft_id}'"
    as_owner(
        change.format("disabled_at = now()"), f"UPDATE drafts SET release_at = now() - interval '1 minute' WHERE id = '{draft_id}'"
    )  # fmt: skip
    async with transaction() as session:
        await publishing.publish_due(session)
    assert as_owner(state) == [("scheduled",)], "it waits for the end of the suspension"
    as_owner(change.format("disabled_at = NULL"))
    async with transaction() as session:
        await publishing.publish_due(session)
    assert as_owner(state) == [("publishing",)]


async def test_plan_is_withdrawn_if_publishing_fails(db: None, as_owner):
    creator = await make_creator()
    draft_id = await plan_release(creator, hours=20)
    plans = f"SELECT count(*) FROM feed_events WHERE draft_id = '{draft_id}'"
    assert as_owner(plans) == [(1,)]
    as_owner(f"UPDATE drafts SET state = 'publishing' WHERE id = '{draft_id}'")
    await publishing.fail_publishing(uuid.UUID(draft_id))
    assert as_owner(plans) == [(0,)]


async def test_zip_of_several_packs_is_as_large_as_the_tier(db: None):
    member = await make_user(tokens=500)
    packs = [
        await make_pack(price=10, title="Same name" if number < 2 else f"Pack {number}", files=(new_file(), new_file(2)))
        for number in range(4)
    ]  # fmt: skip
    for pack in packs:
        await buy_for_good(member, pack)
    async with api_client(member) as client:
        slugs = [pack.slug for pack in packs]
        refused = await client.get("/api/v1/library/zip", params={"pack": slugs})
        assert (refused.status_code, refused.json()["detail"]) == (
            422, "Your tier, Listener, puts up to 3 packs into one zip."
        )  # fmt: skip
        answer = await client.get("/api/v1/library/zip", params={"pack": [*slugs[:3], slugs[0]]})
        assert answer.status_code == 200
        assert (await client.get("/api/v1/library/zip", params={"pack": "nothing"})).status_code == 404
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert len(names) == len(set(names)) == 3 * 4, "two sounds, a licence and a table of each"


async def test_finished_collection_counts_what_was_bought(db: None):
    member = await make_user(tokens=500)
    packs = [await make_pack(price=10) for _ in range(policy.MIN_FINISHED_ITEMS)]
    async with transaction() as session:
        slug = await collections.create(session, member, title="All of it", visibility=Visibility.PRIVATE)
        for pack in packs:
            await collection_items.add(session, member, slug=slug, pack=pack.slug)
    for number, pack in enumerate(packs):
        async with read_only() as session:
            assert (await counts.counts(session, member.user_id))["finished_collections"] == 0, number
        await buy_for_good(member, pack)
    async with read_only() as session:
        assert (await counts.counts(session, member.user_id))["finished_collections"] == 1


async def test_finished_collection_has_enough_packs_of_others_on_sale(db: None, as_owner):
    member, needed = await make_creator(), policy.MIN_FINISHED_ITEMS
    async with transaction() as session:
        await wallet.grant(session, user_id=member.user_id, tokens=100, is_bonus=False, key="gift", memo="Gift")
    bought = [await make_pack(price=10) for _ in range(needed)]
    own = [await make_pack(member, price=10) for _ in range(needed - 1)]
    async with transaction() as session:
        slug = await collections.create(session, member, title="All", visibility=Visibility.PRIVATE)
        for pack in (bought[0], *own):
            await collection_items.add(session, member, slug=slug, pack=pack.slug)
    await buy_for_good(member, bought[0])

    async def finished() -> int:
        async with read_only() as session:
            return (await counts.counts(session, member.user_id))["finished_collections"]

    assert await finished() == 0, "own packs are no part of it"
    async with transaction() as session:
        for pack in bought[1:]:
            await collection_items.add(session, member, slug=slug, pack=pack.slug)
    for pack in bought[1:]:
        await buy_for_good(member, pack)
    assert await finished() == 1
    as_owner(f"UPDATE packs SET status = 'unpublished' WHERE id = '{bought[1].id}'")
    assert await finished() == 0, "what is not on sale is no part of it"


async def test_packs_in_your_key(db: None, as_owner):
    member = await make_user()
    minor = [await make_pack(files=(new_file(key="A minor"),)) for _ in range(2)]
    major = await make_pack(files=(new_file(key="C major"),))
    as_owner(
        "INSERT INTO taste_weights (user_id, facet, value, kind, weight, times) VALUES"
        f" ('{member.user_id}', 'key', 'A minor', 'play', 3, 1), ('{member.user_id}', 'key', 'C major', 'play', 1, 1)"
    )
    as_owner(*(f"UPDATE packs SET keys = '{{{key}}}' WHERE id = '{pack.id}'" for pack, key in ((minor[0], "A minor"), (minor[1], "A minor"), (major, "C major"))))  # fmt: skip
    async with transaction() as session:
        for pack in (*minor, major, minor[0]):
            await activity.record_play(session, member, file_id=pack.file_ids[0], seconds=5)
    async with read_only() as session:
        assert (await counts.counts(session, member.user_id))["packs_in_key"] == 2
        assert await counts.favourite_key(session, member.user_id) == "A minor"


def playing(progress_ms: int, *, uri: str = "spotify:track:a", is_playing: bool = True) -> Playback:
    return Playback(kind="track", is_playing=is_playing, item=Item(uri, "Song", "Artist"), progress_ms=progress_ms)


async def test_listening_on_spotify_is_what_spotify_says(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listening, "WRITE_SECONDS", 10.0)
    playback_cache.reset()
    member = await make_user()

    async def heard(*answers: tuple[float, Playback]) -> float:
        before = None
        for at, playback in answers:
            await listening.record(member.user_id, before, playback, at)
            before = Snapshot(playback, at)
        return playback_cache.entry(member.user_id).heard_seconds

    assert await heard((0, playing(0)), (5, playing(5_000)), (9, playing(9_000))) == 9
    assert await heard((0, playing(0, is_playing=False)), (5, playing(0))) == 9, "it was paused"
    assert await heard((0, playing(7_000)), (5, playing(7_000))) == 9, "it is stuck"
    assert await heard((0, playing(0)), (60, playing(60_000))) == 9, "nobody asked for a minute"
    assert await heard((0, playing(7_000)), (5, playing(100, uri="spotify:track:b"))) == 0, (
        "the next track; written now"
    )
    async with read_only() as session:
        assert (await counts.counts(session, member.user_id))["spotify_minutes"] == 0
    await heard(*((second, playing(1_000 * second)) for second in range(0, 15, 5)))
    assert await seconds_of(member) == pytest.approx(14, abs=0.5), (
        "a second process cannot add more than the time since"
    )


async def seconds_of(member: Viewer) -> float:
    from sqlalchemy import text

    async with read_only() as session:
        found = await session.execute(
            text("SELECT sum(seconds) FROM spotify_listening WHERE user_id = :u"), {"u": member.user_id}
        )
        return float(found.scalar_one())


async def test_tier_says_its_advantages(db: None):
    async with read_only() as session:
        found = await loyalty.progress(session, (await make_user()).user_id)
    assert found.advantages == ("Up to 3 packs in one download",)
    assert await balance_of(await make_user()) == 0
