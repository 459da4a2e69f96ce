"""Vector index for similarity search: spaces of sound and pack vectors.

One space serves queries. A new space, created by training or by an analyser with different embeddings, is filled in the
background and then replaces it.
"""

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, REAL, Integer, bindparam, delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only, transaction
from askchopper.models.catalogue import audio_files
from askchopper.models.search import file_vectors, pack_vectors, similarity_spaces
from askchopper.observability import log
from askchopper.vocabulary import SpaceState

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 64
KEPT_SECONDS = 5.0
_BATCH = 500


@dataclass(frozen=True)
class Space:
    """A vector space; ``matrix`` is the projection, SIZE x SIZE little-endian float32, or empty for unprojected embeddings."""

    id: int
    slot: int
    base_version: int
    matrix: bytes

    def project(self, rows: "NDArray[np.floating[Any]]") -> "NDArray[np.float32]":
        """Project embeddings of shape (n, SIZE) into the space, at unit length."""
        import numpy as np  # noqa: PLC0415 - serving pages does not need it

        found = np.asarray(rows, dtype=np.float32)
        if self.matrix:
            found = found @ np.frombuffer(self.matrix, dtype="<f4").reshape(SIZE, SIZE)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)


_kept: tuple[float, Space | None] = (-KEPT_SECONDS, None)


async def serving(session: AsyncSession) -> Space | None:
    """Return the serving space; None before the first sound is indexed. Cached in the process for ``KEPT_SECONDS``."""
    global _kept  # noqa: PLW0603 - a cache of the process
    read_at, space = _kept
    if space is None or time.monotonic() - read_at > KEPT_SECONDS:
        space = next(iter(await _spaces(session, SpaceState.SERVING)), None)
        _kept = (time.monotonic(), space)
    return space


async def index_pack(session: AsyncSession, pack_id: uuid.UUID) -> int:
    """Index a pack and its sounds in the serving and filling space; returns the number of sounds written.

    Creates the first space if there is none.
    """
    rows = (await session.execute(_OF_PACK, {"pack": pack_id})).all()
    if not rows:
        return 0
    await session.execute(delete(file_vectors).where(file_vectors.c.file_id.in_(_files_of(pack_id))))
    await session.execute(delete(pack_vectors).where(pack_vectors.c.pack_id == pack_id))
    used = await _spaces(session, SpaceState.SERVING, SpaceState.FILLING)
    if not used:
        used = [
            await create(session, base_version=max(row.embedding_version for row in rows), state=SpaceState.SERVING)
        ]
    return sum([await _write_vectors(session, space, rows) for space in used])


async def create(
    session: AsyncSession,
    *,
    base_version: int,
    matrix: bytes = b"",
    state: SpaceState = SpaceState.FILLING,
    precision: tuple[float, float] | None = None,
) -> Space:
    """Create a space in the free slot, replacing an incomplete one.

    If a serving space is requested but exists already, returns that one.
    """
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('similarity_spaces'))"))
    current = next(iter(await _spaces(session, SpaceState.SERVING)), None)
    if current is not None and state is SpaceState.SERVING:
        return current  # another process was first
    slot = 0 if current is None else 1 - current.slot
    given_up = update(similarity_spaces).where(similarity_spaces.c.state == SpaceState.FILLING)
    await session.execute(given_up.values(state=SpaceState.RETIRED))
    await _clear(session, slot)
    before, after = precision or (None, None)
    made = await session.execute(
        insert(similarity_spaces)
        .values(slot=slot, base_version=base_version, matrix=matrix, state=state, precision_before=before, precision_after=after)
        .returning(similarity_spaces.c.id)
    )  # fmt: skip
    return Space(made.scalar_one(), slot, base_version, matrix)


async def fill() -> int:
    """Index missing published sounds, in batches, and activate complete spaces. Returns the number of sounds written.

    Can be interrupted; the next run continues.
    """
    await _follow_analyser()
    async with read_only() as session:
        used = await _spaces(session, SpaceState.SERVING, SpaceState.FILLING)
    written = 0
    for space in used:
        while placed := await _fill_batch(space):
            written += placed
    for space in used:
        await _take_over(space)
    return written


async def _follow_analyser() -> None:
    """Create a space for a newer analyser's embeddings, once it has analysed most published sounds."""
    async with transaction() as session:
        newest = (await session.execute(_NEWEST_VERSION)).one_or_none()
        used = await _spaces(session, SpaceState.SERVING, SpaceState.FILLING)
        if newest is None or any(space.base_version >= newest.embedding_version for space in used):
            return
        state = SpaceState.FILLING if used else SpaceState.SERVING
        await create(session, base_version=newest.embedding_version, state=state)


