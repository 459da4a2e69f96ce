"""Packs whose sounds have given positions in the similarity space."""

import math
from uuid import UUID

from sqlalchemy import text

from askchopper.database import transaction
from askchopper.services.search import vector_index
from tests.support.factories import MadePack, make_pack, new_file

SIZE = vector_index.SIZE


def towards(degrees: float, *, axis: int = 1) -> list[float]:
    """Return a unit vector at an angle to the first axis, towards another one."""
    vector = [0.0] * SIZE
    vector[0], vector[axis] = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return vector


async def place(pack: MadePack, vectors: list[list[float]], *, version: int = 1) -> None:
    """Set the embeddings of a pack's sounds and index them."""
    async with transaction() as session:
        for file_id, vector in zip(pack.file_ids, vectors, strict=True):
            await session.execute(
                text(
                    "INSERT INTO analyses (sha256, version, status, score, findings, hints, outline, preview_key, opus_key,"
                    " cpu_seconds, embedding, embedding_version)"
                    " SELECT sha256, 1, 'accept', 100, '[]', '{}', '', '', '', 0, CAST(:vector AS real[]), :version"
                    " FROM audio_files WHERE id = :id"
                    " ON CONFLICT (sha256) DO UPDATE SET embedding = excluded.embedding,"
                    " embedding_version = excluded.embedding_version"
                ),
                {"id": UUID(file_id), "vector": vector, "version": version},
            )
        await vector_index.index_pack(session, pack.id)


async def placed_pack(*degrees: float, axis: int = 1, **changes: object) -> MadePack:
    """Create a published pack with one sound per angle."""
    files = changes.pop("files", None) or tuple(
        new_file(n, title=f"At {angle:g}") for n, angle in enumerate(degrees, 1)
    )
    pack = await make_pack(files=files, **changes)  # type: ignore[arg-type]
    await place(pack, [towards(angle, axis=axis) for angle in degrees])
    return pack
