"""Retrieves passages of the viewer's documents for a question."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.errors import NotFoundError
from askchopper.models.knowledge import document_passages, documents
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.knowledge import Passage
from askchopper.schemas.text import searchable
from askchopper.services.knowledge.documents import as_ids
from askchopper.services.knowledge.ranking import PassageRanker, by_likeness, by_words

MAX_LIMIT = 20
MAX_QUESTION = 1_000
# Each ranker with its weight. Exact words are more reliable than trigrams.
RANKERS: tuple[tuple[PassageRanker, float], ...] = ((by_words, 1.0), (by_likeness, 0.3))
_CANDIDATES = 50
_FLATNESS = 20  # constant k of reciprocal rank fusion: the higher, the less the first ranks stand out
NO_PASSAGE = "There is no such passage."


async def find_passages(
    session: AsyncSession,
    viewer: Viewer,
    *,
    question: str,
    document_ids: Sequence[str] | None = None,
    limit: int = 8,
    rankers: Sequence[tuple[PassageRanker, float]] = RANKERS,
) -> tuple[Passage, ...]:
    """Return the passages most likely to answer a question, best first.

    Args:
        session: the caller's session.
        viewer: only their documents are searched.
        question: question as asked.
        document_ids: restricts the search; ids of other members are ignored. None searches all.
        limit: maximum number of passages.
        rankers: rankers with their weights; their rankings are fused by reciprocal rank.

    Source of the fusion: G. Cormack, C. Clarke and S. Buettcher, "Reciprocal rank fusion outperforms Condorcet and
    individual rank learning methods", 2009; the weights are an addition.
    """
    plain = searchable(question, max_length=MAX_QUESTION)
    known_ids = None if document_ids is None else as_ids(document_ids)
    scores: dict[uuid.UUID, float] = defaultdict(float)
    for rank_passages, weight in rankers:
        found = await rank_passages(session, viewer, question=plain, document_ids=known_ids, limit=_CANDIDATES)
        for rank, passage_id in enumerate(found, 1):
            scores[passage_id] += weight / (_FLATNESS + rank)
    best = sorted(scores, key=lambda each: (-scores[each], each))[: max(1, min(limit, MAX_LIMIT))]
    rows = await session.execute(_mine(viewer).where(document_passages.c.id.in_(best)))
    by_id = {row.id: row for row in rows}
    return tuple(_passage(by_id[each], scores[each]) for each in best if each in by_id)


async def get_passage(session: AsyncSession, viewer: Viewer, *, passage_id: str) -> Passage:
    """Return one passage of the viewer's documents.

    Raises:
        NotFoundError: the viewer has no such passage.
    """
    row = (await session.execute(_mine(viewer).where(document_passages.c.id.in_(as_ids((passage_id,)))))).one_or_none()
    if row is None:
        raise NotFoundError(NO_PASSAGE)
    return _passage(row, 0.0)


def _mine(viewer: Viewer) -> Any:
    columns = (
        document_passages.c.id, document_passages.c.document_id, documents.c.title, document_passages.c.page,
        document_passages.c.position, document_passages.c.text,
    )  # fmt: skip
    joined = document_passages.join(documents, documents.c.id == document_passages.c.document_id)
    return select(*columns).select_from(joined).where(documents.c.user_id == viewer.user_id)


def _passage(row: Any, score: float) -> Passage:
    return Passage(
        id=str(row.id), document_id=str(row.document_id), document_title=row.title, page=row.page, position=row.position,
        text=row.text, score=score,
    )  # fmt: skip
