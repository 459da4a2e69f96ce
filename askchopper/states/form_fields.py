"""Reads values of submitted forms, which are untrusted."""

LONGEST = 20_000  # only bounds the input; services have lower limits, with messages


def field(form: object, name: str) -> str:
    """Return a text field of a form, cut at ``LONGEST``; empty if it is missing or not text."""
    value = form.get(name, "") if isinstance(form, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value[:LONGEST] if isinstance(value, str) else ""
