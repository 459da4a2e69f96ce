"""What figures cost: the rollup by event, and a creator's pages over the figures of a hundred million events.

The rollup counts real events of its inbox. The figures of the pages are written as that many events would leave them, since a page
reads figures and never events: rows by creator, pack, day and value.
"""

import time
import uuid
from functools import partial

from sqlalchemy import text

from askchopper.database import read_only
from askchopper.schemas.accounts import Viewer
from askchopper.services.analytics import figures, page, rollup
from askchopper.vocabulary import Role
from bench.protocol import ROUNDS, Samples, median_ms
from bench.scratch import as_owner, database_of, fill

SELLERS, PACKS, FILES = 1_000, 10_000, 4
EVENTS = 100_000  # of a round; a list that was shown is one event, however many packs it has
CALLS = 100
DAYS, OWN_DAYS = 90, 365  # of others, and of the creator whose pages are read
OLD_SALES = 20_000  # of one creator, before the days in which a sale can be refunded
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
    f" FROM (SELECT id, {{days}} AS days FROM creators c UNION ALL SELECT id, {{days}} FROM packs c UNION ALL SELECT id, {OWN_DAYS}"
    f" FROM audio_files WHERE id = ANY({{own}})) s, generate_series(1, s.days) d"
    " WHERE s.id = ANY({subjects}) ORDER BY d DESC, s.id",
    # In the order of the rollup, day by day. Of others those of creators alone: a page reads those of one subject by its key, so more only make the table larger.
    f"INSERT INTO daily_breakdowns (subject_id, dimension, day, value, {_NAMES})"
    f" SELECT s.id, v.dimension, current_date - d, v.value, {_VALUES} FROM"
    f" (SELECT id, {{days}} AS days FROM creators c UNION ALL SELECT id, {OWN_DAYS} FROM packs WHERE id = ANY({{own}})) s, generate_series(1, s.days) d,"
    " (SELECT 'country', 'C' || n FROM generate_series(1, 12) n UNION ALL SELECT 'source', 's' || n FROM generate_series(1, 8) n"
    "  UNION ALL SELECT 'device', 'd' || n FROM generate_series(1, 3) n UNION ALL SELECT 'term', 't' || n FROM generate_series(1, 20) n) v(dimension, value)"
    " WHERE s.id = ANY({subjects}) ORDER BY d DESC, s.id, v",
    "VACUUM ANALYZE",
)  # fmt: skip


# Days, and a pack where it is the page of one.
_PAGES: dict[str, tuple[str, ...]] = {
    "page": ("30",), "page_quarter": ("90",), "page_year": ("365",),
    "page_pack": ("30", "pack-1007"), "page_pack_quarter": ("90", "pack-1007"), "page_pack_year": ("365", "pack-1007"),
}  # fmt: skip
_OWN = (
    "ARRAY(SELECT CAST('{creator}' AS uuid) UNION ALL SELECT id FROM packs WHERE creator_id = '{creator}'"
    " UNION ALL SELECT f.id FROM audio_files f JOIN packs p ON p.id = f.pack_id WHERE p.creator_id = '{creator}')"
)
_ALL = f"({_OWN} || ARRAY(SELECT id FROM creators UNION ALL SELECT id FROM packs))"
_OF = f"CASE WHEN c.id = ANY({_OWN}) THEN {OWN_DAYS} ELSE {DAYS} END"
# Of a day, so that a few are pending; the ledger's entries of old sales are not made, since the page does not read them.
_SALES = f"""
    SET session_replication_role = replica;
    INSERT INTO purchases (id, buyer_id, pack_id, file_ids, licence_kind, price_tokens, bonus_tokens, seller_share_percent, status, transaction_id,
            idempotency_key, request_hash, created_at)
        SELECT md5('sale' || n)::uuid, md5('seller' || 1 + n % {SELLERS - 1})::uuid, md5('pack' || 7 + {SELLERS} * (n % {PACKS // SELLERS}))::uuid,
            ARRAY[md5('file')::uuid], 'standard', 30, 0, 80, 'completed', md5('paid' || n)::uuid, 'sale' || n, '',
            now() - interval '1 hour' - n * interval '2 hours'
        FROM generate_series(1, {OLD_SALES}) n;
    INSERT INTO stop_counts (subject_id, part, stops)
        SELECT f.id, part, 3 FROM audio_files f JOIN packs p ON p.id = f.pack_id, generate_series(0, 49) part WHERE p.creator_id = md5('creator7')::uuid;
    INSERT INTO audience_groups (creator_id, trait, value, members)
        SELECT md5('creator7')::uuid, trait, trait || n, 9 FROM unnest(ARRAY['genre', 'key', 'tempo']) trait, generate_series(1, 8) n;
    SET session_replication_role = origin
"""


