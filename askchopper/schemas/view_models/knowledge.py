"""View models of the administrators' knowledge page."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.plurals import counted
from askchopper.schemas.answered import AnsweredReport, TopicShare
from askchopper.schemas.artists import ReportedArtist
from askchopper.schemas.view_models.taste import Figure
from askchopper.schemas.web_search import RateWindow, WebSearchState

_WHY = {
    "quota": "the quota is used up", "rate": "too many requests at once", "key": "the key is refused", "away": "it does not answer",
    "garbage": "it sends something unreadable",
}  # fmt: skip
_BACKENDS = {
    "direct": "Brave's API",
    "npm": "Brave's MCP server",
    "npm-legacy": "the archived MCP server",
    "off": "none",
}


@dataclass(frozen=True)
class TopicRow:
    """A topic with shares in percent, which are also bar widths."""

    topic: str
    total: str
    answered: int
    partly: int
    unanswered: int


@dataclass(frozen=True)
class ReportedRow:
    """A reported page."""

    slug: str
    name: str
    reasons: str
    state: str
    is_removed: bool


def web_search_figures(state: WebSearchState) -> list[Figure]:
    """Format the usage and status of the web search; empty if it is not configured."""
    if not state.is_configured:
        return []
    blocked = (
        f"Paused until {_moment(state.blocked_until)}: {_WHY.get(state.blocked_by, state.blocked_by)}"
        if state.blocked_until
        else "Open"
    )
    failures = (
        f"Last one: {_WHY.get(state.last_fault, state.last_fault)}."
        if state.last_fault
        else "None since the last good answer."
    )
    figures = [
        Figure(
            "Used this month", f"{state.used:,} of {state.quota:,}", f"Requests to {_BACKENDS[state.backend]}, in UTC."
        ),
        Figure("Left", f"{state.left:,}", f"Renewed on {state.renewed_at:%-d %B %Y}."),
        Figure(
            "Answered from the cache",
            f"{state.cache_hits:,}",
            f"This month. {counted(state.cached, 'search', 'searches')} cached now.",
        ),
        Figure("Refused by us", f"{state.refused:,}", "Not sent, since they would have been refused or had to wait."),
        Figure("Failed", f"{state.failed:,}", failures),
        Figure(
            "State",
            blocked,
            f"Last good answer: {_moment(state.last_ok_at)}." if state.last_ok_at else "No answer yet.",
        ),
    ]
    if state.backend != "direct":
        return [
            *figures,
            Figure("Brave's rate limits", "unknown", f"{_BACKENDS[state.backend]} does not report what is left."),
        ]
    return figures + [_window(window) for window in state.windows]


def _window(window: RateWindow) -> Figure:
    days = round(window.seconds / 86_400)
    size = counted(window.seconds, "second") if window.seconds < 3_600 else counted(days, "day")
    limit = f"{window.remaining:,} of {window.limit:,}" if window.limit else "no limit"
    return Figure(
        f"Brave's rate limit per {size.removeprefix('1 ')}",
        limit,
        "Left according to Brave's last response.",
    )


def topic_rows(report: AnsweredReport) -> list[TopicRow]:
    """Format outcome shares by topic; the segments of a bar add up to 100."""
    return [_topic(share) for share in report.topics]


def _topic(share: TopicShare) -> TopicRow:
    partly, unanswered = (round(100 * part / share.total) for part in (share.partly, share.unanswered))
    title = share.topic[:1].upper() + share.topic[1:]
    return TopicRow(title, counted(share.total, "question", "questions"), 100 - partly - unanswered, partly, unanswered)


def reported_rows(found: tuple[ReportedArtist, ...]) -> list[ReportedRow]:
    """Format reported pages."""
    return [
        ReportedRow(
            one.slug, one.name, "; ".join(one.reasons),
            "Removed" if one.is_removed else counted(one.reports, "report", "reports"), one.is_removed,
        )
        for one in found
    ]  # fmt: skip


def _moment(at: datetime | None) -> str:
    return f"{at:%-d %B, %H:%M} UTC" if at else ""
