"""Generates an answer: streams the model and runs its tool calls.

Falls back to basic mode, which answers without a model, if none is set up, the daily allowance is used up, or the model is
unavailable before it has written anything.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from askchopper import settings
from askchopper.errors import AskChopperError
from askchopper.integrations import claude
from askchopper.integrations.claude import (
    Fault,
    Finished,
    ModelError,
    SourceCited,
    TextDelta,
    ToolCall,
    ToolCallStarted,
)
from askchopper.observability import log
from askchopper.schemas.assistant import ItemsPart, PageContext, ProposalPart
from askchopper.schemas.memory import Used
from askchopper.schemas.web_search import WebResult
from askchopper.services.assistant import context, prompt, token_usage, tool_calls
from askchopper.services.assistant.answer_builder import AnswerBuilder
from askchopper.services.assistant.circuit_breaker import breaker
from askchopper.services.assistant.offline import answering
from askchopper.services.assistant.tools import registry
from askchopper.services.knowledge.artists import wording
from askchopper.vocabulary import AnswerStatus, Writer

MAX_ROUNDS = 6
MAX_CALLS = 8  # per round
MAX_RETRY_SECONDS = 3.0
RETRY_SECONDS = 0.5  # if the vendor names no time
PICTURE_TOKENS = 3_300  # at most
FALLBACK_ITEMS = 3
TOO_MANY = f"At most {MAX_CALLS} tools at once."
NOT_CONTINUED = "Basic mode can't continue this answer. Ask again for a new one."
SPENT = "You've used today's allowance. Until tomorrow I answer in basic mode: catalogue, glossary and library."
HELD = "Your other answers use what is left of today's allowance, so this one is in basic mode."
AWAY = "The assistant is unavailable right now ({why}). Here is what I found in basic mode."
_WHY = {
    Fault.KEY: "it is not set up correctly",
    Fault.MODEL: "it is not set up correctly",
    Fault.SPEND_CAP: "its spending limit is reached",
    Fault.RATE_LIMIT: "too many questions at once",
    Fault.OVERLOADED: "it is overloaded",
    Fault.SERVER: "it returned an error",
    Fault.UNREACHABLE: "it cannot be reached",
    Fault.SILENT: "it did not respond in time",
    Fault.BROKEN: "its answer broke off",
    Fault.MALFORMED: "its answer could not be read",
}
_CUT = {
    Fault.SILENT: "The answer stopped before it was complete.",
    Fault.OVERLOADED: "The assistant became overloaded before it finished.",
}
CUT = "The connection to the assistant was lost."
LENGTH = "The answer reached its maximum length."
WINDOW = "This conversation has become too long. Start a new one, or ask a shorter question."
REJECTED = "The assistant could not process this question. Rephrase it, or start a new conversation."
REFUSED = "The assistant declined to answer this."
OURS = "Something went wrong on our side. Your question is kept; ask again."
TOO_SLOW = "The answer took too long and was ended."
UNREAD = "This step was not run."
EMPTY = "The assistant returned no answer. Ask again, or rephrase the question."


@dataclass(frozen=True)
class GenerationResult:
    """Final state of a generated answer."""

    status: AnswerStatus = AnswerStatus.COMPLETE
    problem: str = ""
    stop_reason: str = "end_turn"


async def generate(answer: AnswerBuilder, page: PageContext) -> GenerationResult:
    """Generate an answer and return how it ended. Raises only on cancellation."""
    failed = AnswerStatus.CUT if answer.asked.is_continued else AnswerStatus.FAILED  # it can be continued again
    try:
        await answer.open()
        async with asyncio.timeout(settings.get().chat_answer_seconds):
            return await _answer(answer, page)
    except TimeoutError:
        return GenerationResult(AnswerStatus.CUT, TOO_SLOW, "timeout")
    except AskChopperError as error:
        return GenerationResult(failed, error.sentence, "error")
    except Exception:
        log.exception("chat.failed", answer=str(answer.asked.answer_id))
        return GenerationResult(failed, OURS, "error")


async def _answer(answer: AnswerBuilder, page: PageContext) -> GenerationResult:
    model = claude.find()
    turn = await context.build(answer.viewer, answer.asked, page)
    answer.question = turn.question
    if model is None or not settings.get().chat_daily_tokens:
        return await _offline(answer, turn, page)
    if not _may_ask(answer, turn.messages, turn.tokens_left):
        return await _offline(answer, turn, page, HELD if turn.tokens_left else SPENT)
    if not breaker.allows_request(answer):
        return await _offline(answer, turn, page, AWAY.format(why=_WHY[breaker.fault or Fault.SERVER]))
    answer.model, answer.used = settings.get().anthropic_chat_model, turn.used
    writing = _ModelExchange(answer, page, turn, turn.tokens_left)
    try:
        return await writing.run(model)
    except ModelError as error:
        breaker.failed(answer, error.fault, retry_after_seconds=error.retry_after_seconds)
        return await _after_fault(answer, turn, page, error.fault)
    finally:
        breaker.release_probe(answer)


async def _after_fault(answer: AnswerBuilder, turn: context.Turn, page: PageContext, fault: Fault) -> GenerationResult:
    if answer.has_said:
        return GenerationResult(AnswerStatus.CUT, _CUT.get(fault, CUT), fault.value)
    if fault is Fault.TOO_LONG:
        return GenerationResult(AnswerStatus.FAILED, WINDOW, fault.value)
    if fault is Fault.REJECTED:
        return GenerationResult(AnswerStatus.FAILED, REJECTED, fault.value)
    return await _offline(answer, turn, page, AWAY.format(why=_WHY[fault]))


async def _offline(answer: AnswerBuilder, turn: context.Turn, page: PageContext, notice: str = "") -> GenerationResult:
    if answer.asked.is_continued:  # rules cannot continue a model's sentence; it can be retried later
        return GenerationResult(AnswerStatus.CUT, notice or NOT_CONTINUED, "offline")
    answer.writer, answer.model, answer.used = Writer.OFFLINE, "", Used()
    if notice:
        await answer.add_notice(notice)
    await answering.answer(answer, turn, page)
    return GenerationResult(stop_reason="offline")


@dataclass
class _ModelExchange:
    """The exchange with the model for one answer: rounds of text and tool calls."""

    answer: AnswerBuilder
    page: PageContext
    turn: context.Turn
    tokens_left: int
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    places: dict[str, int] = field(default_factory=dict[str, int])
    may_retry: bool = True

    async def run(self, model: claude.Claude) -> GenerationResult:
        self.messages = list(self.turn.messages)
        for number in range(1, MAX_ROUNDS + 1):
            self.answer.rounds = number
            finished = await self._round(model, is_last=number == MAX_ROUNDS)
            breaker.succeeded()
            if finished.reason == "pause_turn":
                self.messages.append({"role": "assistant", "content": finished.content})
                continue
            if finished.reason != "tool_use" or not finished.calls:
                return await self._end(finished)
            self.messages.append({"role": "assistant", "content": finished.content})
            self.messages.append({"role": "user", "content": await self._use_tools(finished.calls)})
            if not _may_ask(self.answer, self.messages, self.tokens_left):
                return GenerationResult(AnswerStatus.CUT, SPENT, "budget")
        return await self._end(finished)  # pyright: ignore[reportPossiblyUnboundVariable] - there is at least one round

    async def _round(self, model: claude.Claude, *, is_last: bool) -> Finished:
        """Send one request. Retries once per answer: with a shorter context if the input was too long, or after a transient fault.

        After a transient fault it retries only if no text has arrived yet.

        Raises:
            ModelError: the request failed and is not retried, or failed again.
        """
        try:
            return await self._listen(model, is_last=is_last)
        except ModelError as error:
            wait = error.retry_after_seconds if error.retry_after_seconds is not None else RETRY_SECONDS
            is_worth_it = error.fault in {
                Fault.OVERLOADED,
                Fault.SERVER,
                Fault.RATE_LIMIT,
                Fault.MALFORMED,
                Fault.BROKEN,
            }
            if error.fault is Fault.TOO_LONG and self.may_retry:
                self.may_retry = False
                shorter = await context.build(self.answer.viewer, self.answer.asked, self.page, share=0.3)
                self.messages = list(shorter.messages) + self.messages[len(self.turn.messages) :]
                self.turn = shorter
            elif self.may_retry and is_worth_it and not self.answer.has_said and wait <= MAX_RETRY_SECONDS:
                self.may_retry = False
                await asyncio.sleep(wait)
            else:
                raise
            await self.answer.fail_pending_tools(UNREAD)
            return await self._listen(model, is_last=is_last)

    async def _listen(self, model: claude.Claude, *, is_last: bool) -> Finished:
        current = settings.get()
        said_before, heard, is_billed = self.answer.usage, 0, True
        stream = model.stream(
            model=current.anthropic_chat_model,
            system=prompt.SYSTEM,
            messages=self.messages,
            tools=registry.schemas(self.answer.viewer),
            max_tokens=current.chat_max_tokens,
            effort=current.anthropic_effort,
            may_use_tools=not is_last,
        )
        try:
            async for event in stream:
                match event:
                    case TextDelta(text):
                        heard += len(text)
                        await self.answer.add_text(text)
                    case SourceCited():
                        await self._cite(event)
                    case ToolCallStarted(call_id, name):
                        if (place := await tool_calls.announce(self.answer, call_id, name)) is not None:
                            self.places[call_id] = place
                    case Finished():
                        self.answer.usage = said_before + event.usage
                        return event
        except ModelError:
            is_billed = heard > 0  # rejected requests are not billed, and the offline assistant answers them
            raise
        finally:
            if (
                self.answer.usage is said_before and is_billed
            ):  # interrupted or stopped: input and output so far are still billed
                self.answer.usage = said_before + _estimate(current.anthropic_chat_model, self.messages, heard)
            await stream.aclose()
        raise ModelError(Fault.BROKEN, "the stream had no end")

    async def _cite(self, cited: SourceCited) -> None:
        if (page := self.answer.web_results.get(cited.source)) is not None:
            await self.answer.cite_page(page, cited.quote)
        elif (source := self.turn.source_of(cited)) is not None:
            await self.answer.add_citation(source)

    async def _use_tools(self, calls: tuple[ToolCall, ...]) -> list[dict[str, Any]]:
        """Run the tool calls of a round concurrently and return their results in order."""
        return list(await asyncio.gather(*(self._use(call, number) for number, call in enumerate(calls))))

    async def _use(self, call: ToolCall, number: int) -> dict[str, Any]:
        place = self.places.get(call.id)
        if number >= MAX_CALLS:
            if place is not None:
                await self.answer.change(place, state="failed", summary=TOO_MANY)
            return _result(call, TOO_MANY, is_error=True)
        try:
            outcome = await tool_calls.call(self.answer, self.page, call.name, call.arguments, place=place)
        except AskChopperError as error:
            return _result(call, error.sentence, is_error=True)
        return _result(call, outcome.text, outcome.sources)

    async def _end(self, finished: Finished) -> GenerationResult:
        answer = self.answer
        if finished.reason == "refusal":
            return GenerationResult(AnswerStatus.REFUSED, REFUSED, finished.reason)
        if finished.reason == "max_tokens":
            return GenerationResult(AnswerStatus.CUT, LENGTH, finished.reason)
        if finished.reason == "model_context_window_exceeded":
            return GenerationResult(
                AnswerStatus.CUT if answer.has_said else AnswerStatus.FAILED, WINDOW, finished.reason
            )
        shown = any(isinstance(part, ItemsPart | ProposalPart) for part in answer.parts)
        if answer.found_refs and not shown and "search_packs" in answer.tools:
            # Show what was found, even if the model only mentioned it.
            await answer.show_items(answer.found_refs[:FALLBACK_ITEMS])
        if (
            name := next((one for one in answer.artists if wording.claims_connection(answer.words, one)), None)
        ) is not None:
            await answer.add_notice(wording.disclaimer(name))
        if not answer.has_said and not answer.parts:
            return GenerationResult(AnswerStatus.FAILED, EMPTY, finished.reason)
        return GenerationResult(stop_reason=finished.reason)


def _result(
    call: ToolCall, text: str, sources: tuple[WebResult, ...] = (), *, is_error: bool = False
) -> dict[str, Any]:
    return {
        "type": "tool_result",
        "tool_use_id": call.id,
        "content": [{"type": "text", "text": text or "(nothing)"}, *(_citable(source) for source in sources)],
        **({"is_error": True} if is_error else {}),
    }


def _citable(source: WebResult) -> dict[str, Any]:
    return {
        "type": "search_result", "source": source.url, "title": source.title, "content": [{"type": "text", "text": source.text}],
        "citations": {"enabled": True},
    }  # fmt: skip


def _estimate(model: str, messages: list[dict[str, Any]], heard_characters: int) -> claude.Usage:
    """Estimate the token usage of an interrupted request, at four characters per token."""
    asked, output = _tokens_of(messages), heard_characters // 4
    cost = claude.profile_of(model).cost_microdollars(fresh=asked, cached=0, written=0, output=output)
    return claude.Usage(input_tokens=asked, output_tokens=output, cost_microdollars=cost)


def _tokens_of(messages: list[dict[str, Any]]) -> int:
    """Estimate the input tokens of messages."""
    total = 0
    for message in messages:
        content = message["content"]
        blocks = cast("list[dict[str, Any]]", content) if isinstance(content, list) else [{"text": content}]
        total += sum(PICTURE_TOKENS if block.get("type") == "image" else len(str(block)) // 4 for block in blocks)
    return total


def _may_ask(answer: AnswerBuilder, messages: list[dict[str, Any]], tokens_left: int) -> bool:
    """Reserve the estimated tokens of another request; False if the daily allowance is used or reserved already."""
    used = answer.usage.input_tokens + answer.usage.output_tokens
    whose, coming = answer.asked.answer_id, _tokens_of(messages)
    return token_usage.reserve(answer.viewer, whose, used=used, coming=coming, left=tokens_left)
