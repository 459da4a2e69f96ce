"""The tasks of the worker. A task may run twice or be interrupted at any point; services are idempotent."""

import uuid
from collections.abc import Awaitable, Callable

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job

from askchopper import database, jobs, routes
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import remove_unfinished, store
from askchopper.observability import log
from askchopper.plurals import counted
from askchopper.services import (
    account_deletion,
    account_export,
    activity,
    analysis,
    checks,
    direct_uploads,
    email_changes,
    feedback,
    job_failures,
    limits,
    members,
    notification_mails,
    provider_sign_in,
    quality_alerts,
    registrations,
    storage_maintenance,
    taste_collecting,
    uploads,
    wallet,
    zip_uploads,
)
from askchopper.services.analytics import rollup as analytics_rollup
from askchopper.services.analytics import weekly_mail
from askchopper.services.assistant import conversations, learning
from askchopper.services.catalogue import popularity
from askchopper.services.community import comments, digest, feed
from askchopper.services.knowledge import answered, examples, ingestion, resources, trends
from askchopper.services.knowledge.artists import stored as stored_artists
from askchopper.services.knowledge.web_search import cache as web_search_cache
from askchopper.services.memory import forgetting
from askchopper.services.moderation import claims, notices
from askchopper.services.search import query_by_audio, saved_searches, text_query, vector_index
from askchopper.services.spotify import listening
from askchopper.services.studio import drafts, publishing
from askchopper.services.taste import counting as taste_counting
from askchopper.services.taste import profile as taste_profile
from askchopper.services.taste import updates as taste_updates
from askchopper.vocabulary import JobName
from askchopper.worker import rewards

MAX_TRIES = 5
ROUND_SECONDS = 60
_LONGEST_WAIT_SECONDS = 300


