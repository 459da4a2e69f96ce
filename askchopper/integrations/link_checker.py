"""Checks whether a web page still exists, without downloading it."""

from urllib.parse import urlsplit, urlunsplit

import httpx2

from askchopper import settings
from askchopper.observability import log

_TIMEOUT_SECONDS = 10.0
_MAX_REDIRECTS = 5
_AGENT = "AskChopper link check"
# Pages that refuse programs, or HEAD requests, exist.
_REFUSALS = frozenset({401, 403, 405, 406, 429, 999})


async def status(url: str) -> int | None:
    """Return the HTTP status of a page after redirects; None for an invalid URL, endless redirects, or no response."""
    try:
        async with httpx2.AsyncClient(
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=True,
            max_redirects=_MAX_REDIRECTS,
            headers={"User-Agent": _AGENT},
        ) as client:
            answer = await client.head(_address(url))
            if answer.status_code >= 400:  # some servers know GET only
                async with client.stream("GET", _address(url)) as answer:
                    return answer.status_code
            return answer.status_code
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        log.info("resources.no_answer", host=urlsplit(url).hostname, error=type(error).__name__)
        return None


def is_dead(code: int | None) -> bool:
    """Return whether a status means that the page is gone, or that its host does not answer (None)."""
    return code is None or (code >= 400 and code not in _REFUSALS)


def _address(url: str) -> str:
    """Return the URL to request; in tests, all URLs are rewritten to one host."""
    base = settings.get().resource_check_base
    if not base:
        return url
    parts = urlsplit(url)
    target = urlsplit(base)
    return urlunsplit((target.scheme, target.netloc, f"/{parts.hostname}{parts.path}", parts.query, ""))
