"""View models of comments, reviews and reports."""

from dataclasses import dataclass, field
from typing import Any

from askchopper import routes
from askchopper.community_vocabulary import RatingBasis, ReportReason
from askchopper.schemas.community import Author, Comment, Review
from askchopper.schemas.view_models.catalogue import Sound, clock

REASON_WORDS: dict[ReportReason, str] = {
    ReportReason.SPAM: "Spam or advertising",
    ReportReason.ABUSE: "Insults or harassment",
    ReportReason.COPYRIGHT: "It is somebody else's work",
    ReportReason.ADULT: "Sexual, violent or disturbing content",
    ReportReason.MISLEADING: "False or misleading",
    ReportReason.OTHER: "Something else",
}


@dataclass(frozen=True)
class AnswerRow:
    """An answer to a comment."""

    id: str
    author_id: str
    name: str
    href: str
    picture: str
    initials: str
    html: str
    text: str
    when: str
    is_edited: bool
    is_deleted: bool
    is_hidden: bool
    is_own: bool
    is_by_creator: bool


@dataclass(frozen=True)
class CommentRow(AnswerRow):
    """A comment with its answers. ``sound`` plays from ``seconds`` if the comment is about a moment."""

    place: str = ""
    seconds: float = 0.0
    sound: Sound | None = None
    answers: list[AnswerRow] = field(default_factory=list[AnswerRow])


@dataclass(frozen=True)
class MarkRow:
    """A marker of a comment on a waveform."""

    label: str
    left: str
    seconds: float


@dataclass(frozen=True)
class ReviewRow:
    """A review with the creator's answer."""

    id: str
    author_id: str
    name: str
    href: str
    stars: int
    text: str
    when: str
    basis: str
    answer: str
    is_own: bool
    is_hidden: bool


def comment_row(comment: Comment, sounds: dict[str, Sound]) -> CommentRow:
    """Format a comment; ``sounds`` maps ids to the pack's sounds, and the empty id to its preview."""
    sound = (
        sounds.get(comment.file_id or "")
        if comment.at_seconds is not None and not comment.is_of_earlier_version
        else None
    )
    return CommentRow(
        **_shared(comment),
        place=_place(comment),
        seconds=comment.at_seconds or 0.0,
        sound=sound,
        answers=[AnswerRow(**_shared(one)) for one in comment.replies],
    )


def marks(comments: list[CommentRow]) -> dict[str, list[MarkRow]]:
    """Return the comment markers of each sound's waveform, by sound id."""
    found: dict[str, list[MarkRow]] = {}
    for one in comments:
        if one.sound is not None and one.sound.seconds:
            left = f"{min(100.0, 100.0 * one.seconds / one.sound.seconds):.2f}%"
            label = f"{one.name} at {clock(one.seconds)}: {' '.join(one.text.split())[:60]}"
            found.setdefault(one.sound.id, []).append(MarkRow(label, left, one.seconds))
    return found


def review_row(review: Review) -> ReviewRow:
    """Format a review."""
    basis = "Bought it" if review.basis is RatingBasis.BOUGHT else "Heard it"
    return ReviewRow(
        id=review.id,
        author_id=review.author.id,
        name=review.author.name,
        href=_href(review.author),
        stars=review.stars,
        text=review.text,
        when=f"{review.edited_at or review.created_at:%-d %b %Y}",
        basis="Bought it, later refunded" if review.is_refunded else basis,
        answer=review.answer,
        is_own=review.is_own,
        is_hidden=review.is_hidden,
    )


def _shared(comment: Comment) -> dict[str, Any]:
    author = comment.author
    return {
        "id": comment.id, "author_id": author.id, "name": author.name, "href": _href(author), "picture": author.picture_key,
        "initials": "".join(word[0] for word in author.name.split()[:2]).upper(), "html": comment.html, "text": comment.text,
        "when": f"{comment.created_at:%-d %b %Y}", "is_edited": comment.edited_at is not None, "is_deleted": comment.is_deleted,
        "is_hidden": comment.is_hidden, "is_own": comment.is_own, "is_by_creator": comment.is_by_creator,
    }  # fmt: skip


def _href(author: Author) -> str:
    return routes.creator(author.slug) if author.slug else ""


def _place(comment: Comment) -> str:
    """Describe the sound and moment that a comment is about."""
    at = "" if comment.at_seconds is None else clock(comment.at_seconds)
    if comment.is_of_earlier_version:
        return f"An earlier version of {comment.file_title}"
    return " · ".join(part for part in (at, comment.file_title) if part)
