"""How large the long tests are: small in the gate, in full with ``make soak``."""

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
IS_SOAK = os.environ.get("SOAK") == "1"


def scaled(full: int, gate: int) -> int:
    """Return a count or a number of seconds: ``full`` in a soak run, ``gate`` otherwise."""
    return full if IS_SOAK else gate


def sampled(every: Iterable[T]) -> list[T]:
    """Return all of some cases in a soak run; otherwise the first, the last, and each third between them."""
    cases = list(every)
    return cases if IS_SOAK else [case for n, case in enumerate(cases) if n % 3 == 0 or n == len(cases) - 1]
