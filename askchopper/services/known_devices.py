"""Browsers in which a member has signed in before, recognised by a signed cookie.

A known browser has its own count of wrong passwords, so that nobody can lock a member out by failing to sign in as
them. The cookie does not sign in.
"""

import secrets
import uuid

from askchopper import security

MAX_AGE_SECONDS = 365 * 86_400
_PURPOSE = "known-device"


def mark(user_id: uuid.UUID) -> str:
    """Return the cookie that marks a browser as known for a member who has just signed in."""
    return security.sign({"user": str(user_id), "device": secrets.token_hex(8)}, purpose=_PURPOSE)


def find(cookie: str, user_id: uuid.UUID) -> str:
    """Return the device id from the cookie; empty if it is invalid, older than a year, or another member's."""
    if not cookie or len(cookie) > 500:
        return ""
    payload = security.unsign(cookie, purpose=_PURPOSE, max_age_seconds=MAX_AGE_SECONDS) or {}
    return str(payload.get("device", "")) if payload.get("user") == str(user_id) else ""
