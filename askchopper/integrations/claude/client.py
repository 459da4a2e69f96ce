"""The Anthropic client: one per event loop, and the recent results of all requests."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from askchopper import settings
from askchopper.integrations.claude.events import (
    Finished,
    ModelEvent,
    SourceCited,
    TextDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)
from askchopper.integrations.claude.faults import Fault, ModelError, errors, fault_of, retry_after
from askchopper.integrations.claude.profiles import profile_of
from askchopper.observability import log
from askchopper.schemas.text import strip_unstorable

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

CONNECT_SECONDS = 3.0


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
    """Client of the model's API. There is one per event loop, since connections belong to a loop."""

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

        Tools are declared even when the model may no longer use them, since the prompt cache and earlier thinking blocks depend on them.

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

    async def complete(
        self, *, model: str, system: str, text: str, max_tokens: int = 200, schema: dict[str, Any] | None = None
    ) -> tuple[str, Usage]:
        """Request a short completion without streaming; return its text and usage.

        With a JSON schema, the text is JSON that matches it, unless it was cut at ``max_tokens`` or refused.

        Raises:
            ModelError: the request failed.
        """
        with _translated():
            answer = await self._client.messages.create(
                model=model,
                max_tokens=max_tokens,
                system=system,
                messages=[{"role": "user", "content": text}],
                output_config=cast("Any", {"effort": "low", **({"format": as_format(schema)} if schema else {})}),
            )
        said = "".join(block.text for block in answer.content if block.type == "text")
        return said, _usage(model, answer.usage)

    async def ping(self) -> None:
        """Check that the API is reachable.

        Raises:
            ModelError: the API is not reachable.
        """
        with _translated():
            await self._client.models.list(limit=1)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()


def as_format(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the output format that makes the model answer with JSON of a schema."""
    return {"type": "json_schema", "schema": schema}


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
    assert current.anthropic_api_key is not None  # noqa: S101 - find() has checked
    return AsyncAnthropic(
        api_key=current.anthropic_api_key.get_secret_value(),
        base_url=current.anthropic_base_url or "https://api.anthropic.com",
        max_retries=0,  # generation decides what is worth a retry
        timeout=httpx2.Timeout(current.chat_silence_seconds, connect=CONNECT_SECONDS),
    )


@contextmanager
def _translated() -> Generator[None]:
    """Map errors of the SDK and its transport to ``ModelError``."""
    anthropic, httpx2 = errors()
    try:
        yield
    except ModelError as error:
        health.add_fault(error.fault)
        raise
    except (anthropic.APIError, httpx2.TransportError, ValueError, RuntimeError, AssertionError) as error:
        fault = fault_of(error)
        health.add_fault(fault)
        log.warning(
            "chat.model_failed",
            fault=fault.value,
            error=type(error).__name__,
            status=getattr(error, "status_code", None),
            request_id=getattr(error, "request_id", None),
        )
        raise ModelError(fault, str(error)[:300], retry_after_seconds=retry_after(error)) from error


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
