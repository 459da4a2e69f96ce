"""Details of one pack, one sound or one creator, and related packs."""

import uuid
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, false, func, or_, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.database_statements import prepared
from askchopper.errors import NotFoundError
from askchopper.models.accounts import users
from askchopper.models.analysis import analyses
from askchopper.models.catalogue import audio_files, creators, packs
from askchopper.models.community import blocks
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.musical_key import MusicalKey
from askchopper.schemas import licence_summaries
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import CreatorDetail, FileRow, LicenceOfferSummary, PackCard, PackDetail
from askchopper.schemas.identifiers import parse_id, printable_slug, require_id
from askchopper.services.catalogue import cards
from askchopper.vocabulary import LicenceKind, PackStatus

RELATED_BPM = 4
CLOSE_BPM = 8
MAX_CREATOR_PACKS = 100
_HAS_PAGE = (PackStatus.PUBLISHED, PackStatus.WITHDRAWN)
_NO_PACK = "This pack does not exist, or is not on sale any more."
_NO_SOUND = "This sound does not exist, or is not on sale any more."

_OFFERS = prepared(
    text("""
    SELECT o.kind, o.price_tokens, q.price, coalesce(cardinality(q.file_ids), 0) AS missing_files
    FROM licence_offers o, LATERAL purchase_quote(:viewer, o.pack_id, NULL, o.kind) q
    WHERE o.pack_id = :pack ORDER BY o.price_tokens, o.kind DESC
""")
)


