"""Response models of the API. Field names are a public contract, documented by OpenAPI."""

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, PlainSerializer

from askchopper import routes
from askchopper.musical_key import MusicalKey
from askchopper.root_note import note_name
from askchopper.schemas import catalogue as cat
from askchopper.schemas import purchases as bought
from askchopper.schemas import wallet as money
from askchopper.schemas.accounts import Viewer
from askchopper.vocabulary import (
    FileKind,
    LedgerReason,
    LicenceKind,
    Role,
)

COVER_WIDTH = 640
Item = TypeVar("Item")
Moment = Annotated[
    datetime,
    PlainSerializer(lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str),
]


class List(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None


class Pack(BaseModel):
    """A pack in a list; ``genre`` is the value for the genre filter."""

    id: str
    slug: str
    title: str
    summary: str
    creator: cat.CreatorRef
    genre: str
    genre_name: str
    tags: list[str]
    price_tokens: int
    file_count: int
    size_bytes: int
    duration_seconds: float
    bpm_min: float | None
    bpm_max: float | None
    keys: list[str]
    cover_url: str | None
    preview_url: str | None
    licence: LicenceKind
    published_at: Moment | None
    owned: bool
    rating_average: float | None
    rating_count: int
    like_count: int
    liked: bool

    @classmethod
    def of(cls, card: cat.PackCard) -> "Pack":
        return cls(**pack_fields(card))  # pyright: ignore[reportArgumentType]


class TempoSection(BaseModel):
    """A section of a track whose tempo changes."""

    start_seconds: float
    bpm: float


class File(BaseModel):
    """A sound."""

    id: str
    title: str
    pack: cat.PackRef
    creator: cat.CreatorRef
    kind: FileKind
    bpm: float | None
    tempo_map: list[TempoSection]  # empty for a steady tempo
    key: str | None
    camelot: str | None
    note: str | None
    duration_seconds: float
    price_tokens: int
    format: str
    size_bytes: int
    preview_url: str
    peaks_url: str
    loudness_lufs: float | None
    owned: bool
    like_count: int
    liked: bool

    @classmethod
    def of(cls, row: cat.FileRow) -> "File":
        key = MusicalKey.parse(row.key) if row.key else None
        return cls(
            id=row.id,
            title=row.title,
            pack=row.pack,
            creator=row.creator,
            kind=row.kind,
            bpm=row.bpm,
            tempo_map=[TempoSection(start_seconds=start, bpm=bpm) for start, bpm in row.tempo_map],
            key=row.key,
            camelot=key.camelot if key else None,
            note=None if row.note is None else note_name(row.note),
            duration_seconds=row.duration_seconds,
            price_tokens=row.price_tokens,
            format=row.format,
            size_bytes=row.size_bytes,
            preview_url=routes.file_preview(row.id),
            peaks_url=routes.file_peaks(row.id),
            loudness_lufs=row.loudness_lufs,
            owned=row.owned,
            like_count=row.like_count,
            liked=row.liked,
        )


class Offer(BaseModel, from_attributes=True):
    """A licence offer of a pack.

    ``price_tokens`` is the list price. ``missing_price_tokens`` is what this viewer pays for the sounds they do not own yet, and the
    price that a purchase has to state.
    """

    kind: LicenceKind
    title: str
    price_tokens: int
    missing_price_tokens: int


class PackDetail(Pack):
    """A pack with its description, sounds and licence offers."""

    description: str
    files: list[File]
    offers: list[Offer]
    missing_price_tokens: int

    @classmethod
    def of_detail(cls, detail: cat.PackDetail) -> "PackDetail":
        offers = [Offer.model_validate(offer) for offer in detail.offers]
        standard = next((line for line in offers if line.kind is LicenceKind.STANDARD), None)
        return cls(
            **pack_fields(detail.card),  # pyright: ignore[reportArgumentType]
            description=detail.description,
            files=[File.of(row) for row in detail.files],
            offers=offers,
            missing_price_tokens=standard.missing_price_tokens if standard else detail.card.price_tokens,
        )


class Creator(BaseModel):
    """A creator with published packs."""

    slug: str
    name: str
    place: str
    bio: str
    pack_count: int
    file_count: int
    since: Moment
    follower_count: int
    packs: list[Pack]

    @classmethod
    def of(cls, detail: cat.CreatorDetail) -> "Creator":
        return cls(
            slug=detail.slug,
            name=detail.name,
            place=detail.place,
            bio=detail.bio,
            pack_count=detail.pack_count,
            file_count=detail.file_count,
            since=detail.since,
            follower_count=detail.follower_count,
            packs=[Pack.of(card) for card in detail.packs],
        )


class Me(BaseModel):
    """The signed-in user."""

    id: str
    email: str
    display_name: str
    role: Role
    creator_slug: str | None

    @classmethod
    def of(cls, viewer: Viewer) -> "Me":
        return cls(
            id=str(viewer.user_id),
            email=viewer.email,
            display_name=viewer.display_name,
            role=viewer.role,
            creator_slug=viewer.creator_slug,
        )


class WalletEntry(BaseModel, from_attributes=True):
    """A transaction with the balance after it."""

    id: str
    created_at: Moment
    reason: LedgerReason
    title: str
    amount_tokens: int
    balance_tokens: int
    reference: str


class Wallet(BaseModel):
    """The balance, and a page of the wallet's transactions. ``earnings_tokens`` are the creator's earnings."""

    balance_tokens: int
    bonus_tokens: int
    earnings_tokens: int
    entries: list[WalletEntry]
    next_cursor: str | None

    @classmethod
    def of(cls, balance: money.Balance, page: cat.Page[money.StatementEntry]) -> "Wallet":
        return cls(
            balance_tokens=balance.total_tokens,
            bonus_tokens=balance.bonus_tokens,
            earnings_tokens=balance.earnings_tokens,
            entries=[WalletEntry.model_validate(entry) for entry in page.items],
            next_cursor=page.next_cursor,
        )


class Balance(BaseModel):
    """The wallet's balance; ``bonus_tokens`` are part of ``balance_tokens``."""

    balance_tokens: int
    bonus_tokens: int

    @classmethod
    def of(cls, balance: money.Balance) -> "Balance":
        return cls(balance_tokens=balance.total_tokens, bonus_tokens=balance.bonus_tokens)


class Licence(BaseModel):
    """A licence of a library item."""

    id: str
    number: str
    kind: LicenceKind
    licence_url: str
    purchase_id: str
    issued_at: Moment
    is_refundable: bool


class LibraryItem(BaseModel):
    """A pack of which the viewer owns at least one sound."""

    pack: Pack
    files: list[File]
    purchased_at: Moment
    licence_url: str | None
    licences: list[Licence]
    zip_url: str

    @classmethod
    def of(cls, item: bought.LibraryItem) -> "LibraryItem":
        licences = [
            Licence(
                id=licence.id,
                number=licence.number,
                kind=licence.kind,
                licence_url=routes.verify(licence.id),
                purchase_id=licence.purchase_id,
                issued_at=licence.issued_at,
                is_refundable=licence.is_refundable,
            )
            for licence in item.licences
        ]
        return cls(
            pack=Pack.of(item.pack),
            files=[File.of(row) for row in item.files],
            purchased_at=item.purchased_at,
            licence_url=licences[0].licence_url if licences else None,
            licences=licences,
            zip_url=routes.pack_zip(item.pack.slug),
        )


class Purchase(BaseModel):
    """A completed purchase."""

    id: str
    pack: cat.PackRef
    price_tokens: int
    balance_tokens: int
    licence_id: str
    licence_url: str
    files: list[File]

    @classmethod
    def of(cls, receipt: bought.Receipt, files: tuple[cat.FileRow, ...]) -> "Purchase":
        return cls(
            id=receipt.purchase_id,
            pack=cat.PackRef(slug=receipt.pack_slug, title=receipt.pack_title),
            price_tokens=receipt.price_tokens,
            balance_tokens=receipt.balance_tokens,
            licence_id=receipt.licence_id,
            licence_url=routes.verify(receipt.licence_id),
            files=[File.of(row) for row in files if row.id in receipt.file_ids],
        )


class Peaks(BaseModel):
    """A waveform as peak levels from 0 to 127."""

    peaks: list[int]


def pack_fields(card: cat.PackCard) -> dict[str, object]:
    """Return the pack fields that all responses share."""
    return {
        "id": card.id,
        "slug": card.slug,
        "title": card.title,
        "summary": card.summary,
        "creator": card.creator,
        "genre": card.genre_slug,
        "genre_name": card.genre,
        "tags": list(card.tags),
        "price_tokens": card.price_tokens,
        "file_count": card.file_count,
        "size_bytes": card.size_bytes,
        "duration_seconds": card.duration_seconds,
        "bpm_min": card.bpm_min,
        "bpm_max": card.bpm_max,
        "keys": list(card.keys),
        "cover_url": routes.cover(card.cover_key, COVER_WIDTH) if card.cover_key else None,
        "preview_url": routes.pack_preview(card.slug) if card.preview_seconds else None,
        "licence": LicenceKind.STANDARD,
        "published_at": card.published_at,
        "owned": card.owned,
        "rating_average": card.rating_average,
        "rating_count": card.rating_count,
        "like_count": card.like_count,
        "liked": card.liked,
    }
