"""Conversion of values of the old database."""

import re
from datetime import UTC, datetime
from typing import Any

from askchopper.genres import GENRES
from askchopper.legacy_passwords import WerkzeugHasher
from askchopper.schemas.text import strip_unstorable

_OURS = re.compile(r"\$(argon2id|2[aby])\$.{20,200}")


def line(value: Any, *, length: int) -> str:
    """Return a value as text on one line, truncated to a length."""
    return " ".join(str(strip_unstorable("" if value is None else str(value))).split())[:length].strip()


def paragraph(value: Any, *, length: int) -> str:
    """Return a value as text with its line breaks, truncated to a length."""
    return str(strip_unstorable("" if value is None else str(value)))[:length].strip()


def moment(value: Any) -> datetime:
    """Return a time, in UTC if it names no zone; the current time for invalid and future values and those before 1990."""
    now = datetime.now(UTC)
    try:
        if isinstance(value, int | float):
            found = datetime.fromtimestamp(value, UTC)
        else:
            found = datetime.fromisoformat(str(value).strip())
    except (ValueError, OverflowError, OSError):
        return now
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return min(found, now) if found.year >= 1990 else now


def whole(value: Any, *, most: int) -> int:
    """Return a value rounded and capped to an integer from zero to ``most``; zero for invalid values."""
    try:
        return max(0, min(most, round(float(value))))
    except (TypeError, ValueError, OverflowError):
        return 0


def password_hash(value: Any) -> str | None:
    """Return a hash that sign-in can verify; None for other formats, whose owners must reset their password."""
    text = str(value or "")
    return text if WerkzeugHasher.identify(text) or _OURS.fullmatch(text) else None


def genre(value: Any) -> str:
    """Return the slug of a catalogue genre; empty for an unknown one."""
    wanted = re.sub(r"[^a-z0-9]", "", str(value or "").lower())
    return next((slug for slug, name in GENRES.items() if wanted in {_plain(slug), _plain(name)}), "") if wanted else ""


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
