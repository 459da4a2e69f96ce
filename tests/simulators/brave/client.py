"""Starts the Brave simulator in its own process and uses its control interface."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.simulators.brave.server import KEY, row

SERVER = "tests.simulators.brave.server"
__all__ = ["BraveSimulator", "row", "running"]


class BraveSimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    @property
    def settings(self) -> dict[str, str]:
        """Environment settings that point the product to the simulator."""
        return {"BRAVE_API_KEY": KEY, "BRAVE_API_BASE_URL": self.url}

    def reset(self) -> None:
        """Forget everything."""
        self._client.post("/control", json={"reset": True})

    def set(self, **values: Any) -> None:
        """Change the pace, the quota or the answers."""
        self._client.post("/control", json=values)

    def fail(self, fault: str, times: int = 1) -> None:
        """Make the next requests fail."""
        self.set(fault=fault, times=times)

    def answer(self, part: str, *rows: dict[str, Any]) -> None:
        """Answer questions that contain a text with these results."""
        self.set(answers={part: list(rows)})

    @property
    def seen(self) -> list[dict[str, Any]]:
        """Requests so far, each with what was asked and when."""
        return self._client.get("/control").json()["requests"]


@contextmanager
def running() -> Iterator[BraveSimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield BraveSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