async def measure() -> dict[str, Samples]:
    """Measure events per second of the rollup, and pages against the fetch of a row by its key."""
    speed = Samples(note=f"{EVENTS:,} events a round, of which 60 % list eight packs: 5.2 rows each")
    backlog = Samples(note="five to six times as many hours of packs to write")
    days = Samples(note=f"{SELLERS:,} creators, {PACKS:,} packs, {DAYS} days")
    quarter, pack = Samples(note="43 values of four dimensions on each day"), Samples(note="one pack, 30 days")
    pages = {key: Samples(note=f"{OLD_SALES:,} sales, of which few are pending") for key in _PAGES}
    async with database_of() as socket_dir:
        fill(socket_dir, packs=PACKS, files=FILES, sellers=SELLERS)
        for _ in range(ROUNDS):
            for samples, hours in ((speed, 1), (backlog, 6)):
                as_owner(socket_dir, _EVENTS.format(hours=hours))
                started = time.perf_counter()
                events = await rollup.run()
                samples.ours.append(events / (time.perf_counter() - started))
        creator = uuid.UUID(str(as_owner(socket_dir, "SELECT md5('seller7')::uuid")[0][0]))
        as_owner(socket_dir, _SALES)
        viewer = Viewer(creator, None, "S", "seller7@example.test", Role.MEMBER)
        [(subject,)] = as_owner(socket_dir, "SELECT md5('creator7')::uuid")
        grown = Samples(
            note=f"the creator's own figures alone, and among those of {SELLERS:,} creators and {PACKS:,} packs"
        )
        own, of_all, days_of = (one.format(creator=subject) for one in (_OWN, _ALL, _OF))
        for subjects, samples in ((own, grown.peer), (of_all, grown.ours)):
            rows = (statement.format(subjects=subjects, own=own, days=days_of) for statement in _FIGURES)
            as_owner(socket_dir, "TRUNCATE daily_figures, daily_breakdowns, weekly_breakdowns", *rows)
            await rollup.sum_weeks()  # as every night
            as_owner(socket_dir, "VACUUM ANALYZE weekly_breakdowns")  # as autovacuum does
            await _days(viewer)
            samples += [await median_ms(lambda: _days(viewer), CALLS) for _ in range(ROUNDS)]
        for _ in range(ROUNDS):
            fetch = await median_ms(lambda: _fetch(subject), CALLS)
            for samples, work in (
                (days, lambda: _days(viewer)),
                (pack, lambda: _pack(viewer)),
                (quarter, lambda: _days(viewer, "90")),
                *((pages[key], partial(_page, viewer, *chosen)) for key, chosen in _PAGES.items()),
            ):
                samples.peer.append(fetch)
                samples.ours.append(await median_ms(work, CALLS))
    counted = {"grown": grown, "rollup": speed, "backlog": backlog}
    return {**counted, "days": days, "pack": pack, "quarter": quarter, **pages}


async def _page(viewer: Viewer, days: str, slug: str = "") -> None:
    """Read all that ``AnalyticsState.load`` reads."""
    async with read_only() as session:
        read = await page.read(session, viewer, pack_slug=slug, days=days)
    assert read.found.total.played
    assert read.found.outstanding.pending_tokens
    assert bool(read.found.stops) == bool(read.found.own_packs) == bool(slug)


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
