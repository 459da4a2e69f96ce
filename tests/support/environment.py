"""Settings of the test process."""

import os
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
