"""Validation as in the real API. Messages are ours; statuses and types are the API's."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from tests.simulators.anthropic.requests import Block, Body, blocks_of, sources_in

FIELDS = {
    "model", "max_tokens", "messages", "cache_control", "container", "diagnostics", "inference_geo", "metadata",
    "output_config", "service_tier", "stop_sequences", "stream", "system", "thinking", "tool_choice", "tools", "speed",
    "fallbacks", "context_management", "mcp_servers", "user_profile_id",
}  # fmt: skip
SAMPLING = ("temperature", "top_p", "top_k")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
MODELS = {"claude-sonnet-5-5": "Claude Sonnet 5.5", "claude-haiku-5-5": "Claude Haiku 5.5", "claude-opus-5-5": "Claude Opus 5.5"}  # fmt: skip
MAX_OUTPUT = 128_000
MAX_BYTES = 32 * 2**20
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


class RefusedError(Exception):
    def __init__(
        self, message: str, status: int = 400, kind: str = "invalid_request_error", *,
        details: dict[str, Any] | None = None, headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.message, self.status, self.kind, self.details = message, status, kind, details
        self.headers = headers or {}


def check_headers(headers: dict[str, str], keys: set[str]) -> None:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not (key in keys or key.startswith("sk-ant-simulator-")):
        raise RefusedError("invalid bearer token", 401, "authentication_error")
    if not headers.get("anthropic-version"):
        raise RefusedError("anthropic-version: header is required")


def check(body: Body, *, counting: bool = False, files: dict[str, bytes], extra_models: set[str]) -> None:
    """Raise for the first reason for which the API rejects a request."""
    reasons = (
        *fields(body, counting), *messages(body), *results(body), *tools(body), *thinking(body), *citations(body),
        *caching(body), *signatures(body),
    )  # fmt: skip
    if reasons:
        raise RefusedError(reasons[0])
    model = body["model"]
    if model not in MODELS and model not in extra_models:
        raise RefusedError(f"model: {model}", 404, "not_found_error")
    for block in (block for message in body["messages"] for block in sources_in(blocks_of(message))):
        file_id = block["source"].get("file_id") if isinstance(block.get("source"), dict) else None
        if file_id and file_id not in files:
            raise RefusedError(f"File not found: {file_id}", 404, "not_found_error")


def fields(body: Body, counting: bool) -> Iterator[str]:
    yield from (f"{name}: this model does not take sampling parameters" for name in SAMPLING if name in body)
    yield from (
        f"{name}: Extra inputs are not permitted" for name in body if name not in FIELDS and name not in SAMPLING
    )
    required = ("model", "messages") if counting else ("model", "max_tokens", "messages")
    yield from (f"{name}: Field required" for name in required if name not in body)
    if not counting and not 1 <= body.get("max_tokens", 1) <= MAX_OUTPUT:
        yield f"max_tokens: must be from 1 to {MAX_OUTPUT}"
    yield from empty_texts(
        "system", blocks_of({"content": body.get("system")}) if body.get("system") is not None else []
    )
    yield from (f"stop_sequences: {word!r} is blank" for word in body.get("stop_sequences") or [] if not word.strip())


def messages(body: Body) -> Iterator[str]:
    given = body.get("messages") or []
    if not given:
        yield "messages: at least one message is required"
        return
    yield from (f"messages.{at}.role: {one.get('role')!r} is not a role" for at, one in enumerate(given) if one.get("role") not in {"user", "assistant", "system"})  # fmt: skip
    if next((one["role"] for one in given if one.get("role") != "system"), "user") != "user":
        yield "messages: first message must use the user role"
    if given[-1].get("role") == "assistant":
        yield "This model does not support assistant message prefill. The conversation must end with a user message."
    for at, one in enumerate(given):
        blocks = blocks_of(one)
        if not blocks or one.get("content") == "":
            yield f"messages.{at}: all messages must have non-empty content"
        yield from empty_texts(f"messages.{at}", blocks)
        yield from misplaced(f"messages.{at}", one.get("role"), blocks)


def empty_texts(place: str, blocks: list[Block]) -> Iterator[str]:
    if any(block.get("type") == "text" and not str(block.get("text", "")).strip() for block in blocks):
        yield f"{place}: text content blocks must be non-empty and more than white space"


def misplaced(place: str, role: str | None, blocks: list[Block]) -> Iterator[str]:
    wrong = {"assistant": ("document", "image", "search_result", "tool_result"), "user": ("tool_use", "thinking")}
    for block in blocks:
        if block.get("type") in wrong.get(role or "", ("document", "tool_use", "tool_result", "thinking")):
            yield f"{place}: {block['type']} blocks are not permitted with the role {role}"
        if role == "user" and block.get("type") == "text" and block.get("citations"):
            yield f"{place}: text blocks with citations are not permitted in user messages"


def results(body: Body) -> Iterator[str]:
    """Check that the next message has a result for every tool_use, and no others."""
    given = body.get("messages") or []
    ids = [block.get("id") for one in given for block in blocks_of(one) if block.get("type") == "tool_use"]
    if len(ids) != len(set(ids)):
        yield "messages: `tool_use` ids must be unique"
    for at, one in enumerate(given):
        before = blocks_of(given[at - 1]) if at else []
        called = {block.get("id") for block in before if block.get("type") == "tool_use"}
        blocks = blocks_of(one)
        answered = [block.get("tool_use_id") for block in blocks if block.get("type") == "tool_result"]
        if missing := called - set(answered):
            yield f"messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(sorted(missing))}"
        if stray := set(answered) - called:
            yield f"messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks: {', '.join(sorted(map(str, stray)))}"
        if len(answered) != len(set(answered)):
            yield f"messages.{at}: each tool_use must have a single result"
        if any(block.get("type") != "tool_result" for block in blocks[: len(answered)]):
            yield f"messages.{at}: tool_result blocks must come before other content"


def tools(body: Body) -> Iterator[str]:
    given = body.get("tools") or []
    names = [tool.get("name", "") for tool in given]
    if len(names) != len(set(names)):
        yield "tools: Tool names must be unique."
    for at, tool in enumerate(given):
        if not TOOL_NAME.fullmatch(tool.get("name", "")):
            yield f"tools.{at}.name: should match {TOOL_NAME.pattern}"
        if tool.get("type", "custom") == "custom" and (tool.get("input_schema") or {}).get("type") != "object":
            yield f"tools.{at}.input_schema: must be of type object"
    choice = body.get("tool_choice") or {}
    if choice and not given:
        yield "tool_choice: may only be specified while providing tools"
    if choice.get("type") in {"any", "tool"} and "sonnet-5-5" in str(body.get("model")):
        yield f"tool_choice: {choice['type']!r} is not supported by this model"
    if choice.get("type") == "tool" and choice.get("name") not in names:
        yield f"tool_choice: tool {choice.get('name')!r} not found in provided tools"


def thinking(body: Body) -> Iterator[str]:
    wish, model = body.get("thinking") or {}, str(body.get("model"))
    effort = (body.get("output_config") or {}).get("effort")
    if effort is not None and effort not in EFFORTS:
        yield f"output_config.effort: should be one of {', '.join(EFFORTS)}"
    kind = wish.get("type")
    if wish and kind not in {"adaptive", "enabled", "disabled", "between_tools"}:
        yield f"thinking.type: {kind!r} is not known"
    if kind == "disabled" and "sonnet-5-5" in model:
        yield "thinking.type: disabled is not supported by this model"
    if kind == "between_tools" and effort in {"xhigh", "max"}:
        yield f"thinking.type: between_tools cannot be used with effort {effort}"
    if "budget_tokens" in wish and "haiku-5-5" in model:
        yield "thinking.budget_tokens: this model takes adaptive thinking only"
    if kind == "enabled" and "budget_tokens" not in wish:
        yield "thinking.budget_tokens: Field required"
    if wish.get("budget_tokens", 0) >= body.get("max_tokens", MAX_OUTPUT):
        yield "max_tokens: must be greater than thinking.budget_tokens"


def citations(body: Body) -> Iterator[str]:
    found = [block for one in body.get("messages") or [] for block in sources_in(blocks_of(one))]
    enabled = [bool((block.get("citations") or {}).get("enabled")) for block in found]
    if any(enabled) and not all(enabled):
        yield "citations: must be enabled on all documents and search results or on none"
    if any(enabled) and (body.get("output_config") or {}).get("format"):
        yield "output_config.format: cannot be used together with citations"
    yield from ("document: text sources must be text/plain" for block in found if (source := block.get("source")) and isinstance(source, dict) and source.get("type") == "text" and source.get("media_type") != "text/plain")  # fmt: skip


def caching(body: Body) -> Iterator[str]:
    marks = json.dumps([body.get(name) for name in ("system", "tools", "messages")]).count('"cache_control": {')
    if marks > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {marks}."


# Thinking is bound to the preceding content.


def signatures(body: Body) -> Iterator[str]:
    given = body.get("messages") or []
    for at, one in enumerate(given):
        for block in blocks_of(one):
            if block.get("type") == "thinking" and block.get("signature") != signature(body, given[:at], str(block.get("thinking"))):  # fmt: skip
                yield f"messages.{at}: Invalid `signature` in `thinking` block"


def signature(body: Body, before: list[dict[str, Any]], thought: str) -> str:
    bound = [
        body.get("system"),
        body.get("tools"),
        [{"role": one["role"], "content": blocks_of(one)} for one in before],
    ]
    text = json.dumps([without_marks(bound), thought], sort_keys=True)
    return "simulator" + hashlib.sha256(text.encode()).hexdigest()


def without_marks(value: Any) -> Any:
    """Remove fields that may change between turns, and empty defaults that clients send."""
    if isinstance(value, dict):
        return {
            name: without_marks(each) for name, each in value.items() if name != "cache_control" and each is not None
        }
    return [without_marks(each) for each in value] if isinstance(value, list) else value
