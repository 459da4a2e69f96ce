"""Simulator of the parts of Anthropic's Messages API that our client uses, on loopback, in its own process.

    python -m tests.simulators.anthropic.server --port 8901 --first-ms 300 --tokens-per-second 60

It prints its port and serves until its input ends (with ``--port``: until it is interrupted). Any key with the prefix
``sk-ant-simulator-`` is valid. Without a script it gives one short answer; ``!!help`` in a message lists the commands that make
it fail. The control interface:

    POST /control/script   {"turns": [{"mode", "text", "tools", "match", ...}]}: the next turns, see turns.py
    POST /control/mode     settings to change: {"obey", "first_ms", "tokens_per_second", "keys", "context_window", ...}
    GET  /control/seen     all requests: {"n", "at", "path", "headers", "body", "status", "mode", "ended"}; {"after": n} leaves out the first
    GET  /control/counts   {"requests", "open", "most_open", "disconnects", "scripted"}
    POST /control/hurry    stream the rest of every answer at once, until the next reset
    POST /control/reset    reset everything
"""

import argparse
import asyncio
import contextlib
import json
import re
import secrets
import sys
import threading
import time
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from tests.simulators.anthropic import responses, rules, streaming, turns
from tests.simulators.anthropic.requests import input_tokens, newest_text, tokens_in
from tests.simulators.anthropic.rules import RefusedError
from tests.simulators.anthropic.serving import Connection, Request
from tests.simulators.anthropic.turns import FAILURES, Turn

WRITE_BYTES = 65_536
CACHED_AT_LEAST = 1024  # tokens
KEPT = 5_000  # requests
UNSEEN = {"authorization", "x-api-key", "cookie"}


