"""Starts the GitHub simulator in its own process and uses its control interface."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

SERVER = "tests.simulators.github.server"


class GithubSimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    @property
    def settings(self) -> dict[str, str]:
        """Environment settings that point the product to the simulator."""
        return {
            "GITHUB_CLIENT_ID": "github-client",
            "GITHUB_CLIENT_SECRET": "github-secret",
            "GITHUB_BASE": self.url,
            "GITHUB_API_BASE": self.url,
        }

    def set(self, **values: Any) -> None:
        """Set the person who consents; what is not named is as at the start."""
        self._client.post("/control/set", json=values)

    def consent(self, url: str) -> str:
        """Open the page of the sign-in; returns the address of the callback."""
        return self._client.get(url).headers["location"]


@contextmanager
def running() -> Iterator[GithubSimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield GithubSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
