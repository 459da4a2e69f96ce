"""Starts the ClamAV simulator in its own process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SERVER = "tests.simulators.clamd.server"


@contextmanager
def running() -> Iterator[str]:
    """Run a simulator within the block; yields its address."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield f"127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()
        process.wait(10)
