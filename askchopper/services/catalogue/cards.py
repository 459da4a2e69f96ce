"""Columns of pack and sound lists, and their conversion to cards. One query also returns ownership and the viewer's likes."""

import uuid
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    FromClause,
    Select,
    String,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    select,
)

from askchopper import policy
from askchopper.media.previews.peaks import reduce_peaks
from askchopper.models.catalogue import audio_files, creators, genres, pack_tags, packs, tags
from askchopper.models.likes import likes
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import CreatorRef, FileRow, PackCard, PackRef
from askchopper.vocabulary import FileKind

IS_PUBLISHED = packs.c.status == "published"

PACKS: FromClause = packs.join(creators, creators.c.id == packs.c.creator_id).join(
    genres, genres.c.slug == packs.c.genre_slug
)
FILES: FromClause = audio_files.join(packs, packs.c.id == audio_files.c.pack_id).join(
    creators, creators.c.id == packs.c.creator_id
)


def _tags_of_pack(column: ColumnElement[str]) -> ColumnElement[Any]:
    """Return a column of the pack's tags as an array, in the order of their names."""
    found = (
        select(column)
        .select_from(pack_tags.join(tags, tags.c.slug == pack_tags.c.tag_slug))
        .where(pack_tags.c.pack_id == packs.c.id)
        .order_by(tags.c.name)
        .correlate(packs)
    )
    return func.array(found.scalar_subquery(), type_=ARRAY(Text))


TAG_SLUGS = _tags_of_pack(tags.c.slug)
_TAG_NAMES = _tags_of_pack(tags.c.name)


