"""Follows and the feed."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import PackCard
from askchopper.vocabulary import FeedKind


@dataclass(frozen=True)
class FollowMark:
    """Whether the viewer follows something, and how many members do."""

    following: bool
    follower_count: int


@dataclass(frozen=True)
class Followed:
    """Something that the viewer follows: ``kind`` is creator, tag or collection; ``slug`` is its address."""

    kind: str
    slug: str
    name: str


@dataclass(frozen=True)
class FeedItem:
    """An entry of a feed. ``title`` and ``slug`` are of the pack, the collection or the search that it is about.

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
