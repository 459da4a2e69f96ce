"""Closed sets of analytics: kinds of events, where they came from, devices, and what figures are broken down by."""

from enum import StrEnum


class PackEventKind(StrEnum):
    """What happened to a pack, in the order of the funnel."""

    SHOWN = "shown"
    OPENED = "opened"
    PLAYED = "played"
    LIKED = "liked"
    COLLECTED = "collected"
    BOUGHT = "bought"
    DOWNLOADED = "downloaded"
    REFUNDED = "refunded"


class TrafficSource(StrEnum):
    """The part of the product, or the other site, that led to an event; ``UNKNOWN`` where nothing before it is known."""

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
    """The class of device by the user agent."""

    PHONE = "phone"
    TABLET = "tablet"
    DESKTOP = "desktop"
    UNKNOWN = ""


class Dimension(StrEnum):
    """What daily figures are broken down by."""

    COUNTRY = "country"
    DEVICE = "device"
    SOURCE = "source"
    TERM = "term"
    CAMPAIGN = "campaign"  # UTM parameters of a link: source, medium and name
    PRICE = "price"


class AudienceTrait(StrEnum):
    """What a creator's listeners have in common."""

    GENRE = "genre"
    TEMPO = "tempo"
    KEY = "key"
