"""Starts the Spotify simulator in its own process and uses its control interface."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

SERVER = "tests.simulators.spotify.server"
CLIENT_ID = "simulatorclientid00000000000000"


class SpotifySimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=f"{self.url}/control", trust_env=False)

    @property
    def settings(self) -> dict[str, str]:
        """Environment settings that point the product to the simulator."""
        return {"SPOTIFY_CLIENT_ID": CLIENT_ID, "SPOTIFY_ACCOUNTS_BASE": self.url, "SPOTIFY_API_BASE": self.url}

    def reset(self) -> None:
        """Reset everything."""
        self._client.post("/reset")

    def set(self, **values: Any) -> None:
        """Change settings or the player."""
        self._client.post("/set", json=values)

    def fail(self, fault: str, on: str = "", **values: Any) -> None:
        """Make the next requests fail, ``times`` times; ``on`` is a path such as ``play``."""
        self._client.post("/fail", json={"fault": fault, "on": on, **values})

    def expire(self, *, refresh: bool = False) -> None:
        """Reject every current access token, and with ``refresh`` the refresh tokens too."""
        self._client.post("/expire", json={"refresh": refresh})

    @property
    def state(self) -> dict[str, Any]:
        """The player."""
        return self._client.get("/state").json()

    def seen(self, path: str = "", method: str = "") -> list[dict[str, Any]]:
        """Return the requests to a path so far, in order."""
        found = self._client.get("/seen").json()
        return [one for one in found if path in {"", one["path"]} and method in {"", one["method"]}]


@contextmanager
def running(consent: str = "auto") -> Iterator[SpotifySimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER, "--consent", consent]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield SpotifySimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
