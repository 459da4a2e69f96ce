"""Parsers of values of settings."""

from urllib.parse import urlsplit

from pydantic import SecretStr

_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


def bundles(text: str) -> tuple[tuple[int, int], ...]:
    """Parse ``50:5.00,100:9.00`` to tokens and cents, smallest first."""
    pairs = (pair.split(":") for pair in text.split(","))
    return tuple(sorted((int(tokens), int(price.replace(".", ""))) for tokens, price in pairs))


def listed(text: SecretStr | None) -> tuple[str, ...]:
    """Parse a comma-separated list."""
    return tuple(item.strip() for item in text.get_secret_value().split(",") if item.strip()) if text else ()


def is_public_https(url: str) -> bool:
    """Whether a URL is https and not of this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and parts.hostname not in _LOOPBACK_HOSTS
