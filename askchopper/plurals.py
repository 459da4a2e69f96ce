"""Numbers with their nouns, as sentences need them: "1 token", "12 tokens", "1,395 searches"."""


def noun(number: float, one: str, many: str = "") -> str:
    """Return a noun in the singular or plural of a number; ``many`` is needed if the plural is not ``one`` with an s."""
    return one if number == 1 else many or f"{one}s"


def counted(number: int, one: str, many: str = "") -> str:
    """Format a number with its noun."""
    return f"{number:,} {noun(number, one, many)}"
