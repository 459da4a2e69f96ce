"""Collections in lists and on their page."""

from dataclasses import dataclass
from datetime import datetime

from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.vocabulary import Visibility


@dataclass(frozen=True)
class CollectionSummary:
    """A collection in a list. ``cover_keys`` are of up to four packs; ``item_id`` is the entry of the requested item, if present."""

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
    """An entry of a collection: a pack or a sound, or neither if it is no longer on sale."""

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
    """A collection with a page of its entries and the viewer's permissions. ``invite_token`` is set for its owner only."""

    summary: CollectionSummary
    entries: tuple[CollectionEntry, ...]
    has_more: bool
    can_edit: bool
    collaborators: tuple[Collaborator, ...]
    invite_token: str | None


@dataclass(frozen=True)
class MissingItem:
    """An item of a collection that the viewer does not own: a pack or a single sound, at its price for the viewer."""

    pack_slug: str | None
    file_id: str | None
    price_tokens: int


@dataclass(frozen=True)
class CollectionReceipt:
    """The result of buying all missing items of a collection."""

    purchase_ids: tuple[str, ...]
    price_tokens: int
    balance_tokens: int
