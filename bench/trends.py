"""What trends cost over ten million plays: the page, the job of every hour, and finding the examples of all terms again."""

import time
from collections.abc import Awaitable, Callable

from sqlalchemy import text

from askchopper.database import read_only
from askchopper.services.catalogue import detail
from askchopper.services.knowledge import examples, trends
from bench.protocol import ROUNDS, Samples, median_ms
from bench.scratch import as_owner, database_of, fill

PACKS, FILES, SELLERS = 100_000, 4, 1_000
PLAYS = 10_000_000  # of five weeks
CALLS = 100
# Squared, so that a tenth of the packs gets a third of the plays. Every twentieth pack rises in the last week. Written as the rollup
# would leave them: figures of packs and of their sounds, by day.
_FILL = (
    "SET synchronous_commit = off",
    f"""
    CREATE UNLOGGED TABLE drawn AS
    SELECT md5('pack' || pack)::uuid AS pack_id, md5(md5('pack' || pack)::uuid::text || 1 + n % {FILES})::uuid AS file_id,
        current_date - floor((CASE WHEN pack % 20 = 0 THEN random() ^ 3 ELSE random() END) * {trends.DAYS})::integer AS day
    FROM (SELECT n, 1 + floor(random() ^ 2 * {PACKS})::integer AS pack FROM generate_series(1, {PLAYS}) n) one
    """,
    """
    INSERT INTO daily_figures (subject_id, day, shown, played, downloaded, bought)
    SELECT coalesce(pack_id, file_id), day, 5 * count(*), count(*), count(*) / 20, count(*) / 50
    FROM drawn GROUP BY GROUPING SETS ((day, pack_id), (day, file_id)) ORDER BY day
    """,
    "DROP TABLE drawn",
    "VACUUM ANALYZE",
)


async def measure() -> dict[str, Samples]:
    """Measure the page against the fetch of a row by its key, and the seconds of the jobs."""
    page, job = Samples(), Samples()
    terms = Samples(note=f"{len(examples.rules())} rules over {PACKS * FILES:,} sounds")
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=SELLERS)
        as_owner(socket_dir, *_FILL)
        [(rows,)] = as_owner(socket_dir, "SELECT count(*) FROM daily_figures")
        job.note = f"{PACKS:,} packs with {FILES} sounds, {PLAYS:,} plays in {rows:,} figures of five weeks"
        for _ in range(ROUNDS):
            job.ours.append(await _seconds(trends.refresh))
            terms.ours.append(await _seconds(examples.refresh))
            page.peer.append(await median_ms(_fetch, CALLS))
            page.ours.append(await median_ms(_page, CALLS))
    return {"page": page, "job": job, "examples": terms}


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started


async def _fetch() -> None:
    async with read_only() as session:
        await session.execute(text("SELECT * FROM packs WHERE id = md5('pack7')::uuid"))


async def _page() -> None:
    async with read_only() as session:
        found = await trends.catalogue_trends(session)
        assert await detail.find_packs_by_id(session, None, ids=[line.value for line in found.packs])
        assert await detail.find_files(session, None, file_ids=[line.value for line in found.sounds])
