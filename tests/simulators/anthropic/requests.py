"""Parses a request: texts, documents, size."""

import base64
import io
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Block = dict[str, Any]
Body = dict[str, Any]
PAGE_BREAK = "\f"


def blocks_of(message: dict[str, Any]) -> list[Block]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [block for block in content or [] if isinstance(block, dict)]


def text_of(message: dict[str, Any]) -> str:
    return "\n".join(block["text"] for block in blocks_of(message) if block.get("type") == "text")


def system_of(body: Body) -> str:
    return text_of({"content": body.get("system")})


CONTEXT = re.compile(r"<context>.*?</context>", re.DOTALL)


def newest_text(body: Body) -> str:
    """Return the user's latest text, also after tool results, without ``<context>``."""
    for message in reversed(body.get("messages", [])):
        if message.get("role") == "user" and not has(message, "tool_result") and (text := text_of(message)):
            return CONTEXT.sub("", text).strip() or text
    return ""


def tool_results(body: Body) -> list[Block]:
    """Return the tool results in the last message."""
    return [block for block in blocks_of(body["messages"][-1]) if block.get("type") == "tool_result"]


def has(message: dict[str, Any], kind: str) -> bool:
    return any(block.get("type") == kind for block in blocks_of(message))


def leaves(value: Any) -> Iterator[str]:
    """Yield all strings in a value, and in JSON within strings."""
    if isinstance(value, str):
        yield value
        for inner in json_in(value):
            yield from leaves(inner)
    elif isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)


def json_in(text: str) -> list[Any]:
    """Find JSON objects and lists in a text."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while match := re.compile(r"[\[{]").search(text, at):
        try:
            value, at = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            at = match.end()
        else:
            if value:
                found.append(value)
    return found


def tokens_in(value: object) -> int:
    """Estimate the tokens of a text, or of the strings in a value."""
    if isinstance(value, str):
        return math.ceil(len(value) / 4)
    return math.ceil(sum(len(leaf) for leaf in strings(value)) / 4)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            if name == "data" and isinstance(each, str):
                yield each[: len(each) // 20]  # a file counts by pages, approximately
                continue
            yield name
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def input_tokens(body: Body) -> int:
    return 8 + sum(tokens_in(body.get(name)) for name in ("system", "tools", "messages"))


@dataclass
class Source:
    """A document or search result of the request, as citations count them."""

    kind: str  # "char", "page", "block" or "search"
    index: int
    title: str | None
    name: str  # the source of a search result
    parts: list[str]  # the complete text, by page or by block
    cited: bool


def sources(body: Body, files: dict[str, bytes]) -> list[Source]:
    """List the documents and search results in order; the two are numbered separately."""
    found: list[Source] = []
    for block in (block for message in body["messages"] for block in sources_in(blocks_of(message))):
        cited = bool((block.get("citations") or {}).get("enabled"))
        if block["type"] == "search_result":
            index = sum(source.kind == "search" for source in found)
            parts = [part["text"] for part in block["content"]]
            found.append(Source("search", index, block.get("title"), block["source"], parts, cited))
        else:
            index = sum(source.kind != "search" for source in found)
            kind, parts = contents(block["source"], files)
            found.append(Source(kind, index, block.get("title"), "", parts, cited))
    return found


def sources_in(blocks: list[Block]) -> Iterator[Block]:
    for block in blocks:
        if block.get("type") in {"document", "search_result"}:
            yield block
        elif block.get("type") == "tool_result" and isinstance(block.get("content"), list):
            yield from sources_in(block["content"])


def contents(source: dict[str, Any], files: dict[str, bytes]) -> tuple[str, list[str]]:
    match source.get("type"):
        case "text":
            return "char", [source["data"]]
        case "content":
            parts = source["content"]
            return "block", [parts] if isinstance(parts, str) else [part.get("text", "") for part in parts]
        case "file":
            return file_contents(files[source["file_id"]])
        case _:
            return file_contents(base64.b64decode(source.get("data", "")))


def file_contents(data: bytes) -> tuple[str, list[str]]:
    if not data.startswith(b"%PDF"):
        return "char", [data.decode("utf-8", "replace")]
    try:
        from pypdf import PdfReader

        return "page", [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except Exception:
        return "page", data.decode("utf-8", "replace").split(PAGE_BREAK)
