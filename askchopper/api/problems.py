"""Errors as ``application/problem+json``, with a reference id that is also logged."""

import http
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from askchopper.errors import AskChopperError, RateLimitedError, UnavailableError
from askchopper.services.limits import LimitReachedError, Standing, quota_of

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
_PLACES = {"body", "query", "path", "header", "cookie"}
_MOST_NAMED = 100


def problem(
    scope: Scope,
    *,
    status: int,
    title: str,
    detail: str,
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> JSONResponse:
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "reference": reference_of(scope),
        **(extra or {}),
    }
    return JSONResponse(
        content, status, headers={"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE
    )


def problem_of(scope: Scope, error: AskChopperError) -> JSONResponse:
    """Convert one of our errors to a problem response."""
    return problem(
        scope,
        status=error.status,
        title=error.title,
        detail=error.sentence,
        headers=_retry_headers(error),
        extra=error.extra(),
    )


def reference_of(scope: Scope) -> str:
    """Return the request's id for error reports; it is created on first use."""
    reference: str = scope.setdefault("askchopper.reference", secrets.token_hex(8))
    return reference


def install(app: FastAPI) -> None:
    """Register the handlers that convert every error of a route to a problem response."""
    app.add_exception_handler(AskChopperError, _on_own)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_own(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AskChopperError)  # noqa: S101 - what it is registered for
    return problem_of(request.scope, error)


async def _on_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    found: Sequence[Any] = error.errors()
    first = found[0] if found else {"loc": (), "msg": "The request is malformed."}
    # Do not echo the value: it may be a secret, or a megabyte. The same goes for the name of an unknown field.
    field = ".".join(str(part) for part in first["loc"] if part not in _PLACES)[:_MOST_NAMED]
    sentence = "There is no such field." if first.get("type") == "extra_forbidden" else str(first["msg"])
    return problem(
        request.scope,
        status=422,
        title="Check your input",
        detail=f"{field}: {sentence}" if field else sentence,
        extra={"field": field} if field else None,
    )


async def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    title = http.HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != title else f"{title}."
    return problem(request.scope, status=error.status_code, title=title, detail=detail, headers=error.headers)


def limit_headers(met: Sequence[Standing]) -> dict[str, str]:
    """Return the headers for the limit with the lowest remaining quota; empty without limits.

    Both forms are sent: that of draft-ietf-httpapi-ratelimit-headers, and the older one.
    """
    if not met:
        return {}
    tightest = min(met, key=lambda standing: standing.remaining)
    limit, quota = tightest.limit, quota_of(tightest.limit)
    return {
        "RateLimit-Policy": f'"{limit.name}";q={quota};w={limit.window_seconds}',
        "RateLimit": f'"{limit.name}";r={tightest.remaining};t={tightest.reset_seconds}',
        "RateLimit-Limit": str(quota),
        "RateLimit-Remaining": str(tightest.remaining),
        "RateLimit-Reset": str(tightest.reset_seconds),
    }


def _retry_headers(error: AskChopperError) -> dict[str, str]:
    if isinstance(error, UnavailableError):
        return {"Retry-After": str(RETRY_SECONDS)}
    if not isinstance(error, RateLimitedError):
        return {}
    headers = {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, LimitReachedError):
        headers |= limit_headers([Standing(error.limit, 0, error.retry_after_seconds)])
    return headers
