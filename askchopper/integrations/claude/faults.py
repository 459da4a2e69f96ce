"""Maps errors of the SDK to one error type with a reason."""

from enum import StrEnum
from functools import lru_cache
from typing import Any

_TOO_LONG = ("prompt is too long", "context window", "too many tokens")
_SPEND_CAP = "enforced_spend_limit_reached"
_NO_CREDIT = "credit balance is too low"


class Fault(StrEnum):
    """Reasons why the model gave no answer or only part of one."""

    KEY = "key"  # the key is not accepted
    MODEL = "model"  # there is no model of that name
    SPEND_CAP = "spend_cap"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER = "server"
    UNREACHABLE = "unreachable"
    SILENT = "silent"  # nothing came for too long
    BROKEN = "broken"  # the stream ended before the answer did
    TOO_LONG = "too_long"
    MALFORMED = "malformed"  # arguments of a tool that are not JSON
    REJECTED = "rejected"  # the request itself is at fault

    @property
    def is_outage(self) -> bool:
        """Whether the model is unavailable for all questions, not only for this one."""
        return self not in {Fault.TOO_LONG, Fault.MALFORMED, Fault.REJECTED, Fault.BROKEN}


class ModelError(Exception):
    """The model did not answer completely."""

    def __init__(self, fault: Fault, detail: str = "", *, retry_after_seconds: float | None = None) -> None:
        """Store the fault; ``detail`` is for the log only."""
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


@lru_cache(maxsize=1)
def errors() -> Any:
    """Return the modules ``anthropic`` and ``httpx2``, imported on first use."""
    import anthropic  # noqa: PLC0415
    import httpx2  # noqa: PLC0415

    return anthropic, httpx2


def fault_of(error: Any) -> Fault:
    """Return the fault for an error of the SDK or its transport."""
    anthropic, httpx2 = errors()
    if isinstance(error, anthropic.APIStatusError):
        return _status_fault(error)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        is_connect = isinstance(error, httpx2.ConnectTimeout) or isinstance(error.__cause__, httpx2.ConnectTimeout)
        return Fault.UNREACHABLE if is_connect else Fault.SILENT
    if isinstance(error, anthropic.APIConnectionError | httpx2.ConnectError):
        return Fault.UNREACHABLE
    if isinstance(error, ValueError):
        return Fault.MALFORMED
    return Fault.BROKEN


_STATUS_FAULTS = {
    401: Fault.KEY,
    402: Fault.SPEND_CAP,
    403: Fault.KEY,
    404: Fault.MODEL,
    408: Fault.SERVER,
    413: Fault.TOO_LONG,
    429: Fault.RATE_LIMIT,
    529: Fault.OVERLOADED,
}


def _status_fault(error: Any) -> Fault:
    kind, status, words = getattr(error, "type", None), error.status_code, str(error).lower()
    if kind == "overloaded_error":  # also as an event within a stream that started normally
        return Fault.OVERLOADED
    if getattr(error, "error_code", None) == _SPEND_CAP or _NO_CREDIT in words:
        return Fault.SPEND_CAP
    if status in _STATUS_FAULTS:
        return _STATUS_FAULTS[status]
    if status == 200 or status >= 500:
        return Fault.SERVER
    return Fault.TOO_LONG if any(one in words for one in _TOO_LONG) else Fault.REJECTED


def retry_after(error: Any) -> float | None:
    """Return the vendor's Retry-After in seconds; None if it is missing or not a number."""
    response = getattr(error, "response", None)
    try:
        return float(response.headers["retry-after"]) if response is not None else None
    except (KeyError, ValueError):
        return None
