"""The moderation queue: items, decisions, messages, appeals and legal notices."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.moderation_vocabulary import ItemKind, TrustLevel, Verdict


@dataclass(frozen=True)
class QueueItem:
    """An item of the queue. ``held_by`` is the moderator who took it, and ``is_mine`` if that is the viewer."""

    item: str
    kind: ItemKind
    title: str
    owner: str
    owner_id: str
    reason: str
    since: datetime
    is_overdue: bool
    held_by: str
    held_since: datetime | None
    is_mine: bool


@dataclass(frozen=True)
class QueueCounts:
    """How many items wait, by kind, and how many of them for too long."""

    by_kind: dict[ItemKind, int]
    overdue: int

    @property
    def total(self) -> int:
        """The number of all items."""
        return sum(self.by_kind.values())


@dataclass(frozen=True)
class DecisionResult:
    """A decision that was made; ``can_undo`` for a while."""

    id: str
    item: str
    title: str
    can_undo: bool


@dataclass(frozen=True)
class ItemMessage:
    """A message about an item; a private one is for moderators only."""

    id: str
    author: str
    text: str
    is_private: bool
    created_at: datetime


@dataclass(frozen=True)
class Template:
    """A text that moderators insert."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class CreatorTrust:
    """The level of a creator on the trust ladder, and the figures that it follows from."""

    id: str
    user_id: str
    slug: str
    name: str
    packs: int
    against: int
    level: TrustLevel
    is_chosen: bool


@dataclass(frozen=True)
class Twin:
    """Two sounds that resemble each other: ids, titles and places, with their outlines on one scale of time."""

    draft_file_id: str
    file_id: str
    title: str
    their_title: str
    their_pack: str
    their_slug: str
    their_creator: str
    similarity: float


@dataclass(frozen=True)
class OwnDecision:
    """A decision as the member sees it whom it concerns."""

    id: str
    title: str
    kind: ItemKind
    note: str
    decided_at: datetime
    can_appeal: bool
    appeal_outcome: Verdict | None
    is_appealed: bool
    answer: str


@dataclass(frozen=True)
class OpenAppeal:
    """An appeal in the queue, with the decision that it is about."""

    text: str
    decision: str
    note: str
    item: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class Notice:
    """A legal notice in the queue."""

    kind: str
    name: str
    email: str
    work: str
    place: str
    signature: str
    pack_title: str
    pack_slug: str
    created_at: datetime


@dataclass(frozen=True)
class HeldLong:
    """An item that a moderator took long ago."""

    item: str
    moderator: str
    since: datetime


@dataclass(frozen=True)
class NewNotice:
    """A legal notice as it was sent, in six parts: who, the work, where it is, two statements, and a signature."""

    kind: str
    name: str
    email: str
    work: str
    place: str
    is_good_faith: bool
    is_accurate: bool
    signature: str


@dataclass(frozen=True)
class ItemDetail:
    """What a moderator sees of an open item: lines of label and text, and where it is on the site."""

    item: QueueItem
    href: str
    fields: tuple[tuple[str, str], ...]
    note_required: bool
    approve: str
    reject: str
