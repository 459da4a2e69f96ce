"""Converts Postgres URLs of any form for our drivers."""

from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from psycopg.pq import Conninfo

_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}


class SettingsError(Exception):
    """The settings are invalid; the message lists every problem."""


@lru_cache(maxsize=1)
def _connection_parameters() -> frozenset[str]:
    return frozenset(option.keyword.decode() for option in Conninfo.get_defaults())


def with_driver(url: str, driver: str) -> str:
    """Set the driver name of a Postgres URL, and remove parameters that libpq does not know.

    Raises:
        SettingsError: the URL is not a Postgres URL.
    """
    parts = urlsplit(url)
    if parts.scheme.split("+")[0] not in {"postgres", "postgresql"}:
        message = "DATABASE_URL must be a postgresql:// address."
        raise SettingsError(message)
    # Libpq refuses parameters of other clients, such as pgbouncer=true and schema=public of Prisma.
    known = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] in _connection_parameters()]
    rebuilt = urlunsplit(("scheme", parts.netloc, parts.path, urlencode(known, quote_via=quote), parts.fragment))
    # A unix socket URL has an empty host, which urlunsplit would drop.
    rest = rebuilt.removeprefix("scheme:")
    return f"{driver}:{rest if rest.startswith('//') else '//' + rest}"


def states_encryption(url: str) -> bool:
    """Return whether a URL sets ``sslmode``, or points to this machine."""
    parts = urlsplit(url)
    is_local = not parts.hostname or parts.hostname in _LOOPBACK_HOSTS
    return is_local or "sslmode" in dict(parse_qsl(parts.query))