class _BackOff(BaseRetryStrategy):
    """Exponential back-off with factor three. After the last attempt the task's failure handler runs, and is retried until it succeeds."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        return RetryDecision(retry_in={"seconds": min(3 ** (job.attempts + 1), _LONGEST_WAIT_SECONDS)})


def register(app: App) -> None:
    """Register the tasks and their schedules with the queue's app."""
    app.task(name=JobName.ANALYSE.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(analyse)
    app.task(name=JobName.PUBLISH.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(publish)
    app.task(name=JobName.UNPACK.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(unpack)
    app.task(name=JobName.CHECK_UPLOAD.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(check_upload)
    app.task(name=JobName.READ_DOCUMENT.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(read_document)
    app.task(name=JobName.FORGET_DOCUMENT.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(forget_document)
    app.task(name=JobName.DELETE_RELEASED.value, queue=jobs.QUEUE, retry=_BackOff())(delete_released)
    app.task(name=JobName.EXPORT_DATA.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(export_data)
    app.task(name=JobName.SEND_FEEDBACK.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(send_feedback)
    app.task(name=JobName.LEARN.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(learn)
    app.task(name=JobName.TASTE.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(update_taste)
    app.task(name=JobName.FEED.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(distribute_event)
    app.task(name=JobName.ANSWER_NOTICE.value, queue=jobs.QUEUE, retry=_BackOff(), pass_context=True)(answer_notice)
    every_minute = app.task(name="minutely", queue=jobs.PERIODIC_QUEUE, queueing_lock="minutely", pass_context=True)(
        minutely
    )
    app.periodic(cron="* * * * *")(every_minute)
    mails = app.task(name="mails", queue=jobs.PERIODIC_QUEUE, queueing_lock="mails")(send_mails)
    app.periodic(cron="*/10 * * * *")(mails)
    gists = app.task(name="gists", queue=jobs.PERIODIC_QUEUE, queueing_lock="gists")(summarise_conversations)
    app.periodic(cron="*/5 * * * *")(gists)
    gifts = app.task(name="rewards", queue=jobs.PERIODIC_QUEUE, queueing_lock="rewards")(rewards.give)
    app.periodic(cron="*/10 * * * *")(gifts)
    deletions = app.task(name="deletions", queue=jobs.PERIODIC_QUEUE, queueing_lock="deletions")(delete_accounts)
    app.periodic(cron="*/5 * * * *")(deletions)
    figures = app.task(name="figures", queue=jobs.PERIODIC_QUEUE, queueing_lock="figures")(count_figures)
    app.periodic(cron="*/5 * * * *")(figures)
    hour = app.task(name="hourly", queue=jobs.PERIODIC_QUEUE, queueing_lock="hourly")(hourly)
    app.periodic(cron="7 * * * *")(hour)
    every_night = app.task(name="nightly", queue=jobs.PERIODIC_QUEUE, queueing_lock="nightly")(nightly)
    app.periodic(cron="20 3 * * *")(every_night)


async def analyse(context: JobContext, file_id: str) -> None:
    """Analyse a sound of a draft. After the last attempt, mark it as failed."""
    await _attempt(context, _analyse, uuid.UUID(file_id), give_up=analysis.mark_failed)


async def _analyse(file_id: uuid.UUID) -> None:
    try:
        await analysis.analyse_file(file_id)
    except analysis.TooDemandingError:  # it would fail again; its creator may try again later
        await analysis.mark_failed(file_id, reason=analysis.TOO_DEMANDING)


async def publish(context: JobContext, draft_id: str) -> None:
    """Publish a draft. After the last attempt, return it to its creator with the error."""
    await _attempt(context, _publish, uuid.UUID(draft_id), give_up=publishing.fail_publishing)


async def _publish(draft_id: uuid.UUID) -> None:
    try:
        built = await publishing.build(draft_id)
        if built is not None:
            await publishing.publish(draft_id, built)
    except InvalidInputError as error:  # it would fail again; anything else may be transient
        await publishing.fail_publishing(draft_id, reason=error.sentence)


async def unpack(context: JobContext, upload_id: str) -> None:
    """Unpack a zip into its draft. After the last attempt, refuse it."""
    await _attempt(context, zip_uploads.unpack, uuid.UUID(upload_id), give_up=zip_uploads.refuse)


async def check_upload(context: JobContext, upload_id: str) -> None:
    """Check a file that the browser uploaded directly to the store. After the last attempt, reject it."""
    await _attempt(context, direct_uploads.check, uuid.UUID(upload_id), give_up=direct_uploads.refuse)


async def read_document(context: JobContext, document_id: str) -> None:
    """Ingest a document. After the last attempt, mark it as failed."""
    await _attempt(context, ingestion.ingest, uuid.UUID(document_id), give_up=ingestion.mark_failed)


async def forget_document(context: JobContext, document_id: str) -> None:
    """Delete the files of a deleted document. Files left over after the last attempt are garbage-collected."""
    await _attempt(context, ingestion.delete_files, uuid.UUID(document_id))


async def export_data(context: JobContext, export_id: str) -> None:
    """Write an export of a member's data. After the last attempt, tell them that it failed."""
    await _attempt(context, account_export.write, uuid.UUID(export_id), give_up=account_export.mark_failed)


async def send_feedback(context: JobContext, feedback_id: str) -> None:
    """Send feedback to Sentry. Our own table keeps it whether or not that succeeds."""
    await _attempt(context, feedback.send, uuid.UUID(feedback_id))


async def learn(context: JobContext, message_id: str) -> None:
    """Extract memories from a member's question. After the last attempt, nothing is stored."""
    await _attempt(context, learning.learn_from, uuid.UUID(message_id))


async def update_taste(context: JobContext, user_id: str) -> None:
    """Add a member's new signals to their taste profile. After the last attempt, the job that runs every minute picks up the rest."""
    await _attempt(context, taste_updates.update_member, uuid.UUID(user_id))


async def distribute_event(context: JobContext, event_id: str) -> None:
    """Fan out an event to the feeds of followers."""
    await _attempt(context, _distribute, uuid.UUID(event_id))


async def _distribute(event_id: uuid.UUID) -> None:
    await feed.distribute(event_id)


async def answer_notice(context: JobContext, notice_id: str) -> None:
    """Mail the decision on a legal notice to its sender. After the last attempt, the job stays in the list of failed jobs."""
    await _attempt(context, notices.answer, uuid.UUID(notice_id))


async def delete_released() -> None:
    """Delete the files of discarded drafts and removed sounds."""
    await storage_maintenance.delete_released(store())


Step = Callable[[uuid.UUID], Awaitable[None]]


async def _attempt(context: JobContext, run: Step, row_id: uuid.UUID, *, give_up: Step | None = None) -> None:
    """Run a job for a row; after the last attempt, give up.

    A job whose every attempt died midway may be crashing its worker, and is not run again.
    """
    if give_up is not None and context.job.attempts >= MAX_TRIES:
        await give_up(row_id)
        await _record_failure(context, None)
        return
    try:
        await run(row_id)
    except Exception as error:
        attempt = context.job.attempts + 1
        log.exception("worker.job_failed", job=context.job.task_name, row=str(row_id), attempt=attempt)
        if attempt < MAX_TRIES:
            raise
        if give_up is not None:
            await give_up(row_id)
        await _record_failure(context, error)


async def _record_failure(context: JobContext, error: BaseException | None) -> None:
    async with database.transaction() as session:
        await job_failures.record(
            session,
            job=context.job.task_name,
            arguments=dict(context.job.task_kwargs),
            error=error,
            attempts=min(MAX_TRIES, context.job.attempts + 1),
        )


async def minutely(context: JobContext, timestamp: int) -> None:
    """Every minute: refresh popularity, publish scheduled packs, report new search matches, update taste profiles.

    Also end due suspensions, and delete discarded drafts, abandoned uploads and expired rows.
    """
    async with database.transaction(timeout_seconds=ROUND_SECONDS) as session:
        await popularity.refresh(session)
        await publishing.publish_due(session)
        await drafts.delete_discarded(session)
        await limits.delete_expired(session)
        await members.end_due(session)
        await registrations.delete_expired(session)
        await query_by_audio.delete_expired(session)
        await account_export.delete_expired(session)
        await provider_sign_in.delete_expired(session)
        await email_changes.delete_expired(session)
        await saved_searches.notify_new_matches(session)
        await feed.record_new_matches(session)
        await conversations.purge_expired(session)
        await forgetting.purge(session)
        await comments.purge(session)
        await taste_profile.forget_undone(session)
        await web_search_cache.purge(session)
        abandoned = await uploads.expire_stale(session)
    await jobs.delete_ended(context.app)
    for upload_id in abandoned:
        await remove_unfinished(store(), str(upload_id))
    await storage_maintenance.delete_released(store())
    await taste_collecting.collect()
    await taste_updates.update_pending()


async def send_mails(timestamp: int) -> None:
    """Every ten minutes: mail unread notifications to members who have that switched on."""
    await notification_mails.send_due()


async def summarise_conversations(timestamp: int) -> None:
    """Every five minutes: write summaries of conversations that have become inactive."""
    await learning.summarise_resting()


async def delete_accounts(timestamp: int) -> None:
    """Every five minutes: delete accounts whose grace period has ended, then their files."""
    for user_id in await account_deletion.list_due():
        try:
            await account_deletion.finish(user_id)
        except Exception:  # the others must still be deleted; this one again at the next run
            log.exception("worker.deletion_failed", user=str(user_id))


async def count_figures(timestamp: int) -> None:
    """Every five minutes: aggregate pack events into the figures of their creators."""
    await analytics_rollup.run()


async def hourly(timestamp: int) -> None:
    """Every hour: compute the trends; mail the weekly digests and reports that are due."""
    await _run_each(trends.refresh, digest.send_due, weekly_mail.send_due)


async def nightly(timestamp: int) -> None:
    """Every night: re-analyse after an upgrade, maintain figures, vectors, examples, links and rewards, collect garbage, verify masters and ledger."""
    await _run_each(
        analytics_rollup.maintain,
        _reanalyse,
        vector_index.fill,
        _alert_incomplete,
        _recount,
        _delete_faded,
        _delete_old_rows,
        examples.refresh,
        resources.check_links,
        _sweep,
        _scrub,
        rewards.backfill_badges,
        rewards.expire_bonus,
        _verify_ledger,
    )


async def _run_each(*steps: Callable[[], Awaitable[object]]) -> None:
    """Run the steps of a job; a failed step does not prevent the next ones."""
    for step in steps:
        try:
            await step()
        except Exception:
            log.exception("worker.periodic_job_failed", step=step.__name__)


async def _reanalyse() -> None:
    async with database.read_only() as session:
        due = await analysis.outdated(session)
    before: dict[str, frozenset[str]] = {}
    for sha256 in due:
        try:
            async with database.read_only() as session:
                known = await quality_alerts.finding_codes(session, sha256)
            await analysis.reanalyse(sha256)
            before[sha256] = known
        except Exception:  # one missing file must not block the others
            log.exception("worker.reanalyse_failed", sha256=sha256)
    async with database.transaction() as session:
        await quality_alerts.alert_findings(session, before)


async def _alert_incomplete() -> None:
    async with database.transaction() as session:
        await quality_alerts.alert_incomplete(session)
        await job_failures.delete_old(session)
        await claims.delete_expired(session)


async def _recount() -> None:
    async with database.transaction(timeout_seconds=None) as session:
        await text_query.refresh_vocabulary(session)


async def _delete_old_rows() -> None:
    async with database.transaction(timeout_seconds=database.JOB_TRANSACTION_SECONDS) as session:
        await feed.delete_old(session)
        await listening.delete_old(session)


async def _delete_faded() -> None:
    async with database.transaction(timeout_seconds=None) as session:
        await taste_counting.delete_faded(session)
        await answered.forget(session)
        await stored_artists.purge(session)


async def _sweep() -> None:
    await storage_maintenance.collect_garbage(store(), is_dry_run=False)


async def _scrub() -> None:
    async for report in storage_maintenance.verify_all(store()):  # it logs what it finds
        await storage_maintenance.notify_creators(report.damages)


async def _verify_ledger() -> None:
    async with database.read_only(timeout_seconds=None) as session:
        report = await wallet.verify(session)
    if report.problems:
        log.error("ledger.not_clean", problems=len(report.problems), first=report.problems[0][:200])
    async with database.transaction() as session:
        await checks.record(session, "ledger", problems=len(report.problems))
        if report.problems:
            sentence = f"The ledger has {counted(len(report.problems), 'problem')}. Run the ledger check and do not change entries."
            await activity.notify_admins(session, kind="operations", sentence=sentence, link=routes.ADMIN)
