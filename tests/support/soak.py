"""Which tests run in the gate and which only in a soak run, and how large the long ones are.

A test, or a case of one, that is marked ``soak`` runs with ``make soak`` only. ``scaled`` and ``sampled`` make a test of the gate small.
"""

import os
from collections.abc import Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")
IS_SOAK = os.environ.get("SOAK") == "1"
_LEFT = pytest.mark.skip(reason="runs with make soak; SOAK=1")


def scaled(full: int, gate: int) -> int:
    """Return a count or a number of seconds: ``full`` in a soak run, ``gate`` otherwise."""
    return full if IS_SOAK else gate


def sampled(every: Iterable[T]) -> list[T]:
    """Return all of some cases in a soak run; otherwise the first, the last, and each third between them."""
    cases = list(every)
    return cases if IS_SOAK else [case for n, case in enumerate(cases) if n % 3 == 0 or n == len(cases) - 1]


def soak(*case: object) -> object:
    """Mark a case of ``pytest.mark.parametrize``: it runs with ``make soak`` only."""
    return pytest.param(*case, marks=pytest.mark.soak)


def leave_to_soak(tests: Iterable[pytest.Item]) -> None:
    """Skip the tests marked ``soak``, except in a soak run."""
    for test in tests:
        if not IS_SOAK and test.get_closest_marker("soak"):
            test.add_marker(_LEFT)
