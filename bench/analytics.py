"""What figures cost: the rollup by event, and a creator's pages over the figures of a hundred million events.

The rollup counts real events of its inbox. The figures of the pages are written as that many events would leave them, since a page
reads figures and never events: rows by creator, pack, day and value.
"""

import time
import uuid

from sqlalchemy import text

from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.services.analytics import figures, rollup
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, Samples, median_ms
from bench.scratch import as_owner, database_of, fill

SELLERS, PACKS, FILES = 1_000, 10_000, 4
EVENTS = 100_000  # of a round; a list that was shown is one event, however many packs it has
CALLS = 100
DAYS = 90
# Of ten events six are lists of eight packs that were shown, one is an opened page, two are plays, and one is another one.
_EVENTS = f"""
    INSERT INTO pack_event_inbox (happened_at, kind, pack_ids, file_id, visitor, country, device, source, term, seconds, gross_tokens, fee_tokens)
    SELECT date_trunc('hour', now()) - random() * interval '{{hours}} hours', kind,
        CASE WHEN kind = 'shown' THEN (SELECT array_agg(md5('pack' || 1 + (n * 7919 + k * 104729) % {PACKS})::uuid) FROM generate_series(1, 8) k)
            ELSE ARRAY[md5('pack' || 1 + (n * 7919) % {PACKS})::uuid] END,
        CASE WHEN kind = 'played' THEN md5(md5('pack' || 1 + (n * 7919) % {PACKS})::uuid::text || 1 + n % {FILES})::uuid END,
        (n * 31) % 20000, (ARRAY['DE', 'US', 'GB', 'FR', 'JP', ''])[1 + n % 6], (ARRAY['phone', 'desktop'])[1 + n % 2],
        CASE WHEN kind IN ('bought', 'liked') THEN '' ELSE (ARRAY['search', 'browse', 'similar', 'chat'])[1 + n % 4] END,
        CASE WHEN n % 4 = 0 AND kind = 'shown' THEN 'term ' || n % 500 ELSE '' END, CASE WHEN kind = 'played' THEN 12 ELSE 0 END,
        CASE WHEN kind = 'bought' THEN 30 ELSE 0 END, CASE WHEN kind = 'bought' THEN 6 ELSE 0 END
    FROM (SELECT n, CASE WHEN n % 10 < 6 THEN 'shown' WHEN n % 10 = 6 THEN 'opened' WHEN n % 10 < 9 THEN 'played'
        WHEN n % 20 = 9 THEN 'bought' ELSE 'liked' END AS kind FROM generate_series(1, {EVENTS}) n) drawn
"""
_NAMES = "shown, opened, played, liked, collected, bought, downloaded, refunded, completed, seconds, gross_tokens, fee_tokens, refunded_tokens"
_VALUES = "100, 12, 30, 3, 1, 2, 2, 0, 12, 400, 60, 12, 0"
_FIGURES = (
    "SET synchronous_commit = off",
    f"INSERT INTO daily_figures (subject_id, day, {_NAMES}, listeners) SELECT s.id, current_date - d, {_VALUES}, 20"
    f" FROM (SELECT id FROM creators UNION ALL SELECT id FROM packs) s, generate_series(1, {DAYS}) d"
    " WHERE s.id = ANY({subjects}) ORDER BY d DESC, s.id",
    # In the order of the rollup, day by day. Breakdowns of the creators alone: a page reads those of one subject by its key, so the others only make the table larger.
    f"INSERT INTO daily_breakdowns (subject_id, dimension, day, value, {_NAMES})"
    f" SELECT c.id, v.dimension, current_date - d, v.value, {_VALUES} FROM creators c, generate_series(1, {DAYS}) d,"
    " (SELECT 'country', 'C' || n FROM generate_series(1, 12) n UNION ALL SELECT 'source', 's' || n FROM generate_series(1, 8) n"
    "  UNION ALL SELECT 'device', 'd' || n FROM generate_series(1, 3) n UNION ALL SELECT 'term', 't' || n FROM generate_series(1, 20) n) v(dimension, value)"
    " WHERE c.id = ANY({subjects}) ORDER BY d DESC, c.id, v",
    "VACUUM ANALYZE",
)  # fmt: skip


_ALL = "ARRAY(SELECT id FROM creators UNION ALL SELECT id FROM packs)"
_OWN = "ARRAY(SELECT CAST('{creator}' AS uuid) UNION ALL SELECT id FROM packs WHERE creator_id = '{creator}')"


async def measure() -> dict[str, Samples]:
    """Measure events per second of the rollup, and pages against the fetch of a row by its key."""
    speed = Samples(note=f"{EVENTS:,} events a round, of which 60 % list eight packs: 5.2 rows each")
    backlog = Samples(note="five to six times as many hours of packs to write")
    page = Samples(note=f"{SELLERS:,} creators, {PACKS:,} packs, {DAYS} days")
    quarter, pack = (
        Samples(note=f"{DAYS} days, 43 values of four dimensions on each"),
        Samples(note="one pack, 30 days"),
    )
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=SELLERS)
        for _ in range(ROUNDS):
            for samples, hours in ((speed, 1), (backlog, 6)):
                as_owner(socket_dir, _EVENTS.format(hours=hours))
                started = time.perf_counter()
                counted = await rollup.run()
                samples.ours.append(counted / (time.perf_counter() - started))
        creator = uuid.UUID(str(as_owner(socket_dir, "SELECT md5('seller7')::uuid")[0][0]))
        viewer = Viewer(creator, None, "S", "seller7@example.test", Role.MEMBER)
        [(subject,)] = as_owner(socket_dir, "SELECT md5('creator7')::uuid")
        grown = Samples(
            note=f"the creator's own figures alone, and among those of {SELLERS:,} creators and {PACKS:,} packs"
        )
        for subjects, samples in ((_OWN.format(creator=subject), grown.peer), (_ALL, grown.ours)):
            rows = (statement.format(subjects=subjects) for statement in _FIGURES)
            as_owner(socket_dir, "TRUNCATE daily_figures, daily_breakdowns", *rows)
            await _days(viewer)
            samples += [await median_ms(lambda: _days(viewer), CALLS) for _ in range(ROUNDS)]
        for _ in range(ROUNDS):
            fetch = await median_ms(lambda: _fetch(subject), CALLS)
            for samples, work in (
                (page, lambda: _days(viewer)),
                (pack, lambda: _pack(viewer)),
                (quarter, lambda: _days(viewer, "90")),
            ):
                samples.peer.append(fetch)
                samples.ours.append(await median_ms(work, CALLS))
    return {"grown": grown, "rollup": speed, "backlog": backlog, "days": page, "pack": pack, "quarter": quarter}


async def _fetch(subject: uuid.UUID) -> None:
    async with read_only() as session:
        await session.execute(
            text("SELECT * FROM daily_figures WHERE subject_id = :id AND day = current_date - 3"), {"id": subject}
        )


async def _days(viewer: Viewer, days: str = "30") -> None:
    async with read_only() as session:
        found = await figures.read(session, viewer, days=days)
    assert found.total.played
    assert len(found.packs) == PACKS / SELLERS


async def _pack(viewer: Viewer) -> None:
    async with read_only() as session:
        assert (await figures.read(session, viewer, pack_slug="pack-1007", days="30")).total.played
