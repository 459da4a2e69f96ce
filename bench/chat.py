"""Overhead of the chat over the model itself: time to first text, stream rate, bytes, memory, concurrency, stopping.

The model is the simulator of the tests, in its own process. The baseline calls it through the SDK alone. Chainlit is the peer
where ``BENCH_PEERS_PYTHON`` names an interpreter that has it and anthropic's SDK.
"""

import asyncio
import io
import itertools
import json
import os
import statistics
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from playwright.async_api import Browser, Page
from sqlalchemy import select

from askchopper import database, launcher, observability, settings
from askchopper.database import read_only, transaction
from askchopper.models.accounts import users
from askchopper.services import accounts, sessions
from bench.browser import DESKTOP, chromium, visitor
from bench.protocol import OUT, ROUNDS, BenchError, Samples
from bench.servers import DATA_DIR, Server, foreign, free_port, product
from tests.simulators.anthropic import client as anthropic_simulator
from tests.simulators.anthropic.client import KEY, AnthropicSimulator
from tools.demo import seed

FIRST_MS, PACE, LONG_TOKENS = 200, 200, 800
QUESTIONS = 8  # of a round
CROWD, CHATS, STREAMS, PAGES = 20, 5, 120, 100
_SAY = "word " * 40
_CHAINLIT = """
import chainlit as cl, anthropic, os
client = anthropic.AsyncAnthropic(api_key=os.environ["KEY"], base_url=os.environ["MODEL"], max_retries=0)
@cl.on_message
async def main(message: cl.Message):
    answer = cl.Message(content="")
    async with client.messages.stream(model="claude-sonnet-5-5", max_tokens=1500, messages=[{"role": "user", "content": message.content}]) as stream:
        async for text in stream.text_stream:
            await answer.stream_token(text)
    await answer.update()
"""
# Types and sends in the page itself and waits for the first text of a new answer, so that browser automation is not timed.
_ASK = """
([text, answers]) => new Promise((resolve, reject) => {
  const last = () => [...document.querySelectorAll(answers)].at(-1), before = last();
  const seen = () => { const now = last(); return now !== before && now?.textContent.includes("word"); };
  const box = document.querySelector("textarea, #chat-input, [contenteditable=true]");
  box.focus();
  document.execCommand("selectAll"); document.execCommand("insertText", false, text);
  setTimeout(() => {
    const started = performance.now();
    const observer = new MutationObserver(() => { if (seen()) { observer.disconnect(); resolve(performance.now() - started); } });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    setTimeout(() => { observer.disconnect(); reject(new Error("no words came")); }, 15000);
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", keyCode: 13, which: 13, bubbles: true, cancelable: true }));
  }, 60);
})
"""
_OURS, _THEIRS = ".prose-chat", ".ai-message, [data-step-type='assistant_message']"


async def measure() -> dict[str, Samples]:
    """Measure everything against one simulator."""
    observability.configure(level="ERROR")
    with anthropic_simulator.running() as model:
        values = {
            "ANTHROPIC_API_KEY": KEY,
            "ANTHROPIC_BASE_URL": model.url,
            "CHAT_DAILY_TOKENS": "100000000",
            "CHAT_MAX_TOKENS": "4000",
        }
        async with product(values=values) as ours, chromium() as browser:
            cookies = await members(12)
            figures = await _first_words(browser, ours, model, cookies[0])
            figures |= await _long_answer(browser, ours, model, cookies[0])
            figures |= await _crowd(ours, model, cookies)
            figures["five"] = await _five(ours, model, cookies)
            figures["stop"] = await _stops(ours, model, cookies[0])
            figures["memory"] = await _memory(ours, model, cookies)
            figures["document"] = await _document(ours, cookies[0])
    return figures


