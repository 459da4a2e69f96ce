"""Bundles of tokens as settings write them: ``50:5.00,100:9.00``."""


def bundles_of(listed: str) -> tuple[tuple[int, int], ...]:
    """Return tokens and price in cents of each bundle, smallest first."""
    pairs = (pair.split(":") for pair in listed.split(","))
    return tuple(sorted((int(tokens), int(price.replace(".", ""))) for tokens, price in pairs))
