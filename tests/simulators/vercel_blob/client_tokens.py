"""Client tokens as the simulator verifies them: signed by the store, for one key, size, type and time."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

_OPS = {"put", "mpu_create", "mpu_upload", "mpu_complete"}


def claims_of(signed: str, token: str) -> dict[str, Any] | None:
    """Return the payload of a client token; None if another store has signed it."""
    signature, _, payload = base64.b64decode(signed).decode().partition(".")
    expected = hmac.new(token.encode(), payload.encode(), hashlib.sha256).hexdigest()
    return json.loads(base64.b64decode(payload)) if hmac.compare_digest(signature, expected) else None


def problem_of(claims: dict[str, Any], op: str, pathname: str, size: int, kind: str) -> tuple[int, str, str] | None:
    """Return why a request is refused: status, code and message."""
    if op not in _OPS or claims["validUntil"] < time.time() * 1000:
        return 403, "forbidden", "This client token has expired or does not allow this."
    if pathname != claims["pathname"]:
        return 400, "bad_request", 'The "pathname" does not match the token payload'
    # Of a multipart upload only each part: whether Vercel adds them up is not documented, so nothing may rely on it.
    if size > claims["maximumSizeInBytes"]:
        return 400, "bad_request", f"the file length cannot be greater than {claims['maximumSizeInBytes']}"
    allowed = claims["allowedContentTypes"]
    is_allowed = any(kind == one or (one.endswith("/*") and kind.startswith(one[:-1])) for one in allowed)
    if op in {"put", "mpu_create"} and not is_allowed:
        return 400, "bad_request", f"contentType {kind} is not allowed"
    return None
