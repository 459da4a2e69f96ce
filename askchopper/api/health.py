"""Health checks for load balancers; status and metrics for operators."""

import hmac
import os
import resource
import time
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from askchopper import database, jobs, routes, settings
from askchopper.api import health_checks, metrics, traffic
from askchopper.api.dependencies import current_viewer
from askchopper.errors import UnavailableError
from askchopper.integrations.blob_store import free_space
from askchopper.integrations.mcp_servers import manager
from askchopper.services import accounts, backups, checks, feedback, limits
from askchopper.services.assistant import answer_tasks
from askchopper.services.catalogue import totals as figures

router = APIRouter(tags=["operations"])
_started = time.monotonic()


@router.get(routes.HEALTH)
@router.head(routes.HEALTH, include_in_schema=False)
async def health() -> Response:
    """Return 200 if the database is reachable, else 503. The body lists all checks; a failed optional one gives `degraded`."""
    checks = await health_checks.latest()
    is_up = checks["database"]["ok"]
    status = "down" if not is_up else "ok" if all(check["ok"] for check in checks.values()) else "degraded"
    return JSONResponse(
        {"status": status, "checks": checks}, 200 if is_up else 503, headers={"Cache-Control": "no-store"}
    )


async def operator_only(request: Request) -> None:
    """Allow only administrators and requests with the status token.

    Raises:
        SignInRequiredError: not signed in.
        ForbiddenError: not an admin.
    """
    token = settings.get().status_token
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer":
        expected = token.get_secret_value().encode()
        if hmac.compare_digest(given.strip().encode(), expected):
            return
    accounts.require_admin(await current_viewer(request))


@router.get(routes.STATUS)
async def status(_: Annotated[None, Depends(operator_only)]) -> Response:
    """Return health checks, queue depth, request counts and rate limits, for operators."""
    async with database.read_only() as session:
        totals = await figures.totals(session)
        refused = await limits.refusals_today(session)
        queue = await jobs.depth(session)
    return JSONResponse(
        {
            "checks": await health_checks.latest(),
            "warnings": traffic.warnings(),
            "uptime_seconds": round(time.monotonic() - _started),
            "process": {"id": os.getpid(), "memory_bytes": _memory_bytes()},
            "disk": {"free_bytes": free_space.free_bytes(), "reserve_bytes": free_space.reserve_bytes()},
            "database_pool": database.engine().pool.status(),
            "catalogue": {"packs": totals.packs, "files": totals.files, "creators": totals.creators},
            "jobs": {**asdict(queue), "oldest_seconds": round(queue.oldest_seconds, 1)},
            "requests": {
                "in_flight": metrics.requests.in_flight,
                "by_class": dict(metrics.requests.by_class),
            },
            "assistant": answer_tasks.model_state(),
            "mcp_servers": manager.states(),
            "rate_limits": {"mode": settings.get().rate_limits, "refused_today": refused},
        }
    )


@router.get("/metrics")
async def prometheus(_: Annotated[None, Depends(operator_only)]) -> Response:
    """Return metrics in Prometheus' text format."""
    counts = metrics.requests
    lines = ["# TYPE askchopper_requests_total counter"]
    lines += [f'askchopper_requests_total{{class="{name}"}} {count}' for name, count in sorted(counts.by_class.items())]
    lines.append("# TYPE askchopper_request_seconds histogram")
    lines += [
        f'askchopper_request_seconds_bucket{{le="{bucket}"}} {counts.by_bucket[bucket]}'
        for bucket in metrics.BUCKETS_SECONDS
    ]
    lines += [
        f'askchopper_request_seconds_bucket{{le="+Inf"}} {counts.count}',
        f"askchopper_request_seconds_sum {counts.total_seconds:.6f}",
        f"askchopper_request_seconds_count {counts.count}",
        "# TYPE askchopper_requests_in_flight gauge",
        f"askchopper_requests_in_flight {counts.in_flight}",
        "# TYPE askchopper_memory_bytes gauge",
        f"askchopper_memory_bytes {_memory_bytes()}",
        "# TYPE askchopper_disk_usable_bytes gauge",
        f"askchopper_disk_usable_bytes {free_space.usable_bytes()}",
        *await _queue_lines(),
        *await _refusal_lines(),
        *await _backup_lines(),
        *await _check_lines(),
        *_route_lines(),
        *_assistant_lines(),
        "# TYPE askchopper_up gauge",
        *(
            f'askchopper_up{{check="{name}"}} {int(check["ok"])}'
            for name, check in (await health_checks.latest()).items()
        ),
    ]
    return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")


