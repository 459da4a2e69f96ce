"""Request counters of this process: by status class, latency and route."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

BUCKETS_SECONDS = (0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


@dataclass
class RequestCounts:
    """Requests answered since the process started."""

    by_class: Counter[str] = field(default_factory=Counter[str])
    by_bucket: Counter[float] = field(default_factory=Counter[float])
    total_seconds: float = 0.0
    in_flight: int = 0
    by_route: Counter[str] = field(default_factory=Counter[str])
    seconds_by_route: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, *, status: int, seconds: float, route: str) -> None:
        """Count a response. ``route`` is the path pattern rather than the path, to limit the number of labels."""
        self.by_route[route] += 1
        self.seconds_by_route[route] += seconds
        self.by_class[f"{status // 100}xx"] += 1
        self.total_seconds += seconds
        for bucket in BUCKETS_SECONDS:
            if seconds <= bucket:
                self.by_bucket[bucket] += 1

    @property
    def count(self) -> int:
        """Number of responses."""
        return self.by_class.total()


requests = RequestCounts()
