"""Data for administrators: members, the audit log, jobs and the site overview."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from askchopper.vocabulary import Role


@dataclass(frozen=True)
class MemberLine:
    """A member in the administrators' list; ``suspended_because`` is empty unless they are suspended."""

    id: str
    name: str
    email: str
    role: Role
    created_at: datetime
    last_seen_at: datetime | None
    sessions: int
    has_second_factor: bool
    creator_slug: str
    is_deleted: bool
    suspended_because: str
    suspended_until: datetime | None


@dataclass(frozen=True)
class AuditFilter:
    """Filter of the audit log; without values, all entries match.

    Args:
        action: an action, or the group before its dot.
        who: beginning of the name or e-mail of who did it.
        target: id or kind of what was changed.
        first: first day in UTC.
        last: last day in UTC.
    """

    action: str = ""
    who: str = ""
    target: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class AuditLine:
    """An entry of the audit log."""

    id: int
    actor: str
    action: str
    target: str
    target_id: str
    reason: str
    before: dict[str, Any]
    after: dict[str, Any]
    created_at: datetime


@dataclass(frozen=True)
class AnnouncementLine:
    """An announcement above every page, with its start and end."""

    id: str
    text: str
    link: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class FailedJob:
    """A job that failed permanently."""

    id: str
    job: str
    arguments: dict[str, Any]
    reason: str
    attempts: int
    failed_at: datetime


@dataclass(frozen=True)
class RunningJob:
    """A job that is running, waiting for a retry, or failed without a recorded failure."""

    id: str
    job: str
    status: str
    attempts: int
    since: datetime | None
    scheduled_at: datetime | None


@dataclass(frozen=True)
class SiteOverview:
    """The administrators' overview: open items, jobs, quotas and refused requests.

    ``checks`` are name, number of problems and age of the result in seconds. ``damaged`` is the number of sold files that are missing
    from the store or damaged.
    """

    waiting: int
    overdue: int
    jobs_waiting: int
    jobs_running: int
    jobs_failed: int
    web_used: int
    web_quota: int
    web_is_on: bool
    model_tokens_today: int
    model_tokens_month: int
    model_cost_dollars: float
    sound_bytes: int
    document_bytes: int
    free_bytes: int
    refusals: dict[str, int]
    checks: tuple[tuple[str, int, float], ...]
    damaged: int


@dataclass(frozen=True)
class SearchFacet:
    """How often a filter value was used in searches."""

    dimension: str
    value: str
    searches: int


@dataclass(frozen=True)
class SynonymLine:
    """A search word, and the synonym that it also matches."""

    word: str
    means: str
