"""The checks behind ``/health``: required dependencies, and optional ones.

Results are cached for some seconds, so that probes are cheap; failures for a shorter time, so that recovery shows quickly.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from askchopper import database, jobs, settings
from askchopper.errors import UnavailableError
from askchopper.integrations.blob_store import free_space, store
from askchopper.services.assistant import answer_tasks, broker
from askchopper.services.knowledge.web_search import budget

CACHE_SECONDS = 5.0
FAILED_CACHE_SECONDS = 1.0
CHECK_SECONDS = 2.0
OLDEST_JOB_SECONDS = 300.0
Result = dict[str, Any]


@dataclass
class _Latest:
    good_until: float = 0.0
    checks: dict[str, Result] | None = None
    last_errors: dict[str, Result] = field(default_factory=dict[str, Result])


_latest = _Latest()
# One round at a time: concurrent probes must not open many connections.
_round = asyncio.Lock()


def forget() -> None:
    """Clear the cached checks and their last errors, as at process start."""
    _latest.checks = None
    _latest.last_errors.clear()


async def latest() -> dict[str, Result]:
    """Return the checks by name: whether each is ok, how long it took, and its last error in this process."""
    async with _round:
        if _latest.checks is None or time.monotonic() >= _latest.good_until:
            checks = _checks()
            results = await asyncio.gather(*(_run(name, check) for name, check in checks.items()))
            _latest.checks = dict(zip(checks, results, strict=True))
            is_ok = all(result["ok"] for result in results)
            _latest.good_until = time.monotonic() + (CACHE_SECONDS if is_ok else FAILED_CACHE_SECONDS)
        return _latest.checks


def _checks() -> Mapping[str, Callable[[], Awaitable[Result]]]:
    checks: dict[str, Callable[[], Awaitable[Result]]] = {
        "database": _database,
        "storage": _storage,
        "model": _model,
        "queue": _queue,
    }
    if settings.get().searches_web:
        checks["web_search"] = _web_search
    return {**checks, "redis": _redis} if settings.get().redis_url else checks


async def _run(name: str, check: Callable[[], Awaitable[Result]]) -> Result:
    started = time.perf_counter()
    result: Result
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            result = {"ok": True, **await check()}
    except Exception as error:
        result = {"ok": False, "problem": type(error).__name__}
    if not result["ok"]:
        _latest.last_errors[name] = {"at": datetime.now(UTC).isoformat(), "problem": result["problem"]}
        return result
    result["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)
    if last := _latest.last_errors.get(name):
        result["last_error"] = last
    return result


async def _database() -> Result:
    await database.ping()
    return {}


async def _storage() -> Result:
    await store().ping()
    return {"free_bytes": free_space.free_bytes()}


async def _model() -> Result:
    """Report the model's circuit breaker, which opens after repeated failures; a request per probe would cost money."""
    state = answer_tasks.model_state()
    if not state["is_configured"]:
        return {"configured": False}
    return {"ok": False, "problem": "BreakerOpen"} if state["breaker"] == "open" else {"configured": True}


async def _queue() -> Result:
    try:
        async with database.read_only() as session:
            depth = await jobs.depth(session)
    except UnavailableError:
        return {"ok": False, "problem": "UnavailableError"}
    is_late = depth.oldest_seconds > OLDEST_JOB_SECONDS
    return {"waiting": depth.waiting, **({"ok": False, "problem": "NoWorker"} if is_late else {})}


async def _web_search() -> Result:
    """Check whether web search requests are allowed; a request per probe would cost one. An exhausted quota is not an error."""
    async with database.read_only() as session:
        state = await budget.state(session)
    found = {"left": state.left}
    is_faulty = state.blocked_by not in {"", "quota"}
    return {**found, "ok": False, "problem": f"Blocked: {state.blocked_by}"} if is_faulty else found


async def _redis() -> Result:
    await broker.get_broker().ping()
    return {}
