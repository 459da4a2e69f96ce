"""MCP servers of the operator: started, watched, limited; one that fails costs its call and nothing else."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from askchopper.integrations import mcp_servers
from askchopper.integrations.mcp_servers import (
    ConfigurationError,
    McpServer,
    McpServerError,
    ServerConfiguration,
    manager,
    supervisor,
)
from askchopper.schemas.assistant import ToolPart
from askchopper.services.assistant.tools import registry
from askchopper.settings import environment
from askchopper.vocabulary import Role
from tests.simulators.anthropic.client import AnthropicSimulator
from tests.support.answers import answer, assistant
from tests.support.factories import make_user

pytestmark = pytest.mark.integration
SIMULATOR = ["-m", "tests.simulators.mcp.server"]
MODULES = Path(__file__).parents[3] / "node_modules"


async def until(is_met: Callable[[], bool], *, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not is_met():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)


@asynccontextmanager
async def server(mode: str = "", **values: Any) -> AsyncIterator[McpServer]:
    configuration = ServerConfiguration("sim", sys.executable, (*SIMULATOR, mode), **({"seconds": 1.0} | values))
    running = McpServer(configuration)
    task = asyncio.create_task(running.run())
    try:
        yield running
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "_BACK_OFF_SECONDS", (0.05, 0.1))


async def test_tools_are_called_within_their_limits():
    async with server(environment={"GREETING": "hi"}) as sim:
        await until(lambda: sim.is_ready)
        assert (await sim.call("echo", {"text": "hello"})).text == "hello"
        assert (await sim.call("fail", {})).is_error
        assert len((await sim.call("flood", {})).text) == supervisor.MAX_RESULT_CHARACTERS
        started = time.monotonic()
        with pytest.raises(McpServerError, match="too long"):
            await sim.call("hang", {})
        assert time.monotonic() - started < 3
        assert (await sim.call("echo", {"text": "still here"})).text == "still here"
        assert "GREETING=hi" in (await sim.call("variable", {})).text


async def test_secrets_of_ours_are_not_inherited():
    with environment(ANTHROPIC_API_KEY="sk-ant-secret"):
        async with server() as sim:
            await until(lambda: sim.is_ready)
            assert "secret" not in (await sim.call("variable", {})).text


async def test_only_allowed_tools_are_offered():
    async with server(allowed_tools=frozenset({"echo"})) as sim:
        await until(lambda: sim.is_ready)
        assert [tool.name for tool in sim.tools] == ["echo"]
        with pytest.raises(McpServerError):
            await sim.call("forbidden", {})


async def test_server_that_dies_is_started_again():
    async with server() as sim:
        await until(lambda: sim.is_ready)
        with pytest.raises(McpServerError):
            await sim.call("die", {})
        await until(lambda: sim.starts == 2)
        assert (await sim.call("echo", {"text": "back"})).text == "back"


@pytest.mark.parametrize("mode", ["exits", "garbage", "silent"])
async def test_server_that_cannot_be_used_is_not_ready(mode: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(supervisor, "START_SECONDS", 1.0)
    async with server(mode) as sim:
        await until(lambda: bool(sim.last_error))
        assert not sim.is_ready
        with pytest.raises(McpServerError):
            await sim.call("echo", {"text": "x"})


async def test_chatty_server_works():
    async with server("chatty") as sim:
        await until(lambda: sim.is_ready)
        assert (await sim.call("echo", {"text": "fine"})).text == "fine"


def written(folder: Path, content: Any) -> Path:
    path = folder / "servers.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_clients_own_form_runs_the_installed_package(tmp_path: Path):
    (found,) = mcp_servers.read(
        written(
            tmp_path,
            {"mcpServers": {"memory": {
                "command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"],
                "env": {"MEMORY_STORE_PATH": str(tmp_path / "agent-memory")},
            }}},
        ),
        node_modules=MODULES,
    )  # fmt: skip
    assert found.problem == ""
    assert found.command.endswith("/node")
    assert found.environment["MEMORY_FILE_PATH"] == str(tmp_path / "agent-memory" / "memory.jsonl")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"mcpServers": []}', '{"mcpServers": {"a": 1}}', '{"mcpServers": {"a": {}}}',
     '{"mcpServers": {"a b": {"command": "x"}}}', '{"mcpServers": {"a": {"command": "x", "url": "http://x"}}}',
     '{"mcpServers": {"a": {"command": "x", "timeoutSeconds": "soon"}}}', '{"mcpServers": {"a": {"command": "x", "timeoutSeconds": null}}}'],
)  # fmt: skip
def test_wrong_files_are_refused(content: str, tmp_path: Path):
    with pytest.raises(ConfigurationError):
        mcp_servers.read(written(tmp_path, content), node_modules=MODULES)


async def test_package_that_is_not_installed_is_not_fetched(tmp_path: Path):
    content = {"mcpServers": {"x": {"command": "npx", "args": ["-y", "@nobody/nothing"]}}}
    (found,) = mcp_servers.read(written(tmp_path, content), node_modules=MODULES)
    assert "not fetched at run time" in found.problem
    await McpServer(found).run()  # returns at once


async def test_npm_originals_run_on_the_node_of_the_wheel(tmp_path: Path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "licence.txt").write_text("five years")
    content = {"mcpServers": {
        "memory": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-memory"], "env": {"MEMORY_FILE_PATH": str(tmp_path / "m.jsonl")}},
        "files": {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", str(tmp_path / "docs")], "allowedTools": ["read_text_file"]},
    }}  # fmt: skip
    with environment(MCP_SERVERS_FILE=str(written(tmp_path, content)), MCP_NODE_MODULES=str(MODULES)):
        async with manager.running():
            memory, files = manager.find("memory"), manager.find("files")
            assert memory is not None
            assert files is not None
            await until(lambda: memory.is_ready and files.is_ready)
            assert len(memory.tools) == 9
            assert [tool.name for tool in files.tools] == ["read_text_file"]
            read = await files.call("read_text_file", {"path": str(tmp_path / "docs" / "licence.txt")})
            outside = await files.call("read_text_file", {"path": "/etc/passwd"})
            assert read.text == "five years"
            assert outside.is_error
    assert manager.states() == {}


async def test_answer_survives_a_failing_server(db: None, tmp_path: Path, claude: AnthropicSimulator):
    """One failed chip, and the answer goes its way; members see no tools that are for admins."""
    admin, member = await make_user(role=Role.ADMIN), await make_user()
    content = {"mcpServers": {"sim": {"command": sys.executable, "args": SIMULATOR, "timeoutSeconds": 0.5}}}
    with environment(MCP_SERVERS_FILE=str(written(tmp_path, content))):
        async with manager.running(), assistant(claude):
            sim = manager.find("sim")
            assert sim is not None
            await until(lambda: sim.is_ready)
            assert "sim__echo" in {tool["name"] for tool in registry.schemas(admin)}
            assert "sim__echo" not in {tool["name"] for tool in registry.schemas(member)}
            claude.script({"tools": [{"name": "sim__hang", "input": {"text": "x"}}]}, {"text": "Done without it."})
            line = await answer(admin, "Ask the other server")
            chips = [part for part in line.parts if isinstance(part, ToolPart)]
            assert [(chip.label, chip.state) for chip in chips] == [("Asked sim", "failed")]
            assert line.words == "Done without it."
