"""Token usage and cost of the assistant per member and day, and the daily allowance."""

import uuid
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import settings
from askchopper.integrations.claude import Usage
from askchopper.models.assistant import chat_usage
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import UsageDay

OFFLINE = "offline"
MAX_DAYS = 90
_held: dict[uuid.UUID, tuple[uuid.UUID, int]] = {}


async def add(session: AsyncSession, user_id: uuid.UUID, *, model: str, usage: Usage, answers: int) -> None:
    """Add usage and ``answers`` to the member's current day (UTC), by model; an empty model means basic mode."""
    values = {
        "answers": answers,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_microdollars": usage.cost_microdollars,
    }
    added = insert(chat_usage).values(user_id=user_id, day=_today(), model=model or OFFLINE, **values)
    await session.execute(
        added.on_conflict_do_update(
            index_elements=["user_id", "day", "model"],
            set_={name: chat_usage.c[name] + added.excluded[name] for name in values},
        )
    )


async def remaining_today(session: AsyncSession, viewer: Viewer) -> int:
    """Return how many tokens of the member's daily allowance are left."""
    used = await session.execute(_USED, {"member": viewer.user_id, "today": _today()})
    return max(0, settings.get().chat_daily_tokens - int(used.scalar_one()))


def reserve(viewer: Viewer, answer_id: uuid.UUID, *, used: int, coming: int, left: int) -> bool:
    """Reserve daily allowance for a running answer; False if its usage and other answers' reservations reach the rest.

    Reservations are per process: with several servers, each may grant the remaining allowance once.

    Args:
        viewer: the member.
        answer_id: id of the answer.
        used: tokens that it used so far.
        coming: minimum usage of its next request.
        left: allowance left when the answer started.
    """
    others = sum(tokens for other, (whose, tokens) in _held.items() if whose == viewer.user_id and other != answer_id)
    if others + used >= left:
        return False
    _held[answer_id] = (viewer.user_id, used + coming)
    return True


def release(answer_id: uuid.UUID) -> None:
    """Release the reservation of an ended answer."""
    _held.pop(answer_id, None)


async def by_day(session: AsyncSession, viewer: Viewer, *, days: int = 30) -> tuple[UsageDay, ...]:
    """Return the viewer's usage per day (UTC) of the last ``days``, latest first; days without usage are left out."""
    since = _today() - timedelta(days=max(1, min(days, MAX_DAYS)) - 1)
    sums = [
        func.sum(chat_usage.c[name]).label(name)
        for name in ("answers", "input_tokens", "output_tokens", "cost_microdollars")
    ]
    rows = await session.execute(
        select(chat_usage.c.day, *sums)
        .where(chat_usage.c.user_id == viewer.user_id, chat_usage.c.day >= since)
        .group_by(chat_usage.c.day)
        .order_by(chat_usage.c.day.desc())
    )
    return tuple(
        UsageDay(row.day, int(row.answers), int(row.input_tokens), int(row.output_tokens), int(row.cost_microdollars))
        for row in rows
    )


_USED = select(func.coalesce(func.sum(chat_usage.c.input_tokens + chat_usage.c.output_tokens), 0)).where(
    chat_usage.c.user_id == bindparam("member"), chat_usage.c.day == bindparam("today")
)


def _today() -> date:
    return datetime.now(UTC).date()
