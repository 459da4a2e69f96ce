"""What administrators see: members, and the audit log."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from askchopper.vocabulary import Role


@dataclass(frozen=True)
class MemberLine:
    """A member in the list of administrators; ``suspended_because`` is empty unless they are suspended."""

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
    """Which entries of the audit log: all without values.

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
    """A sentence above every page, from its start to its end."""

    id: str
    text: str
    link: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class FailedJob:
    """A job that was given up."""

    id: str
    job: str
    arguments: dict[str, Any]
    reason: str
    attempts: int
    failed_at: datetime


@dataclass(frozen=True)
class RunningJob:
    """A job that runs, is tried again, or failed without being recorded."""

    id: str
    job: str
    status: str
    attempts: int
    since: datetime | None
    scheduled_at: datetime | None


@dataclass(frozen=True)
class SiteOverview:
    """What an administrator has to know: open items, jobs, quotas, refused requests, and checks with their age in seconds."""

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
    """How often a filter was searched for."""

    dimension: str
    value: str
    searches: int


@dataclass(frozen=True)
class SynonymLine:
    """A word, and the one that it also finds."""

    word: str
    means: str
