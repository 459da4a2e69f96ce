"""Change environment settings inside a test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from askchopper import settings


def load_settings_once() -> None:
    """Load the settings of equal environments once per process: validation takes 5 ms, and most tests change something."""
    load = settings.load

    @cache
    def load_from(_folder: Path, _environment: frozenset[tuple[str, str]]) -> settings.Settings:
        return load()

    def load_again(**overrides: Any) -> settings.Settings:
        if overrides:
            return load(**overrides)
        relevant = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        return load_from(Path.cwd(), frozenset(relevant.items()))

    settings.load = load_again


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Change environment settings within a block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    settings.get.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        settings.get.cache_clear()
