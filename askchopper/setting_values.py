"""Types and parsers of setting values."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, SecretStr

_BLOB_TOKEN = re.compile(r"vercel_blob_rw_[A-Za-z0-9]+_[A-Za-z0-9_]+")
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


def bundles(text: str) -> tuple[tuple[int, int], ...]:
    """Parse ``50:5.00,100:9.00`` to pairs of tokens and cents, smallest first."""
    pairs = (pair.split(":") for pair in text.split(","))
    return tuple(sorted((int(tokens), int(price.replace(".", ""))) for tokens, price in pairs))


def listed(text: SecretStr | None) -> tuple[str, ...]:
    """Parse a comma-separated list."""
    return tuple(item.strip() for item in text.get_secret_value().split(",") if item.strip()) if text else ()


def is_public_https(url: str) -> bool:
    """Return whether a URL is https and its host is not this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.hostname) and parts.hostname not in _LOOPBACK_HOSTS


def _checked_blob_token(token: SecretStr) -> SecretStr:
    if token.get_secret_value() and not _BLOB_TOKEN.fullmatch(token.get_secret_value()):
        raise ValueError("A token of Vercel Blob looks like vercel_blob_rw_<store>_<secret>.")
    return token


def _checked_encryption_keys(keys: SecretStr) -> SecretStr:
    for key in listed(keys):
        try:
            Fernet(key)
        except ValueError as error:
            raise ValueError(
                "Each key is 32 random bytes in URL-safe base64, as Fernet.generate_key() makes them."
            ) from error
    return keys


BlobToken = Annotated[SecretStr, AfterValidator(_checked_blob_token)]
EncryptionKeys = Annotated[SecretStr, AfterValidator(_checked_encryption_keys)]
