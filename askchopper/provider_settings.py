"""Settings of sign-in providers: Google, GitHub, and one OpenID Connect issuer of the operator's choice."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ProviderSettings(BaseSettings):
    """Sign-in provider fields of ``settings.Settings``. A provider is offered once its client id is set."""

    google_client_id: str = Field("", max_length=200)
    google_client_secret: SecretStr | None = Field(None)
    google_issuer: str = Field("https://accounts.google.com")
    github_client_id: str = Field("", max_length=200)
    github_client_secret: SecretStr | None = Field(None)
    github_base: str = Field("https://github.com")
    github_api_base: str = Field("https://api.github.com")
    oidc_client_id: str = Field("", max_length=200)
    oidc_client_secret: SecretStr | None = Field(None)
    oidc_issuer: str = Field("")
    oidc_name: str = Field("your organisation", min_length=1, max_length=40)

    @property
    def sign_in_providers(self) -> dict[str, str]:
        """The configured providers with their display names."""
        offered = {"google": "Google", "github": "GitHub", "oidc": self.oidc_name}
        missing = {
            "google": not self.google_client_id,
            "github": not self.github_client_id,
            "oidc": not (self.oidc_client_id and self.oidc_issuer),
        }
        return {provider: name for provider, name in offered.items() if not missing[provider]}

    @property
    def provider_hosts(self) -> tuple[tuple[str, str], ...]:
        """Setting name and URL of each host of a provider."""
        return (
            ("GOOGLE_ISSUER", self.google_issuer),
            ("GITHUB_BASE", self.github_base),
            ("GITHUB_API_BASE", self.github_api_base),
            ("OIDC_ISSUER", self.oidc_issuer),
        )

    @property
    def provider_problems(self) -> list[str]:
        """Missing provider settings in production, one sentence each."""
        found = [
            f"{name}_CLIENT_SECRET is required in production with {name}_CLIENT_ID."
            for name, client_id, secret in (
                ("GOOGLE", self.google_client_id, self.google_client_secret),
                ("GITHUB", self.github_client_id, self.github_client_secret),
                ("OIDC", self.oidc_client_id, self.oidc_client_secret),
            )
            if client_id and not secret
        ]
        if bool(self.oidc_client_id) != bool(self.oidc_issuer):
            found.append("OIDC_CLIENT_ID and OIDC_ISSUER are set together.")
        return found
