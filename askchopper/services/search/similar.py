"""Similarity search by a sound, a pack, or an uploaded sound."""

import math
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, REAL, Boolean, ColumnElement, FromClause, and_, cast, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database_statements import prepared
from askchopper.errors import NotFoundError
from askchopper.models.catalogue import audio_files, packs
from askchopper.models.search import file_vectors, pack_vectors, query_sounds
from askchopper.musical_key import MusicalKey
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import PackCard
from askchopper.schemas.identifiers import printable_slug, require_id
from askchopper.schemas.search import PackHit
from askchopper.schemas.search_filters import PACK_PREFIX, Filters
from askchopper.services.catalogue import cards
from askchopper.services.search import filters as filtering
from askchopper.services.search import text_query as wording
from askchopper.services.search import vector_index
from askchopper.services.taste import preferences, ranking

MAX_HITS = 100
# Sounds with a lower score hardly resemble each other.
LOWEST_SCORE = 0.2
SAME_TEMPO = 0.12  # relative difference up to which two tempos count as the same
EF_SEARCH = 120
_UNKNOWN = "The sound to compare with does not exist, or is not on sale any more."


@dataclass(frozen=True)
class Target:
    """The reference of a similarity search.

    Args:
        id: id of the sound, pack or uploaded sound.
        label: its title.
        vector: unit vector in the serving space; None if it is not indexed yet.
        pack_id: id of the pack, or of the sound's pack; None for an uploaded sound.
        sha256: hash of the sound, to exclude its duplicates; empty for packs and uploaded sounds.
        bpm: tempo; None if unknown, or for a pack with several.
        key: musical key; None if unknown, or for a pack with several.
        note: MIDI number of a sound's root note; None if unknown.
    """

    id: uuid.UUID
    label: str
    vector: tuple[float, ...] | None
    pack_id: uuid.UUID | None = None
    sha256: str = ""
    bpm: float | None = None
    key: MusicalKey | None = None
    note: int | None = None


async def target(session: AsyncSession, viewer: Viewer | None, target_id: str) -> Target:
    """Return the reference of a similarity search: a sound, pack or uploaded sound by its id, or a pack by prefix and slug.

    Raises:
        NotFoundError: it does not exist or the viewer may not see it; drafts are never a reference.
    """
    if target_id.startswith(PACK_PREFIX):
        return await pack_target(session, slug=target_id.removeprefix(PACK_PREFIX))
    known_id = require_id(target_id, _UNKNOWN)
    space = await vector_index.serving(session)
    slot = space.slot if space else 0
    return (
        await _sound(session, viewer, known_id, slot)
        or await _pack(session, known_id, slot)
        or await _query_sound(session, viewer, known_id, space)
    )


async def pack_target(session: AsyncSession, *, slug: str) -> Target:
    """Return a pack as the reference.

    Raises:
        NotFoundError: it is not published.
    """
    known = (
        await session.execute(select(packs.c.id).where(packs.c.slug == printable_slug(slug), cards.IS_PUBLISHED))
    ).scalar_one_or_none()
    if known is None:
        raise NotFoundError("This pack does not exist, or is not on sale any more.")
    return await target(session, None, str(known))


async def similar_files(
    session: AsyncSession,
    viewer: Viewer | None,
    like: Target,
    *,
    filters: Filters,
    limit: int = 24,
    skip: int = 0,
    lowest: float | None = None,
) -> list[tuple[Any, float]]:
    """List sounds near a target that match all filters, nearest first, each with a score from 0 to 1.

    The target and its duplicates are excluded, and with ``filters.is_other_pack`` its whole pack. Scores below ``lowest`` are
    left out; by default, below ``LOWEST_SCORE`` unless there is a filter for tempo or key. Empty if the target has no vector.
    """
    space = await vector_index.serving(session)
    if space is None or like.vector is None:
        return []
    words = await wording.prepare(session, filters)
    conditions = [*filtering.file_conditions(filters, words, viewer), audio_files.c.id != like.id]
    if like.sha256:
        conditions.append(audio_files.c.sha256 != like.sha256)
    if like.pack_id and filters.is_other_pack:
        conditions.append(audio_files.c.pack_id != like.pack_id)
    place = _VectorTable(file_vectors, "file_id", audio_files, space.slot)
    # With a filter for tempo or key, all matches are listed; similarity only determines their order.
    if lowest is None:
        lowest = 0.0 if filters.has_tempo or filters.key else LOWEST_SCORE
    near = await _near(session, place, like.vector, conditions, limit=limit, skip=skip, lowest=lowest)
    rows = await session.execute(
        prepared(cards.select_files(viewer).where(cards.is_wanted(audio_files.c.id))), {"wanted": list(near)}
    )
    by_id = {row.id: cards.file_row(row) for row in rows}
    return [(by_id[one], score) for one, score in near.items() if one in by_id]


