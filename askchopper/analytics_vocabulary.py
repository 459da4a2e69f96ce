"""Enums of analytics: event kinds, traffic sources, devices, and dimensions of breakdowns."""

from enum import StrEnum


class PackEventKind(StrEnum):
    """Kinds of pack events, in the order of the funnel."""

    SHOWN = "shown"
    OPENED = "opened"
    PLAYED = "played"
    LIKED = "liked"
    COLLECTED = "collected"
    BOUGHT = "bought"
    DOWNLOADED = "downloaded"
    REFUNDED = "refunded"


class TrafficSource(StrEnum):
    """The part of the product, or the external site, that led to an event; ``UNKNOWN`` if there is no information."""

    SEARCH = "search"
    BROWSE = "browse"
    SIMILAR = "similar"
    SPOTIFY = "spotify"
    CHAT = "chat"
    FEED = "feed"
    COLLECTION = "collection"
    CREATOR = "creator"
    HOME = "home"
    LEARN = "learn"
    LIBRARY = "library"
    EMBED = "embed"
    SHARE = "share"
    OTHER_SITE = "other site"
    DIRECT = "direct"
    UNKNOWN = ""


class Device(StrEnum):
    """The device class by user agent."""

    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    UNKNOWN = ""


class Dimension(StrEnum):
    """Dimensions of daily breakdowns."""

    COUNTRY = "country"
    DEVICE = "device"
    SOURCE = "source"
    TERM = "term"
    CAMPAIGN = "campaign"  # UTM parameters of a link: source, medium and name
    PRICE = "price"


class AudienceTrait(StrEnum):
    """Traits that a creator's listeners share."""

    GENRE = "genre"
    TEMPO = "tempo"
    KEY = "key"
