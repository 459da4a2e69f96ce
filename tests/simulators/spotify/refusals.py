"""What the simulated Spotify answers when it refuses a request."""

from typing import Any

FAULTS = {
    "expired": (401, "The access token expired", ""),
    "premium": (403, "Player command failed: Premium required", "PREMIUM_REQUIRED"),
    "restricted": (403, "Player command failed: Restriction violated", "UNKNOWN"),
    "scope": (403, "Insufficient client scope", ""),
    "not_listed": (403, "User not registered in the Developer Dashboard", ""),
    "no_device": (404, "Player command failed: No active device found", "NO_ACTIVE_DEVICE"),
    "rate_limit": (429, "API rate limit exceeded", ""),
    "quota": (429, "Quota exceeded", "QUOTA_EXCEEDED"),
    "server": (500, "Server error", ""),
    "unavailable": (503, "Service unavailable", ""),
    "refused": (400, "Bad request", ""),
}


class RefusedError(Exception):
    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.status, self.body, self.headers = status, body, headers or {}


def failure(fault: str, retry_after: int | None = None) -> RefusedError:
    status, message, reason = FAULTS[fault]
    error: dict[str, Any] = {"status": status, "message": message}
    if reason:
        error["reason"] = reason
    headers = {"retry-after": str(retry_after if retry_after is not None else 23)} if fault == "rate_limit" else {}
    return RefusedError(status, {"error": error}, headers)
