"""A small HTTP/1.1 server that detects disconnects immediately, and can break connections like real servers."""

import asyncio
import json
import socket
import struct
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

HEAD_END = b"\r\n\r\n"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Connection(asyncio.Protocol):
    def __init__(self, handle: Callable[["Connection", Request], Awaitable[None]]) -> None:
        self.handle = handle
        self.buffer = bytearray()
        self.task: asyncio.Task | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.gone_at = 0.0  # on the clock of the machine, so that tests may subtract their own time.monotonic()
        self.broken_off = False  # by us

    # Receive.

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.advance()

    def eof_received(self) -> bool:
        self.lose()
        return False

    def connection_lost(self, _: Exception | None) -> None:
        self.lose()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def lose(self) -> None:
        if not self.gone_at:
            self.gone_at = time.monotonic()
            self.writable.set()
            if self.task and not self.task.done():
                self.task.cancel()

    def advance(self) -> None:
        if self.gone_at or self.broken_off or (self.task and not self.task.done()):
            return
        request = take(self.buffer)
        if request is not None:
            self.task = asyncio.get_running_loop().create_task(self.run(request))
            self.task.add_done_callback(lambda _: self.advance())

    async def run(self, request: Request) -> None:
        try:
            await self.handle(self, request)
        except asyncio.CancelledError:
            pass
        except Exception:
            traceback.print_exc(file=sys.stderr)
            self.break_off()

    # Send.

    def json(self, value: object, status: int = 200, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        self.head(status, {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})})
        self.transport.write(body)

    def head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {reason(status)}", *(f"{name}: {value}" for name, value in headers.items())]
        self.transport.write("\r\n".join(lines).encode() + HEAD_END)

    def chunk(self, data: bytes) -> None:
        if data:
            self.transport.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self) -> None:
        self.transport.write(b"0\r\n\r\n")

    async def drain(self) -> None:
        await self.writable.wait()

    def break_off(self, *, reset: bool = False) -> None:
        """Close like a crashed proxy, or with a TCP reset."""
        self.broken_off = True
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        else:
            self.transport.close()


def take(buffer: bytearray) -> Request | None:
    """Parse a complete request at the start of a buffer, if there is one."""
    end = buffer.find(HEAD_END)
    if end < 0:
        return None
    first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    start = end + len(HEAD_END)
    length = int(headers.get("content-length", 0))
    if len(buffer) < start + length:
        return None
    body = bytes(buffer[start : start + length])
    del buffer[: start + length]
    method, target, _ = first.split(" ", 2)
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Request(method, parts.path, query, headers, body)


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Overloaded"
