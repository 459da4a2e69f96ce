"""Workers killed at any point: the next one completes the job once, without duplicate notifications."""

import asyncio
import io
import random
import uuid
import zipfile
from collections import Counter

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.vocabulary import DraftFileState, DraftState
from tests.support.crash_worker import ANALYSIS, PUBLISHING, REFUSING, UNPACKING
from tests.support.factories import check_ledger, make_creator, make_pack
from tests.support.soak import sampled, scaled
from tests.support.studio import draft_of, new_draft, send, submit, work
from tests.support.studio_sounds import beat, hit
from tests.support.workers import crash_workers, hurry, lose_heartbeats, until

pytestmark = pytest.mark.integration
KILLS = scaled(20, 4)
_LEDGER = "SELECT count(*) FROM ledger_transactions"


async def flawed_draft(*, seed: int) -> tuple[Viewer, str]:
    """A draft whose only sound is truncated, so that its creator is notified after analysis."""
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    content = beat(bpm=140, bars=1, seed=seed)
    await send(viewer, draft_id, "cut_140.wav", content[: -1000 - 2 * seed])
    return viewer, draft_id


async def ready_drafts(count: int) -> tuple[Viewer, list[str]]:
    """Publishable drafts of an established creator; all contain copies of one analysed sound."""
    viewer = await make_creator()
    await make_pack(viewer)  # a first pack would be reviewed
    first = await new_draft(viewer)
    await send(viewer, first, "ridge_techno_140_kick.wav", beat(bpm=140, bars=1))
    await work()
    return viewer, [first] + [await copy(first) for _ in range(count - 1)]


async def copy(draft_id: str) -> str:
    new_id = str(uuid.uuid4())
    async with transaction() as session:
        for table, changed in (("drafts", ("id",)), ("draft_files", ("id", "draft_id"))):
            names = await session.execute(
                text(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = :t AND table_schema = 'public'"
                ),
                {"t": table},
            )
            kept = ", ".join(name for name in names.scalars() if name not in changed)
            made = {"drafts": "CAST(:new AS uuid)", "draft_files": "gen_random_uuid(), CAST(:new AS uuid)"}[table]
            await session.execute(
                text(f"INSERT INTO {table} ({', '.join(changed)}, {kept}) SELECT {made}, {kept} FROM {table} WHERE {changed[-1]} = :old"),
                {"new": new_id, "old": draft_id},
            )  # fmt: skip
    return new_id


async def notes_of(viewer: Viewer) -> Counter[str]:
    async with read_only() as session:
        found = await session.execute(
            text("SELECT sentence FROM notifications WHERE user_id = :user"), {"user": viewer.user_id}
        )
        return Counter(found.scalars())


async def check_analysed(viewer: Viewer, draft_id: str, point: str = "") -> None:
    """Check that the sound is analysed, has its previews, and that its creator was notified once."""
    (file,) = (await draft_of(viewer, draft_id)).files
    assert file.state is DraftFileState.READY, point
    assert [finding.code for finding in file.findings if finding.severity == "critical"] == ["truncated"], point
    async with read_only() as session:
        rows = await session.execute(
            text("SELECT preview_key, opus_key FROM analyses WHERE sha256 ="
                 " (SELECT sha256 FROM draft_files WHERE draft_id = :draft)"), {"draft": draft_id},
        )  # fmt: skip
        (keys,) = rows.all()
    for key in keys:
        assert (await store().head(key)).size_bytes > 1000, point
    assert list((await notes_of(viewer)).values()) == [1], point


async def check_published(viewer: Viewer, draft_id: str, point: str = "") -> None:
    """Check that the pack is published completely."""
    assert (await draft_of(viewer, draft_id)).state is DraftState.PUBLISHED, point
    async with read_only() as session:
        pack = (
            await session.execute(
                text(
                    "SELECT slug, status, preview_key, cover_key,"
                    " (SELECT count(*) FROM audio_files WHERE pack_id = packs.id AND published_at IS NOT NULL) AS sounds,"
                    " (SELECT count(*) FROM licence_offers WHERE pack_id = packs.id) AS offers,"
                    " (SELECT count(*) FROM notifications WHERE link = '/pack/' || slug) AS notes"
                    " FROM packs WHERE id = :id"
                ),
                {"id": draft_id},
            )
        ).one()
    assert (pack.status, pack.sounds, pack.offers, pack.notes) == ("published", 1, 2, 1), point
    await store().head(pack.preview_key)
    for name in ("320.webp", "640.webp", "social.jpg"):
        await store().head(f"covers/{pack.cover_key}/{name}")


