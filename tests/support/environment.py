"""Change environment settings inside a test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from askchopper import settings


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
