"""Enums of moderation and administration."""

from enum import StrEnum


class ItemKind(StrEnum):
    """Kinds of items in the moderation queue."""

    PACK = "pack"  # in review
    TWIN = "twin"  # in review, with a sound that resembles another creator's
    REPORT = "report"  # of a pack, sound, member or collection
    COMMENT = "comment"  # a reported comment or review
    ARTIST = "artist"  # a reported page of an artist
    REWARD = "reward"  # held
    APPEAL = "appeal"
    NOTICE = "notice"  # a takedown notice or counter-notice


class Verdict(StrEnum):
    """Moderators' decisions; each item kind words them differently."""

    APPROVED = "approved"
    RETURNED = "returned"


class TrustLevel(StrEnum):
    """Levels of the trust ladder of creators, from the lowest."""

    WATCHED = "watched"
    NEW = "new"
    KNOWN = "known"
    TRUSTED = "trusted"


class ChosenTrust(StrEnum):
    """Trust levels that a moderator can set; the others are derived from a creator's publications."""

    WATCHED = "watched"
    TRUSTED = "trusted"


class NoticeKind(StrEnum):
    """Kinds of legal notices."""

    TAKEDOWN = "takedown"
    COUNTER = "counter"


class Switch(StrEnum):
    """Features that an administrator can switch off."""

    REGISTRATIONS = "registrations"
    UPLOADS = "uploads"
    PURCHASES = "purchases"
    ASSISTANT = "assistant"
    COMMENTS = "comments"
