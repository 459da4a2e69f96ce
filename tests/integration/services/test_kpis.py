"""The product's targets: known data give known shares, and the documentation shows the statements that run."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.visits import Visit
from askchopper.services import activity, isolated_reads, kpis, pack_events, recommendation_metrics
from askchopper.services.analytics import rollup
from askchopper.vocabulary import Role
from tests.support.events import tab
from tests.support.factories import make_creator, make_pack, make_user

pytestmark = pytest.mark.integration
DOCS = Path(__file__).parents[3] / "docs" / "metrics.md"


def words(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()


async def test_known_data_give_known_shares(db: None):
    pack_events.forget()
    admin, first, second = await make_user(role=Role.ADMIN), await make_user(), await make_user()
    known, fresh = await make_pack(await make_creator()), await make_pack(await make_creator())
    for member, pack in ((first, known), (first, fresh), (second, known)):
        async with transaction() as session:
            await activity.record_play(session, member, file_id=pack.file_ids[0], seconds=5)
    for member, was_followed in ((first, True), (second, False)):
        visit = Visit("8.8.8.8", "Mozilla/5.0", member.user_id, "/browse?q=dusty")
        await pack_events.record_shown(visit, tracks=(known.file_ids[0],))
        if was_followed:
            await pack_events.record_opened(
                Visit("8.8.8.8", "Mozilla/5.0", member.user_id, f"/pack/{known.slug}", visit.page), slug=known.slug
            )
    await pack_events.write()
    await rollup.run()
    async with transaction() as session:  # the second member has known that creator for long
        await session.execute(
            text("UPDATE plays SET created_at = now() - interval '90 days' WHERE user_id = :user"),
            {"user": second.user_id},
        )
        await session.execute(
            text("INSERT INTO plays (id, user_id, pack_id, seconds_heard) VALUES (gen_random_uuid(), :user, :pack, 5)"),
            {"user": second.user_id, "pack": known.id},
        )
        await session.execute(
            text(
                "INSERT INTO question_outcomes (day, topic, outcome, questions) VALUES (current_date, 'theory', 'answered', 6), (current_date, 'theory', 'partly', 4)"
            )
        )
        await session.execute(text("UPDATE pack_events SET happened_at = happened_at - interval '1 day'"))
    await rollup.maintain()
    found = {one.name: one for one in await kpis.measure(admin)}
    with pytest.raises(NotFoundError):
        await kpis.measure(first)
    shares = {name: one.share for name, one in found.items()}
    assert shares["Search success"] == 0.5
    assert shares["Discovery rate"] == 0.5
    assert shares["Questions answered"] == 0.8
    assert shares["Spotify connected"] == 0
    assert shares["Retention, week 1"] is None
    assert found["Metadata completeness"].whole == 2


_ROWS_READ = text("""
    SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::integer FROM pg_stat_xact_user_tables WHERE relname = 'plays'
""")


async def test_discovery_reads_no_plays_of_members_who_played_nothing_lately(db: None, as_owner):
    pack, other, member = await make_pack(), await make_pack(), await make_user()
    play = text(
        "INSERT INTO plays (id, user_id, pack_id, seconds_heard, created_at)"
        " SELECT gen_random_uuid(), :user, :pack, 5, now() - make_interval(days => :days) FROM generate_series(1, :count)"
    )
    others = [await make_user() for _ in range(20)]
    rows = [
        *((one, pack, 90, 15) for one in others),
        (member, pack, 90, 1),
        (member, pack, 1, 1),
        (member, other, 2, 1),
    ]
    async with transaction() as session:
        for user, made, days, count in rows:
            await session.execute(play, {"user": user.user_id, "pack": made.id, "days": days, "count": count})
    as_owner("ANALYZE plays")
    [discovery] = (one for one in kpis.DEFINITIONS if one.name == "Discovery rate")
    async with read_only() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))  # as for a table of many rows
        before = (await session.execute(_ROWS_READ)).scalar_one()
        row = (await session.execute(text(discovery.sql), {"days": 30})).one()
        read_rows = (await session.execute(_ROWS_READ)).scalar_one() - before
    assert (row.part, row.whole) == (1, 1)
    assert 1 <= read_rows <= 20


async def test_a_figure_that_takes_too_long_leaves_the_others(db: None, monkeypatch: pytest.MonkeyPatch):
    admin = await make_user(role=Role.ADMIN)
    slow = kpis.Definition("Slow", "Takes too long.", "SELECT :days AS part, 1 AS whole FROM pg_sleep(3)")
    broken = kpis.Definition("Broken", "Fails.", "SELECT 1 / (:days - 30) AS part, 1 AS whole")
    monkeypatch.setattr(kpis, "DEFINITIONS", (slow, broken, *kpis.DEFINITIONS))
    monkeypatch.setattr(isolated_reads, "STATEMENT_MILLISECONDS", 200)
    monkeypatch.setattr(recommendation_metrics, "_SESSIONS", text("SELECT 1 / 0"))
    async with tab(admin) as page:
        shown = await page.send("MetricsState.load", "/admin/metrics")
    values = {one.label: one.value for one in shown["targets"]}
    assert values["Slow"] == values["Broken"] == "Could not be measured"
    assert values["Metadata completeness"] == "Nothing yet"
    assert [one.value for one in shown["visits"]] == ["Could not be measured"]
    assert len(shown["funnel"]) == 4


def test_documentation_shows_the_statements():
    shown = words(DOCS.read_text(encoding="utf-8"))
    for one in kpis.DEFINITIONS:
        assert words(one.sql) in shown, one.name
        assert one.definition in DOCS.read_text(encoding="utf-8"), one.name
    for statement in recommendation_metrics.STATEMENTS:
        assert words(statement.text) in shown
