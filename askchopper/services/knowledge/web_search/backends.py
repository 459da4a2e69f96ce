"""Web search backends: the Brave API directly, or one of two MCP servers for it, with identical results."""

import json
import re
from pathlib import Path
from typing import Any, cast

from askchopper import settings
from askchopper.integrations import brave_search
from askchopper.integrations.mcp_servers import CallResult, McpServer, McpServerError, ServerConfiguration, manager
from askchopper.integrations.mcp_servers.configuration import parse_server
from askchopper.schemas.web_search import Freshness, SearchReply, WebSearchFailedError, WebSearchFault

SERVER = "brave-search"  # the MCP server's usual name in client configurations
TOOL = "brave_web_search"
COUNT = 8
_PACKAGES = {"npm": "@brave/brave-search-mcp-server", "npm-legacy": "@modelcontextprotocol/server-brave-search"}
_BASE_URL_MODULE = Path(manager.__file__).with_name("base_url.mjs")
_STATUS = re.compile(r"\b([45]\d\d)\b")
_NOTHING = "No web results found"
_BLOCK = re.compile(r"Title: (?P<title>.*?)\nDescription: (?P<description>.*)\nURL: (?P<url>[^\n]*)", re.DOTALL)


def uses(server: str) -> bool:
    """Return whether the configured backend uses this MCP server."""
    return server == SERVER and settings.get().web_search_backend in _PACKAGES


def servers() -> tuple[ServerConfiguration, ...]:
    """Return the MCP servers that the configured backend needs: one or none."""
    current = settings.get()
    package = _PACKAGES.get(current.web_search_backend)
    if package is None or not current.brave_api_key:
        return ()
    environment = {"BRAVE_API_KEY": current.brave_api_key.get_secret_value()}
    if current.brave_api_base_url:
        environment |= {
            "BRAVE_API_BASE_URL": current.brave_base,
            "NODE_OPTIONS": f"--import={_BASE_URL_MODULE.as_uri()}",
        }
    given = {
        "command": "npx", "args": ["-y", package], "env": environment, "allowedTools": [TOOL],
        "timeoutSeconds": brave_search.SECONDS,
    }  # fmt: skip
    return (parse_server(SERVER, given, Path(current.mcp_node_modules)),)


async def ask(query: str, *, freshness: Freshness) -> SearchReply:
    """Send a request through the configured backend.

    Raises:
        WebSearchFailedError: it failed; ``was_sent`` says whether the vendor may have counted the request.
    """
    if settings.get().web_search_backend == "direct":
        return await brave_search.search(query, freshness=freshness, count=COUNT)
    server = manager.find(SERVER)
    if server is None or not server.is_ready:
        raise WebSearchFailedError(WebSearchFault.AWAY, was_sent=False)
    try:
        result = await server.call(TOOL, _arguments(server, query, freshness))
    except McpServerError as error:
        raise WebSearchFailedError(WebSearchFault.AWAY) from error
    return _reply(result)


def _arguments(server: McpServer, query: str, freshness: Freshness) -> dict[str, Any]:
    """Return the arguments supported by the server's version of the tool; the archived version has no freshness."""
    schemas = [tool.input_schema for tool in server.tools if tool.name == TOOL]
    known: dict[str, Any] = schemas[0].get("properties", {}) if schemas else {}
    wanted = {
        "query": query,
        "count": COUNT,
        "safesearch": "moderate",
        "text_decorations": False,
        "result_filter": ["web", "news"],
    }
    if brave_search.FRESHNESS[freshness]:
        wanted["freshness"] = brave_search.FRESHNESS[freshness]
    return {name: value for name, value in wanted.items() if name in known}


def _reply(result: CallResult) -> SearchReply:
    if result.is_error and not result.text.startswith(_NOTHING):
        status = _STATUS.search(result.text[:200])
        code = next((code for code in ("SUBSCRIPTION_TOKEN_INVALID", "QUOTA_LIMITED") if code in result.text), "")
        fault = brave_search.fault_of(int(status[1]), code) if status else _local_fault(result.text)
        raise WebSearchFailedError(fault, was_sent=status is not None)
    rows = _rows(result.text) if not result.is_error else []
    if not rows and result.text.strip() and not result.is_error:
        raise WebSearchFailedError(WebSearchFault.GARBAGE)
    web = [row for row in rows if "age" not in row]
    news = [row for row in rows if "age" in row]
    return SearchReply({"web": {"results": web}, "news": {"results": news}})


def _local_fault(text: str) -> WebSearchFault:
    """Classify an error without an HTTP status; the archived server enforces its own rate limit."""
    return WebSearchFault.RATE if "Rate limit" in text else WebSearchFault.GARBAGE


def _rows(text: str) -> list[dict[str, Any]]:
    """Parse results: JSON lines, or text blocks of the archived server. Truncated results are dropped."""
    if not text.lstrip().startswith("{"):
        blocks = re.split(r"\n\n(?=Title: )", text)
        return [match.groupdict() for block in blocks if (match := _BLOCK.fullmatch(block.strip()))]
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        try:
            row: object = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            found.append(cast("dict[str, Any]", row))
    return found
