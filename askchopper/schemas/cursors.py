"""Opaque cursors of paged lists."""

import base64
import binascii
import json
import uuid
from datetime import datetime
from typing import Any

from askchopper.errors import InvalidInputError

_MAX_LENGTH = 400


def encode(*values: str | float | None) -> str:
    """Encode the position at which a page ended."""
    compact = json.dumps(values, separators=(",", ":"), allow_nan=False)
    return base64.urlsafe_b64encode(compact.encode()).decode().rstrip("=")


def decode(cursor: str, *, length: int) -> tuple[Any, ...]:
    """Decode a cursor of ``length`` values. Cursors are forgeable: validate each value before use.

    Raises:
        InvalidInputError: it is malformed.
    """
    try:
        padded = cursor[:_MAX_LENGTH] + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise bad_cursor() from error
    if not isinstance(values, list) or len(values) != length:  # pyright: ignore[reportUnknownArgumentType]
        raise bad_cursor()
    return tuple(values)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def as_time(value: Any) -> datetime:
    """Decode a time.

    Raises:
        InvalidInputError: it is malformed.
    """
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise bad_cursor() from error


def as_id(value: Any) -> uuid.UUID:
    """Decode an id.

    Raises:
        InvalidInputError: it is malformed.
    """
    try:
        return uuid.UUID(value)
    except (AttributeError, TypeError, ValueError) as error:
        raise bad_cursor() from error


def as_number(cursor: str) -> int:
    """Decode a cursor of one positive number.

    Raises:
        InvalidInputError: it is malformed.
    """
    (value,) = decode(cursor, length=1)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 2**63:
        raise bad_cursor()
    return value


def bad_cursor() -> InvalidInputError:
    """Return the error for a malformed cursor."""
    sentence = "This place in the list is unknown. Start again from the first page."
    return InvalidInputError(sentence, field="cursor")
