"""Switches, announcements, failed jobs, synonyms, the overview of administrators, and alerts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.base import utc_now
from askchopper.moderation_vocabulary import Switch
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.search import Results
from askchopper.schemas.search_filters import Filters
from askchopper.services import accounts, activity, audit, job_failures, operations, quality_alerts, switches, uploads
from askchopper.services.assistant import questions
from askchopper.services.community import comments
from askchopper.services.purchases import checkout
from askchopper.services.search import search_counts
from askchopper.services.search.search_counts import _Collected
from askchopper.vocabulary import Role
from tests.support.factories import make_creator, make_pack, make_user, new_file
from tests.support.studio import new_draft

pytestmark = pytest.mark.integration


async def told(viewer: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.sentence for one in await activity.notifications(session, viewer)]


async def actions(admin: Viewer) -> list[str]:
    async with read_only() as session:
        return [one.action for one in (await audit.entries(session, admin)).items]


async def flip(admin: Viewer, name: str, *, is_on: bool) -> None:
    async with transaction() as session:
        await switches.flip(session, admin, name=name, is_on=is_on)


async def test_each_switch_refuses_with_a_sentence(db: None):
    admin, member, pack = await make_user(role=Role.ADMIN), await make_user(tokens=50), await make_pack()
    async with transaction() as session:
        written = await comments.post(session, member, slug=pack.slug, written="Fine")
    for switch in Switch:
        await flip(admin, switch.value, is_on=False)
    fields = {"email": "a@example.test", "display_name": "Ann", "password": "three plain words", "code": ""}
    async with transaction() as session:
        with pytest.raises(switches.SwitchedOffError, match="create an account"):
            await accounts.register(session, **fields, client_ip="192.0.2.1")
        with pytest.raises(switches.SwitchedOffError, match="Buying"):
            await checkout.buy(session, member, pack_slug=pack.slug, price_tokens=pack.price_tokens, key="k" * 20)
        with pytest.raises(switches.SwitchedOffError, match="Uploads"):
            await uploads.begin(session, member, file_name="a.wav", size_bytes=100)
        with pytest.raises(switches.SwitchedOffError, match="assistant"):
            await questions._count(member, has_documents=False)
        with pytest.raises(switches.SwitchedOffError, match="Comments"):
            await comments.post(session, member, slug=pack.slug, written="Nice")
        with pytest.raises(switches.SwitchedOffError, match="Comments"):
            await comments.edit(session, member, comment_id=written.id, written="Nicer")
    await flip(admin, "comments", is_on=True)
    async with transaction() as session:
        await comments.post(session, member, slug=pack.slug, written="Nice")
        assert (await switches.states(session, admin))[Switch.PURCHASES] is False
        with pytest.raises(InvalidInputError):
            await switches.flip(session, admin, name="gravity", is_on=False)
        for call in (switches.states, switches.listed, operations.overview, job_failures.failed, operations.synonyms):
            with pytest.raises(NotFoundError):
                await call(session, member)
    assert await actions(admin) == ["site.switch"] * 6


async def test_announcements_have_a_start_and_an_end(db: None):
    admin, now = await make_user(role=Role.ADMIN), utc_now()

    async def announce(words: str, *, start: int = 0, end: int = 1, link: str = "") -> None:
        begin, finish = now + timedelta(hours=start), now + timedelta(hours=end)
        async with transaction() as session:
            await switches.announce(session, admin, written=words, link=link, starts_at=begin, ends_at=finish)

    switches.forget()
    assert await switches.announcement() is None
    await announce("Tomorrow we rest.", start=2, end=3)
    assert await switches.announcement() is None
    await announce("<b>Sale</b> & more", start=-1, link="/browse")
    shown = await switches.announcement()
    assert shown is not None
    assert (shown.text, shown.link) == ("<b>Sale</b> & more", "/browse")
    for bad in (
        {"start": 2, "end": 1},
        {"start": -3, "end": -2},
        {"end": 24 * 61},
        {"link": "https://evil.test"},
        {"link": "//evil.test"},
    ):
        with pytest.raises(InvalidInputError):
            await announce("Words", **bad)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError):
        await announce("x" * 301)
    async with transaction() as session:
        await switches.withdraw(session, admin, announcement_id=shown.id)
        await switches.withdraw(session, admin, announcement_id="forged")
    assert await switches.announcement() is None


async def test_jobs_that_were_given_up_are_queued_again(db: None):
    admin = await make_user(role=Role.ADMIN)
    async with transaction() as session:
        for number in range(2):
            error = ValueError(f"No such file {number}\0")
            await job_failures.record(session, job="learn", arguments={"message_id": "x"}, error=error, attempts=5)
        await job_failures.record(session, job="gone", arguments={}, error=None, attempts=5)
    assert await told(admin) == ["3 jobs failed, most recently gone."]
    async with read_only() as session:
        gone, second, first = (await job_failures.failed(session, admin)).items
    assert second.reason == "ValueError: No such file 1"
    async with transaction() as session:
        await job_failures.retry(session, admin, failure_id=first.id)
        queued = await session.execute(text("SELECT task_name, args FROM jobs.procrastinate_jobs"))
        assert [tuple(row) for row in queued] == [("learn", {"message_id": "x"})]
        with pytest.raises(ConflictError, match="already"):
            await job_failures.retry(session, admin, failure_id=first.id)
        with pytest.raises(ConflictError, match="does not know"):
            await job_failures.retry(session, admin, failure_id=gone.id)
        for forged in ("x", "", "9" * 40, "-1", "999"):
            with pytest.raises(NotFoundError):
                await job_failures.retry(session, admin, failure_id=forged)
        assert [one.id for one in (await job_failures.failed(session, admin)).items] == [gone.id, second.id]
    assert await actions(admin) == ["site.job_retried"]


async def test_synonyms_and_overview(db: None):
    admin = await make_user(role=Role.ADMIN)
    async with transaction() as session:
        await operations.add_synonym(session, admin, word=" Zither ", means="kalimba")
        with pytest.raises(ConflictError):
            await operations.add_synonym(session, admin, word="zither", means="kalimba")
        for word, means in (("zither", "zither"), ("two words", "one"), ("", "x"), ("x" * 41, "y")):
            with pytest.raises(InvalidInputError):
                await operations.add_synonym(session, admin, word=word, means=means)
        assert [(one.word, one.means) for one in (await operations.synonyms(session, admin, begins="zit")).items] == [
            ("zither", "kalimba")
        ]
        await operations.delete_synonym(session, admin, word="zither", means="kalimba")
        assert (await operations.synonyms(session, admin, begins="zit")).items == ()
        found = await operations.overview(session, admin)
    assert (found.waiting, found.jobs_failed, found.damaged) == (0, 0, 0)
    assert await actions(admin) == ["search.synonym"] * 2


async def test_words_that_found_nothing_are_shown_from_three_searches_on(db: None):
    admin = await make_user(role=Role.ADMIN)
    nothing = Results(Filters(), (), None)
    _Collected.counts.clear()
    _Collected.written_at = float("inf")  # written below
    for words, times in (("zither drone", 3), ("rare thing", 2), ("ann@example.test", 5), ("", 5)):
        for _ in range(times):
            search_counts.record_results(Filters(text=words), nothing, seconds=0.1)
    search_counts.record_results(Filters(text="slow pad"), replace(nothing, items=(object(),)), seconds=2.0)  # type: ignore[arg-type]
    await search_counts.write()
    _Collected.written_at = 0.0
    async with read_only() as session:
        found = await operations.searched(session, admin)
        stored = (await session.execute(text("SELECT dimension, value, searches FROM search_days ORDER BY 1, 2"))).all()
    assert [(one.dimension, one.value, one.searches) for one in found] == [("empty", "zither drone", 3)]
    assert [tuple(row) for row in stored] == [
        ("empty", "rare thing", 2),
        ("empty", "zither drone", 3),
        ("slow", "slow pad", 1),
    ]


async def test_findings_of_a_newer_analysis_are_told_once_for_a_pack(db: None, as_owner):
    creator = await make_creator()
    pack = await make_pack(creator, files=tuple(new_file(n, sha256=f"{n}" * 64) for n in (1, 2)), title="Wet Slate")
    finding = '[{"code": "clipped", "severity": "warning"}]'
    for number in (1, 2):
        as_owner(
            "INSERT INTO analyses (sha256, version, status, score, findings, hints, kind, duration_seconds, embedding, embedding_version,"
            f" outline, preview_key, opus_key, cpu_seconds) VALUES ('{str(number) * 64}', 1, 'accept', 90, '{finding}', '{{}}', 'loop', 8,"
            " ARRAY[1, 0]::real[], 1, '', '', '', 0)"
        )
    before = {str(number) * 64: frozenset[str]() for number in (1, 2)}
    async with transaction() as session:
        assert await quality_alerts.alert_findings(session, before) == 1
        assert await quality_alerts.alert_findings(session, before) == 1
        known = {sha256: frozenset({"clipped"}) for sha256 in before}
        assert await quality_alerts.alert_findings(session, known) == 0
        (one,) = await activity.notifications(session, creator)
    assert (one.sentence, one.link) == (
        "A newer analysis found a problem in 2 sounds of Wet Slate.",
        routes.draft(str(pack.id)),
    )


async def test_drafts_without_details_are_told_once(db: None, as_owner):
    creator = await make_creator()
    draft_id = await new_draft(creator)
    await new_draft(await make_creator())  # without sounds
    old = policy.INCOMPLETE_DRAFT_DAYS + 1
    as_owner(
        "INSERT INTO draft_files (id, draft_id, position, file_name, title, size_bytes, sha256, store_key, state, problem, is_bpm_set, is_key_set)"
        f" VALUES (gen_random_uuid(), '{draft_id}', 0, 'a.wav', 'A', 1, '{'a' * 64}', 'k', 'ready', '', false, false)",
        f"UPDATE drafts SET updated_at = now() - interval '{old} days'",
    )
    async with transaction() as session:
        assert await quality_alerts.alert_incomplete(session) == 1
        assert await quality_alerts.alert_incomplete(session) == 0
    assert await told(creator) == ["A pack needs details: title, description, genre or tags are missing."]


async def test_packs_without_details_are_told_once(db: None, as_owner):
    creator = await make_creator()
    bare, whole = await make_pack(creator, title="Bare"), await make_pack(creator, title="Whole")
    old = policy.INCOMPLETE_DRAFT_DAYS + 1
    as_owner(
        f"UPDATE packs SET published_at = now() - interval '{old} days'",
        f"UPDATE packs SET description = '' WHERE id = '{bare.id}'",
        f"UPDATE packs SET description = 'Long' WHERE id = '{whole.id}'",
        "INSERT INTO tags (slug, name) VALUES ('dark', 'dark') ON CONFLICT DO NOTHING",
        f"INSERT INTO pack_tags (pack_id, tag_slug) VALUES ('{whole.id}', 'dark') ON CONFLICT DO NOTHING",
    )
    async with transaction() as session:
        assert await quality_alerts.alert_incomplete(session) == 1
        assert await quality_alerts.alert_incomplete(session) == 0
    assert await told(creator) == ["Bare is on sale without a description. Add one so that people can find it."]
