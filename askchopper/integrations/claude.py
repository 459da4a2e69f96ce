"""Client of the Anthropic API through the official SDK: a stream of plain events, one error type, model profiles.

No vendor type leaves this module except the content of an answer, which is sent back unchanged.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from askchopper import settings
from askchopper.observability import log
from askchopper.schemas.text import strip_unstorable

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

CONNECT_SECONDS = 3.0
_TOO_LONG = ("prompt is too long", "context window", "too many tokens")
_SPEND_CAP = "enforced_spend_limit_reached"
_NO_CREDIT = "credit balance is too low"


class Fault(StrEnum):
    """Reasons why the model gave no answer or only part of one."""

    KEY = "key"  # the key is not accepted
    MODEL = "model"  # there is no model of that name
    SPEND_CAP = "spend_cap"
    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    SERVER = "server"
    UNREACHABLE = "unreachable"
    SILENT = "silent"  # nothing came for too long
    BROKEN = "broken"  # the stream ended before the answer did
    TOO_LONG = "too_long"
    MALFORMED = "malformed"  # arguments of a tool that are not JSON
    REJECTED = "rejected"  # the request itself is at fault

    @property
    def is_outage(self) -> bool:
        """Whether the model is unavailable for every question."""
        return self not in {Fault.TOO_LONG, Fault.MALFORMED, Fault.REJECTED, Fault.BROKEN}


class ModelError(Exception):
    """The model did not answer completely."""

    def __init__(self, fault: Fault, detail: str = "", *, retry_after_seconds: float | None = None) -> None:
        """Store the fault; ``detail`` is for the log only."""
        super().__init__(f"{fault.value}: {detail}")
        self.fault = fault
        self.retry_after_seconds = retry_after_seconds


@dataclass(frozen=True)
class Usage:
    """Token usage of a request; ``input_tokens`` includes cached ones."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_microdollars: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        """Add two usages."""
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class TextDelta:
    """A chunk of generated text."""

    text: str


@dataclass(frozen=True)
class SourceCited:
    """The preceding text cites a document.

    Args:
        source: name of the cited search result; empty for a whole document.
        document: index among the documents of the request; None for a search result.
        start: offset of the quote in the document's text; None for a search result.
        quote: the cited text.
    """

    source: str
    document: int | None
    start: int | None
    quote: str


@dataclass(frozen=True)
class ToolCallStarted:
    """The model has started a tool call; its arguments follow."""

    id: str
    name: str


@dataclass(frozen=True)
class ToolCall:
    """A complete tool call; ``arguments`` are unvalidated."""

    id: str
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """The end of a request.

    Args:
        reason: the vendor's stop reason.
        content: the model's output, to be sent back unchanged with tool results.
        calls: its tool calls.
        usage: its token usage.
        request_id: the vendor's request id.
    """

    reason: str
    content: list[dict[str, Any]]
    calls: tuple[ToolCall, ...]
    usage: Usage
    request_id: str


ModelEvent = TextDelta | SourceCited | ToolCallStarted | Finished


@dataclass(frozen=True)
class Profile:
    """Parameters and prices, in dollars per million tokens, of a model family.

    Args:
        prefix: of its model ids.
        thinking: the lowest thinking effort it accepts; empty for the model's default.
        input_price: of an input token; cache reads cost a tenth of it, cache writes 25% more.
        output_price: of an output token.
    """

    prefix: str
    thinking: dict[str, str] = field(default_factory=dict[str, str])
    input_price: float = 2.0
    output_price: float = 10.0

    def cost_microdollars(self, *, fresh: int, cached: int, written: int, output: int) -> int:
        """Return the price of a request in millionths of a dollar."""
        return round((fresh + cached * 0.1 + written * 1.25) * self.input_price + output * self.output_price)


PROFILES = (
    Profile("claude-sonnet-5", {"type": "between_tools"}, 2.0, 10.0),
    Profile("claude-haiku-5", {}, 0.1, 0.5),
    Profile("claude-opus-5", {}, 4.0, 20.0),
)


def profile_of(model: str) -> Profile:
    """Return the profile of a model; unknown models get default parameters and prices."""
    return next((known for known in PROFILES if model.startswith(known.prefix)), Profile(model))


@dataclass
class Health:
    """Recent results and latencies of the model, for the status page."""

    answered: int = 0
    faults: dict[str, int] = field(default_factory=dict[str, int])
    first_ms: list[float] = field(default_factory=list[float])
    total_ms: list[float] = field(default_factory=list[float])
    input_tokens: int = 0
    output_tokens: int = 0

    def add_fault(self, fault: Fault) -> None:
        """Count a fault."""
        self.faults[fault.value] = self.faults.get(fault.value, 0) + 1

    def add_answer(self, usage: Usage, *, first_ms: float | None, total_ms: float) -> None:
        """Count an answer; the last two hundred latencies are kept."""
        self.answered += 1
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.total_ms = [*self.total_ms[-199:], total_ms]
        if first_ms is not None:
            self.first_ms = [*self.first_ms[-199:], first_ms]


health = Health()


class Claude:
    """The model's client. One per event loop, since its connections belong to one."""

    def __init__(self, client: "AsyncAnthropic") -> None:
        self._client = client

    async def stream(
        self,
        *,
        model: str,
        system: str,
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]] = (),
        max_tokens: int,
        effort: str,
        may_use_tools: bool = True,
    ) -> AsyncGenerator[ModelEvent]:
        """Send a request and yield its events; the last one is ``Finished``.

        Tools are declared even if the model may not use them any more, since the vendor's cache and earlier thinking blocks depend
        on them.

        Raises:
            ModelError: the response failed or is incomplete.
        """
        started = time.perf_counter()
        first_ms: float | None = None
        extras: dict[str, Any] = {"thinking": thinking} if (thinking := profile_of(model).thinking) else {}
        if tools:
            extras["tools"] = list(tools)
            if not may_use_tools:
                extras["tool_choice"] = {"type": "none"}
        with _translated():
            async with self._client.messages.stream(
                model=model,
                max_tokens=max_tokens,
                system=system,
                messages=cast("Any", list(messages)),
                output_config=cast("Any", {"effort": effort}),
                cache_control={"type": "ephemeral"},
                **extras,
            ) as stream:
                async for event in stream:
                    if event.type == "text":
                        first_ms = first_ms or (time.perf_counter() - started) * 1000
                        yield TextDelta(event.text)
                    elif event.type == "citation":
                        yield _cited(event.citation)
                    elif event.type == "content_block_start" and event.content_block.type == "tool_use":
                        yield ToolCallStarted(event.content_block.id, event.content_block.name)
                final = await stream.get_final_message()
                request_id = stream.request_id or ""
            if final.stop_reason is None:
                raise ModelError(Fault.BROKEN, "the stream ended early")
        usage = _usage(model, final.usage)
        health.add_answer(usage, first_ms=first_ms, total_ms=(time.perf_counter() - started) * 1000)
        content = [cast("dict[str, Any]", strip_unstorable(block.to_dict())) for block in final.content]
        calls = tuple(
            ToolCall(block["id"], block["name"], block["input"] if isinstance(block.get("input"), dict) else {})
            for block in content
            if block["type"] == "tool_use"
        )
        yield Finished(final.stop_reason, content, calls, usage, request_id)

    async def complete(self, *, model: str, system: str, text: str, max_tokens: int = 200) -> tuple[str, Usage]:
        """Send a request for a short completion, without streaming.

        Raises:
            ModelError: it failed.
        """
        with _translated():
            answer = await self._client.messages.create(
                model=model,
                max_tokens=max_tokens,
                system=system,
                messages=[{"role": "user", "content": text}],
                output_config=cast("Any", {"effort": "low"}),
            )
        said = "".join(block.text for block in answer.content if block.type == "text")
        return said, _usage(model, answer.usage)

    async def ping(self) -> None:
        """Check that the API is reachable.

        Raises:
            ModelError: it is not.
        """
        with _translated():
            await self._client.models.list(limit=1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


_clients: dict[int, tuple[asyncio.AbstractEventLoop, Claude]] = {}


def find() -> Claude | None:
    """Return the client of the running event loop; None if no API key is set."""
    if settings.get().anthropic_api_key is None:
        return None
    loop = asyncio.get_running_loop()
    known = _clients.get(id(loop))
    if known is None or known[0] is not loop:
        _clients[id(loop)] = known = (loop, Claude(_client()))
    return known[1]


async def close() -> None:
    """Close and discard the client of the running event loop."""
    known = _clients.pop(id(asyncio.get_running_loop()), None)
    if known:
        await known[1].aclose()


def _client() -> "AsyncAnthropic":
    # The import takes seconds and 80 MB, which a deployment without a key need not spend.
    import httpx2  # noqa: PLC0415
    from anthropic import AsyncAnthropic  # noqa: PLC0415

    current = settings.get()
    assert current.anthropic_api_key is not None  # noqa: S101 - find() has looked
    return AsyncAnthropic(
        api_key=current.anthropic_api_key.get_secret_value(),
        base_url=current.anthropic_base_url or "https://api.anthropic.com",
        max_retries=0,  # generation decides what is worth a retry
        timeout=httpx2.Timeout(current.chat_silence_seconds, connect=CONNECT_SECONDS),
    )


@lru_cache(maxsize=1)
def _errors() -> Any:
    import anthropic  # noqa: PLC0415
    import httpx2  # noqa: PLC0415

    return anthropic, httpx2


@contextmanager
def _translated() -> Generator[None]:
    """Map errors of the SDK and its transport to ``ModelError``."""
    anthropic, httpx2 = _errors()
    try:
        yield
    except ModelError as error:
        health.add_fault(error.fault)
        raise
    except (anthropic.APIError, httpx2.TransportError, ValueError, RuntimeError, AssertionError) as error:
        fault = _fault(error)
        health.add_fault(fault)
        log.warning(
            "chat.model_failed",
            fault=fault.value,
            error=type(error).__name__,
            status=getattr(error, "status_code", None),
            request_id=getattr(error, "request_id", None),
        )
        raise ModelError(fault, str(error)[:300], retry_after_seconds=_retry_after(error)) from error


def _fault(error: Any) -> Fault:
    anthropic, httpx2 = _errors()
    if isinstance(error, anthropic.APIStatusError):
        return _status_fault(error)
    if isinstance(error, anthropic.APITimeoutError | httpx2.TimeoutException):
        is_connect = isinstance(error, httpx2.ConnectTimeout) or isinstance(error.__cause__, httpx2.ConnectTimeout)
        return Fault.UNREACHABLE if is_connect else Fault.SILENT
    if isinstance(error, anthropic.APIConnectionError | httpx2.ConnectError):
        return Fault.UNREACHABLE
    if isinstance(error, ValueError):
        return Fault.MALFORMED
    return Fault.BROKEN


_STATUS_FAULTS = {
    401: Fault.KEY,
    402: Fault.SPEND_CAP,
    403: Fault.KEY,
    404: Fault.MODEL,
    408: Fault.SERVER,
    413: Fault.TOO_LONG,
    429: Fault.RATE_LIMIT,
    529: Fault.OVERLOADED,
}


def _status_fault(error: Any) -> Fault:
    kind, status, words = getattr(error, "type", None), error.status_code, str(error).lower()
    if kind == "overloaded_error":  # also as an event within a stream that started normally
        return Fault.OVERLOADED
    if getattr(error, "error_code", None) == _SPEND_CAP or _NO_CREDIT in words:
        return Fault.SPEND_CAP
    if status in _STATUS_FAULTS:
        return _STATUS_FAULTS[status]
    if status == 200 or status >= 500:
        return Fault.SERVER
    return Fault.TOO_LONG if any(one in words for one in _TOO_LONG) else Fault.REJECTED


def _retry_after(error: Any) -> float | None:
    response = getattr(error, "response", None)
    try:
        return float(response.headers["retry-after"]) if response is not None else None
    except (KeyError, ValueError):
        return None


def _cited(citation: Any) -> SourceCited:
    kind = citation.type
    return SourceCited(
        source=getattr(citation, "source", "") or "" if kind == "search_result_location" else "",
        document=None if kind == "search_result_location" else getattr(citation, "document_index", None),
        start=getattr(citation, "start_char_index", None),
        quote=(citation.cited_text or "")[:2000],
    )


def _usage(model: str, usage: Any) -> Usage:
    cached, written = usage.cache_read_input_tokens or 0, usage.cache_creation_input_tokens or 0
    fresh = usage.input_tokens or 0
    return Usage(
        input_tokens=fresh + cached + written,
        output_tokens=usage.output_tokens or 0,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        cost_microdollars=profile_of(model).cost_microdollars(
            fresh=fresh, cached=cached, written=written, output=usage.output_tokens or 0
        ),
    )
