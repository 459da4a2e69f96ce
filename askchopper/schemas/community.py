"""Comments, reviews, blocked members and reports."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from askchopper.community_vocabulary import RatingBasis, ReportReason, ReportTarget


@dataclass(frozen=True)
class Author:
    """The author of a contribution; ``id`` is empty if the account was deleted."""

    id: str
    name: str
    slug: str = ""  # of their creator page
    picture_key: str = ""


@dataclass(frozen=True)
class Comment:
    """A comment for this viewer. ``text`` is Markdown, ``html`` is sanitised; both are empty if it was deleted or hidden."""

    id: str
    author: Author
    text: str
    html: str
    file_id: str | None
    file_title: str
    at_seconds: float | None
    parent_id: str | None
    created_at: datetime
    edited_at: datetime | None
    is_deleted: bool
    is_hidden: bool  # until a moderator decides on the reports
    is_own: bool
    is_by_creator: bool
    is_of_earlier_version: bool  # of the sound, which was replaced
    replies: tuple["Comment", ...] = ()


@dataclass(frozen=True)
class CommentPage:
    """Comments with their answers, the cursor of the next page, and the number of comments on the pack, at most a thousand."""

    items: tuple[Comment, ...]
    next_cursor: str | None
    total: int


@dataclass(frozen=True)
class Review:
    """A rating with a text."""

    id: str
    author: Author
    stars: int
    text: str
    basis: RatingBasis
    is_refunded: bool
    created_at: datetime
    edited_at: datetime | None
    answer: str
    answered_at: datetime | None
    is_own: bool
    is_hidden: bool


@dataclass(frozen=True)
class RatingSummary:
    """The ratings of a pack. ``average`` is None below the minimum number of ratings."""

    average: float | None
    count: int
    counts: tuple[int, int, int, int, int]  # of 1 to 5 stars
    own_stars: int = 0
    own_text: str = ""
    refusal: str = ""  # why this viewer cannot rate; empty if they can


@dataclass(frozen=True)
class BlockedMember:
    id: str
    name: str
    since: datetime


@dataclass(frozen=True)
class ReportedContent:
    """Open reports about one item, for moderators."""

    target: ReportTarget
    target_id: str
    owner: str
    reporters: int
    reasons: tuple[ReportReason, ...]
    texts: tuple[str, ...]
    content: dict[str, Any] = field(default_factory=dict[str, Any])  # as it was at the first report
    is_hidden: bool = False
    first_at: datetime | None = None


@dataclass(frozen=True)
class TakenDownPack:
    """A pack that is taken down."""

    slug: str
    title: str
    creator: str
    reason: str
    is_legal_hold: bool
    since: datetime
    decided_by: str = ""
