"""Exponential decay relative to a fixed reference time.

A signal of weight w at time t is stored as w * 2 ** ((t - REFERENCE) / half-life): the stored numbers never change as time
passes, so sums of them can be extended in any order. Dividing by the factor of the present gives the decayed sum.
"""

from datetime import UTC, datetime

REFERENCE = datetime(2026, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400.0


def factor(moment: datetime, half_life_days: float) -> float:
    """Return the factor by which the weight of a signal at this time is multiplied for storage."""
    return 2.0 ** ((moment - REFERENCE).total_seconds() / _DAY_SECONDS / half_life_days)


def decayed(stored: float, now: datetime, half_life_days: float) -> float:
    """Return a stored sum decayed to now."""
    return stored / factor(now, half_life_days)
