"""View model of the library: its rows with formatted values, built from ``schemas.purchases`` by the state."""

from dataclasses import dataclass

from askchopper import routes
from askchopper.musical_key import MusicalKey
from askchopper.plurals import counted
from askchopper.schemas.purchases import LibraryEntry
from askchopper.schemas.view_models import catalogue
from askchopper.schemas.view_models.catalogue import Sound


@dataclass(frozen=True)
class LibraryRow:
    """A pack or a single sound of the library; ``id`` is the pack's slug or the sound's id."""

    id: str
    slug: str
    is_pack: bool
    title: str
    href: str
    detail: str
    cover: str
    type: str
    bpm: str
    key: str
    key_spoken: str
    sound: Sound
    bought: str
    is_new: bool
    licence: str
    licence_href: str
    download_label: str
    download_href: str
    size: str


def library_row(entry: LibraryEntry) -> LibraryRow:
    """Format an entry as a row."""
    card = catalogue.card(entry.pack)
    row = catalogue.sound_row(entry.file) if entry.file else None
    count = counted(entry.file_count, "sound")
    keys = [key.spoken for name in entry.pack.keys if (key := MusicalKey.parse(name))]
    return LibraryRow(
        id=row.sound.id if row else card.slug,
        slug=card.slug,
        is_pack=row is None,
        title=row.sound.title if row else card.title,
        href=card.href,
        detail=f"{row.type} from {card.title}, {card.creator}" if row else f"{card.creator}, {count}",
        cover=card.cover,
        type=row.type if row else "Pack",
        bpm=row.sound.bpm if row else card.bpm,
        key=row.sound.key if row else card.key,
        key_spoken=row.key_spoken if row else ", ".join(keys) or "key unknown",
        sound=row.sound if row else card.sound,
        bought=f"{entry.purchased_at:%-d %b %Y}",
        is_new=not entry.is_downloaded,
        licence=entry.licence.kind.value.capitalize() if entry.licence else "",
        licence_href=routes.verify(entry.licence.id) if entry.licence else "",
        download_label="Download" if row else "Download pack",
        download_href=routes.file_download(row.sound.id) if row else routes.pack_zip(card.slug),
        size=catalogue.size(entry.size_bytes),
    )
