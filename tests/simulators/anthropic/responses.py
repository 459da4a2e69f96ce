"""What the simulator answers without a script: a mode named in the message, orders in obeying mode, or a short text."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.simulators.anthropic import injection_victim
from tests.simulators.anthropic.requests import Body, Source, newest_text, sources, tool_results
from tests.simulators.anthropic.turns import MODES, Turn

DEFAULT_ANSWER = "Keep the main idea to four bars, then change one part every eight."
KEYWORD = re.compile(r"!!(\w+)((?:\s+\d+(?:\.\d+)?)*)")
TOKEN = re.compile(r"\s*\S{1,6}|\s+")
SHORT_ANSWER = 90  # tokens


@dataclass
class Settings:
    """What the control interface changes."""

    obey: bool = False
    first_ms: float = 0
    tokens_per_second: float = 0
    context_window: int = 1_000_000
    keys: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    speaks: str = DEFAULT_ANSWER  # the answer where neither a script nor a mode applies


def decide(body: Body, settings: Settings, files: dict[str, bytes]) -> Turn:
    """Choose what to answer when no script applies."""
    if asked := keyword(body):
        return asked
    if settings.obey and (turn := injection_victim.turn(body, files)):
        return turn
    return Turn(text=settings.speaks)


def keyword(body: Body) -> Turn | None:
    """Read ``!!mode``, ``!!mode 5``, ``!!tokens 800`` or ``!!pace 300 40`` from what the user has just written."""
    text = newest_text(body)
    if tool_results(body) and "!!endless" not in text:
        return None
    turn = None
    for word, numbers in KEYWORD.findall(text):
        values = [float(number) for number in numbers.split()]
        if word == "help":
            return Turn(text="Modes: " + ", ".join(f"`!!{mode}`" for mode in (*MODES, "tokens", "pace")))
        if word not in {*MODES, "tokens", "pace"}:
            continue
        turn = turn or Turn()
        set_by(turn, word, values)
    return turn


def set_by(turn: Turn, word: str, values: list[float]) -> None:
    if word == "tokens":
        turn.tokens = int(values[0]) if values else SHORT_ANSWER
    elif word == "pace":
        turn.first_ms, turn.tokens_per_second = (*values, 0.0, 0.0)[:2]
    else:
        turn.mode = word
        if values:
            turn.after = turn.calls = int(values[0])
            turn.retry_after = values[0]


def filler(tokens: int) -> str:
    """Return a text of so many tokens."""
    return "".join(pieces(f"{DEFAULT_ANSWER} " * tokens)[:tokens])


def pieces(text: str) -> list[str]:
    """Split a text into what counts as tokens here."""
    return TOKEN.findall(text)


def fill(schema: dict[str, Any], value: str) -> dict[str, Any]:
    """Make an input: the value in the first string, and the least of everything else that is required."""
    properties, required = schema.get("properties") or {}, schema.get("required") or []
    filled = {name: least(properties.get(name, {})) for name in required}
    first = next((name for name, one in properties.items() if one.get("type") == "string" and "enum" not in one), None)
    if first and value:
        filled[first] = value[: properties[first].get("maxLength", len(value))]
    return filled


def least(schema: dict[str, Any]) -> Any:
    """Return the smallest value that fits a JSON schema."""
    if "enum" in schema or "const" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    simple: dict[str, Any] = {"object": {}, "array": [], "string": "x", "boolean": False, "null": None}
    return simple.get(str(schema.get("type")), schema.get("minimum", 1))


def quoting(quote: str, body: Body, files: dict[str, bytes]) -> list[dict[str, Any]]:
    """Return a text block that quotes a source of the request, cited as the API does if citations are enabled."""
    for source in sources(body, files):
        for at, part in enumerate(source.parts):
            if (start := part.find(quote)) >= 0:
                cited = {"citations": [citation(source, at, start, quote)]} if source.cited else {}
                return [{"type": "text", "text": quote, **cited}]
    raise ValueError(f"No source of the request contains {quote!r}.")


def citation(source: Source, at: int, start: int, text: str) -> dict[str, Any]:
    place = {"document_index": source.index, "document_title": source.title}
    match source.kind:
        case "char":
            return {"type": "char_location", "cited_text": text, **place, "start_char_index": start, "end_char_index": start + len(text)}  # fmt: skip
        case "page":
            return {"type": "page_location", "cited_text": text, **place, "start_page_number": at + 1, "end_page_number": at + 2}  # fmt: skip
        case "block":
            return {"type": "content_block_location", "cited_text": source.parts[at], **place, "start_block_index": at, "end_block_index": at + 1}  # fmt: skip
    return {
        "type": "search_result_location", "cited_text": source.parts[at], "search_result_index": source.index,
        "source": source.name, "title": source.title, "start_block_index": at, "end_block_index": at + 1,
    }  # fmt: skip
