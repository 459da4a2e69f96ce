"""What the worker can do, by name. A task may run twice or be cut off at any point: services make that harmless."""

import asyncio
import uuid

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job

from askchopper import database, jobs
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.services import analysis, limits, releases, upkeep, uploads
from askchopper.services.assistant import conversations
from askchopper.services.catalogue import popularity, release
from askchopper.services.knowledge import reading
from askchopper.services.search import query_sounds, saved, spaces, words
from askchopper.vocabulary import JobName

MAX_TRIES = 5
ROUND_SECONDS = 60
_LONGEST_WAIT_SECONDS = 300


class _BackOff(BaseRetryStrategy):
    """Wait three times as long before each try. Tasks end their tries by giving up, which is itself tried until it succeeds."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": min(3 ** (job.attempts + 1), _LONGEST_WAIT_SECONDS)})


def register(app: App) -> None:
    """Tell the queue's app what there is to do, and when."""
    app.task(name=JobName.ANALYSE.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(analyse)
    app.task(name=JobName.PUBLISH.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(publish)
    app.task(name=JobName.UNPACK.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(unpack)
    app.task(name=JobName.READ_DOCUMENT.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(read_document)
    app.task(name=JobName.FORGET_DOCUMENT.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(forget_document)
    every_minute = app.task(name="minutely", queue=jobs.CHORES, queueing_lock="minutely", pass_context=True)(minutely)
    app.periodic(cron="* * * * *")(every_minute)
    every_night = app.task(name="nightly", queue=jobs.CHORES, queueing_lock="nightly")(nightly)
    app.periodic(cron="20 3 * * *")(every_night)


async def analyse(context: JobContext, file_id: str) -> None:
    """Measure a sound of a draft; after the last try it needs a person."""
    if _is_hopeless(context):
        await analysis.give_up(uuid.UUID(file_id))
        return
    try:
        await analysis.analyse_file(uuid.UUID(file_id))
    except Exception:
        log.exception("worker.analyse_failed", file=file_id, attempt=context.job.attempts + 1)
        if not _is_last_try(context):
            raise
        await analysis.give_up(uuid.UUID(file_id))


async def publish(context: JobContext, draft_id: str) -> None:
    """Put a draft on sale; after the last try its creator has it back with the reason."""
    known_id = uuid.UUID(draft_id)
    if _is_hopeless(context):
        await releases.give_up(known_id)
        return
    try:
        await releases.publish(known_id)
    except InvalidInputError as error:  # anything else may be gone at the next try
        await releases.give_up(known_id, reason=error.sentence)
    except Exception:
        log.exception("worker.publish_failed", draft=draft_id, attempt=context.job.attempts + 1)
        if not _is_last_try(context):
            raise
        await releases.give_up(known_id)


async def unpack(context: JobContext, upload_id: str) -> None:
    """Put the sounds of a zip into the draft that it was sent to."""
    known_id = uuid.UUID(upload_id)
    if _is_hopeless(context):
        await uploads.refuse_zip(known_id)
        return
    try:
        await uploads.unpack(known_id)
    except Exception:
        log.exception("worker.unpack_failed", upload=upload_id, attempt=context.job.attempts + 1)
        if not _is_last_try(context):
            raise
        await uploads.refuse_zip(known_id)


async def read_document(context: JobContext, document_id: str) -> None:
    """Read a document for the assistant; after the last try its owner is told that it cannot be."""
    known_id = uuid.UUID(document_id)
    if _is_hopeless(context):
        await reading.give_up(known_id)
        return
    try:
        await reading.read(known_id)
    except Exception:
        log.exception("worker.read_document_failed", document=document_id, attempt=context.job.attempts + 1)
        if not _is_last_try(context):
            raise
        await reading.give_up(known_id)


async def forget_document(context: JobContext, document_id: str) -> None:
    """Remove the files of a document that is gone; what still cannot be after the last try is left to the sweep."""
    try:
        await reading.forget(uuid.UUID(document_id))
    except Exception:
        log.exception("worker.forget_document_failed", document=document_id, attempt=context.job.attempts + 1)
        if not _is_last_try(context):
            raise


async def minutely(context: JobContext, timestamp: int) -> None:
    """Count plays and sales, release what is due, forget old limits, old jobs and abandoned uploads."""
    async with database.transaction(timeout_seconds=ROUND_SECONDS) as session:
        await popularity.refresh(session)
        await release.due(session)
        await limits.sweep(session)
        await query_sounds.forget(session)
        await saved.tell_news(session)
        await conversations.sweep(session)
        abandoned = await uploads.sweep(session)
    await jobs.delete_ended(context.app)
    for upload_id in abandoned:
        await asyncio.to_thread(store().part(str(upload_id)).remove)


async def nightly(timestamp: int) -> None:
    """Measure anew what an older analyser measured, delete what nothing refers to, and check what is sold."""
    for step in (_measure_anew, spaces.fill, _recount, _sweep, _scrub):
        try:
            await step()
        except Exception:  # the other steps still have their night
            log.exception("worker.chore_failed", step=step.__name__)


async def _measure_anew() -> None:
    async with database.read_only() as session:
        due = await analysis.outdated(session)
    for sha256 in due:
        try:
            await analysis.reanalyse(sha256)
        except Exception:  # one lost file keeps no other from its turn
            log.exception("worker.reanalyse_failed", sha256=sha256)


async def _recount() -> None:
    async with database.transaction(timeout_seconds=None) as session:
        await words.recount(session)


async def _sweep() -> None:
    await upkeep.sweep(store(), is_dry_run=False)


async def _scrub() -> None:
    async for report in upkeep.scrub_all(store()):  # it logs what it finds
        await upkeep.tell_creators(report.damages)


def _is_last_try(context: JobContext) -> bool:
    return context.job.attempts + 1 >= MAX_TRIES


def _is_hopeless(context: JobContext) -> bool:
    """Whether every try was cut off, so that this work perhaps ends its worker."""
    return context.job.attempts >= MAX_TRIES
