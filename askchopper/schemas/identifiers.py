"""Parses untrusted identifiers: row ids, and slugs of packs and creators."""

import uuid

from askchopper.errors import NotFoundError


def parse_id(value: object) -> uuid.UUID | None:
    """Parse an id; None if it is malformed."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        return None


def require_id(value: object, sentence: str) -> uuid.UUID:
    """Parse a required id.

    Raises:
        NotFoundError: the id is malformed, so no row can have it; ``sentence`` is the message.
    """
    known = parse_id(value)
    if known is None:
        raise NotFoundError(sentence)
    return known


def printable_slug(slug: str) -> str:
    """Remove characters that no slug contains. Postgres rejects queries with NUL or a lone surrogate."""
    return "".join(c for c in slug if c.isprintable())