async def _first_words(browser: Browser, ours: Server, model: AnthropicSimulator, cookie: str) -> dict[str, Samples]:
    overhead, against = Samples(), Samples()
    model.reset()
    model.set(first_ms=FIRST_MS, tokens_per_second=0, speaks=_SAY)
    async with _chainlit(model) as peer, visitor(browser, DESKTOP, [_cookie(ours, cookie)]) as mine:
        page = await _open(await mine.new_page(), f"{ours.url}/chat", "[data-composer] textarea")
        other: Page | None = None
        if peer is not None:
            other = await (await browser.new_context(**DESKTOP)).new_page()
            await other.goto(peer.url, wait_until="networkidle")
            await other.wait_for_selector("#chat-input")
        await _asked(page, _OURS)
        if other:
            await _asked(other, _THEIRS)
        for _ in range(ROUNDS):
            direct = await _sdk(model)
            await _open(page, f"{ours.url}/chat", "[data-composer] textarea")
            await page.wait_for_timeout(500)
            own = statistics.median([await _asked(page, _OURS) for _ in range(QUESTIONS)]) - direct
            overhead.ours.append(own)
            if other:
                against.ours.append(own)
                theirs = statistics.median([await _asked(other, _THEIRS) for _ in range(QUESTIONS)])
                against.peer.append(theirs - direct)
        overhead.note = f"the SDK alone: {direct:.0f} ms, of which the simulator waits {FIRST_MS}"
    return {"overhead": overhead, **({"overhead_peer": against} if against.peer else {})}


async def _asked(page: Page, answers: str) -> float:
    took = float(await page.evaluate(_ASK, [f"question {uuid.uuid4().hex[:8]}", answers]))
    await page.wait_for_timeout(250)  # until the answer has ended
    return took


async def _sdk(model: AnthropicSimulator) -> float:
    client = model.client()
    taken: list[float] = []
    for _ in range(QUESTIONS):
        started = time.perf_counter()
        async with client.messages.stream(
            model="claude-sonnet-5-5", max_tokens=1500, messages=[{"role": "user", "content": "question"}]
        ) as stream:
            async for _text in stream.text_stream:
                taken.append((time.perf_counter() - started) * 1000)
                break
            await stream.get_final_message()
    await client.close()
    return statistics.median(taken)


async def _long_answer(browser: Browser, ours: Server, model: AnthropicSimulator, cookie: str) -> dict[str, Samples]:
    """Stream an 800-token answer at 200 tokens/s to the browser: its rate, its bytes, main-thread time of the page."""
    wall, share, work = Samples(), Samples(), Samples()
    for _ in range(ROUNDS):
        text = "word " * (LONG_TOKENS - 1) + "end."
        model.reset()
        model.set(first_ms=FIRST_MS, tokens_per_second=PACE)
        model.script({"text": text, "model": "sonnet"})
        async with visitor(browser, DESKTOP, [_cookie(ours, cookie)]) as context:
            page = await context.new_page()
            wire = await context.new_cdp_session(page)
            await wire.send("Network.enable")
            await wire.send("Performance.enable")
            received: list[int] = []
            _listen(wire, received)
            await _open(page, f"{ours.url}/chat", "[data-composer] textarea")
            await page.wait_for_timeout(300)
            received.clear()
            before = await _tasks(wire)
            started = time.perf_counter()
            await page.evaluate(_ASK, ["question", _OURS])
            first = time.perf_counter()
            await page.wait_for_function(
                "document.querySelector('.prose-chat:last-of-type').textContent.includes('end.')"
            )
            spent = time.perf_counter() - first
            await page.wait_for_function("!document.querySelector('article[aria-busy=true]')")
            await page.wait_for_timeout(300)
            work.ours.append(await _tasks(wire) - before)
            seen = next(one for one in model.seen() if one["body"].get("tools"))
            wall.ours.append(spent / (seen.get("tokens", LONG_TOKENS) / PACE))
            share.ours.append(sum(received) / len(text))
            share.note = f"{sum(received):,} bytes for {len(text):,} of text; question to end {time.perf_counter() - started:.1f} s"
    return {"wall": wall, "bytes": share, "main_thread": work}


def _listen(wire: Any, received: list[int]) -> None:
    """Count the bytes received over streams and over the websocket."""
    wire.on("Network.dataReceived", lambda event: received.append(event["dataLength"]))
    wire.on("Network.webSocketFrameReceived", lambda event: received.append(len(event["response"]["payloadData"])))


