"""Converts a turn to stream events, and events to one message."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.simulators.anthropic.requests import Body, newest_text, tool_results
from tests.simulators.anthropic.responses import DEFAULT_ANSWER, fill, filler, pieces
from tests.simulators.anthropic.rules import signature
from tests.simulators.anthropic.turns import BREAKS, CALLS, STOPS, Turn

THOUGHT = "The user wants a short, useful answer. I look at what is there and choose."
REFUSAL = {"type": "refusal", "category": "general_harms", "explanation": "The simulator was configured to refuse."}


@dataclass
class Step:
    """One event of a stream, with its number of tokens."""

    name: str
    data: dict[str, Any]
    tokens: int = 0

    def wire(self) -> bytes:
        return f"event: {self.name}\ndata: {json.dumps({'type': self.name, **self.data})}\n\n".encode()


def content(turn: Turn, body: Body) -> list[dict[str, Any]]:
    """Build the blocks of a turn: generated text, invalid tool calls, thinking."""
    if turn.mode == "empty":
        return []
    blocks = list(turn.blocks) or written(turn, body)
    if not any(block["type"] == "thinking" for block in blocks) and (thought := thinking(turn, body)) is not None:
        blocks.insert(0, {"type": "thinking", "thinking": thought})
    return blocks


def written(turn: Turn, body: Body) -> list[dict[str, Any]]:
    calls = called(turn, body)
    text = turn.text
    if not text and (turn.tokens or not calls):
        text = filler(turn.tokens) if turn.tokens else DEFAULT_ANSWER
    cited = {"citations": turn.citations} if turn.citations else {}
    blocks = [{"type": "text", "text": text, **cited}] if text else []
    return blocks + [{"type": "tool_use", "id": f"toolu_{secrets.token_hex(10)}", **call} for call in calls]


def called(turn: Turn, body: Body) -> list[dict[str, Any]]:
    if turn.tools or turn.mode not in CALLS:
        return [{"input": {}, **call} for call in turn.tools]
    offered = body.get("tools") or [{"name": "search_packs", "input_schema": {}}]
    if turn.mode == "unknown_tool":
        return [{"name": "no_such_tool", "input": {"query": newest_text(body)}}]
    one = {"name": offered[0]["name"], "input": fill(offered[0].get("input_schema") or {}, newest_text(body)[:200])}
    if turn.mode == "parallel":
        return [{**one, "name": offered[at % len(offered)]["name"]} for at in range(turn.calls)]
    return [one]


def thinking(turn: Turn, body: Body) -> str | None:
    """Return the first thinking block: none, an empty one (text omitted), or a summary."""
    if turn.thinking is not None:
        return turn.thinking
    wish = body.get("thinking") or {}
    kind = wish.get("type", "adaptive")
    if turn.mode != "thinking" and (kind == "disabled" or (kind == "between_tools" and not tool_results(body))):
        return None
    return THOUGHT if wish.get("display") == "summarized" or turn.mode == "thinking" else ""


def steps(turn: Turn, body: Body, usage: dict[str, int]) -> list[Step]:
    """List the events of the complete answer, truncated at the request's limit."""
    message = {
        "id": f"msg_simulator_{secrets.token_hex(10)}", "type": "message", "role": "assistant", "model": body["model"],
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": {**usage, "output_tokens": 1},
    }  # fmt: skip
    made = [Step("message_start", {"message": message}), Step("ping", {})]
    blocks = content(turn, body)
    left = body.get("max_tokens", 1)
    if turn.mode == "max_tokens":
        left = min(left, turn.after)
    allowed = left
    for index, block in enumerate(blocks):
        if left <= 0:
            break
        for step in block_steps(index, block, body, turn):
            if step.tokens > left:
                left = -1
                continue
            if left >= 0 or step.name == "content_block_stop":
                left -= step.tokens
                made.append(step)
    reason = turn.stop_reason or STOPS.get(turn.mode) or ("max_tokens" if left < 0 else reason_of(blocks))
    delta = {"stop_reason": reason, "stop_sequence": None}
    if reason == "refusal":
        delta["stop_details"] = REFUSAL
    spent = max(1, allowed - max(left, 0))
    return [*made, Step("message_delta", {"delta": delta, "usage": {"output_tokens": spent}}), Step("message_stop", {})]


