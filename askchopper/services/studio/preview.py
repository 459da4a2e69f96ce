"""Preview of a pack's page as buyers will see it, built from its draft."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.genres import GENRES
from askchopper.models.accounts import users
from askchopper.models.catalogue import creators
from askchopper.schemas import licence_summaries
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import CreatorRef, FileRow, LicenceOfferSummary, PackCard, PackDetail, PackRef
from askchopper.schemas.drafts import DraftDetail, DraftFileDetail, Measured
from askchopper.services.catalogue import pack_store
from askchopper.services.studio import drafts
from askchopper.vocabulary import FileKind, LicenceKind


async def pack_page(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> PackDetail:
    """Return a draft as a pack page, for its creator and moderators.

    Sounds that are not analysed or have no kind are left out.

    Raises:
        NotFoundError: there is no such draft, or it belongs to another member.
    """
    return await page_of(session, await drafts.get(session, viewer, draft_id=draft_id))


async def page_of(session: AsyncSession, draft: DraftDetail) -> PackDetail:
    """Return a draft as a pack page, without authorisation: for callers that have checked it."""
    found = await session.execute(
        select(users.c.display_name, creators.c.slug, creators.c.display_name.label("creator_name"), creators.c.place)
        .select_from(users.outerjoin(creators, creators.c.user_id == users.c.id))
        .where(users.c.id == draft.user_id)
    )
    seller = found.one()
    creator = CreatorRef(slug=seller.slug or "", name=seller.creator_name or seller.display_name)
    files = tuple(
        _file_row(draft, file, file.measured, file.kind, creator=creator)
        for file in draft.files
        if file.measured and file.kind
    )
    return PackDetail(
        card=_card(draft, files, creator),
        description=draft.description,
        creator_place=seller.place or "",
        tag_slugs=tuple(pack_store.tag_slug(tag) for tag in draft.tags),
        files=files,
        offers=_offers(draft),
        is_own=True,
    )


def _card(draft: DraftDetail, files: tuple[FileRow, ...], creator: CreatorRef) -> PackCard:
    tempi = [file.bpm for file in files if file.bpm]
    return PackCard(
        id=str(draft.id), slug=draft.pack_slug or "", title=draft.title or "Untitled pack", summary=draft.summary, creator=creator,
        genre=GENRES.get(draft.genre_slug, ""), genre_slug=draft.genre_slug, tags=draft.tags, price_tokens=draft.price_tokens,
        file_count=len(files), size_bytes=sum(file.size_bytes for file in files),
        duration_seconds=sum(file.duration_seconds for file in files),
        bpm_min=min(tempi, default=None), bpm_max=max(tempi, default=None),
        keys=tuple(dict.fromkeys(file.key for file in files if file.key)), cover_key=draft.cover_key, cover_hue=draft.cover_hue,
        preview_seconds=0.0, preview_peaks=(), published_at=None, owned=False,
    )  # fmt: skip


def _file_row(
    draft: DraftDetail,
    file: DraftFileDetail,
    measured: Measured,
    kind: FileKind,
    *,
    creator: CreatorRef,
) -> FileRow:
    price = min(draft.sound_price_tokens, draft.price_tokens) if file.price_tokens is None else file.price_tokens
    return FileRow(
        id=str(file.id), title=file.title, pack=PackRef(slug=draft.pack_slug or "", title=draft.title), creator=creator,
        cover_key=draft.cover_key, kind=kind, bpm=file.bpm, key=file.key, note=file.note, duration_seconds=measured.duration_seconds or 0.0,
        price_tokens=price, peaks=measured.outline, loudness_lufs=measured.loudness_lufs, peak_dbfs=measured.peak_dbfs,
        format=file.file_name.rpartition(".")[2].lower(), size_bytes=file.size_bytes, owned=False,
    )  # fmt: skip


def _offers(draft: DraftDetail) -> tuple[LicenceOfferSummary, ...]:
    prices = {LicenceKind.STANDARD: draft.price_tokens, LicenceKind.BROADCAST: broadcast_price(draft)}
    return tuple(
        LicenceOfferSummary(
            kind=kind, title=licence_summaries.TITLES[kind], sentence=licence_summaries.SUMMARIES[kind], price_tokens=price,
            missing_price_tokens=price, missing_files=len(draft.files),
        )
        for kind, price in prices.items()
        if price is not None
    )  # fmt: skip


def broadcast_price(draft: DraftDetail) -> int | None:
    """Return the price in tokens of the broadcast licence; None if it is not offered.

    Without a stated price, it is ``policy.BROADCAST_PRICE_FACTOR`` times the pack's price; it is not offered for a price of 0.
    """
    if draft.broadcast_price_tokens is None and draft.price_tokens:
        return draft.price_tokens * policy.BROADCAST_PRICE_FACTOR
    return draft.broadcast_price_tokens or None
