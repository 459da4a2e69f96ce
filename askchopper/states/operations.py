"""States of the administrators' pages for operating the site: overview, jobs, feature switches, announcements, templates, search."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.plurals import counted
from askchopper.reward_vocabulary import RewardKind
from askchopper.schemas.administration import SearchFacet, SiteOverview
from askchopper.services import audit, job_failures, operations, switches
from askchopper.services.moderation import messages
from askchopper.services.rewards import giving
from askchopper.states import identity
from askchopper.states.admin_lists import AdminListState, PagedListState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field

SWITCH_WORDS = {
    "registrations": "New accounts", "uploads": "Uploads of sounds", "purchases": "Buying", "assistant": "Assistant", "comments": "Comments",
}  # fmt: skip

_PROBLEM_WORDS = {"empty": "No results", "corrected": "Corrected", "slow": "Slow"}

_REWARD_WORDS = {
    RewardKind.DAILY: "Daily rewards", RewardKind.BADGE: "Badges", RewardKind.REFERRAL: "Referrals",
    RewardKind.CHALLENGE: "Challenges", RewardKind.TIER: "Tier rewards",
}  # fmt: skip


class OverviewState(AdminListState, rx.State):
    """The overview: rows of a figure and a link."""

    refusals: list[dict[str, str]] = []
    checks: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        viewer = identity.viewer()
        if viewer is not None and viewer.needs_second_factor:
            return rx.redirect(routes.TWO_FACTOR)
        await self._first(self._read())

    async def _read(self) -> None:
        async with read_only() as session:
            found = await operations.overview(session, identity.viewer())
        self.refusals = [{"name": name, "count": f"{count:,}"} for name, count in found.refusals.items()]
        self.checks = [_check(*one) for one in found.checks]
        self._fill(_figures(found), None, is_next=False)


class JobsState(PagedListState, rx.State):
    """Jobs that failed permanently, and running ones."""

    running: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        await self._first(self._read())

    @rx.event
    @handler(Access.MEMBER)
    async def retry(self, failure_id: str) -> Any:
        """Requeue a failed job."""
        async with transaction() as session:
            await job_failures.retry(session, identity.viewer(), failure_id=failure_id[:30])
        await self._read()
        return rx.toast("The job is queued again.")

    async def _read(self, cursor: str = "") -> None:
        async with read_only() as session:
            page = await job_failures.failed(session, identity.viewer(), cursor=cursor or None)
            now = await job_failures.running(session, identity.viewer())
        words = {"doing": "running", "todo": "waits for another attempt", "failed": "failed"}
        self.running = [
            {"id": one.id, "job": one.job, "facts": f"{words.get(one.status, one.status)}, attempt {one.attempts + 1}" + (f", since {one.since:%-d %b, %H:%M}" if one.since else "")}
            for one in now
        ]  # fmt: skip
        rows = [
            {
                "id": one.id, "job": one.job, "reason": one.reason,
                "facts": f"{one.failed_at:%-d %b, %H:%M}, {counted(one.attempts, 'attempt')}, {', '.join(f'{k} {v}' for k, v in one.arguments.items())}",
            }
            for one in page.items
        ]  # fmt: skip
        self._fill(rows, page.next_cursor, is_next=bool(cursor))


class SiteState(rx.State):
    """Feature switches, announcements and moderators' templates."""

    is_missing: bool = False
    is_loaded: bool = False
    switches: list[dict[str, str]] = []
    announcements: list[dict[str, str]] = []
    templates: list[dict[str, str]] = []
    reward_costs: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        try:
            await self._read()
        except NotFoundError:
            self.is_missing, self.switches, self.announcements, self.templates = True, [], [], []

    @rx.event
    @handler(Access.MEMBER)
    async def flip(self, name: str, is_on: bool) -> Any:
        """Turn a feature on or off."""
        async with transaction() as session:
            await switches.flip(session, identity.viewer(), name=name[:30], is_on=is_on)
        await self._read()
        return rx.toast(f"{SWITCH_WORDS.get(name, name)}: {'on' if is_on else 'off'}.")

    @rx.event
    @handler(Access.MEMBER)
    async def announce(self, form: dict[str, Any]) -> Any:
        """Publish an announcement for every page; times are in UTC."""
        start, end = _moment(field(form, "starts_at")), _moment(field(form, "ends_at"))
        if end is None:
            raise InvalidInputError("Choose when it ends.", field="ends_at")
        async with transaction() as session:
            await switches.announce(
                session, identity.viewer(), written=field(form, "text"), link=field(form, "link"), starts_at=start, ends_at=end
            )  # fmt: skip
        await self._read()
        return rx.toast("It is announced.")

    @rx.event
    @handler(Access.MEMBER)
    async def withdraw(self, announcement_id: str) -> None:
        async with transaction() as session:
            await switches.withdraw(session, identity.viewer(), announcement_id=announcement_id[:60])
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def save_template(self, form: dict[str, Any]) -> Any:
        """Add a template, or change the one with the same title."""
        async with transaction() as session:
            await messages.save_template(
                session, identity.viewer(), title=field(form, "title"), written=field(form, "text")
            )
        await self._read()
        return rx.toast("The template is saved.")

    @rx.event
    @handler(Access.MEMBER)
    async def delete_template(self, template_id: str) -> None:
        async with transaction() as session:
            await messages.delete_template(session, identity.viewer(), template_id=template_id[:60])
        await self._read()

    async def _read(self) -> None:
        viewer = identity.viewer()
        async with read_only() as session:
            states = await switches.states(session, viewer)
            lines = await switches.listed(session, viewer)
            known = await messages.templates(session, viewer)
            costs = await giving.costs(session, audit.require_admin(viewer))
        self.switches = [
            {"name": switch.value, "label": SWITCH_WORDS[switch.value], "on": "yes" if is_on else ""}
            for switch, is_on in states.items()
        ]
        self.announcements = [
            {
                "id": one.id,
                "text": one.text,
                "facts": f"{one.starts_at:%-d %b, %H:%M} to {one.ends_at:%-d %b, %H:%M} UTC",
            }
            for one in lines
        ]
        self.templates = [{"id": one.id, "title": one.title, "text": one.text} for one in known]
        self.reward_costs = [
            {
                "label": _REWARD_WORDS[one.kind], "on": "yes" if one.is_on else "", "count": counted(one.rewards, "time"),
                "tokens": counted(one.tokens, "token"),
            }
            for one in costs
        ]  # fmt: skip
        self.is_missing, self.is_loaded = False, True


