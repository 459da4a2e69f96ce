"""Keeps questions away from a model that does not answer, and lets one through now and then to see whether it does again."""

import time
from dataclasses import dataclass

from askchopper.integrations.claude import Fault
from askchopper.observability import log

FAULTS_TO_OPEN = 3
OPEN_SECONDS = 20.0
# An answer of the vendor that another try a moment later would only repeat.
LONG_SECONDS = {Fault.SPEND_CAP: 600.0, Fault.KEY: 60.0, Fault.MODEL: 60.0}


@dataclass
class Breaker:
    """Closed: everything passes. Open: nothing does. Half open, after a pause: one question passes and decides.

    Times are those of a clock that only goes forward. ``asker`` is whoever asks; only the end of the one that was let
    through makes room for the next.
    """

    faults: int = 0
    fault: Fault | None = None  # the last one
    open_until: float = 0.0
    probe: object | None = None

    def lets_through(self, asker: object) -> bool:
        """Whether the model may be asked now; in the half-open state only the first to call is told so."""
        if not self.open_until:
            return True
        if time.monotonic() < self.open_until or self.probe is not None:
            return False
        self.probe = asker
        return True

    def succeeded(self) -> None:
        """Note that the model answered."""
        if self.open_until:
            log.info("chat.breaker_closed")
        self.faults, self.fault, self.open_until, self.probe = 0, None, 0.0, None

    def failed(self, asker: object, fault: Fault, *, retry_after_seconds: float | None = None) -> None:
        """Note that it did not; what is the question's own fault says nothing about the model."""
        was_probe = self.probe is asker
        self.gave_up(asker)
        if not fault.is_outage:
            return
        self.faults, self.fault = self.faults + 1, fault
        if self.faults >= FAULTS_TO_OPEN or was_probe or fault in LONG_SECONDS:
            pause = max(LONG_SECONDS.get(fault, OPEN_SECONDS), min(retry_after_seconds or 0.0, 600.0))
            self.open_until = time.monotonic() + pause
            log.warning("chat.breaker_opened", fault=fault.value, seconds=pause)

    def gave_up(self, asker: object) -> None:
        """Note that a question ended before the model had its say, such as by its reader's stop."""
        if self.probe is asker:
            self.probe = None

    @property
    def state(self) -> str:
        """Its state in a word, for the status page."""
        if not self.open_until:
            return "closed"
        return "open" if time.monotonic() < self.open_until else "half-open"


breaker = Breaker()
