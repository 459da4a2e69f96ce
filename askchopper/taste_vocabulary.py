"""Enums of the taste profile. Their values are stored and part of the API, so they must stay stable."""

from enum import StrEnum


class TasteSignal(StrEnum):
    """Kinds of events that indicate a member's taste; their weights are in ``policy.TASTE_WEIGHTS``."""

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
    """Facets by which sounds are compared with a member's taste."""

    GENRE = "genre"
    TEMPO = "tempo"
    KEY = "key"
    KIND = "kind"
    CREATOR = "creator"
    LOUDNESS = "loudness"
    BRIGHTNESS = "brightness"


class TasteChoice(StrEnum):
    """A member's correction of one value of their taste profile."""

    MORE = "more"
    LESS = "less"
    NEVER = "never"
