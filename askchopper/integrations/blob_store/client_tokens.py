"""Client tokens of Vercel Blob, which let a browser upload one object directly, bypassing our server.

Vercel's Python SDK cannot create them. The format is that of ``generateClientTokenFromReadWriteToken`` in @vercel/blob 2.8: a payload
signed with the secret of the store (https://vercel.com/docs/vercel-blob/client-upload).
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime


def client_token(token: str, *, pathname: str, max_bytes: int, content_type: str, valid_until: datetime) -> str:
    """Sign a client token that permits writing one new object.

    Args:
        token: read-write token of the store, ``vercel_blob_rw_<store>_<secret>``.
        pathname: the only key that may be written; only while nothing is stored there.
        max_bytes: largest size of the object.
        content_type: the only content type that may be sent.
        valid_until: when the store stops accepting it.
    """
    payload = {
        "pathname": pathname,
        "maximumSizeInBytes": max_bytes,
        "allowedContentTypes": [content_type],
        "addRandomSuffix": False,
        "allowOverwrite": False,
        "validUntil": int(valid_until.timestamp() * 1000),
    }
    encoded = base64.b64encode(json.dumps(payload, separators=(",", ":")).encode())
    signature = hmac.new(token.encode(), encoded, hashlib.sha256).hexdigest()
    signed = base64.b64encode(f"{signature}.{encoded.decode()}".encode()).decode()
    return f"vercel_blob_client_{token.split('_')[3]}_{signed}"
