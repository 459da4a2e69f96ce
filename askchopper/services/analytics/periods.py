"""Reporting periods: ranges of days in the creator's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.analytics import Period

PRESETS = {"7": 7, "30": 30, "90": 90, "365": 365}
FIRST_ZONE = "UTC"  # until the browser reports the creator's zone, or they choose one
CHOSEN_UTC = "Etc/UTC"  # for creators who chose UTC: the zone that the browser reports does not replace it
_DEFAULT_DAYS = 30
_FIRST_YEAR = 2000
_BAD_DATE = "Give dates as year, month and day, such as 2026-11-30."
_SET_ZONE = text("UPDATE creators SET time_zone = :zone WHERE user_id = :user AND time_zone <> :zone RETURNING id")
# Daily figures are summed again from hourly ones; breakdowns and listeners stay on the day on which they were counted.
_SUBJECTS = "SELECT id FROM packs WHERE creator_id = :creator UNION ALL SELECT CAST(:creator AS uuid)"
_MOVED = (
    "shown", "opened", "played", "liked", "collected", "bought", "downloaded", "refunded", "completed", "seconds",
    "gross_tokens", "fee_tokens", "refunded_tokens",
)  # fmt: skip
_CLEAR_DAYS = text(f"""
    UPDATE daily_figures SET {", ".join(f"{name} = 0" for name in _MOVED)} WHERE subject_id IN ({_SUBJECTS})
""")  # noqa: S608 - constants
_ADD_HOURS = text(f"""
    INSERT INTO daily_figures AS f (subject_id, day, {", ".join(_MOVED)})
    SELECT subject_id, (hour AT TIME ZONE :zone)::date, {", ".join(f"sum({name})" for name in _MOVED)}
    FROM hourly_figures WHERE subject_id IN ({_SUBJECTS}) GROUP BY 1, 2
    ON CONFLICT (subject_id, day) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _MOVED)}
""")  # noqa: S608 - constants
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtext('analytics.rollup'))")
_KNOWN = text("SELECT known_zone(:zone) = :zone")


@dataclass(frozen=True)
class AskedDays:
    """A requested range of days. Without a start it covers ``days`` days; without an end it ends today."""

    first: date | None
    last: date | None
    days: int


def parse(*, first: str = "", last: str = "", days: str = "") -> AskedDays:
    """Parse a requested range: two dates, or a number of days.

    Raises:
        InvalidInputError: a date is invalid, or the number of days is not in ``PRESETS``.
    """
    if first or last:
        return AskedDays(_date(first, "from"), _date(last, "to"), _DEFAULT_DAYS)
    if days and days not in PRESETS:
        raise InvalidInputError(f"Choose {', '.join(PRESETS)} days, or two dates.", field="days")
    return AskedDays(None, None, PRESETS.get(days, _DEFAULT_DAYS))


def period_of(asked: AskedDays, *, today: date, zone: str) -> Period:
    """Return the period of a requested range; ``today`` is the date in the creator's zone.

    Raises:
        InvalidInputError: its days are in the wrong order, before ``_FIRST_YEAR``, later than tomorrow, or more than a
            year apart.
    """
    last = asked.last or today
    if last.year < _FIRST_YEAR:
        raise InvalidInputError(f"Choose days from {_FIRST_YEAR} to today.", field="to")
    first = asked.first or last - timedelta(days=asked.days - 1)
    if first.year < _FIRST_YEAR or last > today + timedelta(days=1):
        raise InvalidInputError(f"Choose days from {_FIRST_YEAR} to today.", field="from")
    if first > last:
        raise InvalidInputError("The first day is after the last one.", field="from")
    if (last - first).days >= policy.MAX_ANALYTICS_DAYS:
        raise InvalidInputError("Choose at most one year at a time.", field="from")
    return Period(first, last, zone)


async def set_zone(session: AsyncSession, viewer: Viewer, *, zone: str) -> None:
    """Set the time zone of the viewer's days and recompute earlier days from hourly sums. Does nothing for non-creators.

    Raises:
        InvalidInputError: the zone is unknown.
        ConflictError: a rollup runs; nothing changed.
    """
    is_known = zone in available_timezones() and (await session.execute(_KNOWN, {"zone": zone})).scalar_one()
    if not is_known:
        raise InvalidInputError("This time zone is unknown. Choose one such as Europe/Berlin.", field="zone")
    if not (await session.execute(_LOCK)).scalar_one():  # a rollup would add to days that are being moved
        raise ConflictError("Figures are being counted right now. Try again in a moment.")
    creator = (await session.execute(_SET_ZONE, {"zone": zone, "user": viewer.user_id})).scalar_one_or_none()
    if creator is not None:
        await session.execute(_CLEAR_DAYS, {"creator": creator})
        await session.execute(_ADD_HOURS, {"creator": creator, "zone": zone})


def _date(given: str, field: str) -> date | None:
    if not given:
        return None
    try:
        return datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise InvalidInputError(_BAD_DATE, field=field) from error
