"""A mail server on loopback for the real client; without a vendor behind it, a minimal one is enough."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from askchopper.settings import environment


class _Handler(socketserver.StreamRequestHandler):
    """One connection: commands in lower or upper case, mails until a line with a dot."""

    server: "_Server"

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip().upper():
            if line == "DATA":
                self.say("354 send it")
                lines: list[str] = []
                while (text := self.rfile.readline().decode()) != ".\r\n":
                    lines.append(text)
                self.server.mails.append("".join(lines))
            self.say("221 bye" if line == "QUIT" else "250 ok")
            if line == "QUIT":
                return

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mails: list[str] = []


@contextmanager
def smtp_server() -> Iterator[list[str]]:
    """Run a server within the block and configure it; yields the mails that it gets."""
    with _Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with environment(SMTP_HOST="127.0.0.1", SMTP_PORT=str(server.server_address[1]), SMTP_STARTTLS="false"):
            yield server.mails
        server.shutdown()
