"""Feedback on error reports. It is stored here first; a job sends it to Sentry, linked to the report of the error."""

import uuid

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, observability, policy, settings
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.models.base import new_id
from askchopper.models.feedback import user_feedback
from askchopper.observability import log
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.text import strip_unstorable
from askchopper.services import limits
from askchopper.vocabulary import FeedbackSource, JobName


async def add(
    session: AsyncSession, viewer: Viewer | None, *, message: str, reference: str, page: str, client_ip: str
) -> uuid.UUID:
    """Store a user's message about an error, and enqueue the job that sends it if Sentry is configured.

    Args:
        session: the caller's transaction.
        viewer: the author; None for a visitor.
        message: the text.
        reference: error reference as shown to the user; empty for a page that broke in the browser.
        page: path of the page, without its query.
        client_ip: address of the client, for the rate limit of visitors.

    Returns:
        The id of the stored feedback.

    Raises:
        InvalidInputError: the message is empty or too long.
        RateLimitedError: too many messages.
    """
    said = str(strip_unstorable(message)).strip()
    if not 1 <= len(said) <= policy.MAX_FEEDBACK_CHARACTERS:
        raise InvalidInputError(f"Write 1 to {policy.MAX_FEEDBACK_CHARACTERS:,} characters.", field="message")
    await limits.hit((limits.FEEDBACK, str(viewer.user_id) if viewer else client_ip))
    known = reference if reference.isascii() and reference.isalnum() else ""
    feedback_id = new_id()
    values = {
        "id": feedback_id,
        "user_id": viewer.user_id if viewer else None,
        "source": FeedbackSource.ERROR.value,
        "message": said,
        "reference": known,
        "event_id": observability.report_of(known),
        "page": str(strip_unstorable(page))[:200],
    }
    await session.execute(insert(user_feedback).values(**values))
    if settings.get().sentry_dsn:
        await jobs.enqueue(session, JobName.SEND_FEEDBACK, feedback_id=str(feedback_id))
    log.info("feedback.received", feedback=str(feedback_id), reference=known)
    return feedback_id


async def send(feedback_id: uuid.UUID) -> None:
    """Send feedback to Sentry unless it was sent already; it stays unsent if that fails. Opens its own transactions."""
    async with read_only() as session:
        unsent = user_feedback.c.id == feedback_id, user_feedback.c.sent_at.is_(None)
        row = (await session.execute(select(user_feedback).where(*unsent))).one_or_none()
    if row is None:
        return
    is_sent = observability.send_feedback(
        feedback_id=row.id.hex,
        message=row.message,
        event_id=row.event_id,
        user=str(row.user_id) if row.user_id else "",
        page=row.page,
    )
    if is_sent:
        async with transaction() as session:
            await session.execute(
                update(user_feedback).where(user_feedback.c.id == feedback_id).values(sent_at=func.now())
            )


async def count_last_hour(session: AsyncSession) -> int:
    """Return the number of feedback messages in the last hour, for an alert."""
    statement = text(
        "SELECT count(*) FROM user_feedback WHERE source = 'error' AND created_at > now() - interval '1 hour'"
    )
    return int((await session.execute(statement)).scalar_one())