class SynonymsState(PagedListState, rx.State):
    """Search synonyms and the most frequent search filters."""

    words: str = ""
    problems: list[dict[str, str]] = []
    searched: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.words = ""
        await self._first(self._read())

    @rx.event
    @handler(Access.MEMBER)
    async def search(self, words: str) -> None:
        self.words = words[:40]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def add(self, form: dict[str, Any]) -> Any:
        async with transaction() as session:
            await operations.add_synonym(
                session, identity.viewer(), word=field(form, "word"), means=field(form, "means")
            )
        await self._read()
        return rx.toast("Searches find it within a minute.")

    @rx.event
    @handler(Access.MEMBER)
    async def delete(self, word: str, means: str) -> None:
        async with transaction() as session:
            await operations.delete_synonym(session, identity.viewer(), word=word, means=means)
        await self._read()

    async def _read(self, cursor: str = "") -> None:
        async with read_only() as session:
            page = await operations.synonyms(session, identity.viewer(), begins=self.words, after=cursor)
            found = await operations.searched(session, identity.viewer())
        self.problems = [_searched(one) for one in found if one.dimension in _PROBLEM_WORDS]
        self.searched = [_searched(one) for one in found if one.dimension not in _PROBLEM_WORDS]
        rows = [{"id": f"{one.word}|{one.means}", "word": one.word, "means": one.means} for one in page.items]
        self._fill(rows, page.next_cursor, is_next=bool(cursor))


def _figures(found: SiteOverview) -> list[dict[str, str]]:
    late = f", {found.overdue} overdue" if found.overdue else ""
    web = f"{found.web_used:,} of {found.web_quota:,} this month" if found.web_is_on else "not configured"
    model = f"{found.model_tokens_today:,} today, {found.model_tokens_month:,} this month, about ${found.model_cost_dollars:,.2f}"
    lines = (
        ("Review queue", f"{found.waiting} waiting{late}", routes.MODERATION),
        ("Jobs", f"{found.jobs_waiting} waiting, {found.jobs_running} running, {found.jobs_failed} failed", routes.ADMIN_JOBS),
        ("Damaged sounds", str(found.damaged), ""),
        ("Web searches", web, ""),
        ("Model usage", model, ""),
        ("Storage", f"{found.sound_bytes / 1e9:.1f} GB of sounds, {found.document_bytes / 1e9:.1f} GB of documents, {found.free_bytes / 1e9:.1f} GB free", ""),
    )  # fmt: skip
    return [{"label": label, "value": value, "href": href} for label, value, href in lines]


def _searched(one: SearchFacet) -> dict[str, str]:
    return {"label": f"{_PROBLEM_WORDS.get(one.dimension, one.dimension)}: {one.value}", "count": f"{one.searches:,}"}


def _check(name: str, problems: int, age_seconds: float) -> dict[str, str]:
    hours = age_seconds / 3600
    when = f"{counted(round(hours * 60), 'minute')} ago" if hours < 2 else f"{hours:.0f} hours ago"
    words = counted(problems, "problem") if problems else "no problems"
    return {"name": name, "words": f"{words}, checked {when}", "tone": "bad" if problems else ""}


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None
    except ValueError as error:
        raise InvalidInputError("Enter a date and a time.", field="ends_at") from error
