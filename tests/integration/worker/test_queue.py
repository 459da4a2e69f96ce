"""The job queue: contents, requeueing of jobs of dead workers, deletion."""

import asyncio
from datetime import timedelta

import pytest
from procrastinate.jobs import Job

from askchopper import jobs
from askchopper.database import read_only, transaction
from askchopper.errors import UnavailableError
from askchopper.models.base import utc_now
from askchopper.services import analysis
from askchopper.services.studio import draft_sounds, drafts
from askchopper.vocabulary import DraftFileState, JobName
from askchopper.worker import runner, tasks
from tests.support.factories import make_creator
from tests.support.studio import draft_of, new_draft, send, work
from tests.support.studio_sounds import beat

pytestmark = pytest.mark.integration
_JOBS = "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status, queueing_lock) VALUES "
_STATES = "SELECT task_name, status, attempts FROM jobs.procrastinate_jobs ORDER BY id"


async def take_back() -> list[str]:
    async with transaction() as session:
        return sorted(job.name for job in await jobs.requeue_stalled(session, lease_seconds=5))


async def test_jobs_of_dead_workers_are_requeued_once_and_periodic_ones_end(db, as_owner):
    as_owner(
        f"{_JOBS} ('chores', 'minutely', 'doing', 'minutely'), ('default', 'analyse', 'doing', NULL),"
        " ('chores', 'minutely', 'todo', 'minutely')"
    )
    taken = await asyncio.gather(*(take_back() for _ in range(4)))
    assert sorted(name for names in taken for name in names) == ["analyse", "minutely"]
    assert as_owner(_STATES) == [("minutely", "failed", 1), ("analyse", "todo", 1), ("minutely", "todo", 0)]


async def test_jobs_of_live_workers_are_not_requeued(db, as_owner):
    as_owner(
        "DELETE FROM jobs.procrastinate_workers",
        "WITH worker AS (INSERT INTO jobs.procrastinate_workers DEFAULT VALUES RETURNING id)"
        " INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status, worker_id)"
        " SELECT 'default', 'analyse', 'doing', id FROM worker",
    )
    assert await take_back() == []
    as_owner("UPDATE jobs.procrastinate_workers SET last_heartbeat = now() - interval '6 seconds'")
    assert await take_back() == ["analyse"]


async def test_only_old_ended_jobs_are_deleted(db, as_owner):
    as_owner(
        f"{_JOBS} ('default', 'old', 'todo', NULL), ('default', 'older', 'todo', NULL), ('default', 'new', 'todo', NULL)"
    )
    as_owner(
        "UPDATE jobs.procrastinate_jobs SET status = 'doing' WHERE task_name <> 'older'",
        "UPDATE jobs.procrastinate_jobs SET status = 'failed' WHERE task_name <> 'older'",
        "UPDATE jobs.procrastinate_events SET at = at - interval '8 days'"
        " WHERE job_id IN (SELECT id FROM jobs.procrastinate_jobs WHERE task_name <> 'new')",
    )
    async with runner.create_app().open_async() as app:
        await jobs.delete_ended(app)
    assert [name for name, *_ in as_owner(_STATES)] == ["older", "new"]


async def test_queue_depth(db, as_owner):
    async with transaction() as session:
        for _ in range(3):
            await jobs.enqueue(session, JobName.ANALYSE, file_id="x")
    as_owner(
        "UPDATE jobs.procrastinate_events SET at = at - interval '90 seconds'"
        " WHERE job_id = (SELECT min(id) FROM jobs.procrastinate_jobs)",
        "UPDATE jobs.procrastinate_jobs SET scheduled_at = now() + interval '1 hour'"
        " WHERE id = (SELECT max(id) FROM jobs.procrastinate_jobs)",
    )
    async with read_only() as session:
        depth = await jobs.depth(session)
    assert (depth.waiting, depth.later, depth.running, depth.failed) == (2, 1, 0, 0)
    assert depth.oldest_seconds == pytest.approx(90, abs=5)