def reason_of(blocks: list[dict[str, Any]]) -> str:
    return "tool_use" if any(block["type"] == "tool_use" for block in blocks) else "end_turn"


def block_steps(index: int, block: dict[str, Any], body: Body, turn: Turn) -> Iterator[Step]:
    def delta(kind: str, tokens: int = 0, **values: object) -> Step:
        return Step("content_block_delta", {"index": index, "delta": {"type": kind, **values}}, tokens)

    def start(**values: object) -> Step:
        return Step("content_block_start", {"index": index, "content_block": {"type": block["type"], **values}})

    if block["type"] == "text":
        cited = block.get("citations") or []
        yield start(text="", **({"citations": []} if cited else {}))
        for piece in pieces(block["text"]):
            yield delta("text_delta", 1, text=piece)
        for one in cited:
            yield delta("citations_delta", citation=one)
    elif block["type"] == "thinking":
        yield start(thinking="", signature="")
        for piece in pieces(block["thinking"]):
            yield delta("thinking_delta", 1, thinking=piece)
        yield delta("signature_delta", signature=signature(body, body["messages"], block["thinking"]))
    else:
        yield start(**{name: value for name, value in block.items() if name not in {"type", "input"}}, input={})
        yield delta("input_json_delta", partial_json="")
        for piece in json_pieces(block["input"], turn.mode):
            yield delta("input_json_delta", 1, partial_json=piece)
    yield Step("content_block_stop", {"index": index})


def json_pieces(value: object, mode: str) -> list[str]:
    """Split the input of a call at unusual positions."""
    text = json.dumps(value) if value else ""
    if mode == "truncated_json":
        text = (text or '{"query": "lo-fi"}')[:-3]
    elif mode == "broken_json":
        text = (text or "{}")[:-1] + ', "query": nonsense]}'
    return [text[at : at + 7] for at in range(0, len(text), 7)]


def whole(made: list[Step]) -> dict[str, Any]:
    """Combine the events to the message of a non-streaming response."""
    message = json.loads(json.dumps(made[0].data["message"]))
    inputs: dict[int, str] = {}
    for step in made:
        if step.name == "content_block_start":
            message["content"].append({**step.data["content_block"]})
        elif step.name == "content_block_delta":
            add(message["content"][step.data["index"]], step.data["delta"], inputs, step.data["index"])
        elif step.name == "message_delta":
            message.update(step.data["delta"])
            message["usage"].update(step.data["usage"])
    for index, text in inputs.items():
        message["content"][index]["input"] = json.loads(text or "{}") if is_json(text) else {}
    return message


def add(block: dict[str, Any], delta: dict[str, Any], inputs: dict[int, str], index: int) -> None:
    match delta["type"]:
        case "text_delta":
            block["text"] += delta["text"]
        case "thinking_delta":
            block["thinking"] += delta["thinking"]
        case "signature_delta":
            block["signature"] = delta["signature"]
        case "citations_delta":
            block["citations"] = [*block.get("citations", []), delta["citation"]]
        case "input_json_delta":
            inputs[index] = inputs.get(index, "") + delta["partial_json"]


def is_json(text: str) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


def broken(made: list[Step], turn: Turn) -> list[Step]:
    """Return the events before a break: the start and ``after`` tokens."""
    if turn.mode not in BREAKS:
        return made
    kept, left = [], turn.after
    for step in made:
        if step.tokens and left <= 0:
            break
        if step.name in {"content_block_stop", "message_delta", "message_stop"}:
            break
        left -= step.tokens
        kept.append(step)
    return kept


def paced(turn: Turn, first_ms: float, tokens_per_second: float) -> Turn:
    """Set the token rate."""
    if turn.mode == "slow":
        first_ms, tokens_per_second = 2000.0, 5.0
    return replace(
        turn,
        first_ms=first_ms if turn.first_ms is None else turn.first_ms,
        tokens_per_second=tokens_per_second if turn.tokens_per_second is None else turn.tokens_per_second,
    )
