"""Web search for members: from the cache, or with one request shared by identical concurrent queries."""

import asyncio

from askchopper import settings
from askchopper.errors import InvalidInputError, UnavailableError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.text import searchable
from askchopper.schemas.web_search import Freshness, WebResult, WebSearchFailedError, WebSearchFault
from askchopper.services import limits
from askchopper.services.knowledge.web_search import backends, budget, cache, results

MAX_QUERY, MAX_WORDS = 400, 50  # limits of the vendor
WAIT_SECONDS = 7.5  # for a search, including the wait for an identical one of another caller
_POLL_SECONDS = 0.05
ONLY_HERE = "so I only looked at this marketplace."
_SENTENCES = {
    WebSearchFault.OFF: f"Web search is not set up on this site, {ONLY_HERE}",
    WebSearchFault.QUOTA: f"This month's web searches are used up, {ONLY_HERE}",
    WebSearchFault.RATE: f"Too many people are searching the web right now, {ONLY_HERE}",
    WebSearchFault.KEY: f"The web search does not accept this site's key, {ONLY_HERE}",
    WebSearchFault.AWAY: f"The web search does not answer right now, {ONLY_HERE}",
    WebSearchFault.GARBAGE: f"The web search sent something unreadable, {ONLY_HERE}",
}
_flights: set[asyncio.Task[tuple[WebResult, ...]]] = set()


class WebSearchError(UnavailableError):
    """A web search failed. The message states the reason, and that only the marketplace was searched."""

    title = "No web search"

    def __init__(self, fault: WebSearchFault) -> None:
        super().__init__(_SENTENCES[fault])
        self.fault = fault


async def search(viewer: Viewer, query: str, *, freshness: Freshness = Freshness.ANY) -> tuple[WebResult, ...]:
    """Search the web.

    Raises:
        InvalidInputError: there is nothing to search for.
        WebSearchError: web search is not configured, or the search failed or took longer than ``WAIT_SECONDS``.
        LimitReachedError: the member has sent too many searches; cached and shared ones do not count.
    """
    if not settings.get().searches_web:
        raise WebSearchError(WebSearchFault.OFF)
    words = " ".join(searchable(query, max_length=MAX_QUERY).split()[:MAX_WORDS])
    if not any(sign.isalnum() for sign in words):
        raise InvalidInputError("Say what to search the web for.")
    key = cache.key_of(words, freshness)
    if (found := await cache.read(key)) is not None:
        return found
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while not await cache.claim(key):
                waiting = await _wait(key)
                if waiting.results is not None:
                    return waiting.results
                if waiting.fault is not None:
                    raise WebSearchError(waiting.fault)
            return await _lead(viewer, key, words, freshness)
    except TimeoutError as error:
        raise WebSearchError(WebSearchFault.AWAY) from error


async def _wait(key: str) -> cache.Waiting:
    """Wait until the caller that sent the same query has results, fails, or gives up."""
    while True:
        waiting = await cache.peek(key)
        if waiting.results is not None or waiting.fault is not None or waiting.is_open:
            return waiting
        await asyncio.sleep(_POLL_SECONDS)


async def _lead(viewer: Viewer, key: str, words: str, freshness: Freshness) -> tuple[WebResult, ...]:
    """Send the request on behalf of all waiting callers. Stopping the answer does not cancel it."""
    try:
        await limits.hit((limits.WEB_SEARCH, str(viewer.user_id)))
    except BaseException:
        await cache.release(key)
        raise
    flight = asyncio.create_task(_ask(key, words, freshness))
    _flights.add(flight)
    flight.add_done_callback(_flights.discard)
    return await asyncio.shield(flight)


async def _ask(key: str, words: str, freshness: Freshness) -> tuple[WebResult, ...]:
    try:
        found = await _request(words, freshness)
    except WebSearchFailedError as error:
        await cache.fail(key, error.fault)
        raise WebSearchError(error.fault) from error
    except BaseException:
        await cache.release(key)
        raise
    await cache.store(key, found)
    return found


async def _request(words: str, freshness: Freshness) -> tuple[WebResult, ...]:
    for is_last in (False, True):
        await asyncio.sleep(await budget.reserve())
        try:
            reply = await backends.ask(words, freshness=freshness)
        except WebSearchFailedError as error:
            await budget.failed(error)
            if is_last or error.fault is not WebSearchFault.RATE:  # too early for the vendor: retried in the next slot
                raise
        else:
            await budget.succeeded(reply.windows)
            return results.parse(reply.payload)
    raise AssertionError  # the second attempt returns or raises
