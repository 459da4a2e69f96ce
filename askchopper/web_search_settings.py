"""Settings of the web search: backend, key, and usage limits."""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class WebSearchSettings(BaseSettings):
    """Web search fields of ``settings.Settings``. Without a key, web search is off."""

    web_search_backend: Literal["direct", "npm", "npm-legacy", "off"] = Field("direct")
    brave_api_key: SecretStr | None = Field(None)
    brave_api_base_url: str = Field("", max_length=200)
    brave_search_cache_ttl: int = Field(86_400, ge=60, le=30 * 86_400)
    brave_search_rate_limit: int = Field(1_000, ge=0, le=10_000_000)

    @property
    def searches_web(self) -> bool:
        """Whether the assistant may search the web."""
        return self.web_search_backend != "off" and bool(self.brave_api_key)

    @property
    def brave_base(self) -> str:
        """Scheme and host of Brave's API, without a trailing slash."""
        return (self.brave_api_base_url or "https://api.search.brave.com").rstrip("/")
