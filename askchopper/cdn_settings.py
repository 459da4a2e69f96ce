"""Settings for a CDN in front of the site that does not forward websockets."""

from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList
from pydantic import Field
from pydantic_settings import BaseSettings


class CdnSettings(BaseSettings):
    """CDN fields of ``settings.Settings``."""

    websocket_origin: str = Field("", pattern=r"^$|^https://[a-z0-9.-]+(:\d{1,5})?$")

    def cookie_domain_for(self, base_url: str) -> str | None:
        """Return the cookie domain shared by the site and the websocket's host; None if there is only one host.

        It is the longest common suffix of both host names; empty if there is none.
        """
        site, websocket = _labels(base_url), _labels(self.websocket_origin)
        if not self.websocket_origin or site == websocket:
            return None
        pairs = zip(site, websocket, strict=False)
        common: list[str] = []
        for one, other in pairs:
            if one != other:
                break
            common.insert(0, one)
        return ".".join(common)

    def cdn_problems_for(self, base_url: str) -> list[str]:
        """Return configuration errors, one sentence each."""
        if not _has_port(self.websocket_origin):
            return ["WEBSOCKET_ORIGIN has no valid port; ports are 1 to 65535."]
        domain = self.cookie_domain_for(base_url)
        if domain is None:
            return []
        if any(_is_address(urlsplit(url).hostname or "") for url in (base_url, self.websocket_origin)):
            return ["WEBSOCKET_ORIGIN and PUBLIC_BASE_URL must be host names; cookies of an IP address have no domain."]
        # A browser refuses cookies of a public suffix, and anyone may have a host below it.
        if not domain or _suffixes().privatesuffix(domain) is None:
            return [
                "WEBSOCKET_ORIGIN and PUBLIC_BASE_URL must be hosts of one domain that is yours, such as api.example.com and www.example.com."
            ]
        return []


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """Load the packaged public suffix list, including private domains of hosting services."""
    return PublicSuffixList()


def _labels(url: str) -> list[str]:
    """Return the labels of a URL's host, from the top-level domain down."""
    return (urlsplit(url).hostname or "").split(".")[::-1]


def _has_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False
