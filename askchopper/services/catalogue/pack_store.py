"""Writes creators and packs to the catalogue, for the studio and for demo data."""

import re
import unicodedata
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Uuid, bindparam, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.genres import GENRES
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import audio_files, creators, genres, licence_offers, pack_tags, packs, tags
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.schemas.text import clean_line, paragraphs
from askchopper.services.catalogue import licences
from askchopper.vocabulary import LicenceKind, PackStatus

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PUBLISH = text("""
    WITH sums AS (
        SELECT count(*) AS file_count, coalesce(sum(size_bytes), 0) AS size_bytes,
            coalesce(sum(duration_seconds), 0) AS duration_seconds, min(bpm) AS bpm_min, max(bpm) AS bpm_max,
            coalesce(array_agg(DISTINCT key) FILTER (WHERE key IS NOT NULL), '{}') AS keys,
            coalesce(array_agg(DISTINCT kind), '{}') AS kinds
        FROM audio_files WHERE pack_id = :pack AND retired_at IS NULL
    )
    UPDATE packs SET status = 'published', published_at = :published_at, updated_at = now(),
        file_count = sums.file_count, size_bytes = sums.size_bytes, duration_seconds = sums.duration_seconds,
        bpm_min = sums.bpm_min, bpm_max = sums.bpm_max, keys = sums.keys, kinds = sums.kinds
    FROM sums WHERE packs.id = :pack AND sums.file_count > 0 RETURNING packs.genre_slug, packs.popularity
""")


# ``_RETIRE`` first moves the positions of remaining sounds out of the way, since they are unique within a pack.
_DELETE_UNREFERENCED = text("""
    DELETE FROM audio_files f WHERE f.pack_id = :pack AND f.id <> ALL (:kept)
        AND NOT is_sold_file(f.pack_id, f.id)
        AND NOT EXISTS (SELECT 1 FROM plays y WHERE y.file_id = f.id)
        AND NOT EXISTS (SELECT 1 FROM downloads d WHERE d.file_id = f.id)
""").bindparams(bindparam("kept", type_=ARRAY(Uuid)))
_RETIRE = text("""
    UPDATE audio_files SET position = position + 10000,
        retired_at = CASE WHEN id = ANY (:kept) THEN NULL ELSE coalesce(retired_at, now()) END,
        published_at = CASE WHEN id = ANY (:kept) THEN published_at END
    WHERE pack_id = :pack AND retired_at IS NULL
""").bindparams(bindparam("kept", type_=ARRAY(Uuid)))


async def create_creator(
    session: AsyncSession,
    *,
    user_id: uuid.UUID,
    display_name: str,
    slug: str = "",
    place: str = "",
    bio: str = "",
    created_at: datetime | None = None,
) -> uuid.UUID:
    """Create the creator profile of a user and return its id.

    Raises:
        InvalidInputError: a field is invalid.
        ConflictError: the user has one already, or the slug is taken.
    """
    name = clean_line(display_name, label="The name", field="display_name", max_length=60)
    address = slug or slugify(name)
    values: dict[str, Any] = {
        "id": new_id(),
        "user_id": user_id,
        "slug": checked_slug(address, max_length=60),
        "display_name": name,
        "place": clean_line(place, label="The place", field="place", max_length=60, min_length=0),
        "bio": paragraphs(bio, label="The biography", field="bio", max_length=1000),
        "created_at": created_at or utc_now(),
    }
    made = await session.execute(upsert(creators).values(values).on_conflict_do_nothing().returning(creators.c.id))
    creator_id: uuid.UUID | None = made.scalar_one_or_none()
    if creator_id is None:
        raise ConflictError("This creator exists already, or the address is taken.")
    return creator_id