async def test_worker_killed_at_each_step_of_analysis(seen, is_idle, as_owner):
    made: dict[str, tuple[Viewer, str]] = {}
    async with crash_workers() as workers:
        for seed, point in enumerate(sampled(ANALYSIS), 1):
            made[point] = await flawed_draft(seed=seed)
            await workers.start(f"analysis: {point}")
            assert await workers.ended() == "ended -9", point
        await lose_heartbeats()
        await workers.start()
        await until(is_idle)
    for point, (viewer, draft_id) in made.items():
        await check_analysed(viewer, draft_id, point)
    assert seen("ready") == {1: len(made)}
    assert as_owner(_LEDGER) == [(0,)]


async def test_worker_killed_at_each_step_of_publishing(seen, is_idle, as_owner):
    viewer, draft_ids = await ready_drafts(len(points := sampled(PUBLISHING)))
    made = dict(zip(points, draft_ids, strict=True))
    async with crash_workers() as workers:
        for point, draft_id in made.items():
            assert await submit(viewer, draft_id) is DraftState.PUBLISHING
            await workers.start(f"publishing: {point}")
            assert await workers.ended() == "ended -9", point
        await lose_heartbeats()
        await workers.start()
        await until(is_idle)
    for point, draft_id in made.items():
        await check_published(viewer, draft_id, point)
    assert seen("published") == {1: len(made)}
    assert as_owner(_LEDGER) == [(0,)]
    assert (await check_ledger()).problems == ()


def zip_of(*sounds: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, sound in enumerate(sounds):
            archive.writestr(f"hit {number}.wav", sound)
    return target.getvalue()


async def test_worker_killed_at_each_step_of_unpacking(seen, is_idle, as_owner, zip_folders):
    made: dict[tuple[str, str], tuple[Viewer, str]] = {}
    async with crash_workers() as workers:
        for seed, (group, point) in enumerate(
            [
                *(("unpacking", point) for point in sampled(UNPACKING)),
                *(("refusing", point) for point in sampled(REFUSING)),
            ],
            1,
        ):
            viewer = await make_creator()
            draft_id = await new_draft(viewer)
            sounds = (hit(seed=seed), hit(seed=1000 + seed)) if group == "unpacking" else ()
            await send(viewer, draft_id, "kit.zip", zip_of(*sounds))
            made[group, point] = viewer, draft_id
            await workers.start(f"{group}: {point}")
            assert await workers.ended() == "ended -9", point
        await lose_heartbeats()
        await workers.start()
        await until(is_idle)
    for (group, point), (viewer, draft_id) in made.items():
        states = [file.state for file in (await draft_of(viewer, draft_id)).files]
        assert states == ([DraftFileState.READY] * 2 if group == "unpacking" else []), point
        assert list((await notes_of(viewer)).values()) == ([] if group == "unpacking" else [1]), point
    assert seen("ready") == {1: 2 * len(sampled(UNPACKING))}
    assert as_owner("SELECT count(*) FROM uploads WHERE file_name LIKE '%.zip'") == [(0,)]
    assert zip_folders() == []


async def test_workers_killed_at_random(seen, is_idle, as_owner):
    dice = random.Random(7)
    seller, draft_ids = await ready_drafts(scaled(5, 2))
    sounds = [await flawed_draft(seed=seed) for seed in range(1, scaled(15, 8))]
    for draft_id in draft_ids:
        await submit(seller, draft_id)
    cut_off = 0
    async with crash_workers(WORKER_CONCURRENCY="2") as workers:
        for _ in range(KILLS):
            await workers.start()
            await asyncio.sleep(dice.uniform(0.1, 0.5))
            await workers.kill()
            cut_off += as_owner("SELECT count(*) FROM jobs.procrastinate_jobs WHERE status = 'doing'")[0][0]
            as_owner(
                "UPDATE jobs.procrastinate_jobs SET attempts = 0"
            )  # no job runs out of attempts because of this test
            await lose_heartbeats()
            await hurry()
        assert cut_off > KILLS / 2
        await workers.start()
        await until(is_idle, seconds=40)
    for viewer, draft_id in sounds:
        await check_analysed(viewer, draft_id)
    for draft_id in draft_ids:
        await check_published(seller, draft_id)
    assert seen("ready") == {1: len(sounds) + 1}  # and the one that all packs share
    assert seen("published") == {1: len(draft_ids)}
    assert as_owner(_LEDGER) == [(0,)]
