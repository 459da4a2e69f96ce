"""Limits per client address in this process: open sockets, concurrent requests, and event rate.

Events over the rate are not refused but read later: the socket's flow control slows down their sender, which keeps the event loop free for
others. In memory, because a socket belongs to one process; limits across processes are in ``services.limits``.
"""

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from askchopper import policy, settings
from askchopper.errors import BusyError, RateLimitedError
from askchopper.observability import log

_MAX_ADDRESSES = 10_000
# A frame costs one event, and one more for each of these: a large frame is a lot to parse.
_BYTES_PER_EVENT = 8_192


_now = time.monotonic


@dataclass
class Bucket:
    """A token bucket whose level may become negative.

    Args:
        per_second: refill rate.
        burst: capacity, and the initial level.
    """

    per_second: float
    burst: float
    level: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.level, self.at = self.burst, _now()

    def take(self, cost: float) -> float:
        """Deduct a cost; return the seconds until the level is back at zero, or 0 if it is not negative."""
        now = _now()
        self.level = min(self.burst, self.level + (now - self.at) * self.per_second) - cost
        self.at = now
        return max(0.0, -self.level / self.per_second)


_events: OrderedDict[str, Bucket] = OrderedDict()
_calls: OrderedDict[str, Bucket] = OrderedDict()
_sockets: Counter[str] = Counter()
_requests: Counter[str] = Counter()
_refused: Counter[str] = Counter()  # requests that wait for their refusal
_proxy_seen: list[str] = []


@contextmanager
def socket(address: str) -> Generator[None]:
    """Count an open socket against its client's limit.

    Raises:
        BusyError: the address has too many.
    """
    with _one_of(_sockets, address, policy.SOCKETS_PER_ADDRESS):
        yield


@contextmanager
def request(address: str) -> Generator[None]:
    """Count a concurrent request against its client's limit.

    Raises:
        BusyError: the address has too many.
    """
    with _one_of(_requests, address, policy.REQUESTS_PER_ADDRESS):
        yield


async def pay_for_request(address: str) -> None:
    """Deduct one request from the budget of an address.

    Refusals are delayed, because answering a flood of refused requests immediately would occupy the event loop. Delayed requests do not
    count as concurrent requests, so that they do not use up the limit of other clients with the same address.

    Raises:
        RateLimitedError: the budget is used up.
    """
    bucket = _of(_calls, address, policy.API_REQUESTS_PER_SECOND_OF_ADDRESS, policy.API_REQUEST_BURST_OF_ADDRESS)
    if (wait := bucket.take(1)) and _is_on():
        bucket.level += 1  # a refused request costs nothing, or a flood would refuse itself for hours
        await _hold_refusal(address)
        raise RateLimitedError("Too many requests. Try again in a moment.", retry_after_seconds=max(1, math.ceil(wait)))


async def _hold_refusal(address: str) -> None:
    if _refused[address] < policy.REFUSED_REQUESTS_HELD_OF_ADDRESS:
        with _one_of(_refused, address, policy.REFUSED_REQUESTS_HELD_OF_ADDRESS):
            await asyncio.sleep(policy.REFUSED_REQUEST_SECONDS)


def paced(receive: Receive, address: str) -> Receive:
    """Return a ``receive`` that delays a socket's frames to the rates of the socket and of its address."""
    own = Bucket(policy.EVENTS_PER_SECOND_OF_SOCKET, policy.EVENT_BURST_OF_SOCKET)

    async def receive_paced() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and _is_on():
            size = len(message.get("text") or message.get("bytes") or "")
            cost = 1 + size / _BYTES_PER_EVENT
            if wait := max(own.take(cost), _events_of(address).take(cost)):
                await asyncio.sleep(wait)
        return message

    return receive_paced


def note_proxy(headers: Headers) -> None:
    """Log once that requests arrive through an untrusted proxy, so that all visitors share one address."""
    if _proxy_seen or not settings.get().warnings() or "x-forwarded-for" not in headers:
        return
    _proxy_seen.append("x-forwarded-for")
    log.error(
        "http.proxy_not_trusted", hint="Set TRUSTED_PROXIES: all visitors count as one address for the rate limits."
    )


def forget() -> None:
    """Clear all limits, as at process start."""
    for kept in (_events, _calls, _proxy_seen):
        kept.clear()


def warnings() -> list[str]:
    """Return configuration problems for the operator, one sentence each."""
    seen = ["Requests with X-Forwarded-For arrive."] if _proxy_seen else []
    return [*settings.get().warnings(), *seen]


def _events_of(address: str) -> Bucket:
    return _of(_events, address, policy.EVENTS_PER_SECOND_OF_ADDRESS, policy.EVENT_BURST_OF_ADDRESS)


def _of(kept: OrderedDict[str, Bucket], address: str, per_second: float, burst: float) -> Bucket:
    """Return the bucket of an address. If there are too many, drop the least recently used one, which has refilled by then."""
    bucket = kept.get(address)
    if bucket is None:
        bucket = kept[address] = Bucket(per_second, burst)
    kept.move_to_end(address)
    while len(kept) > _MAX_ADDRESSES:
        kept.popitem(last=False)
    return bucket


@contextmanager
def _one_of(counts: Counter[str], address: str, most: int) -> Generator[None]:
    if counts[address] >= most and _is_on():
        raise BusyError("Too many connections from your network at once. Try again in a few seconds.")
    counts[address] += 1
    try:
        yield
    finally:
        counts[address] -= 1
        if not counts[address]:
            del counts[address]


def _is_on() -> bool:
    return settings.get().rate_limits == "on"
