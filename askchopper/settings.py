"""Every environment variable, typed and validated at start. Only this module reads the environment.

A new setting is a field here, and is described in ``.env.example`` and ``DEPLOYMENT.md``; a test compares the three.
"""

import os
import re
import secrets
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AliasGenerator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from askchopper import policy, setting_values
from askchopper.cdn_settings import CdnSettings
from askchopper.database_settings import DatabaseSettings
from askchopper.database_urls import SettingsError
from askchopper.learning_settings import LearningSettings
from askchopper.mcp_settings import McpSettings
from askchopper.provider_settings import ProviderSettings
from askchopper.reward_settings import RewardSettings
from askchopper.taste_settings import TasteSettings
from askchopper.web_search_settings import WebSearchSettings

PROJECT_DIR = Path(__file__).resolve().parent.parent
MIN_SECRET_LENGTH = 32
MIN_CODE_LENGTH = 8
_SPOTIFY_IMAGES = ("https://i.scdn.co", "https://mosaic.scdn.co", "https://*.spotifycdn.com")


class Settings(
    CdnSettings,
    DatabaseSettings,
    McpSettings,
    ProviderSettings,
    TasteSettings,
    LearningSettings,
    RewardSettings,
    WebSearchSettings,
):
    """All settings. An environment variable is the upper-case field name, unless an alias is given."""

    model_config = SettingsConfigDict(
        env_file=PROJECT_DIR / ".env",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=str.upper),
    )

    environment: Literal["development", "production"] = Field("development", validation_alias="ASKCHOPPER_ENV")
    data_dir: Path = Field(PROJECT_DIR / ".data")
    host: str = Field("127.0.0.1")
    port: int = Field(3000, ge=1, le=65535)
    public_base_url: str = Field("")
    allowed_origins: str = Field("")
    trusted_proxies: int = Field(0, ge=0, le=5)

    disk_reserve_mb: int = Field(-1, ge=-1, le=1_000_000)

    worker: Literal["inside", "apart"] = Field("inside")
    worker_concurrency: int = Field(1, ge=1, le=32)
    job_lease_seconds: float = Field(30.0, ge=1.0, le=600.0)

    processes: int = Field(1, ge=1, le=32)
    redis_url: SecretStr | None = Field(None)
    secret_key: SecretStr | None = Field(None)
    status_token: SecretStr | None = Field(None)
    verification_code: SecretStr | None = Field(None)
    admins_need_totp: Literal["", "on", "off"] = Field("")
    session_days: int = Field(30, ge=1, le=365)

    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$")
    token_bundles: str = Field(
        "50:5.00,100:9.00,300:24.00", pattern=r"^\d{1,4}:\d{1,4}\.\d\d(,\d{1,4}:\d{1,4}\.\d\d)*$"
    )

    stripe_secret_key: SecretStr | None = Field(None)
    stripe_webhook_secret: SecretStr | None = Field(None)
    stripe_api_base: str = Field("")
    stripe_tax: bool = Field(False)

    smtp_host: str = Field("")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_username: str = Field("")
    smtp_password: SecretStr | None = Field(None)
    smtp_starttls: bool = Field(True)
    mail_from: str = Field("Ask Chopper <no-reply@localhost>")

    blob_read_write_token: setting_values.BlobToken | None = Field(None)
    blob_public_read_write_token: setting_values.BlobToken | None = Field(None)
    vercel_blob_api_url: str = Field("")
    vercel_blob_download_url: str = Field("")

    anthropic_api_key: SecretStr | None = Field(None)
    anthropic_base_url: str = Field("")
    anthropic_chat_model: str = Field("claude-sonnet-5-5")
    anthropic_fast_model: str = Field("claude-haiku-5-5")
    anthropic_effort: Literal["low", "medium", "high"] = Field("low")
    chat_max_tokens: int = Field(1500, ge=100, le=32_000)
    chat_answer_seconds: float = Field(120.0, ge=1.0, le=900.0)
    chat_silence_seconds: float = Field(30.0, ge=0.2, le=300.0)
    chat_daily_tokens: int = Field(300_000, ge=0, le=100_000_000)

    spotify_client_id: str = Field("", pattern=r"^[A-Za-z0-9]{0,100}$")
    spotify_client_secret: SecretStr | None = Field(None)
    spotify_redirect_uri: str = Field("")
    spotify_accounts_base: str = Field("")
    spotify_api_base: str = Field("")
    token_encryption_keys: setting_values.EncryptionKeys | None = Field(None)

    clamd_address: str = Field("", pattern=r"^$|^[A-Za-z0-9.:\[\]-]+:\d{1,5}$")

    sentry_dsn: SecretStr | None = Field(None)
    release: str = Field("", pattern=r"^[\w.+-]{0,60}$")

    rate_limits: Literal["on", "off"] = Field("on")
    rate_limit_quotas: str = Field("", pattern=r"^$|^[a-z-]{1,40}=\d{1,6}(,[a-z-]{1,40}=\d{1,6})*$")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO")

    @field_validator("token_bundles")
    @classmethod
    def _check_bundles(cls, listed: str) -> str:
        sizes = [tokens for tokens, _ in setting_values.bundles(listed)]
        if not all(1 <= tokens <= policy.MAX_TOP_UP_TOKENS for tokens in sizes) or len(set(sizes)) < len(sizes):
            raise ValueError(f"Each bundle has a different size, from 1 to {policy.MAX_TOP_UP_TOKENS} tokens.")
        return listed

    @property
    def bundles(self) -> tuple[tuple[int, int], ...]:
        """Tokens and price in cents of each bundle, smallest first."""
        return setting_values.bundles(self.token_bundles)

    @cached_property
    def quotas(self) -> dict[str, int]:
        """Rate limit quotas set by the operator, by limit name."""
        pairs = (pair.split("=") for pair in self.rate_limit_quotas.split(",") if pair)
        return {name: int(quota) for name, quota in pairs}

    @property
    def is_production(self) -> bool:
        """Whether this is a production deployment."""
        return self.environment == "production"

    @property
    def admins_must_have_totp(self) -> bool:
        """Whether administrators have only member permissions until they set up a second factor; by default in production only."""
        return self.admins_need_totp == "on" or (not self.admins_need_totp and self.is_production)

    @property
    def base_url(self) -> str:
        """Public URL of the site, without a trailing slash."""
        return self.public_base_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def session_cookie(self) -> str:
        """Name of the session cookie. With https it has the prefix ``__Host-``, or ``__Secure-`` if a cookie domain is set."""
        if not self.base_url.startswith("https://"):
            return "askchopper_session"
        return "__Secure-askchopper" if self.cookie_domain else "__Host-askchopper"

    @property
    def cookie_domain(self) -> str | None:
        """Domain of the cookies; None for host-only cookies."""
        return self.cookie_domain_for(self.base_url)

    @property
    def device_cookie(self) -> str:
        """Name of the cookie that marks a browser in which a member has signed in before."""
        return f"{self.session_cookie.removesuffix('_session')}_device"

    @property
    def confirms_addresses(self) -> bool:
        """Whether new members must confirm their e-mail before they can sign in; true if a mail server is configured."""
        return bool(self.smtp_host)

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins that may open the websocket and send unsafe requests."""
        listed = tuple(o.strip().rstrip("/") for o in self.allowed_origins.split(",") if o.strip())
        own = (self.base_url,)
        local = () if self.is_production else (f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}")
        return tuple(dict.fromkeys((*own, *listed, *local)))

    @property
    def allows_test_checkout(self) -> bool:
        """Whether the test checkout may credit tokens; never in production, nor while Stripe is configured."""
        return not self.is_production and not self.takes_payments

    @property
    def takes_payments(self) -> bool:
        """Whether tokens are sold through Stripe; also requires the webhook secret, without which payments could not be credited."""
        return self.stripe_secret_key is not None and self.stripe_webhook_secret is not None

    @property
    def is_stripe_live(self) -> bool:
        """Whether the Stripe key is for live mode; events of the other mode are ignored."""
        key = self.stripe_secret_key
        return key is not None and key.get_secret_value().startswith(("sk_live_", "rk_live_"))

    @property
    def is_worker_inside(self) -> bool:
        """Whether the server also runs jobs, without a separate worker process."""
        return self.worker == "inside"

    @cached_property
    def signing_key(self) -> str:
        """Key for signing links and cookies; in development it is generated on first use and stored in the data folder."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        return self._stored_key("secret_key", lambda: secrets.token_urlsafe(48))

    @cached_property
    def encryption_keys(self) -> tuple[str, ...]:
        """Encryption keys for stored tokens, the active one first; in production empty unless configured."""
        if listed := setting_values.listed(self.token_encryption_keys):
            return listed
        return () if self.is_production else (self._stored_key("token_key", lambda: Fernet.generate_key().decode()),)

    @property
    def allows_spotify(self) -> bool:
        """Whether members may connect Spotify, also with their own client id; requires an encryption key for tokens."""
        return bool(self.encryption_keys)

    @property
    def spotify_redirect(self) -> str:
        """OAuth redirect URI. Spotify rejects ``localhost`` and requires the loopback address instead."""
        wanted = self.spotify_redirect_uri or f"{self.base_url}/spotify/callback"
        return re.sub(r"^(https?://)localhost(?=[:/])", r"\g<1>127.0.0.1", wanted)

    @property
    def spotify_accounts(self) -> str:
        """Base URL of Spotify's accounts service, without a trailing slash."""
        return (self.spotify_accounts_base or "https://accounts.spotify.com").rstrip("/")

    @property
    def spotify_api(self) -> str:
        """Base URL of Spotify's Web API, without a trailing slash."""
        return (self.spotify_api_base or "https://api.spotify.com").rstrip("/")

    @property
    def spotify_image_sources(self) -> tuple[str, ...]:
        """Allowed image sources: Spotify's image hosts, or the host of a simulator; none if Spotify cannot be connected."""
        if not self.allows_spotify:
            return ()
        if self.spotify_api_base:
            parts = urlsplit(self.spotify_api_base)
            return (f"{parts.scheme}://{parts.netloc}",)
        return _SPOTIFY_IMAGES

    def _stored_key(self, name: str, make: Callable[[], str]) -> str:
        """Return the development key, which is generated on first use and stored in the data folder."""
        path = self.data_dir / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(make())
            path.chmod(0o600)
        return path.read_text().strip()

    def problems(self) -> list[str]:
        """Return configuration errors, one sentence each; only production is checked."""
        if not self.is_production:
            return []
        found = self.database_problems
        key = self.secret_key.get_secret_value() if self.secret_key else ""
        if len(key) < MIN_SECRET_LENGTH:
            found.append(f"SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters in production.")
        code = self.verification_code.get_secret_value() if self.verification_code else ""
        if code and len(code) < MIN_CODE_LENGTH:
            found.append(f"VERIFICATION_CODE must have at least {MIN_CODE_LENGTH} characters in production.")
        if self.processes > 1 and not self.redis_url:
            found.append("PROCESSES above 1 needs REDIS_URL in production: the processes share their state there.")
        found += self.provider_problems
        if self.rate_limits == "off":
            found.append("RATE_LIMITS=off is for load tests only, not for production.")
        if not setting_values.is_public_https(self.public_base_url):
            found.append("PUBLIC_BASE_URL must be the public https address of the site in production.")
        found += [
            f"ALLOWED_ORIGINS must list https origins only, not {origin!r}."
            for origin in self.origins[1:]
            if origin == "*" or (origin and urlsplit(origin).scheme != "https")
        ]
        if self.blob_public_read_write_token and not self.blob_read_write_token:
            found.append("BLOB_PUBLIC_READ_WRITE_TOKEN needs BLOB_READ_WRITE_TOKEN: what is sold must not be public.")
        found += self.cdn_problems_for(self.base_url)
        found += self._payment_problems()
        if self.spotify_client_id and not self.encryption_keys:
            found.append(
                "TOKEN_ENCRYPTION_KEYS is required in production with SPOTIFY_CLIENT_ID: tokens are kept encrypted."
            )
        found += [
            f"{name} must be a public https address in production."
            for name, url in (
                ("VERCEL_BLOB_API_URL", self.vercel_blob_api_url),
                ("VERCEL_BLOB_DOWNLOAD_URL", self.vercel_blob_download_url),
                ("ANTHROPIC_BASE_URL", self.anthropic_base_url),
                ("SPOTIFY_REDIRECT_URI", self.spotify_redirect_uri),
                ("SPOTIFY_ACCOUNTS_BASE", self.spotify_accounts_base),
                ("SPOTIFY_API_BASE", self.spotify_api_base),
                *self.provider_hosts,
                ("STRIPE_API_BASE", self.stripe_api_base),
                ("RESOURCE_CHECK_BASE", self.resource_check_base),
                ("BRAVE_API_BASE_URL", self.brave_api_base_url),
            )
            if url and not setting_values.is_public_https(url)
        ]
        return list(dict.fromkeys(found))

    def _payment_problems(self) -> list[str]:
        is_incomplete = (self.stripe_secret_key is None) != (self.stripe_webhook_secret is None)
        return ["STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET are only of use together."] if is_incomplete else []

    def warnings(self) -> list[str]:
        """Return likely configuration mistakes, one sentence each; they do not prevent the start."""
        found = self.database_warnings
        if self.is_production and not self.trusted_proxies:
            found.append(
                "TRUSTED_PROXIES is 0, but the public https address needs a proxy in front: all visitors would count as one address for"
                " the rate limits. Set it to the number of proxies that set X-Forwarded-For."
            )
        if self.is_production and self.takes_payments and not self.is_stripe_live:
            found.append(
                "STRIPE_SECRET_KEY is a key of Stripe's test mode: tokens are credited without a real payment."
            )
        return found


def load(**overrides: Any) -> Settings:
    """Load the settings from the environment and ``.env``.

    Raises:
        SettingsError: settings are missing or invalid; the message has one line for each.
    """
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        lines = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
        raise SettingsError("\n".join(lines)) from error
    if problems := settings.problems():
        raise SettingsError("\n".join(problems))
    return settings


@lru_cache(maxsize=1)
def get() -> Settings:
    """Return the cached settings of this process; ``get.cache_clear()`` makes the next call reload them."""
    return load()


@contextmanager
def environment(**values: str) -> Generator[None]:
    """Set environment variables within the block, also for child processes, and reload the settings."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    get.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        get.cache_clear()
