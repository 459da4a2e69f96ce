"""The moderation queue: items, decisions, messages, appeals and legal notices."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.moderation_vocabulary import ItemKind, TrustLevel, Verdict


@dataclass(frozen=True)
class QueueItem:
    """An item of the queue. ``held_by`` is the moderator who claimed it; ``is_mine`` if that is the viewer."""

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
    """Number of open items by kind, and of overdue items in total."""

    by_kind: dict[ItemKind, int]
    overdue: int

    @property
    def total(self) -> int:
        """The number of all items."""
        return sum(self.by_kind.values())


@dataclass(frozen=True)
class DecisionResult:
    """A decision; ``can_undo`` for a limited time."""

    id: str
    item: str
    title: str
    can_undo: bool


@dataclass(frozen=True)
class ItemMessage:
    """A message about an item; a private one is visible to moderators only."""

    id: str
    author: str
    text: str
    is_private: bool
    created_at: datetime


@dataclass(frozen=True)
class Template:
    """A text template for moderators."""

    id: str
    title: str
    text: str


@dataclass(frozen=True)
class CreatorTrust:
    """A creator's level on the trust ladder, and the figures that determine it."""

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
    """A draft's sound and a similar published one, with their ``similarity`` from 0 to 1."""

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
    """A moderation decision for the member concerned."""

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
    """An open appeal with the decision that it contests."""

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
class ForgottenClaim:
    """An item that a moderator claimed more than ``policy.CLAIM_LONG_HOURS`` ago and has not decided."""

    item: str
    moderator: str
    since: datetime


@dataclass(frozen=True)
class NewNotice:
    """A submitted legal notice: kind, sender, work, location, two confirmations, and a signature."""

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
    """The details of an open item for moderators: labelled lines, and its URL on the site."""

    item: QueueItem
    href: str
    fields: tuple[tuple[str, str], ...]
    note_required: bool
    approve: str
    reject: str