async def _until_somebody_waits(as_owner) -> None:
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with asyncio.timeout(20):
        while as_owner(waits) == [(0,)]:  # noqa: ASYNC110 - it waits inside the server
            await asyncio.sleep(0.01)


async def test_two_workers_on_one_sound_notify_once(db, as_owner):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "cut.wav", beat(bpm=140, bars=1)[:-1000])
    (file,) = (await draft_of(viewer, draft_id)).files
    await asyncio.gather(analysis.analyse_file(file.id), analysis.analyse_file(file.id))
    assert (await draft_of(viewer, draft_id)).files[0].state is DraftFileState.READY
    assert as_owner("SELECT count(*) FROM notifications") == [(1,)]


async def test_result_and_edit_do_not_block_each_other(db, as_owner):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "loop.wav", beat(bpm=140, bars=1))
    (file,) = (await draft_of(viewer, draft_id)).files
    async with transaction() as session:
        await drafts.lock(session, viewer, draft_id=draft_id)
        result = asyncio.create_task(analysis.analyse_file(file.id))
        await _until_somebody_waits(as_owner)
        await draft_sounds.change_files(session, viewer, file_ids=[str(file.id)], bpm="70")
    await result
    (file,) = (await draft_of(viewer, draft_id)).files
    assert (file.state, file.bpm) == (DraftFileState.READY, 70.0)


async def test_locked_draft_does_not_block_other_drafts_of_same_content(db, as_owner):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "loop.wav", beat(bpm=140, bars=1))
    (file,) = (await draft_of(viewer, draft_id)).files
    async with transaction() as session:
        await drafts.lock(session, viewer, draft_id=draft_id)
        result = asyncio.create_task(analysis.analyse_file(file.id))
        await _until_somebody_waits(as_owner)
        assert as_owner("SELECT status FROM analyses FOR UPDATE NOWAIT") == [
            ("accept",)
        ]  # the row is stored and not locked
    await result
    assert (await draft_of(viewer, draft_id)).files[0].state is DraftFileState.READY


async def test_draft_is_prefilled_although_last_sound_failed(db):
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "ridge_techno_140_kick.wav", beat(bpm=140, bars=1))
    await work()
    async with transaction() as session:
        await drafts.change(session, viewer, draft_id=draft_id, summary="")
    await send(viewer, draft_id, "lost.wav", beat(bpm=120, bars=1))
    before = await draft_of(viewer, draft_id)
    assert before.summary == ""
    await analysis.mark_failed(before.files[1].id)
    after = await draft_of(viewer, draft_id)
    assert after.files[1].problem == analysis.NEEDS_HELP
    assert after.summary


async def test_nightly_job_continues_after_failure(db, as_owner):

    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    for number, bpm in enumerate((120, 140)):
        await send(viewer, draft_id, f"{number}.wav", beat(bpm=bpm, bars=1))
    await work()
    as_owner("UPDATE analyses SET version = 0")
    (first, key) = as_owner("SELECT sha256, store_key FROM draft_files ORDER BY sha256 LIMIT 1")[0]
    await analysis.store().delete(key)
    await tasks.nightly(0)
    assert as_owner(f"SELECT sha256 = '{first}' FROM analyses WHERE version = 0") == [(True,)]


@pytest.mark.parametrize("name", [JobName.ANALYSE, JobName.PUBLISH, JobName.UNPACK])
def test_giving_up_is_retried(configured, name: JobName):
    """A database outage at the last attempt must not leave a sound in analysis forever."""
    task = runner.create_app().tasks[name.value]
    for attempts in (5, 6, 1000):
        job = Job(id=1, queue=jobs.QUEUE, lock=None, queueing_lock=None, task_name=name.value, attempts=attempts)
        retry = task.get_retry_exception(exception=UnavailableError("away"), job=job)
        assert retry is not None
        assert retry.retry_decision.retry_at is not None
        assert retry.retry_decision.retry_at - utc_now() < timedelta(minutes=6)