async def similar_packs(
    session: AsyncSession, viewer: Viewer | None, like: Target, *, limit: int = 6, skip_owned: bool = False
) -> tuple[PackHit, ...]:
    """List packs near a target, nearest first; taste breaks ties.

    Excludes the target's own pack and scores below ``LOWEST_SCORE``. Empty if the target has no vector.
    """
    space = await vector_index.serving(session)
    if space is None or like.vector is None:
        return ()
    conditions: list[ColumnElement[bool]] = [cards.IS_PUBLISHED]
    if like.pack_id:
        conditions.append(packs.c.id != like.pack_id)
    if skip_owned and viewer:
        conditions.append(~cards.owns_pack(viewer))
    place = _VectorTable(pack_vectors, "pack_id", packs, space.slot)
    near = await _near(session, place, like.vector, conditions, limit=limit)
    rows = await session.execute(
        prepared(cards.select_packs(viewer).where(cards.is_wanted(packs.c.id))), {"wanted": list(near)}
    )
    by_id: dict[uuid.UUID, PackCard] = {row.id: cards.pack_card(row) for row in rows}
    found = [(by_id[one], score) for one, score in near.items() if one in by_id]
    if liked := await preferences.load(session, viewer):
        found = ranking.break_ties(found, lambda card: ranking.liking_of_pack(liked, card))
    return tuple(PackHit(card, score) for card, score in found)


def share_tempo(one: PackCard, other: PackCard) -> bool:
    """Return whether two packs have similar tempi, also at half or double tempo. A pack without a tempo matches all."""
    if not (one.bpm_min and one.bpm_max and other.bpm_min and other.bpm_max):
        return True
    octaves = math.log2((one.bpm_min + one.bpm_max) / (other.bpm_min + other.bpm_max))
    return abs(octaves - round(octaves)) <= math.log2(1 + SAME_TEMPO)


@dataclass(frozen=True)
class _VectorTable:
    """A vector table with its id column, the table of its items, and the slot being served."""

    vectors: Any
    id_name: str
    owners: Any
    slot: int

    @property
    def id_column(self) -> ColumnElement[Any]:
        return self.vectors.c[self.id_name]

    @property
    def tables(self) -> FromClause:
        return self.vectors.join(self.owners, self.owners.c.id == self.id_column)

    @property
    def is_serving(self) -> ColumnElement[bool]:
        # A literal instead of a parameter, since there is one partial index per slot.
        return literal_column(f"{self.vectors.name}.slot = {self.slot:d}", Boolean)


async def _near(
    session: AsyncSession,
    place: _VectorTable,
    vector: tuple[float, ...],
    conditions: list[ColumnElement[bool]],
    *,
    limit: int,
    skip: int = 0,
    lowest: float = LOWEST_SCORE,
) -> dict[uuid.UUID, float]:
    """Return up to ``limit`` ids nearest to a vector with their scores, nearest first, after the first ``skip``."""
    count = max(1, min(limit, MAX_HITS + 1))
    find = _by_index if await has_pgvector(session) else _exactly
    found = await find(session, place, vector, conditions, skip + count)
    return {one: score for one, score in found[skip:] if score >= lowest}


async def _by_index(
    session: AsyncSession,
    place: _VectorTable,
    vector: tuple[float, ...],
    conditions: list[ColumnElement[bool]],
    count: int,
) -> list[tuple[uuid.UUID, float]]:
    """Scan the HNSW index by increasing distance until ``count`` rows match the conditions.

    Source: Y. Malkov, D. Yashunin, "Efficient and robust approximate nearest neighbor search using HNSW graphs", 2016.
    """
    await session.execute(_SET_SEARCH, {"ef": str(max(EF_SEARCH, count))})
    column: ColumnElement[Any] = literal_column(f"({place.vectors.name}.vector::halfvec(64))")
    distance = column.op("<=>")(cast(list(vector), ARRAY(REAL)).op("::")(literal_column("halfvec(64)")))
    rows = await session.execute(
        select(place.id_column.label("id"), distance.label("distance"))
        .select_from(place.tables)
        .where(place.is_serving, *conditions)
        .order_by(distance)
        .limit(count)
    )
    return [(row.id, _score(1.0 - row.distance)) for row in rows]


