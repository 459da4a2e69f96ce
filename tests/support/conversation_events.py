"""Following the events of a conversation, as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import Asked
from askchopper.services.assistant.broker import START, TEXT
from tests.support.clients import application, cookie_of

LONG = {"text": "one two three four five " * 30, "tokens_per_second": 150}


class Reader:
    """Streams a conversation's events from the ASGI app, as a browser does; httpx would wait for their end."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.values: list[Any] = []
        self.place = ""
        self.words = ""
        self.status, self.begun = 0, asyncio.Event()
        self._rest = b""
        self._news = asyncio.Event()

    def take(self, content: bytes) -> None:
        self._rest += content
        *frames, self._rest = self._rest.split(b"\n\n")
        for frame in frames:
            lines = frame.decode().split("\n")
            self.place = next((line[3:] for line in lines if line.startswith("id:")), self.place)
            for line in lines:
                if line.startswith("data:"):
                    name, value = json.loads(line[5:])
                    self.names.append(name)
                    self.values.append(value)
                    self._say(name, value)
        self._news.set()

    def _say(self, name: str, value: Any) -> None:
        if name == START:
            self.words = ""
        elif name == TEXT:
            self.words += value

    async def until(self, name: str, words: str = "", *, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while name not in self.names or words not in self.words:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def reading(
    viewer: Viewer, asked: Asked, *, after: str = "", last_event_id: str = "", cookie: str = ""
) -> AsyncIterator[Reader]:
    """Follow a conversation within the block."""
    reader, gone = Reader(), asyncio.Event()
    path = f"/api/v1/conversations/{asked.conversation_id}/events"
    headers = [(b"cookie", (cookie or await cookie_of(viewer)).encode()), (b"host", b"127.0.0.1:3000")]
    if last_event_id:
        headers.append((b"last-event-id", last_event_id.encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": f"after={after}".encode(),
        "root_path": "", "headers": headers, "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 3000),
    }  # fmt: skip
    is_asked = False

    async def receive() -> dict[str, Any]:
        nonlocal is_asked
        if not is_asked:
            is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            reader.status = message["status"]
            reader.begun.set()
        else:
            reader.take(message.get("body", b""))

    task = asyncio.create_task(application()(scope, receive, send))  # type: ignore[arg-type]
    try:
        yield reader
    finally:
        gone.set()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