async def _tasks(wire: Any) -> float:
    metrics = (await wire.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


async def _crowd(ours: Server, model: AnthropicSimulator, cookies: list[str]) -> dict[str, Samples]:
    """Measure gaps between text deltas in one stream, and in each of twenty concurrent ones."""
    gaps = Samples(note=f"{CROWD} streams of {LONG_TOKENS // 2} tokens at {PACE} tokens/s each, 95th percentile in ms")
    for _ in range(3):
        model.reset()
        model.set(first_ms=50, tokens_per_second=PACE, speaks="word " * (LONG_TOKENS // 2))
        gaps.peer.append(_p95(await _stream_gaps(ours, cookies[0])))
        many = await asyncio.gather(*(_stream_gaps(ours, cookies[n % len(cookies)]) for n in range(CROWD)))
        gaps.ours.append(_p95([gap for one in many for gap in one]))
    return {"gaps": gaps}


async def _stream_gaps(ours: Server, cookie: str) -> list[float]:
    times: list[float] = []
    async with member_client(ours, cookie) as client:
        taken = await ask(client, "question")
        async for name, _data in answer_events(client, taken["conversation"]):
            if name == "t":
                times.append(time.perf_counter() * 1000)
            if name == "done":
                break
    return [after - before for before, after in itertools.pairwise(times)]


async def _five(ours: Server, model: AnthropicSimulator, cookies: list[str]) -> Samples:
    samples = Samples(note=f"{CHATS} members ask {QUESTIONS} questions each, one after another")
    model.reset()
    model.set(first_ms=0, tokens_per_second=0, speaks=_SAY)

    async def one(cookie: str) -> list[float]:
        async with member_client(ours, cookie) as client:
            return [await _whole_answer(client) for _ in range(QUESTIONS)]

    for _ in range(3):
        taken = await asyncio.gather(*(one(cookie) for cookie in cookies[:CHATS]))
        samples.ours.append(_p95([seconds for each in taken for seconds in each]))
    return samples


async def _whole_answer(client: httpx.AsyncClient) -> float:
    started = time.perf_counter()
    taken = await ask(client, "question")
    async for name, data in answer_events(client, taken["conversation"]):
        if name == "done" or (name == "hello" and not data["running"]):
            break
    return time.perf_counter() - started


async def _stops(ours: Server, model: AnthropicSimulator, cookie: str) -> Samples:
    samples = Samples()
    for _ in range(ROUNDS):
        model.reset()
        model.set(first_ms=0, tokens_per_second=20, speaks="word " * 400)
        async with member_client(ours, cookie) as client:
            taken = await ask(client, "question")
            await asyncio.sleep(0.5)
            asked = time.monotonic()
            (await client.post(f"/api/v1/messages/{taken['answer']}/stop")).raise_for_status()
            left = await asyncio.to_thread(model.disconnects, 1)
            samples.ours.append((left[0]["at"] - asked) * 1000)
    return samples


async def _memory(ours: Server, model: AnthropicSimulator, cookies: list[str]) -> Samples:
    """Keep many streams of idle conversations open, ten per member."""
    model.reset()
    model.set(first_ms=0, tokens_per_second=0, speaks=_SAY)
    opened: list[asyncio.Task[None]] = []
    ready = asyncio.Semaphore(0)

    async def hold(cookie: str, conversation: str) -> None:
        async with member_client(ours, cookie) as client:
            async for name, _data in answer_events(client, conversation):
                if name == "hello":
                    ready.release()

    conversations: list[tuple[str, str]] = []
    for cookie in cookies:
        async with member_client(ours, cookie) as client:
            asked = [await ask(client, "question") for _ in range(min(10, STREAMS // len(cookies)))]
            conversations += [(cookie, one["conversation"]) for one in asked]
    await asyncio.sleep(3)
    before = ours.rss_mib
    opened = [asyncio.create_task(hold(*one)) for one in conversations]
    for _ in conversations:
        await asyncio.wait_for(ready.acquire(), 20)
    await asyncio.sleep(1)
    samples = Samples(ours=[(ours.rss_mib - before) * 1024 / len(conversations)], note=f"{len(conversations)} streams")
    for task in opened:
        task.cancel()
    await asyncio.gather(*opened, return_exceptions=True)
    return samples


async def _document(ours: Server, cookie: str) -> Samples:
    """Time a hundred pages from the first uploaded byte to the end of an answer about them."""
    started = time.perf_counter()
    content = pdf(PAGES)
    async with member_client(ours, cookie) as client:
        begun = await client.post(
            "/api/v1/uploads",
            json={"name": f"manual {uuid.uuid4().hex[:6]}.pdf", "size": len(content), "purpose": "document"},
        )
        begun.raise_for_status()
        sent = await client.put(f"/api/v1/uploads/{begun.json()['id']}", content=content)
        document = sent.raise_for_status().json()["document_id"]
        while (await client.get(f"/api/v1/documents/{document}")).json()["state"] == "reading":  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        read = time.perf_counter() - started
        taken = await ask(client, "What is the torque of the valve on page 73?", documents=[document])
        async for name, data in answer_events(client, taken["conversation"]):
            if name == "done" or (name == "hello" and not data["running"]):
                break
    return Samples(ours=[time.perf_counter() - started], note=f"{PAGES} pages, ingested after {read:.1f} s")


def pdf(pages: int) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    target = io.BytesIO()
    canvas = Canvas(target)
    for page in range(1, pages + 1):
        lines = [f"Page {page} of the manual {uuid.uuid4().hex}."]
        lines += [
            f"Step {n}: tighten the valve {page}-{n} with a torque of {page * 3 + n} newton metres."
            for n in range(1, 40)
        ]
        for place, line in enumerate(lines):
            canvas.drawString(50, 800 - place * 18, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


async def ask(client: httpx.AsyncClient, text: str, documents: list[str] | None = None) -> dict[str, str]:
    answer = await client.post(
        "/api/v1/questions",
        json={"text": text, "documents": documents or []},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    if answer.status_code != 202:
        raise BenchError(f"A question was not taken: {answer.text[:300]}")
    return answer.json()


async def answer_events(client: httpx.AsyncClient, conversation: str) -> AsyncIterator[tuple[str, Any]]:
    async with client.stream("GET", f"/api/v1/conversations/{conversation}/events") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                name, data = json.loads(line[5:])
                yield name, data


def member_client(ours: Server, cookie: str) -> httpx.AsyncClient:
    name = settings.get().session_cookie
    return httpx.AsyncClient(
        base_url=ours.url, cookies={name: cookie}, headers={"Origin": ours.url}, timeout=60, trust_env=False
    )


def _cookie(ours: Server, token: str) -> dict[str, str]:
    return {"name": settings.get().session_cookie, "value": token, "url": ours.url}


async def members(count: int) -> list[str]:
    """Sign in the demo buyer and further members; returns their session tokens."""
    tokens: list[str] = []
    with launcher.database(DATA_DIR):
        buyer, _ = await accounts.authenticate(
            email=seed._PEOPLE[0][0],  # noqa: SLF001 - the demo's buyer
            password=seed.PASSWORD,
            user_agent="bench",
            client_ip="127.0.0.1",
        )
        tokens.append(buyer)
        async with read_only() as session:
            others = select(users.c.id).where(users.c.email != seed._PEOPLE[0][0]).limit(count - 1)  # noqa: SLF001
            ids = (await session.execute(others)).scalars().all()
        async with transaction() as session:
            for user_id in ids:
                token, _ = await sessions.open_session(session, user_id=user_id, user_agent="bench")
                tokens.append(token)
        await database.dispose()
    return tokens


@asynccontextmanager
async def _chainlit(model: AnthropicSimulator) -> AsyncIterator[Server | None]:
    python = os.environ.get("BENCH_PEERS_PYTHON")
    if not python:
        yield None
        return
    folder, port = OUT / "chainlit", free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "app.py").write_text(_CHAINLIT)
    words = ["-m", "chainlit", "run", "app.py", "--headless", "--port", str(port), "--host", "127.0.0.1"]
    values = {"KEY": KEY, "MODEL": model.url}
    async with foreign("chainlit", python, words, port=port, folder=folder, values=values) as server:
        yield server


async def _open(page: Page, url: str, mark: str) -> Page:
    await page.goto(url, wait_until="load")
    await page.wait_for_function("sessionStorage.getItem('token')")
    await page.wait_for_selector(mark, state="attached")
    return page


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)] if values else 0.0
