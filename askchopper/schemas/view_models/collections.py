"""View models of collections: cards and entries with formatted values."""

from dataclasses import dataclass

from askchopper import routes
from askchopper.plurals import counted
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.collections import CollectionEntry, CollectionSummary
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.vocabulary import Visibility

VISIBILITY_WORDS = {
    Visibility.PUBLIC: "Public",
    Visibility.UNLISTED: "Unlisted",
    Visibility.PRIVATE: "Private",
}

HIDDEN = "Hidden until a moderator reviews it"


@dataclass(frozen=True)
class CollectionCard:
    """A collection in a grid."""

    slug: str
    href: str
    title: str
    owner: str
    count: str
    visibility: str
    covers: list[str]
    is_own: bool


@dataclass(frozen=True)
class EntryRow:
    """An entry of a collection; ``row`` is None if it is no longer on sale. ``download`` is the URL if the viewer owns it."""

    id: str
    position: int
    title: str
    note: str
    kind: str
    row: SoundRow | None
    download: str


def collection_card(found: CollectionSummary) -> CollectionCard:
    """Format a collection as a card."""
    return CollectionCard(
        slug=found.slug,
        href=routes.collection(found.slug),
        title=found.title,
        owner=found.owner_name,
        count=counted(found.item_count, "item"),
        visibility=HIDDEN if found.is_hidden else VISIBILITY_WORDS[found.visibility],
        covers=list(found.cover_keys),
        is_own=found.is_own,
    )


def entry_row(entry: CollectionEntry) -> EntryRow:
    """Format an entry of a collection."""
    row = pack_row(entry.pack) if entry.pack else catalogue.sound_row(entry.file) if entry.file else None
    download = ""
    if row is not None and row.is_owned:
        download = routes.pack_zip(entry.pack.slug) if entry.pack else routes.file_download(row.sound.id)
    return EntryRow(
        id=entry.id,
        position=entry.position,
        title=entry.title,
        note=entry.note,
        kind=row.type if row else "Sound" if entry.is_sound else "Pack",
        row=row,
        download=download,
    )


def pack_row(pack: PackCard) -> SoundRow:
    """Format a pack as a waveform row."""
    card = catalogue.card(pack)
    return SoundRow(
        sound=card.sound,
        type=f"Pack of {pack.file_count:,}",
        key_spoken=card.key_spoken,
        time=catalogue.UNKNOWN,
        is_owned=card.is_owned,
    )