@lru_cache(maxsize=256)
def select_packs(viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
    """Select pack cards as seen by this viewer. Cached: building thirty columns takes as long as fetching them."""
    return select(
        *(packs.c[name] for name in _PACK_NAMES),
        creators.c.slug.label("creator_slug"),
        creators.c.display_name.label("creator_name"),
        genres.c.name.label("genre"),
        _TAG_NAMES.label("tags"),
        owns_pack(viewer).label("owned"),
        _is_liked(viewer, likes.c.pack_id == packs.c.id, likes.c.file_id.is_(None)).label("liked"),
    ).select_from(PACKS)


@lru_cache(maxsize=256)
def select_files(viewer: Viewer | None) -> Select[*tuple[Any, ...]]:
    """Select sound rows as seen by this viewer. Cached like ``select_packs``."""
    return select(
        *(audio_files.c[name] for name in _FILE_NAMES),
        packs.c.slug.label("pack_slug"),
        packs.c.title.label("pack_title"),
        packs.c.cover_key,
        creators.c.slug.label("creator_slug"),
        creators.c.display_name.label("creator_name"),
        owns_file(viewer).label("owned"),
        _is_liked(viewer, likes.c.file_id == audio_files.c.id).label("liked"),
    ).select_from(FILES)


def owns_file(viewer: Viewer | None) -> ColumnElement[bool]:
    """Return the SQL condition that the viewer owns the file of the row."""
    return is_owned_by(viewer.user_id, audio_files) if viewer else false()


def owns_pack(viewer: Viewer | None) -> ColumnElement[bool]:
    """Return the SQL condition that the viewer owns every file of the row's pack that is still sold with it."""
    if viewer is None:
        return false()
    inner = audio_files.alias("pack_files")
    has_missing = exists().where(
        inner.c.pack_id == packs.c.id, inner.c.retired_at.is_(None), ~is_owned_by(viewer.user_id, inner)
    )
    return and_(packs.c.file_count > 0, ~has_missing)


def has_any_key(keys: list[str]) -> ColumnElement[bool]:
    """Return the SQL condition that the row's pack has one of the keys."""
    return packs.c["keys"].op("&&", return_type=Boolean())(cast(keys, ARRAY(String)))


def has_kind(kind: FileKind) -> ColumnElement[bool]:
    """Return the SQL condition that the row's pack has a sound of the kind."""
    return packs.c.kinds.op("@>", return_type=Boolean())(cast([kind.value], ARRAY(String)))


def pack_card(row: Any) -> PackCard:
    """Build a card from a row of ``select_packs``."""
    return PackCard(
        id=str(row.id),
        slug=row.slug,
        title=row.title,
        summary=row.summary,
        creator=CreatorRef(slug=row.creator_slug, name=row.creator_name),
        genre=row.genre,
        genre_slug=row.genre_slug,
        tags=tuple(row.tags or ()),
        price_tokens=row.price_tokens,
        file_count=row.file_count,
        size_bytes=row.size_bytes,
        duration_seconds=row.duration_seconds,
        bpm_min=_number(row.bpm_min),
        bpm_max=_number(row.bpm_max),
        keys=tuple(row.keys),
        cover_key=row.cover_key,
        cover_hue=row.cover_hue,
        preview_seconds=row.preview_seconds,
        preview_peaks=_bars(row.preview_peaks),
        published_at=row.published_at,
        owned=row.owned,
        rating_average=rating_average(row.rating_count, row.rating_sum),
        rating_count=row.rating_count,
        like_count=row.like_count,
        liked=row.liked,
    )


def file_row(row: Any) -> FileRow:
    """Build a sound row from a row of ``select_files``."""
    return FileRow(
        id=str(row.id),
        title=row.title,
        pack=PackRef(slug=row.pack_slug, title=row.pack_title),
        creator=CreatorRef(slug=row.creator_slug, name=row.creator_name),
        cover_key=row.cover_key,
        kind=FileKind(row.kind),
        bpm=_number(row.bpm),
        key=row.key,
        duration_seconds=row.duration_seconds,
        price_tokens=row.price_tokens,
        peaks=_bars(row.peaks),
        loudness_lufs=row.loudness_lufs,
        peak_dbfs=row.peak_dbfs,
        format=row.format,
        size_bytes=row.size_bytes,
        owned=row.owned,
        like_count=row.like_count,
        liked=row.liked,
        note=row.note,
        tempo_map=tuple((start, bpm) for start, bpm in row.tempo_map),
    )


def is_wanted(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the SQL condition that a column is in the array parameter ``wanted``, which keeps the SQL text constant for caching."""
    return column == func.any(bindparam("wanted", type_=ARRAY(column.type)))


def is_owned_by(user_id: uuid.UUID, files: FromClause) -> ColumnElement[bool]:
    """Return the SQL condition that a user owns the file of the row by a purchase that was not refunded."""
    columns = (column("pack_id", Uuid), column("file_ids", ARRAY(Uuid)))
    held = func.active_purchases(user_id).table_valued(*columns).alias("held")
    return exists().where(held.c.pack_id == files.c.pack_id, files.c.id == any_(held.c.file_ids))


def rating_average(count: int, total: int) -> float | None:
    """Return the mean of ``count`` votes with ``total`` stars, to one decimal; None with too few votes."""
    return round(total / count, 1) if count >= policy.MIN_VOTES else None


def _is_liked(viewer: Viewer | None, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the SQL condition that the viewer likes the row's pack or file."""
    return exists().where(likes.c.user_id == viewer.user_id, *conditions) if viewer else false()


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _bars(outline: bytes) -> tuple[int, ...]:
    return tuple(reduce_peaks(outline)) if outline else ()


_PACK_NAMES = (
    "id", "slug", "title", "summary", "genre_slug", "price_tokens", "file_count", "size_bytes",
    "duration_seconds", "bpm_min", "bpm_max", "keys", "cover_key", "cover_hue", "preview_seconds",
    "preview_peaks", "published_at", "popularity", "rating_count", "rating_sum", "like_count",
)  # fmt: skip
_FILE_NAMES = (
    "id", "title", "kind", "bpm", "tempo_map", "key", "note", "duration_seconds", "price_tokens", "peaks",
    "loudness_lufs", "peak_dbfs", "format", "size_bytes", "published_at", "popularity", "like_count", "position",
)  # fmt: skip
