"""Follows and the feed."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import PackCard
from askchopper.vocabulary import FeedKind


@dataclass(frozen=True)
class FollowMark:
    """Whether the viewer follows an object, and its number of followers."""

    following: bool
    follower_count: int


@dataclass(frozen=True)
class Followed:
    """An object that the viewer follows: ``kind`` is creator, tag or collection; ``slug`` identifies it."""

    kind: str
    slug: str
    name: str


@dataclass(frozen=True)
class FeedItem:
    """An entry of a feed. ``title`` and ``slug`` are those of its pack, collection or saved search.

    ``facts`` has, by kind: ``old_price`` and ``price`` of a price drop, ``release_at`` of a planned release, ``count`` of new items or
    sounds, and the ``query`` of a search.
    """

    id: str
    kind: FeedKind
    happened_at: datetime
    is_new: bool
    title: str
    slug: str
    creator_name: str
    creator_slug: str
    facts: dict[str, str]
    pack: PackCard | None