async def _queue_lines() -> list[str]:
    try:
        async with database.read_only() as session:
            queue = await jobs.depth(session)
    except UnavailableError:  # the other metrics are still reported
        return []
    states = ("waiting", "later", "running", "failed")
    return [
        "# TYPE askchopper_jobs gauge",
        *(f'askchopper_jobs{{state="{state}"}} {getattr(queue, state)}' for state in states),
        "# TYPE askchopper_jobs_oldest_seconds gauge",
        f"askchopper_jobs_oldest_seconds {queue.oldest_seconds:.1f}",
    ]


async def _refusal_lines() -> list[str]:
    try:
        async with database.read_only() as session:
            refused = await limits.refusals_today(session)
    except UnavailableError:
        return []
    return [
        "# TYPE askchopper_rate_limited_today gauge",
        *(f'askchopper_rate_limited_today{{limit="{name}"}} {count}' for name, count in refused.items()),
    ]


async def _backup_lines() -> list[str]:
    try:
        async with database.read_only() as session:
            age_seconds = await backups.last_age_seconds(session)
    except UnavailableError:
        return []
    if age_seconds is None:  # no backup yet; alerts fire on the missing metric
        return []
    return ["# TYPE askchopper_last_backup_seconds gauge", f"askchopper_last_backup_seconds {age_seconds:.0f}"]


async def _check_lines() -> list[str]:
    try:
        async with database.read_only() as session:
            results = await checks.latest(session)
            damaged = await checks.damaged_files(session)
            messages = await feedback.count_last_hour(session)
    except UnavailableError:
        return []
    return [
        "# TYPE askchopper_check_problems gauge",
        *(f'askchopper_check_problems{{check="{name}"}} {problems}' for name, problems, _ in results),
        "# TYPE askchopper_check_age_seconds gauge",
        *(f'askchopper_check_age_seconds{{check="{name}"}} {age:.0f}' for name, _, age in results),
        "# TYPE askchopper_damaged_files gauge",
        f"askchopper_damaged_files {damaged}",
        "# TYPE askchopper_feedback_last_hour gauge",
        f"askchopper_feedback_last_hour {messages}",
    ]


def _route_lines() -> list[str]:
    counts = metrics.requests
    return [
        "# TYPE askchopper_route_seconds summary",
        *(
            f'askchopper_route_seconds_sum{{route="{name}"}} {seconds:.6f}'
            for name, seconds in counts.seconds_by_route.items()
        ),
        *(f'askchopper_route_seconds_count{{route="{name}"}} {count}' for name, count in counts.by_route.items()),
    ]


def _assistant_lines() -> list[str]:
    state = answer_tasks.model_state()
    return [
        "# TYPE askchopper_answers_running gauge",
        f"askchopper_answers_running {state['running']}",
        "# TYPE askchopper_model_answers_total counter",
        f"askchopper_model_answers_total {state['answered']}",
        "# TYPE askchopper_model_faults_total counter",
        *(
            f'askchopper_model_faults_total{{fault="{name}"}} {count}'
            for name, count in sorted(state["faults"].items())
        ),
        "# TYPE askchopper_model_tokens_total counter",
        *(f'askchopper_model_tokens_total{{way="{way}"}} {state[f"{way}_tokens"]}' for way in ("input", "output")),
    ]


def _memory_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
