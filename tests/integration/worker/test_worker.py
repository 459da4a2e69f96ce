"""The worker as a separate process: starting jobs, shutdown, and failures."""

import asyncio
import os
import signal
import uuid
from collections.abc import Callable
from contextlib import suppress
from statistics import median

import psutil
import pytest
from sqlalchemy import text

from askchopper import jobs
from askchopper.database import transaction
from askchopper.integrations.blob_store import store
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftFileDetail
from askchopper.services import analysis
from askchopper.services.studio import draft_sounds, publishing
from askchopper.vocabulary import DraftFileState, DraftState, JobName
from tests.support.crash_worker import ANALYSIS
from tests.support.factories import make_creator, make_pack
from tests.support.soak import scaled
from tests.support.studio import draft_of, new_draft, send, submit, work
from tests.support.studio_sounds import beat, hit
from tests.support.workers import (
    PATIENCE_SECONDS,
    crash_workers,
    forked_worker,
    hurry,
    lose_heartbeats,
    pauses,
    until,
    worker,
)

pytestmark = pytest.mark.integration
TRIES = 5
_LISTENERS = """
    SELECT usename FROM pg_stat_activity WHERE query LIKE 'LISTEN %#default%' AND state = 'idle'
        AND datname = current_database() AND pid <> pg_backend_pid()
"""
_COUNT = "SELECT count(*) FROM jobs.procrastinate_jobs WHERE queue_name = 'default' AND status = "


async def enqueue_nothing() -> None:
    """Enqueue a job that ends immediately: no pack is waiting for it."""
    async with transaction() as session:
        await jobs.enqueue(session, JobName.PUBLISH, draft_id=str(uuid.uuid4()))


async def sounds_in_draft(*sounds: bytes) -> tuple[Viewer, str]:
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    for number, sound in enumerate(sounds):
        await send(viewer, draft_id, f"sound {number}.wav", sound)
    return viewer, draft_id


async def files_of(draft: tuple[Viewer, str]) -> tuple[DraftFileDetail, ...]:
    return (await draft_of(*draft)).files