async def create_pack(
    session: AsyncSession, creator_id: uuid.UUID, new: NewPack, *, pack_id: uuid.UUID | None = None
) -> uuid.UUID:
    """Insert a pack as a draft, with its sounds, tags and licence offers, and return its id.

    Raises:
        InvalidInputError: a field is invalid.
        ConflictError: the slug is taken.

    Invariant: the standard offer costs the listing price.
    """
    await _check(session, new)
    values = {
        **_pack_values(new),
        "id": pack_id or new_id(),
        "creator_id": creator_id,
        "status": PackStatus.DRAFT.value,
    }
    made = await session.execute(upsert(packs).values(values).on_conflict_do_nothing().returning(packs.c.id))
    made_id: uuid.UUID | None = made.scalar_one_or_none()
    if made_id is None:
        raise ConflictError("A pack with this address exists already.")
    if new.files:
        rows = [_file_values(made_id, new.genre_slug, n, file) for n, file in enumerate(new.files, 1)]
        await session.execute(insert(audio_files), rows)
    await _store_tags(session, made_id, new.tags)
    await _store_offers(session, made_id, new)
    return made_id


async def replace_pack(session: AsyncSession, pack_id: uuid.UUID, new: NewPack) -> None:
    """Replace a published pack with a new version, keeping its slug and first publication date.

    Sounds with the same id are updated. The others are deleted, or retired if they were purchased, played or downloaded.

    Raises:
        InvalidInputError: a field is invalid.
    """
    await _check(session, new)
    found = await session.execute(select(packs.c.published_at).where(packs.c.id == pack_id).with_for_update())
    published_at = found.scalar_one()
    values = {name: value for name, value in _pack_values(new).items() if name not in {"slug", "popularity"}}
    await session.execute(update(packs).where(packs.c.id == pack_id).values(values))
    kept = [file.id for file in new.files if file.id]
    await session.execute(_DELETE_UNREFERENCED, {"pack": pack_id, "kept": kept})
    await session.execute(_RETIRE, {"pack": pack_id, "kept": kept})
    for position, file in enumerate(new.files, 1):
        row = _file_values(pack_id, new.genre_slug, position, file)
        changed = {name: value for name, value in row.items() if name not in {"id", "pack_id", "popularity"}}
        statement = upsert(audio_files).values(row)
        await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))
    for table in (pack_tags, licence_offers):
        await session.execute(delete(table).where(table.c.pack_id == pack_id))
    await _store_tags(session, pack_id, new.tags)
    await _store_offers(session, pack_id, new)
    await mark_published(session, pack_id, published_at=published_at)


async def mark_published(session: AsyncSession, pack_id: uuid.UUID, *, published_at: datetime | None = None) -> None:
    """Publish a pack: compute its totals and ranges, copy time, genre and popularity to its sounds, index it for search.

    Raises:
        NotFoundError: there is no such pack, or it has no sounds.
    """
    moment = published_at or utc_now()
    row = (await session.execute(_PUBLISH, {"pack": pack_id, "published_at": moment})).one_or_none()
    if row is None:
        raise NotFoundError("This pack does not exist, or has no sounds.")
    await session.execute(
        update(audio_files)
        .where(audio_files.c.pack_id == pack_id, audio_files.c.retired_at.is_(None))
        .values(published_at=moment, genre_slug=row.genre_slug, popularity=row.popularity)
    )
    await session.execute(select(text("pack_index(:pack)")), {"pack": pack_id})


async def mark_unpublished(
    session: AsyncSession, pack_id: uuid.UUID, *, status: PackStatus = PackStatus.UNPUBLISHED
) -> None:
    """Remove a pack and its sounds from sale with the given status. Its buyers keep it."""
    await session.execute(update(packs).where(packs.c.id == pack_id).values(status=status.value))
    await session.execute(update(audio_files).where(audio_files.c.pack_id == pack_id).values(published_at=None))


def slugify(title: str) -> str:
    """Return the URL slug of a title: ``Café Nuit #2`` becomes ``cafe-nuit-2``; a random one if no letter or digit is left."""
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:60].strip("-") or f"x-{new_id().hex[-8:]}"


def tag_slug(name: str) -> str:
    """Return the slug of a tag, at most 40 characters: a ligature of the name may be several letters of the slug."""
    return slugify(name)[:40].rstrip("-")


def round_bpm(bpm: float | None) -> Decimal | None:
    """Round a tempo to two decimals, as stored."""
    return None if bpm is None else Decimal(str(round(bpm, 2)))


