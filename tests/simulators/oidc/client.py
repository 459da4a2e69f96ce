"""Starts the OpenID Connect simulator in its own process, and signs people in there."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

SERVER = "tests.simulators.oidc.server"
CLIENT_ID = "simulator-client"


class OidcSimulator:
    """A running issuer."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=self.url, trust_env=False)

    def settings(self, provider: str = "OIDC") -> dict[str, str]:
        """Environment settings that offer the issuer as a provider."""
        return {
            f"{provider}_CLIENT_ID": CLIENT_ID,
            f"{provider}_CLIENT_SECRET": "simulator-secret",
            f"{provider}_ISSUER": self.url,
        }

    def lie(self, kind: str = "") -> None:
        """Make the issuer lie until this is called again."""
        self._client.post("/control/lie", json={"kind": kind})

    def seen(self) -> list[str]:
        """Return methods and paths of the requests so far."""
        return self._client.get("/control/seen").json()

    def user(self, subject: str, **claims: Any) -> None:
        """Set what the issuer knows about a person."""
        self._client.put(f"/users/{subject}", json=claims)

    def consent(self, url: str, subject: str) -> str:
        """Sign in at the issuer's page as a person does; returns the address of the callback."""
        return self._client.post(url, data={"sub": subject}).headers["location"]

    def decline(self, url: str) -> str:
        """Decline at the issuer's page; returns the address of the callback."""
        return self._client.post(url, data={"action": "deny"}).headers["location"]


@contextmanager
def running() -> Iterator[OidcSimulator]:
    """Run an issuer within the block."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield OidcSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
