"""Likes of packs and sounds."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import FileRow, PackCard


@dataclass(frozen=True)
class LikeMark:
    """Whether the viewer likes something, and how many members do."""

    liked: bool
    like_count: int


@dataclass(frozen=True)
class LikedItem:
    """A pack or a sound that the viewer likes; one of both is set."""

    id: str
    liked_at: datetime
    pack: PackCard | None
    file: FileRow | None