def children(process: asyncio.subprocess.Process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


async def measuring_child(process: asyncio.subprocess.Process) -> psutil.Process:
    """Wait for the analysis child: a fork of the fork server."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        with suppress(psutil.NoSuchProcess):
            for each in children(process):
                parent = each.parent()
                if parent is not None and parent.pid != process.pid and parent.cmdline() == each.cmdline():
                    found.append(each)
        return bool(found)

    await until(is_there)
    return found[0]


@pytest.fixture
def count(as_owner) -> Callable[[str], int]:
    """Count the jobs in a state."""
    return lambda status: as_owner(f"{_COUNT} '{status}'")[0][0]


async def test_committed_job_starts_immediately(db, is_idle, as_owner):
    async with worker():
        await until(lambda: bool(as_owner(_LISTENERS)))
        assert as_owner(_LISTENERS) == [("askchopper_app",)]
        waited: list[float] = []
        for _ in range(7):
            await enqueue_nothing()
            waited.append(await until(is_idle))
            await asyncio.sleep(0.1)
        # It also polls every second, which would not be this fast this often.
        assert median(waited) < 0.2
        async with transaction() as session:
            await jobs.enqueue(session, JobName.PUBLISH, draft_id=str(uuid.uuid4()))
            assert is_idle()  # not visible to others yet
            await session.rollback()
        await asyncio.sleep(0.3)
        assert as_owner("SELECT count(*) FROM jobs.procrastinate_events") == [(0,)]


async def test_two_workers_run_each_job_once(seen, is_idle, as_owner):
    drafts_made = [await sounds_in_draft(hit(seed=seed)) for seed in range(scaled(20, 6))]
    busy: set[int] = set()

    def is_done() -> bool:
        rows = as_owner(
            "SELECT worker_id FROM jobs.procrastinate_jobs WHERE status = 'doing' AND queue_name = 'default'"
        )
        busy.update(number for (number,) in rows)
        return is_idle()

    async with worker(), worker():
        await until(is_done)
    assert len(busy) == 2
    assert seen("analysing") == seen("ready") == {1: len(drafts_made)}


async def test_graceful_shutdown_finishes_current_job(db, count):
    """Signals go to the whole process group, as from a terminal or service manager; the child ignores them."""
    draft = await sounds_in_draft(hit(seed=1), hit(seed=2))
    async with worker() as process:
        child = await measuring_child(process)
        child.suspend()
        for number in (signal.SIGINT, signal.SIGTERM):
            os.killpg(process.pid, number)
        await asyncio.sleep(0.2)
        child.resume()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    first, second = await files_of(draft)
    assert (first.state, first.blocks) == (DraftFileState.READY, False)
    assert second.state is DraftFileState.WAITING
    assert (count("todo"), count("doing")) == (1, 0)


async def test_unfinished_job_is_requeued_at_shutdown(db, is_idle, count):
    draft = await sounds_in_draft(hit(seed=1))
    async with worker(JOB_LEASE_SECONDS="1") as process:
        child = await measuring_child(process)
        child.suspend()
        process.terminate()
        await until(lambda: count("todo") == 1, seconds=3)
        child.resume()
        assert await asyncio.wait_for(process.wait(), 10) == 0
    async with forked_worker():
        await hurry()
        await until(is_idle)
    (file,) = await files_of(draft)
    assert (file.state, file.blocks) == (DraftFileState.READY, False)


async def test_killed_worker_stops_children_and_job_is_requeued_after_lease(seen, is_idle, as_owner):
    draft = await sounds_in_draft(hit(seed=1))
    async with worker() as first:
        child = await measuring_child(first)
        child.suspend()
        family = children(first)
        async with forked_worker(JOB_LEASE_SECONDS="2"):
            await until(lambda: len(as_owner(_LISTENERS)) == 2)
            first.kill()
            child.resume()
            assert await until(lambda: not any(each.is_running() for each in family)) < 3
            assert await until(is_idle) < 20  # the lease, and the first start of a fork server
    (file,) = await files_of(draft)
    assert (file.state, seen("analysing"), seen("ready")) == (DraftFileState.READY, {2: 1}, {1: 1})


async def test_locked_job_is_requeued_soon_after(seen, is_idle):
    """The queue locks the jobs of a dead worker while it deletes that worker, often at the same time."""
    await sounds_in_draft(hit(seed=1))
    async with crash_workers() as workers:
        await workers.start("analysis: after measuring")
        assert await workers.ended() == "ended -9"
        await lose_heartbeats()
        async with transaction() as session:
            await session.execute(text("SELECT FROM jobs.procrastinate_jobs WHERE status = 'doing' FOR UPDATE"))
            await workers.start()
            await asyncio.sleep(2)
        await until(is_idle)
    assert seen("ready") == {1: 1}


async def test_crashing_sound_is_unsafe_and_next_is_analysed(db, is_idle):
    draft = await sounds_in_draft(beat(bpm=140, bars=40), hit(seed=1))
    async with worker() as process:
        (await measuring_child(process)).send_signal(signal.SIGSEGV)
        await until(is_idle)
    crashed, good = await files_of(draft)
    assert [finding.code for finding in crashed.findings] == ["unsafe"]
    assert crashed.blocks
    assert (good.state, good.blocks) == (DraftFileState.READY, False)


async def fail_five_times(is_idle) -> dict[int, float]:
    """Let a queued job fail until it is given up; returns the back-off after each attempt that was seen."""
    waited: dict[int, float] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_idle():
            if found := await pauses():
                waited = found | waited
                await hurry()
            await asyncio.sleep(0.01)
    return waited


async def test_job_fails_after_five_attempts(db, is_idle, as_owner):
    draft = await sounds_in_draft(hit(seed=1))
    ((key,),) = as_owner("SELECT store_key FROM draft_files")
    master = b"".join([piece async for piece in store().read(key)])
    await store().delete(key)
    async with forked_worker():
        waited = await fail_five_times(is_idle)
        assert waited == {tries: pytest.approx(3**tries, abs=1) for tries in waited}
        assert waited.keys() >= set(range(2, TRIES))  # a busy machine may miss the first, of three seconds
        (file,) = await files_of(draft)
        assert (file.state, file.problem, file.blocks) == (DraftFileState.FAILED, analysis.NEEDS_HELP, True)
        assert as_owner("SELECT sentence FROM notifications") == [("sound 0.wav could not be analysed.",)]
        await store().put(key, master)
        async with transaction() as session:
            await draft_sounds.retry_analysis(session, draft[0], file_id=str(file.id))
        await until(is_idle)
    assert (await files_of(draft))[0].state is DraftFileState.READY


async def test_job_that_kills_its_worker_is_given_up(seen, is_idle, as_owner):
    deadly = next(point for point in ANALYSIS if "child" in point)
    draft = await sounds_in_draft(hit(seed=1))
    async with crash_workers() as workers:
        for _ in range(TRIES):
            await workers.start(f"analysis: {deadly}")
            assert await workers.ended() == "ended -9"
            await lose_heartbeats()
        await workers.start()
        await until(is_idle)
    (file,) = await files_of(draft)
    assert (file.state, file.problem) == (DraftFileState.FAILED, analysis.NEEDS_HELP)
    assert (seen("analysing"), seen("failed")) == ({TRIES: 1}, {1: 1})
    assert as_owner("SELECT count(*) FROM notifications") == [(1,)]


async def test_unpublishable_pack_is_returned_with_reason(db, is_idle, as_owner):
    viewer, draft_id = await sounds_in_draft(beat(bpm=140, bars=1))
    await make_pack(viewer)  # a first pack would be reviewed
    await work()
    assert await submit(viewer, draft_id) is DraftState.PUBLISHING
    ((key,),) = as_owner("SELECT store_key FROM draft_files")
    master = b"".join([piece async for piece in store().read(key)])
    await store().delete(key)
    async with forked_worker():
        await fail_five_times(is_idle)
        draft = await draft_of(viewer, draft_id)
        assert (draft.state, draft.note) == (DraftState.DRAFT, publishing.FAILED)
        assert as_owner("SELECT count(*) FROM packs WHERE status = 'published'") == [(1,)]
        await store().put(key, b"not a sound any more")
        await submit(viewer, draft_id)
        await until(is_idle)
        draft = await draft_of(viewer, draft_id)
        assert (draft.state, draft.note) == (
            DraftState.DRAFT,
            "The preview of this pack could not be made. Check its sounds.",
        )
        await store().put(key, master)
        await submit(viewer, draft_id)
        await until(is_idle)
    draft = await draft_of(viewer, draft_id)
    assert (draft.state, draft.note) == (DraftState.PUBLISHED, "")
    sentences = [sentence for (sentence,) in as_owner("SELECT sentence FROM notifications ORDER BY created_at")]
    assert [sentence.endswith("is published.") for sentence in sentences] == [False, False, True]
