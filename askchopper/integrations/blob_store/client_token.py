"""Tokens with which a browser sends one file to Vercel Blob past us. The Python SDK has none; the format is that of the JavaScript SDK."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

from pydantic import SecretStr


def store_id(token: SecretStr) -> str:
    """Return the store that a read-write token opens: ``vercel_blob_rw_<store>_<secret>``."""
    return token.get_secret_value().split("_")[3]


def mint(
    token: SecretStr, *, key: str, max_bytes: int, content_types: Sequence[str], valid_until_milliseconds: int
) -> str:
    """Make a token that allows one file under one key.

    Args:
        token: the store's read-write token; it signs and is not contained.
        key: where the file will lie; nothing is added to it.
        max_bytes: the largest file that Vercel will take.
        content_types: the types it will take, such as ``audio/*``.
        valid_until_milliseconds: end of validity, in Unix time.
    """
    payload = {
        "pathname": key,
        "maximumSizeInBytes": max_bytes,
        "allowedContentTypes": list(content_types),
        "addRandomSuffix": False,
        "validUntil": valid_until_milliseconds,
    }
    encoded = base64.b64encode(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())
    signature = hmac.new(token.get_secret_value().encode(), encoded, hashlib.sha256).hexdigest()
    signed = base64.b64encode(f"{signature}.{encoded.decode()}".encode()).decode()
    return f"vercel_blob_client_{store_id(token)}_{signed}"
