"""Rankers of passages. Each searches only the viewer's ingested documents."""

import re
import uuid
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import ARRAY, String, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.services.knowledge.synonyms import SYNONYMS

MAX_WORDS = 24
# Ranking this many passages takes a second or two; no question may hold the database longer.
MAX_RANKED, MAX_COMPARED = 50_000, 5_000
_WORD = re.compile(r"[^\W_]+(?:['\u2019&.-][^\W_]+)*")
_NAME = re.compile(r"(?<=[\w,] )[^\W\d_]*[A-Z][^\W_]*")
_NAME_TRUST = 1.5
# Words of questions without content; the database drops articles, pronouns and the like itself.
_ASKING = frozenset(
    "please tell give explain find say says said many much need needs get gets let us use does anything something"  # noqa: SIM905
    " according document documents file pdf want know happen happens could would may might shall must".split()
)


class PassageRanker(Protocol):
    """Interface of a ranker: by words, by trigrams, or later by sentence embeddings."""

    async def __call__(
        self,
        session: AsyncSession,
        viewer: Viewer,
        *,
        question: str,
        document_ids: Sequence[uuid.UUID] | None,
        limit: int,
    ) -> Sequence[uuid.UUID]:
        """Return the ids of the best passages, best first; ``document_ids`` restricts the search."""
        ...


async def by_words(
    session: AsyncSession, viewer: Viewer, *, question: str, document_ids: Sequence[uuid.UUID] | None, limit: int
) -> Sequence[uuid.UUID]:
    """Rank by shared stems and synonyms; rare words weigh more, repetitions less.

    Source of the weights: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009,
    section 3, over cover density instead of frequencies.
    """
    groups = [_group(word, question) for word in words_of(question)]
    if not groups:
        return ()
    values = {"user": viewer.user_id, "ids": document_ids, "groups": groups, "limit": limit, "compared": MAX_RANKED}
    return (await session.execute(_BY_WORDS, values)).scalars().all()


async def by_likeness(
    session: AsyncSession, viewer: Viewer, *, question: str, document_ids: Sequence[uuid.UUID] | None, limit: int
) -> Sequence[uuid.UUID]:
    """Rank by trigram similarity of words of at least four letters without an exact match, which tolerates typos.

    Words with exact matches are ranked by ``by_words`` only; similar words would add noise.
    """
    words = [word for word in words_of(question) if len(word) >= 4]
    if not words:
        return ()
    values = {"user": viewer.user_id, "ids": document_ids, "words": words, "limit": limit, "compared": MAX_COMPARED}
    return (await session.execute(_BY_LIKENESS, values)).scalars().all()


def words_of(question: str) -> list[str]:
    """Return the first ``MAX_WORDS`` significant words of a question, in lower case without duplicates."""
    found = dict.fromkeys(_WORD.findall(question.casefold()))
    return [word for word in found if word not in _ASKING][:MAX_WORDS]


def _group(word: str, question: str) -> dict[str, object]:
    """Return a word with its synonyms and weight. Names and numbers weigh more, since they are meant literally."""
    is_name = word.isdigit() or any(found.casefold() == word for found in _NAME.findall(question))
    return {"trust": _NAME_TRUST if is_name else 1.0, "alternatives": [word, *SYNONYMS.get(word, ())]}


_BY_WORDS = text("""
    WITH own AS MATERIALIZED (
        SELECT id FROM documents WHERE user_id = :user AND state = 'ready' AND (:ids IS NULL OR id = ANY(:ids))
    ), asked AS (
        SELECT n, (group_ ->> 'trust')::float8 * CASE WHEN place = 1 THEN 1.0 ELSE 0.6 END AS trust,
            phraseto_tsquery('english', fold(word)) AS query
        FROM jsonb_array_elements(:groups) WITH ORDINALITY AS listed (group_, n),
            jsonb_array_elements_text(group_ -> 'alternatives') WITH ORDINALITY AS each (word, place)
    ), words AS MATERIALIZED (
        SELECT n, query, max(trust) AS trust FROM asked WHERE numnode(query) > 0 GROUP BY n, query
    ), passages AS MATERIALIZED (
        SELECT p.id, p.document_id, p.position, p.search
        FROM document_passages p JOIN own ON own.id = p.document_id LIMIT :compared
    ), hits AS MATERIALIZED (
        SELECT p.id, p.document_id, p.position, w.n, w.query, w.trust,
            ts_rank_cd('{0.1, 0.4, 0.3, 1.0}', p.search, w.query, 1) AS strength
        FROM passages p JOIN words w ON p.search @@ w.query
    ), rarity AS (
        SELECT n, query, ln(1 + (total - count(*) + 0.5) / (count(*) + 0.5)) AS weight
        FROM hits, (SELECT count(*) AS total FROM passages) AS counted GROUP BY n, query, total
    ), scores AS MATERIALIZED (
        SELECT id, document_id, position, n, max(trust * weight * strength / (strength + 0.1)) AS score
        FROM hits JOIN rarity USING (n, query) GROUP BY id, document_id, position, n
    ), around AS (
        SELECT document_id, sum(score) AS score
        FROM (SELECT document_id, n, max(score) AS score FROM scores GROUP BY document_id, n) AS best GROUP BY document_id
    )
    SELECT id FROM scores JOIN around USING (document_id)
    GROUP BY id, document_id, position, around.score
    ORDER BY sum(scores.score) + 0.3 * around.score DESC, document_id, position LIMIT :limit
""").bindparams(
    bindparam("user", type_=Uuid), bindparam("ids", type_=ARRAY(Uuid)), bindparam("groups", type_=JSONB)
)  # fmt: skip
_BY_LIKENESS = text("""
    WITH own AS MATERIALIZED (
        SELECT id FROM documents WHERE user_id = :user AND state = 'ready' AND (:ids IS NULL OR id = ANY(:ids))
    ), passages AS MATERIALIZED (
        SELECT p.id, p.document_id, p.position, p.search
        FROM document_passages p JOIN own ON own.id = p.document_id LIMIT :compared
    ), unknown AS (
        SELECT word, query FROM (SELECT word, phraseto_tsquery('english', fold(word)) AS query FROM unnest(:words) AS word) AS asked
        WHERE numnode(query) = 1 AND NOT EXISTS (SELECT 1 FROM passages p WHERE p.search @@ query)
    ), known AS MATERIALIZED (
        SELECT DISTINCT unnest(tsvector_to_array(search)) AS stem FROM passages WHERE EXISTS (SELECT 1 FROM unknown)
    ), near AS MATERIALIZED (
        SELECT stem, word_similarity(fold(word), stem) + similarity(fold(word), stem) AS closeness FROM unknown JOIN known
            ON length(stem) >= 4 AND similarity(fold(word), stem) >= 0.4
    )
    SELECT id FROM passages JOIN near ON search @@ quote_literal(stem)::tsquery
    GROUP BY id, document_id, position ORDER BY sum(closeness) DESC, document_id, position LIMIT :limit
""").bindparams(
    bindparam("user", type_=Uuid), bindparam("ids", type_=ARRAY(Uuid)), bindparam("words", type_=ARRAY(String))
)  # fmt: skip
