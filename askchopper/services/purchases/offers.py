"""Offers for the purchase dialog: one pack or sound under a licence, with its price for the viewer."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.errors import NotFoundError
from askchopper.schemas import licence_summaries
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.purchases import PurchaseOffer
from askchopper.vocabulary import LicenceKind

_PACK = "pack:"
_NO_PACK = "This pack does not exist, or is not on sale any more."
_NO_SOUND = "This sound does not exist, or is not on sale any more."
# Selects only the columns that the dialog shows: the query of a pack's page loads all sounds, which would delay the dialog.
_PACK_OFFER = text("""
    SELECT p.title, c.display_name AS creator, p.cover_key, p.size_bytes, c.user_id = CAST(:viewer AS uuid) AS is_own,
        o.price_tokens, q.price, coalesce(cardinality(q.file_ids), 0) AS missing_files
    FROM packs p JOIN creators c ON c.id = p.creator_id
    LEFT JOIN licence_offers o ON o.pack_id = p.id AND o.kind = :kind
    LEFT JOIN LATERAL purchase_quote(CAST(:viewer AS uuid), p.id, NULL, :kind) q ON true
    WHERE p.slug = :slug AND (p.status = 'published' OR :may_see_all OR c.user_id = CAST(:viewer AS uuid))
""")
_SOUND_OFFER = text("""
    SELECT f.title, c.display_name AS creator, p.cover_key, f.size_bytes, c.user_id = CAST(:viewer AS uuid) AS is_own,
        f.price_tokens, p.slug AS pack_slug, held.pack_id IS NOT NULL AS is_owned
    FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
    LEFT JOIN LATERAL (
        SELECT a.pack_id FROM active_purchases(CAST(:viewer AS uuid)) a
        WHERE a.pack_id = f.pack_id AND f.id = ANY (a.file_ids) LIMIT 1
    ) held ON true
    WHERE f.id = :file AND (held.pack_id IS NOT NULL OR (f.retired_at IS NULL
        AND (p.status = 'published' OR :may_see_all OR c.user_id = CAST(:viewer AS uuid))))
""")


async def get_offer(
    session: AsyncSession, viewer: Viewer | None, *, ref: str, licence_kind: LicenceKind = LicenceKind.STANDARD
) -> PurchaseOffer:
    """Return the offer for a sound (by id) or a pack (``pack:`` and its slug). Single sounds have the standard licence.

    The price of a pack excludes what the viewer has already paid for its sounds. Creators also get their own unpublished
    items, and moderators all.

    Raises:
        NotFoundError: it does not exist, is not visible to the viewer, or is not sold under this licence.
    """
    asking = {
        "viewer": viewer.user_id if viewer else None,
        "may_see_all": viewer is not None and viewer.is_moderator,
    }
    if ref.startswith(_PACK):
        slug = printable_slug(ref.removeprefix(_PACK))
        row = (await session.execute(_PACK_OFFER, {**asking, "slug": slug, "kind": licence_kind.value})).one_or_none()
        if row is None:
            raise NotFoundError(_NO_PACK)
        if row.price_tokens is None:
            raise NotFoundError("This pack is not sold under this licence.")
        price, is_owned = row.price if row.missing_files else 0, row.missing_files == 0
        pack_slug, download = slug, routes.pack_zip(slug)
    else:
        licence_kind = LicenceKind.STANDARD
        row = (await session.execute(_SOUND_OFFER, {**asking, "file": require_id(ref, _NO_SOUND)})).one_or_none()
        if row is None:
            raise NotFoundError(_NO_SOUND)
        price, is_owned = row.price_tokens, row.is_owned
        pack_slug, download = row.pack_slug, routes.file_download(ref)
    return PurchaseOffer(
        ref=ref,
        pack_slug=pack_slug,
        title=row.title,
        creator=row.creator,
        cover_key=row.cover_key,
        licence_kind=licence_kind,
        licence_title=licence_summaries.TITLES[licence_kind],
        price_tokens=price,
        paid_tokens=0 if is_owned else row.price_tokens - price,
        size_bytes=row.size_bytes,
        download=download,
        is_owned=is_owned,
        is_own=bool(row.is_own),
    )
