"""Starts the Anthropic simulator in its own process and uses its control interface."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    import anthropic

SERVER = "tests.simulators.anthropic.server"
KEY = "sk-ant-simulator-test"


class AnthropicSimulator:
    """A running simulator."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._client = httpx.Client(base_url=f"{self.url}/control", trust_env=False)

    def reset(self) -> None:
        """Reset script, settings, requests and counts."""
        self._post("reset")

    def script(self, *turns: str | dict[str, Any]) -> None:
        """Queue the next turns: a mode, or a turn as in ``turns.py``."""
        self._post("script", turns=[{"mode": turn} if isinstance(turn, str) else turn for turn in turns])

    def set(self, **settings: Any) -> None:
        """Change settings: obey, first_ms, tokens_per_second, keys, models, context_window, speaks."""
        self._post("mode", **settings)

    def hurry(self) -> None:
        """Stream the rest of every answer at once, until the next reset: a test need not wait for a long answer that it has seen begin."""
        self._post("hurry")

    def seen(self, path: str = "/v1/messages", *, after: int = 0) -> list[dict[str, Any]]:
        """Return the requests to a path so far, in order; all paths for an empty one, ``after`` leaves out the first requests."""
        requests = self._client.request("GET", "/seen", json={"after": after}).json()
        return [request for request in requests if path in {"", request["path"]}]

    def bodies(self, *, after: int = 0) -> list[dict[str, Any]]:
        """Return the bodies of the requests for messages."""
        return [request["body"] for request in self.seen(after=after)]

    @property
    def counts(self) -> dict[str, Any]:
        """Requests, open turns now and at most, and the disconnects."""
        return self._get("counts")

    def disconnects(self, at_least: int = 0, *, seconds: float = 2) -> list[dict[str, Any]]:
        """Wait for a number of turns aborted by clients and return them; ``at`` is on the clock of ``time.monotonic``."""
        until = time.monotonic() + seconds
        while len(found := self.counts["disconnects"]) < at_least and time.monotonic() < until:
            time.sleep(0.01)  # noqa: TID251 - tests only
        return found

    def client(self, **options: Any) -> "anthropic.AsyncAnthropic":
        """Create a client of the real SDK for the simulator, without retries."""
        import anthropic  # takes a second or more

        return anthropic.AsyncAnthropic(**{"api_key": KEY, "base_url": self.url, "max_retries": 0, **options})

    def _get(self, word: str) -> Any:
        return self._client.get(f"/{word}").json()

    def _post(self, word: str, **values: Any) -> None:
        answer = self._client.post(f"/{word}", json=values)
        if answer.status_code != 200:
            raise ValueError(answer.json()["error"])


@contextmanager
def running() -> Iterator[AnthropicSimulator]:
    """Run a simulator within the block."""
    words = [sys.executable, "-m", SERVER]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield AnthropicSimulator(int(process.stdout.readline()))  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)
