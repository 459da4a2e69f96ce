"""Collections in lists and on their page."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.vocabulary import Visibility


@dataclass(frozen=True)
class CollectionSummary:
    """A collection in a list. ``cover_keys`` are of up to four of its packs; ``item_id`` is the entry of what was asked for, if it is in it."""

    slug: str
    title: str
    description: str
    visibility: Visibility
    owner_name: str
    is_own: bool
    item_count: int
    cover_keys: tuple[str, ...]
    updated_at: datetime
    is_hidden: bool = False  # by reports
    item_id: str | None = None


@dataclass(frozen=True)
class CollectionEntry:
    """An entry of a collection: a pack or a sound, or neither if it is not on sale any more."""

    id: str
    position: int
    title: str
    note: str
    is_sound: bool
    pack: PackCard | None
    file: FileRow | None
    added_by: str


@dataclass(frozen=True)
class Collaborator:
    id: str
    name: str


@dataclass(frozen=True)
class CollectionDetail:
    """A page of a collection's entries, and what the viewer may do with it. ``invite_token`` is for its owner only."""

    summary: CollectionSummary
    entries: tuple[CollectionEntry, ...]
    has_more: bool
    can_edit: bool
    collaborators: tuple[Collaborator, ...]
    invite_token: str | None


@dataclass(frozen=True)
class MissingItem:
    """What is still to buy of a collection: a pack, or one sound of it, at its price for the viewer."""

    pack_slug: str | None
    file_id: str | None
    price_tokens: int


@dataclass(frozen=True)
class CollectionReceipt:
    """A purchase of everything that was missing."""

    purchase_ids: tuple[str, ...]
    price_tokens: int
    balance_tokens: int
