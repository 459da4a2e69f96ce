"""Search over a million sounds; see ``bench.search``."""

from bench import search
from bench.protocol import Samples

FILES = 1_000_000


async def measure() -> dict[str, Samples]:
    """Measure at a million sounds."""
    return await search.measure_at(FILES)
