"""A verdict that depends on the machine's load is not final: the sound fails and can be tried again."""

import pytest
from procrastinate import JobContext
from procrastinate.jobs import Job

from askchopper.database import transaction
from askchopper.media import pipeline
from askchopper.media.sandbox import pool
from askchopper.media.sandbox.child_process import LimitExceededError, SandboxError, TimedOutError
from askchopper.services import analysis
from askchopper.services.studio import draft_sounds
from askchopper.vocabulary import DraftFileState
from askchopper.worker import tasks
from tests.support.factories import make_creator
from tests.support.studio import draft_of, new_draft, send, work
from tests.support.studio_sounds import hit

pytestmark = pytest.mark.integration


def attempt(number: int) -> JobContext:
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="analyse", attempts=number)
    return JobContext(start_timestamp=0.0, app=None, job=job, abort_reason=lambda: None)  # type: ignore[arg-type]


async def draft_with_sound():
    viewer = await make_creator()
    draft_id = await new_draft(viewer)
    await send(viewer, draft_id, "a.wav", hit(seed=1))

    async def sound():
        return (await draft_of(viewer, draft_id)).files[0]

    return viewer, sound


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    async def fail(*_words, **_named):
        raise error

    monkeypatch.setattr(pool.jobs, "run", fail)


async def test_busy_machine_retries_and_then_fails_for_now(db, monkeypatch):
    viewer, sound = await draft_with_sound()
    with monkeypatch.context() as busy:
        failing(busy, TimedOutError("no answer"))
        file_id = str((await sound()).id)
        with pytest.raises(TimedOutError):
            await tasks.analyse(attempt(0), file_id)
        assert (await sound()).state is DraftFileState.ANALYSING
        await tasks.analyse(attempt(tasks.MAX_TRIES - 1), file_id)
    assert ((await sound()).state, (await sound()).problem) == (DraftFileState.FAILED, analysis.NEEDS_HELP)
    async with transaction() as session:
        await draft_sounds.retry_analysis(session, viewer, file_id=file_id)
    await work()
    assert (await sound()).state is DraftFileState.READY


async def test_limit_for_the_length_is_no_verdict(db, monkeypatch, as_owner):
    _, sound = await draft_with_sound()
    failing(monkeypatch, LimitExceededError("needs too much memory"))
    await tasks.analyse(attempt(0), str((await sound()).id))
    assert ((await sound()).state, (await sound()).problem) == (DraftFileState.FAILED, analysis.TOO_DEMANDING)
    assert as_owner("SELECT count(*) FROM analyses") == [(0,)]


async def test_crash_is_a_verdict(db, monkeypatch):
    _, sound = await draft_with_sound()
    failing(monkeypatch, SandboxError("ended without an answer"))
    await tasks.analyse(attempt(0), str((await sound()).id))
    assert [finding.code for finding in (await sound()).findings] == ["unsafe"]
    assert pipeline.refused("unsafe").findings[0].message.startswith("Opening this file crashed")
