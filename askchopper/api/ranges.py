"""Byte ranges (RFC 9110, section 14) for content that is not sent from a local file."""

import re
from dataclasses import dataclass

from fastapi import Request

from askchopper.integrations.blob_store import StoredFile

_SPAN = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")


@dataclass(frozen=True)
class Span:
    """The bytes from ``start`` up to but not including ``end``."""

    start: int
    end: int


class UnsatisfiableError(Exception):
    """The range starts past the end of the file, or it is empty."""


def parse_range(request: Request, file: StoredFile) -> Span | None:
    """Parse a single byte range.

    Return None for a missing, malformed or multi-part range, or if the file has changed (If-Range); the caller then sends the whole file.

    Raises:
        UnsatisfiableError: the range starts past the end, or it is empty.
    """
    found = _SPAN.fullmatch(request.headers.get("range", ""))
    if found is None or request.headers.get("if-range", file.etag) != file.etag:
        return None
    first, last = found.groups()
    if first:
        start, end = int(first), min(int(last) + 1 if last else file.size_bytes, file.size_bytes)
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(file.size_bytes - int(last), 0), file.size_bytes
    else:
        return None
    if start >= end:
        raise UnsatisfiableError
    return Span(start, end)
