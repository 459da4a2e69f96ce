"""Circuit breaker for the model: rejects questions while the model is down and probes it from time to time."""

import time
from dataclasses import dataclass

from askchopper.integrations.claude import Fault
from askchopper.observability import log

FAULTS_TO_OPEN = 3
OPEN_SECONDS = 20.0
# Faults that open the breaker at once, and for how many seconds, since a retry would only repeat them.
LONG_SECONDS = {Fault.SPEND_CAP: 600.0, Fault.KEY: 60.0, Fault.MODEL: 60.0}


@dataclass
class Breaker:
    """Closed: every question passes. Open: none does. Half-open, after a back-off: one question probes the model.

    Times are from a monotonic clock. ``asker`` identifies the question. Any success closes the breaker; a failed probe
    opens it again.
    """

    faults: int = 0
    fault: Fault | None = None  # the most recent
    open_until: float = 0.0
    probe: object | None = None

    def allows_request(self, asker: object) -> bool:
        """Return whether the model may be asked. In the half-open state only the first caller may."""
        if not self.open_until:
            return True
        if time.monotonic() < self.open_until or self.probe is not None:
            return False
        self.probe = asker
        return True

    def succeeded(self) -> None:
        """Record a successful response of the model."""
        if self.open_until:
            log.info("chat.breaker_closed")
        self.faults, self.fault, self.open_until, self.probe = 0, None, 0.0, None

    def failed(self, asker: object, fault: Fault, *, retry_after_seconds: float | None = None) -> None:
        """Record a failure. Faults of the question itself, such as excessive length, do not count against the model."""
        was_probe = self.probe is asker
        self.release_probe(asker)
        if not fault.is_outage:
            return
        self.faults, self.fault = self.faults + 1, fault
        if self.faults >= FAULTS_TO_OPEN or was_probe or fault in LONG_SECONDS:
            pause = max(LONG_SECONDS.get(fault, OPEN_SECONDS), min(retry_after_seconds or 0.0, 600.0))
            self.open_until = time.monotonic() + pause
            log.warning("chat.breaker_opened", fault=fault.value, seconds=pause)

    def release_probe(self, asker: object) -> None:
        """Release the probe slot of a question that ended without a result, for example because its reader stopped it."""
        if self.probe is asker:
            self.probe = None

    @property
    def state(self) -> str:
        """The breaker's state as a word for the status page."""
        if not self.open_until:
            return "closed"
        return "open" if time.monotonic() < self.open_until else "half-open"


breaker = Breaker()
