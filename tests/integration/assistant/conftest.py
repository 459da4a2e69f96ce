"""Fixtures of the tests of the assistant."""

import asyncio

import pytest

from askchopper.services.assistant import generation


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait before a retry."""
    monkeypatch.setattr(generation, "RETRY_SECONDS", 0.02)
    pause = asyncio.sleep
    monkeypatch.setattr(generation.asyncio, "sleep", lambda seconds: pause(min(seconds, 1.2)))