class Simulator:
    def __init__(self, **settings: float) -> None:
        self.first = settings
        self.reset()

    def reset(self) -> None:
        self.settings = responses.Settings(**self.first)  # type: ignore[arg-type]
        self.script: list[Turn] = []
        self.seen: list[dict[str, Any]] = []
        self.counts = {"requests": 0, "open": getattr(self, "counts", {}).get("open", 0), "most_open": 0}
        self.disconnects: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.cached: set[str] = set()
        self.is_hurried = False

    async def handle(self, connection: Connection, request: Request) -> None:
        if request.path.startswith("/control/"):
            self.control(connection, request)
            return
        note = self.note(request)
        request_id = f"req_simulator_{note['n']:06}"
        try:
            rules.check_headers(request.headers, self.settings.keys)
            await self.route(connection, request, note, request_id)
        except RefusedError as refused:
            note.update(status=refused.status, ended="refused", message=refused.message)
            error = {"type": refused.kind, "message": refused.message}
            if refused.details is not None:
                error["details"] = refused.details
            answer = {"type": "error", "error": error, "request_id": request_id}
            connection.json(answer, refused.status, {"request-id": request_id, **refused.headers})

    async def route(self, connection: Connection, request: Request, note: dict[str, Any], request_id: str) -> None:
        known = {"request-id": request_id}
        match request.method, request.path.split("/")[2:]:
            case "POST", ["messages"]:
                await self.messages(connection, request, note, known)
            case "POST", ["messages", "count_tokens"]:
                body = self.body(request, note, counting=True)
                self.fail(self.scripted("count_tokens", body["model"], newest_text(body)), body)
                connection.json({"input_tokens": input_tokens(body)}, headers=known)
            case "GET", ["models", *name]:
                self.fail(self.scripted("models"), {})
                connection.json(models(name), headers=known)
            case "POST", ["files"]:
                self.fail(self.scripted("files"), {})
                connection.json(self.upload(request), headers=known)
            case "DELETE", ["files", file_id] if self.files.pop(file_id, None) is not None:
                connection.json({"id": file_id, "type": "file_deleted"}, headers=known)
            case _:
                raise RefusedError("Not found", 404, "not_found_error")
        note.setdefault("status", 200)

    # Control interface.

    def control(self, connection: Connection, request: Request) -> None:
        try:
            connection.json(self.controlled(request.path.removeprefix("/control/"), request))
        except (ValueError, TypeError) as error:
            connection.json({"error": str(error)}, 400)

    def controlled(self, word: str, request: Request) -> object:
        value = json.loads(request.body or b"{}")
        match word:
            case "script":
                self.script.extend([turns.read(turn) for turn in value["turns"]])
            case "mode":
                known = {one.name for one in fields(responses.Settings)}
                if not set(value) <= known:
                    raise ValueError(f"Settings are {', '.join(sorted(known))}.")
                for name, new in value.items():
                    setattr(self.settings, name, set(new) if name in {"keys", "models"} else new)
            case "seen":
                return [note for note in self.seen if note["n"] > value.get("after", 0)]
            case "counts":
                return {**self.counts, "disconnects": self.disconnects, "scripted": len(self.script)}
            case "hurry":
                self.is_hurried = True
            case "reset":
                self.reset()
            case _:
                raise ValueError("There is no such word.")
        return {}

    def note(self, request: Request) -> dict[str, Any]:
        self.counts["requests"] += 1
        headers = {name: value for name, value in request.headers.items() if name not in UNSEEN}
        signed = request.headers.get("authorization", "").startswith("Bearer ")
        note = {
            "n": self.counts["requests"],
            "at": time.monotonic(),
            "path": request.path,
            "headers": headers,
            "signed": signed,
        }
        self.seen.append(note)
        del self.seen[:-KEPT]
        return note

    def scripted(self, on: str, model: str = "", text: str = "") -> Turn | None:
        """Take the next matching turn of the script."""
        for turn in self.script:
            if turn.fits(on, model, text):
                turn.times -= 1
                if turn.times == 0:
                    self.script.remove(turn)
                return turn
        return None

    # The API.

    def body(self, request: Request, note: dict[str, Any], *, counting: bool = False) -> dict[str, Any]:
        if len(request.body) > rules.MAX_BYTES:
            raise RefusedError(FAILURES["413"][2], 413, "request_too_large")
        try:
            body = note["body"] = json.loads(request.body)
            rules.check(body, counting=counting, files=set(self.files), extra_models=self.settings.models)  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RefusedError(f"The request body is not valid: {error}") from error
        used, window = input_tokens(body), self.settings.context_window
        if used > window:
            raise RefusedError(FAILURES["prompt_too_long"][2].format(used=used, window=window))
        return body

    def fail(self, turn: Turn | None, body: dict[str, Any]) -> None:
        """Raise if the turn is a failure."""
        if turn is None or turn.mode not in FAILURES:
            return
        status, kind, message = FAILURES[turn.mode]
        after = turn.retry_after
        if after is None and turn.mode == "429":
            after = 1
        details = {"error_code": "enforced_spend_limit_reached"} if turn.mode == "spend_cap" else None
        message = turn.message or message.format(used=input_tokens(body) + 1_000_000, window=1_000_000)
        headers = {"retry-after": f"{after:g}"} if after is not None and turn.mode in {"429", "503", "529"} else {}
        raise RefusedError(message, status, kind, details=details, headers=headers)

    async def messages(
        self, connection: Connection, request: Request, note: dict[str, Any], headers: dict[str, str]
    ) -> None:
        body = self.body(request, note)
        turn = self.scripted("messages", body["model"], newest_text(body))
        if turn is None:
            turn = responses.decide(body, self.settings, self.files)
        if turn.quote:
            turn = replace(turn, blocks=responses.quoting(turn.quote, body, self.files))
        turn = streaming.paced(turn, self.settings.first_ms, self.settings.tokens_per_second)
        note["mode"] = turn.mode
        self.fail(turn, body)
        with self.counted(connection, note):
            if turn.mode == "hang":
                await asyncio.sleep(turn.seconds)
            if turn.mode == "html":
                connection.head(200, {"content-type": "text/html", "content-length": "15", **headers})
                connection.transport.write(b"<html></html>\r\n")
            elif body.get("stream"):
                await self.stream(connection, turn, streaming.steps(turn, body, self.usage(body)), note, headers)
            else:
                await self.answer(connection, turn, streaming.steps(turn, body, self.usage(body)), headers)

    @contextlib.contextmanager
    def counted(self, connection: Connection, note: dict[str, Any]):
        """Count a turn as open, and as aborted if its client disconnects."""
        counts = self.counts
        counts["open"] += 1
        counts["most_open"] = max(counts["most_open"], counts["open"])
        note["ended"] = "open"
        try:
            yield
            note["ended"] = "broken off" if connection.broken_off else "done"
        except asyncio.CancelledError:
            note["ended"] = "client gone"
            noticed = time.monotonic()
            self.disconnects.append({
                "n": note["n"], "at": connection.gone_at, "tokens": note.get("tokens", 0), "mode": note["mode"],
                "ms_to_stop": (noticed - connection.gone_at) * 1000,
            })  # fmt: skip
            raise
        finally:
            self.counts["open"] -= 1

    async def answer(
        self, connection: Connection, turn: Turn, made: list[streaming.Step], headers: dict[str, str]
    ) -> None:
        tokens = sum(step.tokens for step in made)
        pace = tokens / turn.tokens_per_second if turn.tokens_per_second else 0
        await asyncio.sleep((turn.first_ms or 0) / 1000 + pace)
        if turn.mode == "error_event":
            raise RefusedError("Overloaded", 529, "overloaded_error")
        if turn.mode not in turns.BREAKS:
            connection.json(streaming.whole(made), headers=headers)
            return
        body = json.dumps(streaming.whole(made)).encode()
        connection.head(200, {"content-type": "application/json", "content-length": str(len(body)), **headers})
        connection.transport.write(body[: len(body) // 2])
        if turn.mode == "stall":
            await asyncio.sleep(turn.seconds)
        connection.break_off(reset=turn.mode == "reset")

    async def stream(
        self,
        connection: Connection,
        turn: Turn,
        made: list[streaming.Step],
        note: dict[str, Any],
        headers: dict[str, str],
    ) -> None:
        connection.head(200, {
            "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache", "transfer-encoding": "chunked", **headers,
        })  # fmt: skip
        await self.speak(connection, turn, streaming.broken(made, turn), note)
        match turn.mode:
            case "stall":
                await asyncio.sleep(turn.seconds)
            case "cut" | "reset":
                await asyncio.sleep(0.05)  # so that sent data arrives first
                connection.break_off(reset=turn.mode == "reset")
                return
            case "error_event":
                error = {"type": "overloaded_error", "message": turn.message or "Overloaded"}
                connection.chunk(streaming.Step("error", {"error": error, "request_id": headers["request-id"]}).wire())
        connection.end()

    async def speak(self, connection: Connection, turn: Turn, made: list[streaming.Step], note: dict[str, Any]) -> None:
        """Send the events, each token at its scheduled time; late ones are sent together."""
        due, waiting, said = time.monotonic() + (turn.first_ms or 0) / 1000, bytearray(), 0
        gap = 1 / turn.tokens_per_second if turn.tokens_per_second else 0.0
        for step in made:
            is_paced = step.tokens and (gap or not said) and not self.is_hurried
            wait = due - time.monotonic() if is_paced else 0
            if wait > 0 or len(waiting) > WRITE_BYTES:
                connection.chunk(bytes(waiting))
                waiting.clear()
                await connection.drain()
                await asyncio.sleep(max(wait, 0))
            waiting += step.wire()
            due += gap * step.tokens
            said += step.tokens
            note["tokens"] = said
        connection.chunk(bytes(waiting))
        await connection.drain()

    def usage(self, body: dict[str, Any]) -> dict[str, int]:
        """Count tokens; instructions and tools are cached the second time."""
        total, fixed = input_tokens(body), [body.get("system"), body.get("tools")]
        used = {"input_tokens": total, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
        size = sum(tokens_in(one) for one in fixed)
        if size < CACHED_AT_LEAST or not ("cache_control" in body or '"cache_control": {' in json.dumps(fixed)):
            return used
        key = json.dumps([body["model"], rules.without_marks(fixed)])
        name = "cache_read_input_tokens" if key in self.cached else "cache_creation_input_tokens"
        self.cached.add(key)
        return {**used, "input_tokens": total - size, name: size}

    def upload(self, request: Request) -> dict[str, Any]:
        boundary = re.search(r'boundary="?([^";]+)', request.headers.get("content-type", ""))
        parts = request.body.split(b"--" + boundary.group(1).encode()) if boundary else []
        for part in parts:
            head, _, content = part.partition(b"\r\n\r\n")
            name = re.search(rb'filename="([^"]*)"', head)
            if name:
                return self.keep(name.group(1).decode(), head, content.removesuffix(b"\r\n"))
        raise RefusedError("file: Field required")

    def keep(self, name: str, head: bytes, content: bytes) -> dict[str, Any]:
        kind = re.search(rb"(?i)content-type:\s*([^\r\n]+)", head)
        file_id = f"file_simulator_{secrets.token_hex(10)}"
        self.files[file_id] = content
        return {
            "id": file_id, "type": "file", "filename": name, "size_bytes": len(content), "downloadable": False,
            "mime_type": kind.group(1).decode() if kind else "application/octet-stream",
            "created_at": datetime.now(UTC).isoformat(),
        }  # fmt: skip


def models(name: list[str]) -> dict[str, Any]:
    known = [
        {"id": one, "type": "model", "display_name": title, "created_at": "2026-01-01T00:00:00Z", "lifecycle": "active",
         "max_input_tokens": 1_000_000, "max_tokens": rules.MAX_OUTPUT}
        for one, title in rules.MODELS.items()
    ]  # fmt: skip
    if not name:
        return {"data": known, "has_more": False, "first_id": known[0]["id"], "last_id": known[-1]["id"]}
    found = next((one for one in known if one["id"] == name[0]), None)
    if found is None:
        raise RefusedError(f"model: {name[0]}", 404, "not_found_error")
    return found


async def serve(port: int, settings: dict[str, float]) -> None:
    loop, simulator, ended = asyncio.get_running_loop(), Simulator(**settings), asyncio.Event()
    server = await loop.create_server(lambda: Connection(simulator.handle), "127.0.0.1", port, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    if not port:
        threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(ended.set)), daemon=True).start()
    await ended.wait()
    server.close()


if __name__ == "__main__":
    words = argparse.ArgumentParser(description="A simulator of the Messages API.")
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--first-ms", type=float, default=0)
    words.add_argument("--tokens-per-second", type=float, default=0)
    given = vars(words.parse_args())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(given.pop("port"), given))
