"""Enums of comments, ratings and reports."""

from enum import StrEnum


class CommentSort(StrEnum):
    """Sort orders of a pack's comments."""

    NEWEST = "newest"
    MOMENT = "moment"  # by sound and second


class RatingBasis(StrEnum):
    """Whether a reviewer bought the pack or listened to it."""

    BOUGHT = "bought"
    HEARD = "heard"


class ReportTarget(StrEnum):
    """Kinds of content that can be reported."""

    PACK = "pack"
    FILE = "file"
    COMMENT = "comment"
    REVIEW = "review"
    MEMBER = "member"
    COLLECTION = "collection"


class ReportReason(StrEnum):
    """Reasons for a report."""

    SPAM = "spam"
    ABUSE = "abuse"
    COPYRIGHT = "copyright"
    ADULT = "adult"
    MISLEADING = "misleading"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """Moderators' decisions about a report."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
