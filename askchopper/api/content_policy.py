"""The Content-Security-Policy of every response but that of the embeddable player, and the endpoint for violation reports.

Inline scripts of the built pages are allowed by their hashes; content shown on a page cannot add any. ``unsafe-eval`` is required: Reflex
sends scripts for toasts and focus over its websocket, which the browser evaluates (docs/decisions/0021).
"""

import hashlib
import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, ValidationError
from starlette.types import Scope

from askchopper import routes, settings
from askchopper.api.dependencies import client_ip
from askchopper.errors import InvalidInputError
from askchopper.integrations.blob_store import store
from askchopper.observability import log
from askchopper.services import limits

router = APIRouter(include_in_schema=False)
_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<content>.*?)</script>", re.DOTALL)
_HASHES = "askchopper.script_hashes"
_MOST_SHOWN = 200
_MOST_SENT = 4_000


def allow_inline_scripts(scope: Scope, html: str) -> None:
    """Allow the inline scripts of a page in the policy of its response."""
    scope[_HASHES] = _hashes_of(html)


@lru_cache(maxsize=256)
def _hashes_of(html: str) -> str:
    """Return the CSP hash sources of the inline scripts of a page; data blocks such as JSON-LD need none."""
    scripts = (
        match["content"]
        for match in _SCRIPT.finditer(html)
        if "src=" not in match["attributes"] and "json" not in match["attributes"]
    )
    digests = (b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    return " ".join(dict.fromkeys(f"'sha256-{digest}'" for digest in digests))


def header(scope: Scope) -> str:
    """Return the Content-Security-Policy of a response."""
    config = settings.get()
    return _policy(
        config.websocket_origin or config.base_url,
        store().public_origin,
        store().upload_url,
        config.spotify_image_sources,
        scope.get(_HASHES, ""),
    )


@lru_cache(maxsize=256)
def _policy(
    websocket_origin: str, files_origin: str, upload_url: str, image_sources: tuple[str, ...], script_hashes: str
) -> str:
    host = urlsplit(websocket_origin)
    socket = f"{'wss' if host.scheme == 'https' else 'ws'}://{host.netloc}"
    # Covers and previews may be served by the store itself. The player also fetches previews, to decode them.
    files = f" {files_origin}" if files_origin else ""
    images = f"{files} {' '.join(image_sources)}" if image_sources else files
    uploads = f" {upload_url}/" if upload_url else ""  # the trailing slash allows only paths below the upload URL
    scripts = f" {script_hashes}" if script_hashes else ""
    return (
        f"default-src 'self'; script-src 'self' 'unsafe-eval'{scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{images}; media-src 'self' blob:{files}; font-src 'self'; connect-src 'self' {socket}{uploads}{files}; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        f"report-uri {routes.CSP_REPORTS}"
    )


class Violation(BaseModel):
    """The fields of a CSP violation report that are logged; others are ignored."""

    effective_directive: str = Field("", alias="effective-directive", max_length=_MOST_SHOWN)
    blocked_uri: str = Field("", alias="blocked-uri", max_length=_MOST_SENT)
    document_uri: str = Field("", alias="document-uri", max_length=_MOST_SENT)


class Report(BaseModel):
    """A CSP violation report in the format of CSP level 2, which all browsers send."""

    violation: Violation = Field(alias="csp-report")


@router.post(routes.CSP_REPORTS, status_code=204)
async def take_report(request: Request) -> Response:
    """Log a CSP violation report. Anyone can send one, so it is truncated, rate-limited and not sent to Sentry."""
    await limits.hit((limits.REPORT, client_ip(request)))
    try:
        found = Report.model_validate_json(await request.body()).violation
    except ValidationError as error:
        raise InvalidInputError("This is not a browser's report.") from error
    log.warning(
        "csp.violated",
        directive=found.effective_directive,
        blocked=found.blocked_uri[:_MOST_SHOWN],
        page=urlsplit(found.document_uri).path[:_MOST_SHOWN],
    )
    return Response(status_code=204)
