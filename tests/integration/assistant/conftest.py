"""Fixtures of the tests of the assistant."""

import asyncio

import pytest

from askchopper.services.assistant import generation


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait before a retry."""
    pause = asyncio.sleep
    monkeypatch.setattr(generation.asyncio, "sleep", lambda seconds: pause(min(seconds, 1.2)))
