"""Enums of the taste profile. Their values are stored and sent, so they must stay stable."""

from enum import StrEnum


class TasteSignal(StrEnum):
    """Kinds of events that say something about a member's taste; their weights are in ``policy.TASTE_WEIGHTS``."""

    PLAY = "play"
    REPLAY = "replay"
    SKIP = "skip"
    LIKE = "like"
    SEARCH = "search"
    DOWNLOAD = "download"
    PURCHASE = "purchase"
    REFUND = "refund"
    DISMISSAL = "dismissal"
    FACT = "fact"
    CHAT = "chat"
    IMPORT = "import"


class TasteFacet(StrEnum):
    """What is compared between sounds and a member's taste."""

    GENRE = "genre"
    TEMPO = "tempo"
    KEY = "key"
    KIND = "kind"
    CREATOR = "creator"
    LOUDNESS = "loudness"
    BRIGHTNESS = "brightness"


class TasteChoice(StrEnum):
    """A member's correction of one value of their taste."""

    MORE = "more"
    LESS = "less"
    NEVER = "never"