async def _fill_batch(space: Space) -> int:
    async with transaction(timeout_seconds=60) as session:
        packs = (
            await session.execute(_UNPLACED, {"slot": space.slot, "version": space.base_version, "limit": _BATCH // 10})
        ).scalars()
        written = 0
        for pack_id in packs.all():
            rows = (await session.execute(_OF_PACK, {"pack": pack_id})).all()
            written += await _write_vectors(session, space, rows)
        return written


async def _take_over(space: Space) -> None:
    async with transaction(timeout_seconds=60) as session:
        state = await session.execute(select(similarity_spaces.c.state).where(similarity_spaces.c.id == space.id))
        if state.scalar_one() != SpaceState.FILLING:
            return
        retired = update(similarity_spaces).where(similarity_spaces.c.state == SpaceState.SERVING)
        await session.execute(retired.values(state=SpaceState.RETIRED))
        took = update(similarity_spaces).where(similarity_spaces.c.id == space.id)
        await session.execute(took.values(state=SpaceState.SERVING))
    async with transaction(timeout_seconds=600) as session:
        await _clear(session, 1 - space.slot)
    log.info("search.space_activated", space=space.id, slot=space.slot)


async def _clear(session: AsyncSession, slot: int) -> None:
    for table in (file_vectors, pack_vectors):
        await session.execute(delete(table).where(table.c.slot == slot))


async def _spaces(session: AsyncSession, *states: SpaceState) -> list[Space]:
    table = similarity_spaces.c
    rows = await session.execute(
        select(table.id, table.slot, table.base_version, table.matrix).where(table.state.in_(states)).order_by(table.id)
    )
    return [Space(row.id, row.slot, row.base_version, bytes(row.matrix)) for row in rows]


async def _write_vectors(session: AsyncSession, space: Space, rows: Any) -> int:
    """Write the vectors of a pack's sounds, and their mean as the pack's vector."""
    import numpy as np  # noqa: PLC0415 - serving pages does not need it

    fitting = [row for row in rows if row.embedding_version == space.base_version]
    if not fitting:
        return 0
    vectors = space.project(np.array([row.embedding for row in fitting]))
    values = {
        "slot": space.slot,
        "size": SIZE,
        "ids": [row.id for row in fitting],
        # Postgres has no ragged arrays, so all vectors are sent as one.
        "flat": [float(number) for number in vectors.ravel()],
    }
    await session.execute(_WRITE_FILES, values)
    centre = vectors.mean(axis=0)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    await session.execute(
        _WRITE_PACK, {"slot": space.slot, "pack": fitting[0].pack_id, "vector": [float(number) for number in centre]}
    )
    return len(fitting)


def _files_of(pack_id: uuid.UUID) -> Any:
    return select(audio_files.c.id).where(audio_files.c.pack_id == pack_id)


_OF_PACK = text("""
    SELECT f.id, f.pack_id, a.embedding, a.embedding_version
    FROM audio_files f JOIN analyses a ON a.sha256 = f.sha256
    WHERE f.pack_id = :pack AND f.retired_at IS NULL AND a.embedding IS NOT NULL
""")
_UNPLACED = text("""
    SELECT DISTINCT f.pack_id FROM audio_files f JOIN analyses a ON a.sha256 = f.sha256
    WHERE f.published_at IS NOT NULL AND a.embedding_version = :version AND a.embedding IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM file_vectors v WHERE v.file_id = f.id AND v.slot = :slot)
    LIMIT :limit
""")
_NEWEST_VERSION = text("""
    SELECT a.embedding_version FROM audio_files f JOIN analyses a ON a.sha256 = f.sha256
    WHERE f.published_at IS NOT NULL AND a.embedding IS NOT NULL
    GROUP BY a.embedding_version HAVING count(*) * 2 > (SELECT count(*) FROM audio_files WHERE published_at IS NOT NULL)
""")
_WRITE_FILES = text("""
    INSERT INTO file_vectors (file_id, slot, vector)
    SELECT id, :slot, (CAST(:flat AS real[]))[(n - 1) * :size + 1 \\: n * :size]
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given (id, n)
    ON CONFLICT (file_id, slot) DO UPDATE SET vector = excluded.vector
""").bindparams(bindparam("flat", type_=ARRAY(REAL)), bindparam("size", type_=Integer))
_WRITE_PACK = text("""
    INSERT INTO pack_vectors (pack_id, slot, vector) VALUES (:pack, :slot, :vector)
    ON CONFLICT (pack_id, slot) DO UPDATE SET vector = excluded.vector
""").bindparams(bindparam("vector", type_=ARRAY(REAL)))
