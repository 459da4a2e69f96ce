"""Names of the states and choices of comments, ratings and reports."""

from enum import StrEnum


class CommentSort(StrEnum):
    """Orders of the comments on a pack."""

    NEWEST = "newest"
    MOMENT = "moment"  # by sound and second


class RatingBasis(StrEnum):
    """What a review is based on."""

    BOUGHT = "bought"
    HEARD = "heard"


class ReportTarget(StrEnum):
    """What can be reported."""

    PACK = "pack"
    FILE = "file"
    COMMENT = "comment"
    REVIEW = "review"
    MEMBER = "member"
    COLLECTION = "collection"


class ReportReason(StrEnum):
    """Why something is reported."""

    SPAM = "spam"
    ABUSE = "abuse"
    COPYRIGHT = "copyright"
    ADULT = "adult"
    MISLEADING = "misleading"
    OTHER = "other"


class ReportOutcome(StrEnum):
    """How a moderator decided about a report."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"
