"""The administrators' overview: waiting items, quotas, rate limits, checks and search; and management of search synonyms."""

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy
from askchopper.errors import ConflictError, InvalidInputError
from askchopper.integrations.blob_store import free_space
from askchopper.models.search import search_synonyms
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.administration import SearchFacet, SiteOverview, SynonymLine
from askchopper.schemas.catalogue import Page
from askchopper.schemas.text import searchable
from askchopper.services import audit, checks, job_failures, limits
from askchopper.services.knowledge.web_search import budget
from askchopper.services.moderation import queue
from askchopper.services.search import text_query

PAGE_SIZE = 50
_USAGE = text("""
    SELECT coalesce(sum(input_tokens + output_tokens) FILTER (WHERE day = (now() AT TIME ZONE 'UTC')::date), 0) AS today,
        coalesce(sum(input_tokens + output_tokens), 0) AS month, coalesce(sum(cost_microdollars), 0) AS cost
    FROM chat_usage WHERE day >= date_trunc('month', now() AT TIME ZONE 'UTC')
""")
_STORED = text("""
    SELECT (SELECT coalesce(sum(size_bytes), 0) FROM audio_files) AS sounds, (SELECT coalesce(sum(size_bytes), 0) FROM documents) AS documents
""")
_FACETS = text("""
    SELECT dimension, value, searches FROM (
        SELECT dimension, value, sum(searches) AS searches, row_number() OVER (PARTITION BY dimension ORDER BY sum(searches) DESC, value) AS place
        FROM search_days WHERE day > (now() AT TIME ZONE 'UTC')::date - 30 GROUP BY dimension, value
        HAVING dimension NOT IN ('empty', 'corrected', 'slow') OR sum(searches) >= :least
    ) counted WHERE place <= 20 ORDER BY dimension, searches DESC, value
""")


async def overview(session: AsyncSession, viewer: Viewer | None) -> SiteOverview:
    """Return the administrators' overview.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    counts, depth, web = await queue.counts(session, viewer), await jobs.depth(session), await budget.state(session)
    used, stored = (await session.execute(_USAGE)).one(), (await session.execute(_STORED)).one()
    return SiteOverview(
        waiting=counts.total, overdue=counts.overdue, jobs_waiting=depth.waiting, jobs_running=depth.running, jobs_failed=depth.failed + await job_failures.count_open(session),
        web_used=web.used, web_quota=web.quota, web_is_on=web.is_configured, model_tokens_today=int(used.today),
        model_tokens_month=int(used.month), model_cost_dollars=float(used.cost) / 1e6, sound_bytes=int(stored.sounds),
        document_bytes=int(stored.documents), free_bytes=free_space.free_bytes(), refusals=await limits.refusals_today(session),
        checks=await checks.latest(session), damaged=await checks.damaged_files(session),
    )  # fmt: skip


async def searched(session: AsyncSession, viewer: Viewer | None) -> tuple[SearchFacet, ...]:
    """Return the 20 most frequent values of 30 days per dimension: filters, and terms without results, corrected or slow.

    Search terms appear only after several searches; who searched is not stored.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    return tuple(
        SearchFacet(row.dimension, row.value, int(row.searches))
        for row in await session.execute(_FACETS, {"least": policy.SEARCH_WORDS_SHOWN_FROM})
    )


async def synonyms(
    session: AsyncSession, viewer: Viewer | None, *, begins: str = "", after: str = ""
) -> Page[SynonymLine]:
    """List synonyms by word, optionally only words that begin with ``begins``; ``after`` is the previous page's cursor.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    audit.require_admin(viewer)
    statement = select(search_synonyms)
    if wanted := searchable(begins).lower():
        statement = statement.where(search_synonyms.c.word.startswith(wanted, autoescape=True))
    if after:
        word, _, means = after.partition("|")
        later = (search_synonyms.c.word == word) & (search_synonyms.c.means > means)
        statement = statement.where((search_synonyms.c.word > word) | later)
    rows = (
        await session.execute(statement.order_by(search_synonyms.c.word, search_synonyms.c.means).limit(PAGE_SIZE + 1))
    ).all()
    shown = rows[:PAGE_SIZE]
    cursor = f"{shown[-1].word}|{shown[-1].means}" if len(rows) > PAGE_SIZE else None
    return Page(tuple(SynonymLine(row.word, row.means) for row in shown), cursor)


async def add_synonym(session: AsyncSession, viewer: Viewer | None, *, word: str, means: str) -> None:
    """Make a search for one word also match another; effective within a minute.

    Raises:
        NotFoundError: the viewer is not an administrator.
        InvalidInputError: an entry is empty, too long or has too many words, or both are equal.
        ConflictError: it is known already.
    """
    admin = audit.require_admin(viewer)
    pair = {"word": _words(word, "word", most=1), "means": _words(means, "means", most=3)}
    if pair["word"] == pair["means"]:
        raise InvalidInputError("A word is not a synonym of itself.", field="means")
    known = select(search_synonyms).where(
        search_synonyms.c.word == pair["word"], search_synonyms.c.means == pair["means"]
    )
    if (await session.execute(known)).first() is not None:
        raise ConflictError("This synonym is known already.")
    await session.execute(insert(search_synonyms).values(pair))
    await audit.record(session, admin, action="search.synonym", target="synonym", target_id=pair["word"], after=pair)
    text_query.forget_synonyms()


async def delete_synonym(session: AsyncSession, viewer: Viewer | None, *, word: str, means: str) -> None:
    """Delete a synonym. Idempotent.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    admin = audit.require_admin(viewer)
    pair = {"word": word[: policy.MAX_SYNONYM_CHARACTERS], "means": means[: policy.MAX_SYNONYM_CHARACTERS]}
    gone = await session.execute(
        delete(search_synonyms)
        .where(search_synonyms.c.word == pair["word"], search_synonyms.c.means == pair["means"])
        .returning(search_synonyms.c.word)
    )
    if gone.first() is not None:
        await audit.record(
            session, admin, action="search.synonym", target="synonym", target_id=pair["word"], before=pair
        )
    text_query.forget_synonyms()


def _words(text_: str, field: str, *, most: int) -> str:
    words = searchable(text_).lower()
    if not words or words.count(" ") >= most or len(words) > policy.MAX_SYNONYM_CHARACTERS:
        what = "one word" if most == 1 else f"up to {most} words"
        raise InvalidInputError(f"Write {what} of up to {policy.MAX_SYNONYM_CHARACTERS} characters.", field=field)
    return words
