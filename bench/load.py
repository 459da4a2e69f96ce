"""The client's test with ten people and more: 10 browse, 5 chat, 3 upload, 2 ask documents, for five minutes (L0 of our load stages).

Every message and every file that was acknowledged is looked for afterwards. ``LOAD_SECONDS`` shortens the run. ``LOAD_STAGES`` names other
stages too, such as ``L0,L2``, or ``all``; see ``load_stages``.
"""

import asyncio
import hashlib
import itertools
import os
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from sqlalchemy import select, text

from askchopper import database, launcher, observability, settings
from askchopper.database import read_only
from askchopper.integrations.blob_store import measure as measure_file
from askchopper.integrations.blob_store import store
from askchopper.models.uploads import upload_rows
from askchopper.services.assistant import broker
from bench import load_stages
from bench.attack import MEMBER, click, socket_of
from bench.chat import answer_events, ask, member_client, members, pdf
from bench.protocol import Samples
from bench.servers import DATA_DIR, Server, blank, free_port, product
from tests.simulators.anthropic import client as anthropic_simulator
from tests.simulators.anthropic.client import KEY

SECONDS = float(os.environ.get("LOAD_SECONDS", "300"))
BROWSE, CHAT, UPLOAD, DOCUMENTS = 10, 5, 3, 2
FIRST_MS = 300
FILE_BYTES = 10 * 2**20
_WORDS = ("drums", "dark pad", "bass 140 bpm", "techno loop", "kick", "piano a minor")
_QUESTIONS = ("Find me a dark pad", "Drums around 125 BPM", "What do I own?", "Something free and slow")


@dataclass
class Results:
    """Milliseconds by kind of request, failures, and what was acknowledged."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list[str])
    files: dict[str, str] = field(default_factory=dict[str, str])
    messages: dict[str, str] = field(default_factory=dict[str, str])

    async def take(self, kind: str, work: Awaitable[Any]) -> Any:
        """Time a request; a failure is recorded, and None returned."""
        started = time.perf_counter()
        try:
            result = await work
            if isinstance(result, httpx.Response):
                result.raise_for_status()
        except Exception as error:
            self.failures.append(f"{kind}: {type(error).__name__} {error}"[:200])
            return None
        self.milliseconds[kind].append((time.perf_counter() - started) * 1000)
        return result

    def p95(self, *kinds: str) -> float:
        """Return the 95th percentile of some kinds."""
        values = sorted(value for kind in kinds for value in self.milliseconds[kind])
        return values[int(len(values) * 0.95)] if values else 0.0


async def measure() -> dict[str, Samples]:
    """Run the chosen stages."""
    observability.configure(level="ERROR")
    chosen = os.environ.get("LOAD_STAGES", "L0").replace("all", "L0,L1,L2,L3,L4,L5,L7").split(",")
    found = await _client_test() if "L0" in chosen else {}
    if others := frozenset(chosen) - {"L0"}:
        async with product() as server, blank("counter", port=free_port()) as peer:
            found |= await load_stages.measure(server, peer, others)
    return found


async def _client_test() -> dict[str, Samples]:
    """Run the client's test and compare what was acknowledged with what is stored."""
    with anthropic_simulator.running() as model:
        model.set(first_ms=FIRST_MS, tokens_per_second=80, speaks="A dark pad and a slow loop would fit. " * 5)
        values = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": model.url, "CHAT_DAILY_TOKENS": "100000000"}
        async with product(values=values) as server:
            cookies = itertools.cycle(await members(BROWSE + CHAT + UPLOAD + DOCUMENTS))
            results = Results()
            people = [
                *((_browse, next(cookies)) for _ in range(BROWSE)), *((_chat, next(cookies)) for _ in range(CHAT)),
                *((_upload, next(cookies)) for _ in range(UPLOAD)), *((_ask_documents, next(cookies)) for _ in range(DOCUMENTS)),
            ]  # fmt: skip
            await asyncio.gather(*(_repeat(act, server, cookie, results) for act, cookie in people))
            lost = await _lost(results)
    return _figures(results, lost)


def _figures(results: Results, lost: int) -> dict[str, Samples]:
    done = sum(map(len, results.milliseconds.values()))
    everything = [value for values in results.milliseconds.values() for value in values]
    note = "; ".join(sorted({failure.partition(" ")[0] for failure in results.failures})[:3])
    return {
        "failures": Samples(
            [100 * len(results.failures) / (done + len(results.failures))], note=f"of {done} requests {note}"
        ),
        "lost": Samples(
            [lost], note=f"{len(results.files)} files and {len(results.messages)} questions were acknowledged"
        ),
        "mean": Samples([sum(everything) / max(1, len(everything))]),
        "page": Samples([results.p95("page")]),
        "api": Samples([results.p95("list", "search", "detail", "preview")]),
        "click": Samples([results.p95("click")]),
        "first_words": Samples(
            [results.p95("first words") - FIRST_MS], note=f"over the {FIRST_MS} ms of the simulator"
        ),
        "upload": Samples([results.p95("upload")], note="10 MB"),
        "document": Samples([results.p95("document")], note="20 pages, from the upload to the end of the answer"),
    }


