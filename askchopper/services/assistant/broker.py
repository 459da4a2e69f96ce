"""Message broker for the events of running answers: replay, then live.

Each conversation has one channel. An answer begins with a ``start`` event and ends with ``done``. A late reader first
gets the running answer, compacted. A single server process keeps the events in memory; several share them in Redis, so
that any process can stream or stop any answer.
"""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, cast

import redis.asyncio as redis

from askchopper import settings
from askchopper.schemas.assistant import StreamEvent

BrokerError = redis.RedisError
START, TEXT, HTML, PART, SOURCE, DONE, NAMED = "start", "t", "html", "part", "source", "done", "named"
PULSE_SECONDS = 15.0
KEPT_SECONDS = 120.0
MAX_STEPS = 20_000
PUBLISH_SECONDS = 1.0
SILENCE_SECONDS = 5.0  # back-off after a publish that timed out
_STOPS = "chat:stops"


class Broker(Protocol):
    """Publishes and streams the events of answers."""

    async def publish(self, topic: str, name: str, data: Any) -> None:
        """Publish an event.

        Raises:
            BrokerError: it could not be published in time.
        """
        ...

    def follow(self, topic: str, after: str = "") -> AsyncIterator[StreamEvent | None]:
        """Yield the events after an id, or of the running answer from its start if the id cannot be resumed, then live ones.

        None is a keep-alive.
        """
        ...

    async def broadcast_stop(self, answer_id: str) -> None:
        """Ask the process that generates an answer to stop it."""
        ...

    def stop_requests(self) -> AsyncIterator[str]:
        """Yield the ids of answers that should stop."""
        ...

    async def ping(self) -> None:
        """Check the connection to the message broker.

        Raises:
            BrokerError: it is unreachable.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@lru_cache(maxsize=1)
def get_broker() -> Broker:
    """Return the broker of this process."""
    url = settings.get().redis_url
    return RedisBroker(url.get_secret_value()) if url else LocalBroker()


def compact(steps: Iterable[StreamEvent]) -> list[StreamEvent]:
    """Drop superseded events, for a reader who starts from the beginning.

    Text that is part of a finished block is dropped in favour of the block, and an earlier state of a part in favour of the
    later one. Consecutive text events are merged.
    """
    kept: list[StreamEvent] = []
    for step in steps:
        if step.name == START:
            kept = [step]
        elif step.name == TEXT and kept and kept[-1].name == TEXT:
            kept[-1] = StreamEvent(step.id, TEXT, kept[-1].data + step.data)
        elif step.name == HTML:
            while kept and kept[-1].name == TEXT:
                kept.pop()
            kept.append(step)
        elif step.name == PART:
            kept = [old for old in kept if not (old.name == PART and old.data["place"] == step.data["place"])]
            kept.append(step)
        else:
            kept.append(step)
    return kept


def _running_answer(steps: list[StreamEvent]) -> list[StreamEvent]:
    """Return the events of the running answer; empty if none is running."""
    start = next((place for place in range(len(steps) - 1, -1, -1) if steps[place].name == START), None)
    if start is None or any(step.name == DONE for step in steps[start:]):
        return []
    return compact(steps[start:])


@dataclass
class _Topic:
    steps: list[StreamEvent] = field(default_factory=list[StreamEvent])
    dropped: int = 0
    is_open: bool = False  # an answer is running
    readers: set[asyncio.Event] = field(default_factory=set[asyncio.Event])
    touched: float = field(default_factory=time.monotonic)


class LocalBroker:
    """In-memory broker for a single process. An event id is a sequence number after a prefix unique to the process."""

    def __init__(self) -> None:
        self._topics: dict[str, _Topic] = {}
        self._epoch = secrets.token_hex(2)
        self._count = 0  # events published so far; a new channel starts after every id that a reader may remember
        self._stops: asyncio.Queue[str] = asyncio.Queue()

    async def publish(self, topic: str, name: str, data: Any) -> None:
        """Publish an event and wake the readers."""
        if name == START:
            self._sweep()
        known = self._topic(topic)
        if name == START and not known.is_open:
            known.dropped += len(known.steps)
            known.steps.clear()
        known.is_open = name != DONE and (known.is_open or name == START)
        self._count += 1
        number = known.dropped + len(known.steps) + 1
        known.steps.append(StreamEvent(f"{self._epoch}-{number}", name, data))
        known.touched = time.monotonic()
        for reader in known.readers:
            reader.set()

    async def follow(self, topic: str, after: str = "") -> AsyncIterator[StreamEvent | None]:
        """Yield the events after an id, or of the running answer from its start if the id cannot be resumed, then live ones.

        None is a keep-alive.
        """
        known = self._topic(topic)
        woken = asyncio.Event()
        known.readers.add(woken)
        try:
            # An id of an earlier process, or one that was dropped, cannot be resumed: replay the running answer instead.
            epoch, _, number = after.partition("-")
            end = known.dropped + len(known.steps)
            if epoch == self._epoch and _is_number(number) and known.dropped <= int(number) <= end:
                at = int(number)
            else:
                for step in _running_answer(known.steps):
                    yield step
                at = known.dropped + len(known.steps)
            while True:
                for step in known.steps[max(0, at - known.dropped) :]:
                    at = max(at, int(step.id.rpartition("-")[2]))
                    yield step
                woken.clear()
                # An event published while this reader was suspended in ``yield`` has set the flag before it was cleared.
                if at < known.dropped + len(known.steps):
                    continue
                try:
                    async with asyncio.timeout(PULSE_SECONDS):
                        await woken.wait()
                except TimeoutError:
                    yield None
        finally:
            known.readers.discard(woken)

    async def broadcast_stop(self, answer_id: str) -> None:
        """Queue a stop request for this process."""
        await self._stops.put(answer_id)

    async def stop_requests(self) -> AsyncIterator[str]:
        """Yield the ids of answers that should stop."""
        while True:
            yield await self._stops.get()

    async def ping(self) -> None:
        """Do nothing; there is no connection."""

    async def aclose(self) -> None:
        """Drop all channels."""
        self._topics.clear()

    def _sweep(self) -> None:
        old = time.monotonic() - KEPT_SECONDS
        for name in [name for name, known in self._topics.items() if not known.readers and known.touched < old]:
            if not self._topics[name].is_open:
                del self._topics[name]

    def _topic(self, name: str) -> _Topic:
        return self._topics.setdefault(name, _Topic(dropped=self._count))


class RedisBroker:
    """Broker in Redis or Valkey: a stream per conversation, and a pub/sub channel for stop requests."""

    def __init__(self, url: str) -> None:
        """Prepare the client; it connects on first use."""
        # The library's own types are partly missing.
        self._redis: Any = cast("Any", redis.Redis).from_url(url, decode_responses=True, health_check_interval=30)
        self._silent_until = 0.0

    async def publish(self, topic: str, name: str, data: Any) -> None:
        """Append an event to the conversation's stream, which expires some time after its last event.

        Raises:
            BrokerError: it could not be added in time. Generation does not wait for the broker.
        """
        if time.monotonic() < self._silent_until:
            raise redis.TimeoutError
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.xadd(_key(topic), {"n": name, "d": json.dumps(data)}, maxlen=MAX_STEPS, approximate=True)
        pipeline.expire(_key(topic), int(KEPT_SECONDS * 8))
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await pipeline.execute()
        except TimeoutError as error:
            self._silent_until = time.monotonic() + SILENCE_SECONDS
            raise redis.TimeoutError from error

    async def follow(self, topic: str, after: str = "") -> AsyncIterator[StreamEvent | None]:
        """Yield the events after an id, or of the running answer from its start if the id cannot be resumed, then live ones.

        None is a keep-alive.
        """
        at = after
        if not _is_stream_id(after):
            steps = [_step(*row) for row in await self._range(topic)]
            at = steps[-1].id if steps else "0-0"
            for step in _running_answer(steps):
                yield step
        while True:
            found = await self._redis.xread({_key(topic): at}, block=int(PULSE_SECONDS * 1000), count=500)
            rows = cast("list[tuple[str, list[tuple[str, dict[str, str]]]]]", found)
            if not rows:
                yield None
                continue
            for row in rows[0][1]:
                at = row[0]
                yield _step(*row)

    async def broadcast_stop(self, answer_id: str) -> None:
        """Broadcast a stop request to all processes."""
        await self._redis.publish(_STOPS, answer_id)

    async def stop_requests(self) -> AsyncIterator[str]:
        """Yield the ids of answers that should stop."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(_STOPS)
            async for message in channel.listen():
                yield str(message["data"])

    async def ping(self) -> None:
        """Ping Redis.

        Raises:
            BrokerError: it is unreachable.
        """
        await self._redis.ping()

    async def aclose(self) -> None:
        """Close the connections; errors are ignored."""
        with suppress(redis.RedisError):
            await self._redis.aclose()

    async def _range(self, topic: str) -> list[tuple[str, dict[str, str]]]:
        return cast("list[tuple[str, dict[str, str]]]", await self._redis.xrange(_key(topic)))


def _key(topic: str) -> str:
    return f"chat:{topic}"


def _is_stream_id(text: str) -> bool:
    first, dash, second = text.partition("-")
    return bool(dash) and _is_number(first) and _is_number(second)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20


def _step(step_id: str, values: dict[str, str]) -> StreamEvent:
    return StreamEvent(step_id, values["n"], json.loads(values["d"]))
