"""The knowledge graph of a member, its export and import."""

import asyncio
import json

import pytest

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.memory import Entity, Observations, Relation
from askchopper.services.memory import graph, transfer
from tests.support.factories import make_user
from tests.support.memory import known, say

pytestmark = pytest.mark.integration


async def test_facts_are_observations_of_the_member(db: None):
    member = await make_user()
    await say(member, "I make house")
    async with transaction() as session:
        await graph.add_observations(session, member.user_id, [Observations("me", ("Has two cats",))])
        found = await graph.read_graph(session, member.user_id)
    assert found.entities == (Entity("me", "member", ("Makes House", "Has two cats")),)
    assert await known(member) == ["Has two cats", "Makes House"]
    async with transaction() as session:
        await graph.delete_observations(session, member.user_id, [Observations("me", ("Makes House", "unknown"))])
    assert await known(member) == ["Has two cats"]


async def test_concurrent_writers_lose_nothing(db: None):
    member = await make_user()

    async def create(number: int) -> None:
        async with transaction() as session:
            await graph.create_entities(session, member.user_id, [Entity(f"thing {number}", "t", ("a", "b"))])

    await asyncio.gather(*(create(number) for number in range(50)))
    async with read_only() as session:
        found = await graph.read_graph(session, member.user_id)
    assert sorted(one.name for one in found.entities) == sorted(f"thing {number}" for number in range(50))
    assert all(one.observations == ("a", "b") for one in found.entities)


async def test_export_is_imported_once(db: None):
    member, other = await make_user(), await make_user()
    await say(member, "I make house")
    async with transaction() as session:
        await graph.create_entities(session, member.user_id, [Entity("Nightshift", "project", ("due in May",))])
        await graph.create_relations(session, member.user_id, [Relation("me", "Nightshift", "works on")])
    async with read_only() as session:
        content = json.dumps(await transfer.export(session, member)).encode()
    for is_dry_run, added in ((True, 4), (False, 4), (False, 0)):
        async with transaction() as session:
            report = await transfer.import_(session, other, content, is_lines=False, is_dry_run=is_dry_run)
        assert (report.added, report.refused_count, report.is_dry_run) == (added, 0, is_dry_run)
    async with read_only() as session:
        assert await graph.read_graph(session, other.user_id) == await graph.read_graph(session, member.user_id)


async def test_lines_of_the_npm_server_are_imported(db: None):
    member = await make_user()
    lines = "\n".join([
        json.dumps({"type": "entity", "name": "Moog", "entityType": "synth", "observations": ["warm", "mono"]}),
        json.dumps({"type": "relation", "from": "me", "to": "Moog", "relationType": "owns"}),
        "{broken",
        json.dumps({"type": "entity", "name": 7}),
        json.dumps({"type": "other"}),
    ])  # fmt: skip
    async with transaction() as session:
        report = await transfer.import_(session, member, lines.encode(), is_lines=True, is_dry_run=False)
        found = await graph.read_graph(session, member.user_id)
    assert (report.added, report.refused_count) == (4, 3)
    assert found.entities[-1] == Entity("Moog", "synth", ("warm", "mono"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"format": "other"}',
        b"[" * 100_000,
        b"x" * (policy.MAX_MEMORY_IMPORT_BYTES + 1),
    ],
)
async def test_foreign_files_are_refused(db: None, content: bytes):
    member = await make_user()
    with pytest.raises(InvalidInputError):
        async with transaction() as session:
            await transfer.import_(session, member, content, is_lines=False, is_dry_run=False)


async def test_too_many_facts_are_imported_as_far_as_they_fit(db: None):
    member = await make_user()
    memories = [{"text": f"Fact {number}"} for number in range(10_000)]
    content = json.dumps({"format": transfer.FORMAT, "version": 1, "memories": memories}).encode()
    async with transaction() as session:
        report = await transfer.import_(session, member, content, is_lines=False, is_dry_run=False)
    assert report.added == policy.MAX_MEMORIES
    assert report.refused == ("8,000 memories no longer fit.",)
