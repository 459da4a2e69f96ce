"""Client of Brave's Search API: one HTTP request per search, its rate-limit headers, and typed errors."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import httpx2

from askchopper import settings
from askchopper.observability import log
from askchopper.schemas.web_search import Freshness, RateWindow, SearchReply, WebSearchFailedError, WebSearchFault

PATH = "/res/v1/web/search"
SECONDS = 5.0  # for the whole exchange: a slow trickle must not hold an answer
MAX_BYTES = 2 * 2**20
MONTH_SECONDS = 30 * 86_400
FRESHNESS = {
    Freshness.ANY: "", Freshness.DAY: "pd", Freshness.WEEK: "pw", Freshness.MONTH: "pm", Freshness.YEAR: "py",
}  # fmt: skip
_BAD_KEY = frozenset({"SUBSCRIPTION_TOKEN_INVALID", "SUBSCRIPTION_TOKEN_MISSING"})
_NUMBER = 2**31 - 1


async def search(query: str, *, freshness: Freshness, count: int) -> SearchReply:
    """Search the web and the news.

    Raises:
        WebSearchFailedError: the API refused, failed, took too long, or sent something else.
    """
    try:
        async with asyncio.timeout(SECONDS):
            return await _exchange(query, freshness, count)
    except (TimeoutError, httpx2.TimeoutException) as error:
        raise WebSearchFailedError(WebSearchFault.AWAY) from error
    except httpx2.ConnectError as error:
        raise WebSearchFailedError(WebSearchFault.AWAY, was_sent=False) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise WebSearchFailedError(WebSearchFault.AWAY) from error


async def _exchange(query: str, freshness: Freshness, count: int) -> SearchReply:
    current = settings.get()
    key = current.brave_api_key.get_secret_value() if current.brave_api_key else ""
    asked = {
        "q": query, "count": str(count), "safesearch": "moderate", "text_decorations": "false", "result_filter": "web,news",
    } | ({"freshness": FRESHNESS[freshness]} if FRESHNESS[freshness] else {})  # fmt: skip
    headers = {"Accept": "application/json", "Accept-Encoding": "gzip", "X-Subscription-Token": key}
    async with (
        httpx2.AsyncClient(timeout=SECONDS, headers=headers, verify=_certificates()) as client,
        client.stream("GET", f"{current.brave_base}{PATH}", params=asked) as response,
    ):
        windows = rate_windows(response.headers)
        body = await _read(response)
    log.info("web_search.asked", vendor="brave", status=response.status_code, bytes=len(body))
    payload = _parse(body)
    if response.status_code != 200:
        raise WebSearchFailedError(fault_of(response.status_code, _error_code(payload)), windows=windows)
    if payload is None or not isinstance(payload.get("web", {}), dict):
        raise WebSearchFailedError(WebSearchFault.GARBAGE, windows=windows)
    return SearchReply(payload, windows)


@cache
def _certificates() -> ssl.SSLContext:
    """Load the CA certificates once; loading takes 60 ms and would block the event loop."""
    return ssl.create_default_context()


async def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise WebSearchFailedError(WebSearchFault.GARBAGE, windows=rate_windows(response.headers))
    return bytes(body)


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        found: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _error_code(payload: Mapping[str, Any] | None) -> str:
    error = (payload or {}).get("error")
    return str(cast("dict[str, Any]", error).get("code", "")) if isinstance(error, dict) else ""


def fault_of(status: int, code: str = "") -> WebSearchFault:
    """Return the fault of an HTTP status; the vendor rejects a wrong key with 422 and an error code."""
    if status in {401, 403} or code in _BAD_KEY:
        return WebSearchFault.KEY
    if status == 402 or code == "QUOTA_LIMITED":
        return WebSearchFault.QUOTA
    if status == 429:
        return WebSearchFault.RATE
    return WebSearchFault.AWAY if status >= 500 else WebSearchFault.GARBAGE


def rate_windows(headers: Mapping[str, str]) -> tuple[RateWindow, ...]:
    """Parse the rate-limit headers, each a list with one number per window. Return () if they are missing or invalid."""
    limits, left, reset = (_numbers(headers.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining", "reset"))
    seconds = _windows_of(headers.get("x-ratelimit-policy", "")) or (1, MONTH_SECONDS)[: len(limits)]
    if not limits or not len(limits) == len(left) == len(reset) == len(seconds):
        return ()
    return tuple(RateWindow(*values) for values in zip(limits, seconds, left, reset, strict=True))


def _numbers(listed: str) -> tuple[int, ...]:
    parts = [part.strip() for part in listed.split(",")]
    return (
        tuple(min(int(part), _NUMBER) for part in parts)
        if all(part.isascii() and part.isdigit() for part in parts)
        else ()
    )


def _windows_of(policy: str) -> tuple[int, ...]:
    """Return the window lengths in seconds of a policy such as ``1;w=1, 2000;w=2592000``."""
    return _numbers(",".join(part.partition("w=")[2].partition(";")[0] for part in policy.split(",")))
