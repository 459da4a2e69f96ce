"""Identifiers from outside: ids of rows, and slugs of packs and creators."""

import uuid

from askchopper.errors import NotFoundError


def parse_id(value: object) -> uuid.UUID | None:
    """Parse an id; None if it is malformed."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def require_id(value: object, sentence: str) -> uuid.UUID:
    """Parse the id of something that is asked for.

    Raises:
        NotFoundError: it is malformed, so nothing can have it; ``sentence`` says so to the reader.
    """
    known = parse_id(value)
    if known is None:
        raise NotFoundError(sentence)
    return known


def printable_slug(slug: str) -> str:
    """Remove what no slug has. Postgres cannot even be asked for a zero byte or half a surrogate pair."""
    return "".join(c for c in slug if c.isprintable())
