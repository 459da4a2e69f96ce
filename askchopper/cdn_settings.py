"""Settings of a CDN in front of the site that forwards no websockets."""

from urllib.parse import urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings


class CdnSettings(BaseSettings):
    """Part of ``settings.Settings``."""

    websocket_origin: str = Field("", pattern=r"^$|^https://[a-z0-9.-]+(:\d{1,5})?$")

    def cookie_domain_for(self, base_url: str) -> str | None:
        """Return the domain that cookies need, so that browsers send them to the site and to the websocket's host; None for one host.

        It is the longest common ending of both host names; fewer than two labels would be a public suffix.
        """
        if not self.websocket_origin:
            return None
        pairs = zip(_labels(base_url), _labels(self.websocket_origin), strict=False)
        common: list[str] = []
        for one, other in pairs:
            if one != other:
                break
            common.insert(0, one)
        return ".".join(common)

    def cdn_problems_for(self, base_url: str) -> list[str]:
        """Return what is wrong, one sentence each."""
        domain = self.cookie_domain_for(base_url)
        if domain is None or "." in domain:
            return []
        return [
            "WEBSOCKET_ORIGIN and PUBLIC_BASE_URL must be hosts of one domain, such as api.example.com and www.example.com."
        ]


def _labels(url: str) -> list[str]:
    """Return the labels of a URL's host, from the top-level domain down."""
    return (urlsplit(url).hostname or "").split(".")[::-1]
