"""Sentry simulator in its own process: receives envelopes and reports their content."""

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/api/42/envelope/"
seen: list[dict[str, object]] = []


def items(content: bytes) -> list[dict[str, object]]:
    """Parse the items of an envelope: a common header, then a header and a body each."""
    found, rest = [], content.partition(b"\n")[2]
    while rest.strip():
        head, _, rest = rest.partition(b"\n")
        length = json.loads(head).get("length")
        body, rest = (rest[:length], rest[length:].lstrip(b"\n")) if length is not None else rest.split(b"\n", 1)
        found.append({"type": json.loads(head)["type"], "body": json.loads(body)})
    return found


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self.path != PATH or "sentry_key=public" not in self.headers.get("x-sentry-auth", ""):
            self.answer(403, {})
            return
        if self.headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        seen.extend(items(content))
        self.answer(200, {"id": "1"})

    def do_GET(self) -> None:
        self.answer(200, seen)

    def answer(self, status: int, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)  # noqa: T201
    threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
