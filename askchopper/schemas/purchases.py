"""Receipts, licences and library items."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from askchopper.schemas.catalogue import FileRow, PackCard
from askchopper.schemas.sampler_tags import SamplerTags
from askchopper.vocabulary import LicenceKind


class LibraryFilter(StrEnum):
    """Filters of the library; ``NEW`` selects items that were never downloaded."""

    ALL = "all"
    PACKS = "packs"
    SOUNDS = "sounds"
    NEW = "new"


class LibrarySort(StrEnum):
    """Sort orders of the library. A leading minus means descending."""

    NEWEST = "newest"
    OLDEST = "oldest"
    NAME = "name"
    NAME_DESC = "-name"
    BPM = "bpm"
    BPM_DESC = "-bpm"


@dataclass(frozen=True)
class PurchaseOffer:
    """A pack or sound with one licence and its price for a viewer.

    ``price_tokens`` is the viewer's current price; ``paid_tokens`` is the discount for earlier purchases. ``download`` is the path of the
    file, for owners.
    """

    ref: str
    pack_slug: str
    title: str
    creator: str
    cover_key: str
    licence_kind: LicenceKind
    licence_title: str
    price_tokens: int
    paid_tokens: int
    size_bytes: int
    download: str
    is_owned: bool
    is_own: bool


@dataclass(frozen=True)
class Receipt:
    """The result of a purchase."""

    purchase_id: str
    pack_slug: str
    pack_title: str
    price_tokens: int
    balance_tokens: int
    licence_id: str
    file_ids: tuple[str, ...]


@dataclass(frozen=True)
class LicenceRef:
    """A licence in the library; ``file_id`` is None for a whole pack."""

    id: str
    number: str
    kind: LicenceKind
    purchase_id: str
    file_id: str | None
    issued_at: datetime
    is_refundable: bool


@dataclass(frozen=True)
class LibraryItem:
    """A pack of which a member owns at least one file."""

    pack: PackCard
    files: tuple[FileRow, ...]
    purchased_at: datetime
    is_whole: bool
    is_downloaded: bool
    licences: tuple[LicenceRef, ...]


@dataclass(frozen=True)
class LibraryEntry:
    """A row of the library: a purchased pack, or a single sound of a pack that was not purchased as a whole.

    ``file`` is None for a pack; ``file_count`` and ``size_bytes`` describe the download.
    """

    pack: PackCard
    file: FileRow | None
    file_count: int
    size_bytes: int
    purchased_at: datetime
    is_downloaded: bool
    licence: LicenceRef | None


@dataclass(frozen=True)
class LibraryCounts:
    """Number of entries by library filter."""

    packs: int
    sounds: int
    new: int

    @property
    def all(self) -> int:
        """Number of all entries."""
        return self.packs + self.sounds


@dataclass(frozen=True)
class Certificate:
    """The public view of a licence. Anyone who has its id can read it, so the buyer's e-mail is masked.

    ``address`` is the URL to verify it; ``qr`` is a QR code of it, as a data URL.
    """

    id: str
    number: str
    kind: LicenceKind
    title: str
    pack_title: str
    pack_slug: str
    creator_name: str
    buyer_name: str
    buyer_email_masked: str
    issued_at: datetime
    revoked_at: datetime | None
    files: tuple[tuple[str, str], ...]
    address: str
    qr: str
    text: str
    text_version: int
    text_sha256: str


@dataclass(frozen=True)
class DownloadTarget:
    """A stored file to send with its download name; if ``tags`` are added while it is sent, its name is ``tagged_name``."""

    storage_key: str
    file_name: str
    size_bytes: int
    crc32: int
    folder: str = ""
    is_damaged: bool = False
    tags: SamplerTags | None = None
    tagged_name: str = ""


@dataclass(frozen=True)
class ZipPlan:
    """The contents of a pack's zip; ``texts`` are generated files, as name and content."""

    file_name: str
    files: tuple[DownloadTarget, ...]
    texts: tuple[tuple[str, str], ...]

    @property
    def folder(self) -> str:
        """The name of the top-level folder in the zip."""
        return self.file_name.removesuffix(".zip")

    def within(self, folder: str) -> "ZipPlan":
        """Return a plan with everything moved into a further top-level folder."""
        return replace(
            self,
            files=tuple(replace(target, file_name=f"{folder}/{target.file_name}") for target in self.files),
            texts=tuple((f"{folder}/{name}", content) for name, content in self.texts),
        )