async def _check(session: AsyncSession, new: NewPack) -> None:
    """Validate genre and price, and insert the genre and licence texts that the pack references."""
    if new.genre_slug not in GENRES:
        raise InvalidInputError("This genre is unknown.", field="genre")
    if not 0 <= new.price_tokens <= policy.MAX_PRICE_TOKENS:
        raise InvalidInputError(f"A price is 0 to {policy.MAX_PRICE_TOKENS:,} tokens.", field="price_tokens")
    await licences.ensure_licence_texts(session)
    await session.execute(
        upsert(genres).values(slug=new.genre_slug, name=GENRES[new.genre_slug]).on_conflict_do_nothing()
    )


def _pack_values(new: NewPack) -> dict[str, Any]:
    return {
        "slug": checked_slug(new.slug, max_length=90),
        "title": clean_line(new.title, label="The title", field="title", max_length=80),
        "summary": clean_line(new.summary, label="The summary", field="summary", max_length=200, min_length=0),
        "description": paragraphs(new.description, label="The description", field="description", max_length=4000),
        "genre_slug": new.genre_slug,
        "price_tokens": new.price_tokens,
        "cover_key": new.cover_key,
        "cover_hue": new.cover_hue,
        "preview_key": new.preview_key,
        "preview_peaks": new.preview_peaks,
        "preview_seconds": new.preview_seconds,
        "file_count": len(new.files),
        "size_bytes": sum(file.size_bytes for file in new.files),
        "duration_seconds": sum(file.duration_seconds for file in new.files),
        "popularity": 0,
    }


def _file_values(pack_id: uuid.UUID, genre_slug: str, position: int, new: NewFile) -> dict[str, Any]:
    return {
        "id": new.id or new_id(),
        "pack_id": pack_id,
        "position": position,
        "title": clean_line(new.title, label="A sound's title", field="title", max_length=100),
        "kind": new.kind.value,
        "bpm": new.bpm,
        "key": new.key,
        "note": new.note,
        "note_cents": new.note_cents,
        "tempo_map": new.tempo_map,
        "price_tokens": new.price_tokens,
        "duration_seconds": new.duration_seconds,
        "format": new.format,
        "bit_depth": new.bit_depth,
        "sample_rate_hz": new.sample_rate_hz,
        "channels": new.channels,
        "size_bytes": new.size_bytes,
        "sha256": new.sha256,
        "crc32": new.crc32,
        "master_key": new.master_key,
        "preview_key": new.preview_key,
        "peaks": new.peaks,
        "loudness_lufs": new.loudness_lufs,
        "peak_dbfs": new.peak_dbfs,
        "quality": new.quality,
        "certainty": new.certainty.value,
        "download_name": new.download_name,
        "genre_slug": genre_slug,
        "popularity": 0,
    }


async def _store_tags(session: AsyncSession, pack_id: uuid.UUID, names: tuple[str, ...]) -> None:
    by_slug = {tag_slug(name): clean_line(name, label="A tag", field="tags", max_length=40) for name in names}
    for slug, name in sorted(by_slug.items()):
        await session.execute(upsert(tags).values(slug=slug, name=name).on_conflict_do_nothing())
        await session.execute(insert(pack_tags).values(pack_id=pack_id, tag_slug=slug))


async def _store_offers(session: AsyncSession, pack_id: uuid.UUID, new: NewPack) -> None:
    for kind, price in {**new.offers, LicenceKind.STANDARD: new.price_tokens}.items():
        await session.execute(
            insert(licence_offers).values(
                pack_id=pack_id,
                kind=kind.value,
                price_tokens=price,
                text_sha256=licences.licence_text(kind).sha256,
            )
        )


def checked_slug(slug: str, *, max_length: int) -> str:
    """Validate a slug.

    Raises:
        InvalidInputError: it is malformed or too long.
    """
    if len(slug) > max_length or not _SLUG.fullmatch(slug):
        sentence = "An address has lower-case letters, digits and single hyphens."
        raise InvalidInputError(sentence, field="slug")
    return slug
