"""Run ``python -m askchopper`` as forks of one prepared process: a command then starts in milliseconds instead of the seconds of its imports.

A fork is a process of its own, with its environment, its files and its exit status. Tests of the start itself start the interpreter.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.database import ROOT

LONGEST_SECONDS = 120
WIDTH = "300"  # sentences stay on one line


class Command:
    """One running command."""

    def __init__(self, peer: subprocess.Popen[str], streams: tempfile.TemporaryDirectory[str]) -> None:
        self._peer, self._streams = peer, streams
        self.pid = int(_line(peer).removeprefix("started "))

    def kill(self) -> None:
        """Kill it, as the system does when memory is short; ``ended`` still has to be called."""
        os.kill(self.pid, signal.SIGKILL)

    def ended(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        status = int(_line(self._peer).removeprefix("ended "))
        with self._streams as folder:
            out, err = ((Path(folder) / name).read_text() for name in ("out", "err"))
        return subprocess.CompletedProcess([], status, out, err)


def start(*words: object, answer: str = "", **variables: str) -> Command:
    """Start a command, one at a time. ``answer`` is its standard input, ``variables`` are added to the environment."""
    streams, peer = tempfile.TemporaryDirectory(), _prepared()
    (Path(streams.name) / "in").write_text(answer)
    order = {"words": [*map(str, words)], "folder": streams.name, "environment": {**os.environ, **variables}}
    assert peer.stdin is not None
    peer.stdin.write(f"{json.dumps(order)}\n")
    peer.stdin.flush()
    return Command(peer, streams)


def run(*words: object, answer: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return start(*words, answer=answer, **variables).ended()


async def run_beside(*words: object, **variables: str) -> tuple[int, str]:
    """Run a command while the event loop continues, as purchases in it need; returns its exit status and all that it printed."""
    command = await asyncio.to_thread(lambda: start(*words, **variables))
    try:
        done = await asyncio.wait_for(asyncio.to_thread(command.ended), LONGEST_SECONDS)
    except TimeoutError:
        command.kill()  # ends the reading thread
        raise
    return done.returncode, done.stdout + done.stderr


def _line(peer: subprocess.Popen[str]) -> str:
    assert peer.stdout is not None
    line = peer.stdout.readline()
    assert line, "the process that starts commands has ended"
    return line.strip()


@cache
def _prepared() -> subprocess.Popen[str]:
    """Start the process, once per process of the test run; it ends with its input."""
    peer = subprocess.Popen(
        [sys.executable, "-m", "tests.support.command_server"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "COLUMNS": WIDTH},
    )  # fmt: skip
    assert _line(peer) == "ready"
    return peer