async def get_pack(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> PackDetail:
    """Return all data of a pack's page.

    Raises:
        NotFoundError: there is no such pack, or it is unpublished and the viewer is neither its creator nor a moderator.
    """
    pack = (
        await session.execute(
            prepared(
                cards.select_packs(viewer)
                .add_columns(
                    packs.c.description,
                    creators.c.place,
                    creators.c.user_id.label("seller_id"),
                    cards.TAG_SLUGS.label("tag_slugs"),
                )
                .where(packs.c.slug == printable_slug(slug), _visible_packs(viewer))
            )
        )
    ).one_or_none()
    if pack is None:
        raise NotFoundError(_NO_PACK)
    sounds = await session.execute(
        prepared(
            cards.select_files(viewer)
            .where(audio_files.c.pack_id == pack.id, audio_files.c.retired_at.is_(None))
            .order_by(audio_files.c.position)
        )
    )
    return PackDetail(
        card=cards.pack_card(pack),
        description=pack.description,
        creator_place=pack.place,
        tag_slugs=tuple(pack.tag_slugs or ()),
        files=tuple(cards.file_row(row) for row in sounds),
        offers=await _offers(session, viewer, pack.id),
        is_own=viewer is not None and pack.seller_id == viewer.user_id,
    )


async def get_file(session: AsyncSession, viewer: Viewer | None, *, file_id: str) -> FileRow:
    """Return one sound.

    Raises:
        NotFoundError: there is no such sound, or the viewer may not see it.
    """
    row = (
        await session.execute(
            prepared(
                cards.select_files(viewer).where(
                    audio_files.c.id == require_id(file_id, _NO_SOUND), _visible_files(viewer)
                )
            )
        )
    ).one_or_none()
    if row is None:
        raise NotFoundError(_NO_SOUND)
    return cards.file_row(row)


async def find_packs(session: AsyncSession, viewer: Viewer | None, *, slugs: Sequence[str]) -> dict[str, PackCard]:
    """Return the packs that the viewer may see, by slug."""
    wanted = [printable_slug(slug) for slug in slugs]
    rows = await session.execute(
        prepared(cards.select_packs(viewer).where(cards.is_wanted(packs.c.slug), _visible_packs(viewer))),
        {"wanted": wanted},
    )
    return {row.slug: cards.pack_card(row) for row in rows}


async def find_linked_packs(
    session: AsyncSession, viewer: Viewer | None, *, links: Iterable[str]
) -> dict[str, PackCard]:
    """Return the packs behind links to this site, if the viewer may see them, by link."""
    slugs = {link: slug for link in links if (slug := routes.pack_slug(link))}
    found = await find_packs(session, viewer, slugs=sorted(set(slugs.values()))) if slugs else {}
    return {link: found[slug] for link, slug in slugs.items() if slug in found}


# Cached like ``cards.select_packs``.
@lru_cache(maxsize=256)
def _packs_by_id(viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
    return prepared(cards.select_packs(viewer).where(cards.is_wanted(packs.c.id), cards.IS_PUBLISHED))


@lru_cache(maxsize=256)
def _files_by_id(viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
    return prepared(cards.select_files(viewer).where(cards.is_wanted(audio_files.c.id), _visible_files(viewer)))


async def find_packs_by_id(session: AsyncSession, viewer: Viewer | None, *, ids: Sequence[str]) -> list[PackCard]:
    """Return the published packs with these ids, in their order."""
    wanted = [known for one in ids if (known := parse_id(one)) is not None]
    rows = await session.execute(_packs_by_id(viewer), {"wanted": wanted})
    found = {row.id: cards.pack_card(row) for row in rows}
    return [found[one] for one in wanted if one in found]


async def find_files(session: AsyncSession, viewer: Viewer | None, *, file_ids: Sequence[str]) -> dict[str, FileRow]:
    """Return the sounds that the viewer may see, by id."""
    wanted = [known for one in file_ids if (known := parse_id(one)) is not None]
    rows = await session.execute(_files_by_id(viewer), {"wanted": wanted})
    return {str(row.id): cards.file_row(row) for row in rows}


async def find_slug(session: AsyncSession, *, id_end: str) -> str:
    """Return the slug of a pack, on sale or taken down, by the last 12 hexadecimal digits of its id, for short links.

    Raises:
        NotFoundError: there is none.
    """
    found = await session.execute(
        select(packs.c.slug)
        .where(func.right(cast(packs.c.id, String), 12) == id_end, packs.c.status.in_(_HAS_PAGE))
        .limit(1)
    )
    slug: str | None = found.scalar_one_or_none()
    if slug is None:
        raise NotFoundError("This link leads to no pack, or to one that is not on sale any more.")
    return slug


async def get_file_media(session: AsyncSession, viewer: Viewer | None, *, file_id: str) -> tuple[str, bytes, bool]:
    """Return a sound's preview key and waveform, and whether they are public.

    Raises:
        NotFoundError: there is no such sound, or the viewer may not hear it.
    """
    row = (
        await session.execute(
            select(
                audio_files.c.preview_key,
                audio_files.c.peaks,
                cards.IS_PUBLISHED.label("is_public"),
            )
            .select_from(cards.FILES)
            .where(audio_files.c.id == require_id(file_id, _NO_SOUND), _visible_files(viewer))
        )
    ).one_or_none()
    if row is None:
        return await _draft_media(session, viewer, require_id(file_id, _NO_SOUND))
    return row.preview_key, bytes(row.peaks), row.is_public


async def _draft_media(session: AsyncSession, viewer: Viewer | None, file_id: uuid.UUID) -> tuple[str, bytes, bool]:
    """Return the media of a draft's sound, for its creator and moderators only."""
    if viewer is None:
        raise NotFoundError(_NO_SOUND)
    mine = () if viewer.is_moderator else (draft_rows.c.user_id == viewer.user_id,)
    return await get_draft_media(session, file_id, *mine)


async def get_draft_media(
    session: AsyncSession, file_id: uuid.UUID, *conditions: ColumnElement[bool]
) -> tuple[str, bytes, bool]:
    """Return the media of a draft's sound without authorisation: for callers that have checked it.

    Raises:
        NotFoundError: there is no such sound under these conditions.
    """
    found = await session.execute(
        select(analyses.c.preview_key, analyses.c.outline)
        .select_from(
            draft_files.join(draft_rows, draft_rows.c.id == draft_files.c.draft_id).join(
                analyses, analyses.c.sha256 == draft_files.c.sha256
            )
        )
        .where(draft_files.c.id == file_id, analyses.c.preview_key != "", *conditions)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_NO_SOUND)
    return row.preview_key, bytes(row.outline), False


async def get_pack_media(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> tuple[str, bytes, bool]:
    """Return a pack's preview key and waveform, and whether they are public.

    Raises:
        NotFoundError: there is no such pack or preview, or the viewer may not hear it.
    """
    row = (
        await session.execute(
            select(
                packs.c.preview_key,
                packs.c.preview_peaks,
                cards.IS_PUBLISHED.label("is_public"),
            )
            .select_from(cards.PACKS)
            .where(packs.c.slug == printable_slug(slug), _visible_packs(viewer))
        )
    ).one_or_none()
    if row is None or not row.preview_key:
        raise NotFoundError(_NO_PACK)
    return row.preview_key, bytes(row.preview_peaks), row.is_public


async def related_packs(
    session: AsyncSession, viewer: Viewer | None, *, slug: str, limit: int = 5
) -> tuple[PackCard, ...]:
    """List related packs: first compatible key and tempo within 4 BPM, then same genre, then tempo within 8 BPM.

    Each group is sorted by popularity.

    Raises:
        NotFoundError: there is no such pack, or the viewer may not see it.
    """
    base = (
        await session.execute(
            select(packs.c.id, packs.c.genre_slug, packs.c["keys"], packs.c.bpm_min, packs.c.bpm_max)
            .select_from(cards.PACKS)
            .where(packs.c.slug == printable_slug(slug), _visible_packs(viewer))
        )
    ).one_or_none()
    if base is None:
        raise NotFoundError(_NO_PACK)
    fits = _mixes_with(base)
    same_genre = packs.c.genre_slug == base.genre_slug
    close_tempo = (
        false() if base.bpm_min is None else packs.c.bpm_min.between(base.bpm_min - CLOSE_BPM, base.bpm_max + CLOSE_BPM)
    )
    rows = await session.execute(
        cards.select_packs(viewer)
        .where(cards.IS_PUBLISHED, packs.c.id != base.id, or_(fits, same_genre, close_tempo))
        .order_by(
            func.coalesce(fits, False).desc(),
            same_genre.desc(),
            packs.c.popularity.desc(),
            packs.c.id.desc(),
        )
        .limit(limit)
    )
    return tuple(cards.pack_card(row) for row in rows)


async def get_creator(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> CreatorDetail:
    """Return a creator's page with the latest published packs, at most ``MAX_CREATOR_PACKS``.

    Raises:
        NotFoundError: there is no such creator, or the creator or the viewer has blocked the other.
    """
    found = await session.execute(
        select(creators, users.c.picture_key, users.c.links)
        .select_from(creators.join(users, users.c.id == creators.c.user_id))
        .where(creators.c.slug == printable_slug(slug), *_is_not_blocked_by(viewer))
    )
    creator = found.one_or_none()
    if creator is None:
        raise NotFoundError("There is no such creator.")
    figures = (
        await session.execute(
            select(
                func.count().label("pack_count"),
                func.coalesce(func.sum(packs.c.file_count), 0).label("file_count"),
            ).where(packs.c.creator_id == creator.id, cards.IS_PUBLISHED)
        )
    ).one()
    rows = await session.execute(
        cards.select_packs(viewer)
        .where(packs.c.creator_id == creator.id, cards.IS_PUBLISHED)
        .order_by(packs.c.published_at.desc(), packs.c.id.desc())
        .limit(MAX_CREATOR_PACKS)
    )
    return CreatorDetail(
        slug=creator.slug,
        name=creator.display_name,
        place=creator.place,
        bio=creator.bio,
        pack_count=figures.pack_count,
        file_count=int(figures.file_count),
        since=creator.created_at,
        packs=tuple(cards.pack_card(row) for row in rows),
        picture_key=creator.picture_key,
        links=tuple(creator.links),
        follower_count=creator.follower_count,
    )


async def _offers(session: AsyncSession, viewer: Viewer | None, pack_id: uuid.UUID) -> tuple[LicenceOfferSummary, ...]:
    values = {"viewer": viewer.user_id if viewer else None, "pack": pack_id}
    return tuple(
        LicenceOfferSummary(
            kind=LicenceKind(row.kind),
            title=licence_summaries.TITLES[LicenceKind(row.kind)],
            sentence=licence_summaries.SUMMARIES[LicenceKind(row.kind)],
            price_tokens=row.price_tokens,
            missing_price_tokens=row.price if row.missing_files else 0,
            missing_files=row.missing_files or 0,
        )
        for row in await session.execute(_OFFERS, values)
    )


def _is_not_blocked_by(viewer: Viewer | None) -> tuple[ColumnElement[bool], ...]:
    """Return the SQL conditions that neither the viewer nor the creator has blocked the other."""
    if viewer is None:
        return ()
    mine = and_(blocks.c.blocker_id == viewer.user_id, blocks.c.blocked_id == creators.c.user_id)
    theirs = and_(blocks.c.blocker_id == creators.c.user_id, blocks.c.blocked_id == viewer.user_id)
    return (~exists().where(or_(mine, theirs)),)


def _visible_packs(viewer: Viewer | None) -> ColumnElement[bool]:
    if viewer is None:
        return cards.IS_PUBLISHED
    if viewer.is_moderator:
        return true()
    return or_(cards.IS_PUBLISHED, creators.c.user_id == viewer.user_id)


def _visible_files(viewer: Viewer | None) -> ColumnElement[bool]:
    return or_(and_(_visible_packs(viewer), audio_files.c.retired_at.is_(None)), cards.owns_file(viewer))


def _mixes_with(base: Any) -> ColumnElement[bool]:
    keys = {
        other.name for name in base.keys if (key := MusicalKey.parse(name)) is not None for other in key.compatible()
    }
    if not keys or base.bpm_min is None:
        return packs.c.id.is_(None)
    return and_(
        cards.has_any_key(sorted(keys)),
        packs.c.bpm_min <= base.bpm_max + RELATED_BPM,
        packs.c.bpm_max >= base.bpm_min - RELATED_BPM,
    )
