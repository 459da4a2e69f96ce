"""Byte ranges of requests (RFC 9110, section 14), for files that do not lie on this machine."""

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
    """The range begins behind the end of the file."""


def wanted(request: Request, file: StoredFile) -> Span | None:
    """Return the range that is asked for; None for the whole file, which also answers what is no single range.

    Raises:
        UnsatisfiableError: there is nothing to send.
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
