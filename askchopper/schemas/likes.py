"""Likes of packs and sounds."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import FileRow, PackCard


@dataclass(frozen=True)
class LikeMark:
    """Whether the viewer likes an item, and its number of likes."""

    liked: bool
    like_count: int


@dataclass(frozen=True)
class LikedItem:
    """A pack or a sound that the viewer likes; exactly one of the two is set."""

    id: str
    liked_at: datetime
    pack: PackCard | None
    file: FileRow | None
