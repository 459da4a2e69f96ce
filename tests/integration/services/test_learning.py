"""Examples of terms, learning pages and their links."""

import asyncio
import http.server
import math
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.media.analysis import brightness
from askchopper.services.knowledge import examples, glossary, resources
from askchopper.vocabulary import FileKind
from tests.support import embeddings
from tests.support.factories import make_creator, make_pack, make_user, new_file


async def examples_of(slug: str):
    async with read_only() as session:
        return (await examples.of_terms(session, None, [slug])).get(slug, ())


def hit(title: str, **changes: object):
    return new_file(1, title=title, kind=FileKind.ONE_SHOT, bpm=None, key=None, **changes)


async def test_hi_hat_examples_are_hi_hats(db: None):
    for number in range(3):
        await make_pack(files=(hit(f"Tight hat {number}"), hit(f"Chatter snare {number}"), hit("Kick with that click")))
    assert await examples.refresh() > 0
    found = await examples_of("hi-hat")
    assert len(found) == 3
    assert all("hat" in row.title.lower().split() for row in found)
    assert {row.kind for row in found} == {FileKind.ONE_SHOT}


async def test_sound_that_does_not_measure_like_its_title_is_no_example(db: None):
    heard = await make_pack(files=(hit("Bright hat"), hit("Dull hat"), hit("Unmeasured hat"), hit("Wide hat")))
    span = sum(value * value for value in brightness.COEFFICIENTS)

    def sounding(hertz: float) -> list[float]:
        octaves = math.log2(hertz) - brightness.MEAN_OCTAVES
        return [value * octaves / span for value in brightness.COEFFICIENTS]

    await embeddings.place(heard, [sounding(hertz) for hertz in (1_500, 380, 700, 2_000)], version=brightness.VERSION)
    async with transaction() as session:
        await session.execute(
            text("DELETE FROM analyses USING audio_files f WHERE f.sha256 = analyses.sha256 AND f.id = :id"),
            {"id": heard.file_ids[2]},
        )
    await examples.refresh()
    assert {row.title for row in await examples_of("hi-hat")} == {"Bright hat", "Unmeasured hat", "Wide hat"}


async def test_examples_are_of_different_packs_where_there_are_some(db: None):
    await make_pack(files=tuple(hit(f"Kick {number}") for number in range(6)))
    for _ in range(3):
        await make_pack(files=(hit("Kick deep"), hit("Clap")))
    await examples.refresh()
    assert len({row.pack.slug for row in await examples_of("kick-drum")}) == 4


async def test_term_with_one_example_shows_none(db: None):
    await make_pack(files=(hit("Long riser"), hit("Clap")))
    await examples.refresh()
    assert await examples_of("riser") == ()


async def test_withdrawn_sounds_are_no_examples(db: None):
    pack = await make_pack(await make_creator(), files=tuple(hit(f"Snare {number}") for number in range(3)))
    await examples.refresh()
    assert len(await examples_of("snare-drum")) == 3
    async with transaction() as session:
        await session.execute(text("UPDATE packs SET status = 'withdrawn' WHERE id = :id"), {"id": pack.id})
    assert await examples_of("snare-drum") == ()
    await examples.refresh()
    async with read_only() as session:
        assert (await session.execute(text("SELECT count(*) FROM term_examples"))).scalar_one() == 0


def test_every_rule_is_used_and_every_term_that_sounds_has_one():
    used = {entry.rule for entry in glossary.all_entries() if entry.rule}
    assert used == set(examples.rules())
    silent = [entry.kind for entry in glossary.all_entries() if not entry.rule]
    assert len(silent) <= 45
    assert silent.count("business") + silent.count("licence") + silent.count("format") >= 30


async def test_members_mark_pages_as_helpful(db: None):
    member, other = await make_user(), await make_user()
    async with transaction() as session:
        for viewer in (member, member, other):
            await resources.mark(session, viewer, slug="sos-synth-secrets", is_helpful=True)
        await resources.mark(session, other, slug="loopop", is_helpful=True)
        await resources.mark(session, other, slug="loopop", is_helpful=False)
        with pytest.raises(NotFoundError):
            await resources.mark(session, member, slug="nothing", is_helpful=True)
    async with read_only() as session:
        found = await resources.list_resources(session, member, topic="sound design")
    assert (found[0].slug, found[0].helpful_count, found[0].is_helpful) == ("sos-synth-secrets", 2, True)
    assert {one.helpful_count for one in found[1:]} == {0}


def test_there_are_pages_for_every_topic():
    found = resources.all_resources()
    assert len(found) >= 80
    assert len({one.url for one in found}) == len(found)
    for topic in glossary.KINDS:
        assert len(resources.for_topic(topic)) == 2, topic


class _Pages(http.server.BaseHTTPRequestHandler):
    statuses: dict[str, int] = {}
    asked: list[str] = []

    def do_HEAD(self):
        self.asked.append(self.path)
        host = self.path.split("/")[1]
        self.send_response(self.statuses.get(host, 200))
        self.end_headers()

    def do_GET(self):
        self.do_HEAD()

    def log_message(self, *_):
        pass


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Pages]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Pages.statuses, _Pages.asked = {}, []
    known = settings.get()
    changed = known.model_copy(
        update={"resource_checks": True, "resource_check_base": f"http://127.0.0.1:{server.server_port}"}
    )
    monkeypatch.setattr(settings, "get", lambda: changed)
    yield _Pages
    server.shutdown()


async def test_dead_links_are_reported_and_hidden_after_three_failures(db: None, pages: type[_Pages]):
    pages.statuses = {"www.teoria.com": 404, "tapeop.com": 403}
    dead = [await resources.check_links() for _ in range(9)]  # three rounds of all pages
    assert dead[-1] == 1
    async with read_only() as session:
        slugs = {one.slug for one in await resources.list_resources(session, None)}
        problems = (
            await session.execute(text("SELECT problems FROM check_results WHERE name = 'resources'"))
        ).scalar_one()
    assert "teoria" not in slugs
    assert "tape-op" in slugs, "a page that refuses programs exists"
    assert problems == 1
    assert len(set(pages.asked)) >= len(resources.all_resources())
    pages.statuses = {}
    for _ in range(3):
        await resources.check_links()
    async with read_only() as session:
        assert "teoria" in {one.slug for one in await resources.list_resources(session, None)}


async def test_hosts_that_do_not_answer_count_as_failures(db: None, monkeypatch: pytest.MonkeyPatch):
    changed = settings.get().model_copy(update={"resource_checks": True, "resource_check_base": "http://127.0.0.1:9"})
    monkeypatch.setattr(settings, "get", lambda: changed)
    await asyncio.wait_for(resources.check_links(), 30)
    async with read_only() as session:
        statuses = (await session.execute(text("SELECT DISTINCT status, failures FROM resource_checks"))).all()
    assert [tuple(row) for row in statuses] == [(None, 1)]
