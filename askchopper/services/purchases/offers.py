"""What a purchase dialog shows: one pack or sound under a licence, with its price for the viewer."""

from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.errors import NotFoundError
from askchopper.schemas import licence_summaries
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.purchases import PurchaseOffer
from askchopper.services.catalogue import detail
from askchopper.vocabulary import LicenceKind

_PACK = "pack:"


async def get_offer(
    session: AsyncSession, viewer: Viewer | None, *, ref: str, licence_kind: LicenceKind = LicenceKind.STANDARD
) -> PurchaseOffer:
    """Return the offer of a sound, by its id, or of a pack, as ``pack:`` and its slug. Single sounds have the standard licence.

    Raises:
        NotFoundError: not for sale, or not under this licence.
    """
    if ref.startswith(_PACK):
        return await _pack_offer(session, viewer, ref.removeprefix(_PACK), licence_kind)
    sound = await detail.get_file(session, viewer, file_id=ref)
    return PurchaseOffer(
        ref=ref,
        pack_slug=sound.pack.slug,
        title=sound.title,
        creator=sound.creator.name,
        cover_key=sound.cover_key,
        licence_kind=LicenceKind.STANDARD,
        licence_title=licence_summaries.TITLES[LicenceKind.STANDARD],
        price_tokens=sound.price_tokens,
        paid_tokens=0,
        size_bytes=sound.size_bytes,
        download=routes.file_download(sound.id),
        is_owned=sound.owned,
        is_own=viewer is not None and viewer.creator_slug == sound.creator.slug,
    )


async def _pack_offer(
    session: AsyncSession, viewer: Viewer | None, slug: str, licence_kind: LicenceKind
) -> PurchaseOffer:
    pack = await detail.get_pack(session, viewer, slug=slug)
    line = next((one for one in pack.offers if one.kind is licence_kind), None)
    if line is None:
        raise NotFoundError("This pack is not sold under this licence.")
    is_owned = line.missing_files == 0
    return PurchaseOffer(
        ref=f"{_PACK}{slug}",
        pack_slug=slug,
        title=pack.card.title,
        creator=pack.card.creator.name,
        cover_key=pack.card.cover_key,
        licence_kind=licence_kind,
        licence_title=line.title,
        price_tokens=line.missing_price_tokens,
        paid_tokens=0 if is_owned else line.price_tokens - line.missing_price_tokens,
        size_bytes=pack.card.size_bytes,
        download=routes.pack_zip(slug),
        is_owned=is_owned,
        is_own=pack.is_own,
    )
