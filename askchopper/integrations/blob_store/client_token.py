"""Read-write tokens of Vercel Blob."""

from pydantic import SecretStr


def store_id(token: SecretStr) -> str:
    """Return the id of the store that a read-write token grants access to: ``vercel_blob_rw_<store>_<secret>``."""
    return token.get_secret_value().split("_")[3]