async def _exactly(
    session: AsyncSession,
    place: _VectorTable,
    vector: tuple[float, ...],
    conditions: list[ColumnElement[bool]],
    count: int,
) -> list[tuple[uuid.UUID, float]]:
    """Compare with every row that matches the conditions, in blocks; for databases without pgvector."""
    import numpy as np  # noqa: PLC0415 - serving pages does not need it

    wanted = np.array(vector, dtype=np.float32)
    best: list[tuple[uuid.UUID, float]] = []
    stream = await session.stream(
        select(place.id_column.label("id"), place.vectors.c.vector)
        .select_from(place.tables)
        .where(place.is_serving, *conditions)
    )
    async for block in stream.partitions(_BLOCK):
        scores = np.array([row.vector for row in block], dtype=np.float32) @ wanted
        best += [(row.id, _score(float(score))) for row, score in zip(block, scores, strict=True)]
        best = sorted(best, key=lambda pair: -pair[1])[:count]
    return best


_BLOCK = 5_000
_has_pgvector: dict[str, bool] = {}


async def has_pgvector(session: AsyncSession) -> bool:
    """Return whether the database has the pgvector extension; cached per database URL."""
    name = str(session.get_bind().url)  # type: ignore[union-attr]
    if name not in _has_pgvector:
        found = await session.execute(text("SELECT count(*) FROM pg_extension WHERE extname = 'vector'"))
        _has_pgvector[name] = bool(found.scalar_one())
    return _has_pgvector[name]


def _score(cosine: float) -> float:
    return round(max(0.0, min(1.0, float(cosine))), 4)


async def _sound(session: AsyncSession, viewer: Viewer | None, known_id: uuid.UUID, slot: int) -> Target | None:
    is_visible = audio_files.c.published_at.is_not(None)
    if viewer:
        is_visible = or_(is_visible, cards.owns_file(viewer))
    row = (
        await session.execute(
            select(
                audio_files.c.id, audio_files.c.title, audio_files.c.pack_id, audio_files.c.sha256, audio_files.c.bpm,
                audio_files.c.key, audio_files.c.note, file_vectors.c.vector,
            )
            .select_from(
                audio_files.outerjoin(
                    file_vectors, and_(file_vectors.c.file_id == audio_files.c.id, file_vectors.c.slot == slot)
                )
            )
            .where(audio_files.c.id == known_id, is_visible)
        )
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    bpm = None if row.bpm is None else float(row.bpm)
    key = MusicalKey.parse(row.key) if row.key else None
    return Target(row.id, row.title, _vector(row.vector), row.pack_id, row.sha256, bpm, key, row.note)


async def _pack(session: AsyncSession, known_id: uuid.UUID, slot: int) -> Target | None:
    row = (
        await session.execute(
            select(packs.c.id, packs.c.title, packs.c.bpm_min, packs.c.bpm_max, packs.c["keys"], pack_vectors.c.vector)
            .select_from(
                packs.outerjoin(pack_vectors, and_(pack_vectors.c.pack_id == packs.c.id, pack_vectors.c.slot == slot))
            )
            .where(packs.c.id == known_id, cards.IS_PUBLISHED)
        )
    ).one_or_none()
    if row is None:
        return None
    bpm = float(row.bpm_min) if row.bpm_min is not None and row.bpm_min == row.bpm_max else None
    key = MusicalKey.parse(row[4][0]) if len(row[4]) == 1 else None
    return Target(row.id, row.title, _vector(row.vector), pack_id=row.id, bpm=bpm, key=key)


async def _query_sound(
    session: AsyncSession, viewer: Viewer | None, known_id: uuid.UUID, space: vector_index.Space | None
) -> Target:
    """Return an uploaded sound as the reference; one uploaded by a member is visible only to them.

    Raises:
        NotFoundError: it does not exist, has expired, or is another member's.
    """
    mine = query_sounds.c.user_id.is_(None)
    if viewer:
        mine = or_(mine, query_sounds.c.user_id == viewer.user_id)
    row = (await session.execute(select(query_sounds).where(query_sounds.c.id == known_id, mine))).one_or_none()
    if row is None:
        raise NotFoundError(_UNKNOWN)
    vector = None
    if space and space.base_version == row.embedding_version:
        vector = tuple(float(number) for number in space.project([row.embedding])[0])  # type: ignore[arg-type]
    key = MusicalKey.parse(row.facts.get("key") or "")
    return Target(row.id, row.name, vector, bpm=row.facts.get("bpm"), key=key, note=row.facts.get("note"))


def _vector(stored: Any) -> tuple[float, ...] | None:
    return tuple(stored) if stored else None


_SET_SEARCH = text("""
    SELECT set_config('hnsw.ef_search', :ef, true), set_config('hnsw.iterative_scan', 'strict_order', true)
""")