Act = Callable[[Server, httpx.AsyncClient, Results], Awaitable[None]]


async def _repeat(act: Act, server: Server, cookie: str, results: Results) -> None:
    until = time.monotonic() + SECONDS
    async with member_client(server, cookie) as client:
        while time.monotonic() < until:
            await act(server, client, results)
            await asyncio.sleep(random.uniform(0.5, 2))


async def _browse(server: Server, client: httpx.AsyncClient, results: Results) -> None:
    await results.take("page", client.get(random.choice(("/", "/browse"))))
    found = await results.take("list", client.get("/api/v1/packs", params={"limit": 24}))
    await results.take("search", client.get("/api/v1/search", params={"q": random.choice(_WORDS)}))
    if found is not None:
        pack = random.choice(found.json()["items"])["slug"]
        await results.take("page", client.get(f"/pack/{pack}"))
        detail = await results.take("detail", client.get(f"/api/v1/packs/{pack}"))
        if detail is not None:
            url = detail.json()["files"][0]["preview_url"]
            await results.take("preview", client.get(url, headers={"Range": "bytes=0-65535"}))
    async with socket_of(server.url, MEMBER) as socket:
        await results.take("click", click(socket))


async def _chat(server: Server, client: httpx.AsyncClient, results: Results) -> None:
    words = f"{random.choice(_QUESTIONS)} {uuid.uuid4().hex[:8]}"
    started = time.perf_counter()
    taken = await results.take("question", ask(client, words))
    if taken is None:
        return
    results.messages[words] = taken["conversation"]
    await results.take("answer", _answer(client, taken["conversation"], started, results))


async def _answer(client: httpx.AsyncClient, conversation: str, started: float, results: Results) -> None:
    has_words = False
    async for name, data in answer_events(client, conversation):
        if name == broker.TEXT and not has_words:
            has_words = True
            results.milliseconds["first words"].append((time.perf_counter() - started) * 1000)
        if name == "done" or (name == "hello" and not data["running"]):
            return


async def _upload(server: Server, client: httpx.AsyncClient, results: Results) -> None:
    content = os.urandom(FILE_BYTES)
    stored = await results.take("upload", _send(client, f"{uuid.uuid4().hex}.wav", content))
    if stored is not None:
        results.files[stored["id"]] = hashlib.sha256(content).hexdigest()


async def _send(client: httpx.AsyncClient, name: str, content: bytes, **what: str) -> dict[str, Any]:
    begun = (await client.post("/api/v1/uploads", json={"name": name, "size": len(content), **what})).raise_for_status()
    sent = await client.put(f"/api/v1/uploads/{begun.json()['id']}", content=content, headers={"Upload-Offset": "0"})
    return sent.raise_for_status().json()


async def _ask_documents(server: Server, client: httpx.AsyncClient, results: Results) -> None:
    await results.take("document", _read_and_ask(client, results))


async def _read_and_ask(client: httpx.AsyncClient, results: Results) -> None:
    content = await asyncio.to_thread(pdf, 20)
    sent = await _send(client, f"manual {uuid.uuid4().hex[:6]}.pdf", content, purpose="document")
    while (await client.get(f"/api/v1/documents/{sent['document_id']}")).json()["state"] == "reading":  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    words = f"What is the torque on page 7? {uuid.uuid4().hex[:8]}"
    taken = await ask(client, words, documents=[sent["document_id"]])
    results.messages[words] = taken["conversation"]
    await _answer(client, taken["conversation"], time.perf_counter(), Results())


async def _lost(results: Results) -> int:
    """Count acknowledged files and questions that are not stored, or not as they were sent."""
    lost = 0
    with launcher.database(DATA_DIR), settings.environment(DATA_DIR=str(DATA_DIR)):
        async with read_only() as session:
            rows = await session.execute(select(upload_rows.c.id, upload_rows.c.store_key))
            keys = {str(row.id): row.store_key for row in rows}
            found = await session.execute(text("SELECT words FROM messages WHERE role = 'user'"))
            asked = set(found.scalars())
        for upload_id, sha256 in results.files.items():
            key = keys.get(upload_id)
            lost += key is None or (await measure_file(store(), key))[1] != sha256
        lost += len(results.messages.keys() - asked)
        await database.dispose()
    return lost
