"""Builds an answer during generation: keeps its parts in memory, publishes every event, and saves the row twice a second."""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from askchopper.database import read_only
from askchopper.errors import UnavailableError
from askchopper.integrations.claude import Usage
from askchopper.observability import log
from askchopper.schemas import assistant as schema
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import (
    CITE_CLOSE,
    CITE_OPEN,
    Asked,
    ItemsPart,
    NoticePart,
    Part,
    ProposalPart,
    SourcePart,
    TextPart,
    ToolPart,
)
from askchopper.schemas.memory import Used
from askchopper.schemas.text import strip_unstorable
from askchopper.schemas.web_search import WebResult
from askchopper.services.assistant import answer_lifecycle, broker, conversations, markdown, rendering, token_usage
from askchopper.services.assistant.tools.definition import Outcome
from askchopper.vocabulary import AnswerStatus, Writer

SAVE_SECONDS = 0.5
HEARTBEAT_SECONDS = 4.0  # a running row is saved at least this often
MAX_CHARACTERS = 60_000
MAX_ITEMS = 12
MAX_QUOTE = 500
_REF = re.compile(r"\[\[\s*((?:pack|sound):[^\s\[\]]{1,100})\s*\]\]")
_LONGEST_REF = 120


class AnswerBuilder:
    """An answer in progress, owned by the task that generates it."""

    def __init__(self, asked: Asked, viewer: Viewer) -> None:
        self.asked, self.viewer = asked, viewer
        self.parts: list[Part] = []
        self.sources: list[SourcePart] = []
        self.found_refs: list[str] = []
        self.web_results: dict[str, WebResult] = {}  # by address; only these may be cited
        self.question = ""
        self.results: list[tuple[str, Outcome | None]] = []  # tool name and outcome; None if the tool failed
        self.artists: list[str] = []  # names of artists that were looked up
        self.hints: list[str] = []  # suggested follow-up questions
        self.dropped_refs = 0
        self.usage = Usage()
        self.used = Used()  # context of the answer besides the question
        self.writer, self.model, self.rounds = Writer.MODEL, "", 0
        self.tools: list[str] = []
        self.started = time.perf_counter()
        self.first_ms: float | None = None
        self.has_said = False
        self._topic = str(asked.conversation_id)
        self._held = ""  # a possible start of an item reference
        self._is_open = self._is_resumed = False
        self._tail: str = ""  # the open text after its finished Markdown blocks
        # The earlier parts are loaded; until then the row's parts must not be overwritten.
        self._is_read = not asked.is_continued
        self._is_changed = True
        self._is_unheard = False
        self._unknown_refs: set[str] = set()  # so that a model that repeats itself costs no queries
        self._saver: asyncio.Task[None] | None = None
        self.is_superseded = False  # another process writes the row now, or it was deleted

    # --- Items -------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Announce the answer to readers and start saving it.

        Raises:
            AskChopperError: the earlier parts of a continued answer cannot be loaded.
        """
        if self.asked.is_continued:
            async with read_only() as session:
                line, _ = await conversations.get_message(session, self.viewer, message_id=str(self.asked.answer_id))
            self._take_up(line.parts)
        self._saver = asyncio.create_task(self._keep_saving(asyncio.current_task()))
        await self._tell()

    def _take_up(self, parts: Sequence[Part]) -> None:
        self.parts = [part for part in parts if not isinstance(part, SourcePart)]
        self.sources = [part for part in parts if isinstance(part, SourcePart)]
        last = self.parts[-1] if self.parts else None
        self._is_open = self._is_resumed = isinstance(last, TextPart)
        self._tail = _split(last)[1] if isinstance(last, TextPart) else ""
        self._is_read = True

    async def add_text(self, text: str) -> None:
        """Append text. ``[[pack:…]]`` and ``[[sound:…]]`` references become playable items."""
        self._held += strip_unstorable(markdown.without_marks(text))
        while match := _REF.search(self._held):
            before, self._held = self._held[: match.start()], self._held[match.end() :]
            if (self._tail + before).count("`") % 2:  # inside code it stays literal
                await self._add_words(before + match[0])
                continue
            await self._add_words(before)
            await self._show(match[1])
        cut = self._held.rfind("[[")
        if cut < 0 and self._held.endswith("["):
            cut = len(self._held) - 1
        if cut < 0 or len(self._held) - cut > _LONGEST_REF:
            cut = len(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        await self._add_words(ready)

    async def add(self, part: Part) -> int:
        """Append a part and return its index."""
        await self._release_held()
        return await self._append(part)

    async def change(self, place: int, **values: Any) -> None:
        """Update fields of the part at an index, and publish it again."""
        self.parts[place] = replace(self.parts[place], **values)  # type: ignore[type-var]
        await self._draw(place)

    async def fail_pending_tools(self, summary: str) -> None:
        """Mark announced tools that never finished as failed."""
        for place, part in enumerate(self.parts):
            if isinstance(part, ToolPart) and part.state == "running":
                await self.change(place, state="failed", summary=summary)

    async def show_items(self, refs: Sequence[str]) -> None:
        """Append the packs and sounds that the reader may see and that are not shown yet, up to ``MAX_ITEMS`` per answer."""
        for ref in refs:
            await self._show(ref)

    async def add_notice(self, sentence: str) -> None:
        """Append a notice from the application, as opposed to the model."""
        await self.add(NoticePart(sentence))

    async def add_citation(self, source: SourcePart) -> None:
        """Append a citation after the last text. A source cited earlier keeps its number."""
        known = next((one for one in self.sources if _place_of(one) == _place_of(source)), None)
        if known is None:
            known = replace(source, number=len(self.sources) + 1)
            self.sources.append(known)
            await self._publish(broker.SOURCE, rendering.render_part(known, {}))
        await self._add_words(f"{CITE_OPEN}{known.number}{CITE_CLOSE}")

    async def cite_page(self, result: WebResult, quote: str = "") -> None:
        """Append a citation of a web page, with a quote or else the start of its text, cut to ``MAX_QUOTE`` characters."""
        quoted = " ".join((quote or result.text).split())[:MAX_QUOTE]
        date = str(result.published_on or "")
        await self.add_citation(
            SourcePart(0, "", result.title, quoted, url=result.url, site=result.site, published_on=date)
        )

    # --- The end -----------------------------------------------------------------------------------------------

    async def finish(self, status: AnswerStatus, problem: str = "", *, stop_reason: str = "") -> None:
        """End the answer and record its usage. Idempotent."""
        if not self.is_superseded:
            await self._flush()
        if self._saver:
            self._saver.cancel()
            await asyncio.gather(self._saver, return_exceptions=True)
        is_first = await answer_lifecycle.end(
            self.asked,
            self.viewer,
            status=status,
            problem=problem,
            content=self.content,
            totals=answer_lifecycle.Totals(self.writer, self.model, self.rounds, self.usage),
            is_superseded=self.is_superseded,
        )
        token_usage.release(self.asked.answer_id)
        if not self.is_superseded:
            await self._publish(broker.DONE, {"answer": str(self.asked.answer_id), "status": status.value})
        if is_first:
            self._log(status, stop_reason)

    async def _flush(self) -> None:
        try:
            await self._release_held()
            await self._close_text()
            await self.fail_pending_tools("The answer ended before this step finished.")
        except Exception:  # readers miss the last event; the row has its text
            log.exception("chat.flush_failed", answer=str(self.asked.answer_id))

    def _log(self, status: AnswerStatus, stop_reason: str) -> None:
        log.info(
            "chat.done",
            answer=str(self.asked.answer_id),
            user=str(self.viewer.user_id),
            status=status.value,
            writer=self.writer.value,
            model=self.model,
            ttft_ms=None if self.first_ms is None else round(self.first_ms, 1),
            total_ms=round((time.perf_counter() - self.started) * 1000, 1),
            input=self.usage.input_tokens,
            output=self.usage.output_tokens,
            cache_read=self.usage.cache_read_tokens,
            cache_write=self.usage.cache_write_tokens,
            cost_usd=round(self.usage.cost_microdollars / 1e6, 6),
            stop_reason=stop_reason,
            rounds=self.rounds,
            tools=self.tools,
            dropped_items=self.dropped_refs,
        )

    # --- Text --------------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """The text so far, without citation markers."""
        return words_of(self.parts)

    async def _add_words(self, text: str) -> None:
        if not self._is_open:
            text = text.lstrip("\n")
            if not text.strip():
                return
            self.parts.append(TextPart(""))
            self._is_open, self._tail = True, ""
            await self._publish(
                broker.PART, {"place": len(self.parts) - 1, "part": {"kind": "text", "html": "", "tail": ""}}
            )
        if not text:
            return
        if self._is_resumed:
            self._is_resumed = False
            if self._tail[-1:].isalnum() and text[:1].isalnum():  # it was cut between two words
                text = f" {text}"
        if self.first_ms is None:
            self.first_ms = (time.perf_counter() - self.started) * 1000
        self.has_said = True
        last = self.parts[-1]
        assert isinstance(last, TextPart)  # noqa: S101 - it was opened above
        left = MAX_CHARACTERS - len(last.markdown)
        text = text[: max(0, left)]
        self.parts[-1] = TextPart(last.markdown + text)
        self._tail += text
        self._is_changed = True
        await self._publish(broker.TEXT, text)
        await asyncio.sleep(0)  # yield to readers: a fast model leaves no other gap
        if "\n" in text:
            await self._finish_blocks(markdown.finished_length(self._tail))

    async def _finish_blocks(self, length: int) -> None:
        if not length:
            return
        last = self.parts[-1]
        assert isinstance(last, TextPart)  # noqa: S101 - only text has blocks
        before = last.markdown[: len(last.markdown) - len(self._tail)]
        block, self._tail = self._tail[:length], self._tail[length:]
        if markdown.definitions(block) and markdown.has_references(before):  # links that are already shown work now
            drawn = {"kind": "text", "html": markdown.render(before + block), "tail": self._tail}
            await self._publish(broker.PART, {"place": len(self.parts) - 1, "part": drawn})
            return
        html = markdown.render(block, markdown.definitions(before))
        await self._publish(broker.HTML, {"html": html, "tail": self._tail})

    async def _release_held(self) -> None:
        held, self._held = self._held, ""
        await self._add_words(held)

    async def _close_text(self) -> None:
        if self._is_open:
            await self._finish_blocks(len(self._tail))
            self._is_open, self._tail = False, ""

    # --- Parts -------------------------------------------------------------------------------------------------

    async def _show(self, ref: str) -> None:
        shown = rendering.refs_of(part for part in self.parts if isinstance(part, ItemsPart))
        if ref in shown or len(shown) >= MAX_ITEMS:
            return
        if ref not in self._unknown_refs:
            async with read_only() as session:
                found = await rendering.load_items(session, self.viewer, [ref])
            if ref not in found:
                self._unknown_refs.add(ref)
        if ref in self._unknown_refs:
            self.dropped_refs += 1
            return
        await self._close_text()
        last = self.parts[-1] if self.parts else None
        if isinstance(last, ItemsPart):
            await self.change(len(self.parts) - 1, refs=(*last.refs, ref))
        else:
            await self._append(ItemsPart((ref,)))

    async def _append(self, part: Part) -> int:
        await self._close_text()
        place = len(self.parts)
        self.parts.append(part)
        await self._draw(place)
        return place  # others may have been added meanwhile

    async def _draw(self, place: int) -> None:
        self._is_changed = True
        part = self.parts[place]
        if isinstance(part, ItemsPart | ProposalPart):
            async with read_only() as session:
                drawn = (await rendering.render(session, self.viewer, [part]))[0]
        else:
            drawn = rendering.render_part(part, {})
        await self._publish(broker.PART, {"place": place, "part": drawn})

    async def _tell(self) -> None:
        """Publish the whole answer so far, beginning with its start event."""
        names = {"answer": str(self.asked.answer_id), "question": str(self.asked.question_id)}
        if not await self._publish(broker.START, names):
            return
        if self.parts:
            async with read_only() as session:
                drawn = await rendering.render(session, self.viewer, self.parts)
            last = self.parts[-1]
            if self._is_open and isinstance(last, TextPart):  # its last paragraph may continue
                done, tail = _split(last)
                drawn[-1] = {"kind": "text", "html": markdown.render(done) if done else "", "tail": tail}
            for place, part in enumerate(drawn):
                await self._publish(broker.PART, {"place": place, "part": part})
        for source in self.sources:
            await self._publish(broker.SOURCE, rendering.render_part(source, {}))

    async def _publish(self, name: str, data: Any) -> bool:
        """Publish an event; False if the broker is down. Readers then read the database row.

        After an outage the whole answer is published again, since readers missed events.
        """
        try:
            await broker.get_broker().publish(self._topic, name, strip_unstorable(data))
        except Exception as error:  # a broker failure must not end an answer
            if not self._is_unheard:
                log.warning("chat.broker_failed", answer=str(self.asked.answer_id), error=type(error).__name__)
            self._is_unheard = True
            return False
        if self._is_unheard:
            self._is_unheard = False
            if name not in {broker.START, broker.DONE}:
                with suppress(UnavailableError):  # saving the row is retried; readers can wait for it
                    await self._tell()
        return True

    # --- The row -----------------------------------------------------------------------------------------------

    def content(self) -> dict[str, Any]:
        """Return the columns that store the parts; empty until the earlier parts of a continued answer are loaded."""
        if not self._is_read:
            return {}
        return {
            "segments": strip_unstorable([schema.dump(part) for part in (*self.parts, *self.sources)]),
            "words": strip_unstorable(self.words),
            **({} if self.used.is_empty else {"used": self.used.dump()}),
        }

    async def _keep_saving(self, writer: asyncio.Task[None] | None) -> None:
        saved_at = time.monotonic()
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            if not self._is_changed and time.monotonic() - saved_at < HEARTBEAT_SECONDS:
                continue
            self._is_changed = False
            try:
                signal = await answer_lifecycle.save(self.asked, self.content())
                saved_at = time.monotonic()
                if writer is not None and signal is not answer_lifecycle.Signal.CONTINUE:
                    writer.cancel(signal.value)
                    return
            except UnavailableError:  # the text is still in memory, and the end is retried
                self._is_changed = True
            except Exception:
                log.exception("chat.save_failed", answer=str(self.asked.answer_id))
                self._is_changed = True
                await asyncio.sleep(HEARTBEAT_SECONDS)  # unlikely to pass at once


def _split(part: TextPart) -> tuple[str, str]:
    """Split text after its last complete Markdown block."""
    length = markdown.finished_length(part.markdown)
    return part.markdown[:length], part.markdown[length:]


def words_of(parts: Sequence[Part]) -> str:
    """Join the plain text of text and notice parts, for search, copying and the model."""
    return "\n\n".join(
        markdown.plain(part.markdown).strip() if isinstance(part, TextPart) else part.sentence
        for part in parts
        if isinstance(part, TextPart | NoticePart)
    )


def _place_of(source: SourcePart) -> tuple[str, str, int | None, str]:
    """Return the identity of a numbered source: a place in a document, or a whole web page."""
    return source.url or source.document_id, source.passage_id, source.page, "" if source.url else source.quote
