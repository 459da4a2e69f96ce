"""Database settings: URLs, including the variable names of Vercel and Neon, and pool sizes."""

from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from askchopper.database_urls import SettingsError, states_encryption, with_driver


class DatabaseSettings(BaseSettings):
    """Database fields of ``settings.Settings``. ``DATABASE_URL`` and ``DATABASE_URL_DIRECT`` override the names of Vercel and Neon."""

    database_url: SecretStr | None = Field(None)
    database_url_direct: SecretStr | None = Field(None)
    database_url_unpooled: SecretStr | None = Field(None)
    postgres_url: SecretStr | None = Field(None)
    postgres_url_non_pooling: SecretStr | None = Field(None)
    database_pooled: Literal["auto", "on", "off"] = Field("auto")
    database_pool_size: int = Field(10, ge=1, le=100)
    database_pool_overflow: int = Field(0, ge=0, le=100)

    @property
    def app_database(self) -> SecretStr | None:
        """URL of the app's database as configured; None for the embedded one."""
        return self.database_url or self.postgres_url

    @property
    def direct_database(self) -> SecretStr | None:
        """URL of the owner's database as configured, bypassing any pooler; None if it is not set."""
        return self.database_url_direct or self._unpooled

    @property
    def _unpooled(self) -> SecretStr | None:
        return self.database_url_unpooled or self.postgres_url_non_pooling

    @property
    def uses_embedded_database(self) -> bool:
        """Whether the app starts its own Postgres in the data folder."""
        return self.app_database is None

    @property
    def is_database_pooled(self) -> bool:
        """Whether connections go through a transaction-mode pooler, which forbids prepared statements and start-up options.

        If a separate direct URL is configured, the main one is assumed to go through a pooler.
        """
        return self._unpooled is not None if self.database_pooled == "auto" else self.database_pooled == "on"

    @property
    def async_database_url(self) -> str:
        """Database URL of the async app, for psycopg 3."""
        return with_driver(self._required_url, "postgresql+psycopg")

    @property
    def sync_database_url(self) -> str:
        """Database URL of the owner for migrations and one-shot commands, for psycopg2."""
        direct = self.direct_database
        return with_driver(direct.get_secret_value() if direct else self._required_url, "postgresql+psycopg2")

    @property
    def owner_database_url(self) -> str:
        """Database URL of the owner without a driver name, for Postgres client programs."""
        return with_driver(self.sync_database_url, "postgresql")

    @property
    def worker_database_url(self) -> str:
        """Database URL of the job queue, which listens for new jobs; a transaction-mode pooler never delivers notifications.

        Behind a pooler, it is the direct URL with the app's role, which has fewer privileges than the owner.
        """
        url, direct = self._required_url, self.direct_database
        if direct and self.is_database_pooled:
            app, target = urlsplit(url), urlsplit(direct.get_secret_value())
            role = app.netloc.rpartition("@")[0] or target.netloc.rpartition("@")[0]
            url = urlunsplit(target._replace(netloc=f"{role}@{target.netloc.rpartition('@')[2]}"))
        return with_driver(url, "postgresql")

    @property
    def database_problems(self) -> list[str]:
        """Configuration errors in production, one sentence each."""
        found = [] if self.app_database else ["DATABASE_URL is required in production."]
        return found + [
            f"{name} must state how it is encrypted: add ?sslmode=require, or sslmode=disable inside a private network."
            for name, url in (("DATABASE_URL", self.app_database), ("DATABASE_URL_DIRECT", self.direct_database))
            if url and not states_encryption(url.get_secret_value())
        ]

    @property
    def database_warnings(self) -> list[str]:
        """Likely configuration mistakes, one sentence each."""
        url = self.app_database.get_secret_value() if self.app_database else ""
        if self.database_pooled == "auto" and not self.is_database_pooled and ("-pooler" in url or "pgbouncer" in url):
            return [
                "DATABASE_URL looks like the address of a pooler: set DATABASE_POOLED=on, or off if it is none, and DATABASE_URL_DIRECT."
            ]
        return []

    @property
    def _required_url(self) -> str:
        if self.app_database is None:
            message = "DATABASE_URL is not set and the embedded Postgres is not running."
            raise SettingsError(message)
        return self.app_database.get_secret_value()
