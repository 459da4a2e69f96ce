"""Serves the built pages: static files with caching headers, server-rendered heads, and 404 status for unknown pages.

The build is a folder of prerendered pages made by ``reflex export``. Other paths are passed on to the API and to Reflex's
websocket.
"""

import gzip
import mimetypes
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from askchopper import routes, settings
from askchopper.api import content_policy, first_packs, page_html
from askchopper.api.dependencies import current_viewer
from askchopper.api.page_html import PageHtml
from askchopper.api.paint_first import paint_first
from askchopper.components import prerender
from askchopper.errors import AskChopperError, NotFoundError, UnavailableError
from askchopper.observability import log
from askchopper.services import audit

CLIENT_DIR = settings.PROJECT_DIR / ".web" / "build" / "client"
_ELSEWHERE = (
    "/api", "/auth", "/media", "/spotify", "/health", "/status", "/metrics", "/mcp", "/sitemap.xml", "/robots.txt",
    "/_event", "/_upload", "/_health", "/ping", "/csp-reports", "/.well-known", "/embed", "/oembed", "/r", routes.SHORT_LINK,
)  # fmt: skip
ENVIRONMENT = "reflex-env-"
PUBLIC_SUFFIXES = {".js", ".mjs", ".css", ".woff2", ".svg", ".png", ".jpg", ".webp", ".ico", ".webmanifest", ".txt"}
_PUBLIC_PAGES: dict[str, Callable[[str], Awaitable[PageHtml]]] = {
    "pack": page_html.pack, "creator": page_html.creator, "genre": page_html.genre, "tag": page_html.tag, "learn": page_html.term, "artist": page_html.artist,
    "collection": page_html.collection,
}  # fmt: skip
_RESTRICTED = re.compile(r"^/(admin|moderation)(/|$)")
_DYNAMIC = re.compile(
    r"^/(pack|creator|artist|genre|tag|learn|verify|chat|collection|studio/analytics)/([^/]{1,200})/?$"
)
_BUILT_ADDRESS = re.compile(rb'([`"\'])(ws|http)://[^/`"\']+(/[\w-]*)\1')
_VIEW_PLACE = re.compile(rf'<div id="{prerender.PLACE_ID}"[^>]*>(?=</div>)')
NO_PAGES = "There are no pages yet. Run: python -m askchopper build"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # made with the build; the best first
_YEAR = "public, max-age=31536000, immutable"
_DAY = "public, max-age=86400"

mimetypes.add_type("application/manifest+json", ".webmanifest")
mimetypes.add_type("font/woff2", ".woff2")


class Site:
    """Middleware that serves pages and static files and passes on everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._first_packs = {"/": first_packs.of_landing(), routes.BROWSE: first_packs.of_browse()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve GET and HEAD requests for pages and static files."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            return await self.app(scope, receive, send)
        path: str = scope["path"]
        if any(path == prefix or path.startswith(f"{prefix}/") for prefix in _ELSEWHERE):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        accepted = headers.get("accept-encoding", "")
        response = _file(path, accepted) or await self._page(scope, path, is_packed="gzip" in accepted)
        return await response(scope, receive, send)

    async def _page(self, scope: Scope, path: str, *, is_packed: bool) -> Response:
        if match := _DYNAMIC.match(path):
            status, parts = await _dynamic_page(match[1], match[2])
            if status == 404 and match[1] == "creator" and (present := await page_html.present_creator(match[2])):
                return RedirectResponse(routes.creator(present), 301)
            return _html(scope, f"{match[1]}/_/index.html", parts, status, is_packed=is_packed)
        if (match := _RESTRICTED.match(path)) and not await _may_see(scope, match[1], path):
            return _html(scope, "404.html", PageHtml(""), 404, is_packed=is_packed)
        name = f"{path.strip('/')}/index.html" if path.strip("/") else "index.html"
        if re.fullmatch(r"[\w/-]*index\.html", name) and _inside(CLIENT_DIR, name):
            parts = page_html.fixed_page(path)
            if not scope["query_string"] and (packs := self._first_packs.get(path)):
                parts = replace(parts, view=await packs.html())
            return _html(scope, name, parts, 200, is_packed=is_packed)
        return _html(scope, "404.html", PageHtml(""), 404, is_packed=is_packed)


async def _may_see(scope: Scope, area: str, path: str) -> bool:
    """Return whether the viewer is an administrator or, for the queue, a moderator; everyone else gets 404.

    An administrator without a second factor sees only the start pages, which lead to setting it up.
    """
    try:
        viewer = await current_viewer(HTTPConnection(scope))
        if viewer is not None and viewer.needs_second_factor:
            return path.rstrip("/") in {routes.ADMIN, routes.MODERATION}
        if area == "admin":
            audit.require_admin(viewer)
        else:
            audit.require_moderator(viewer)
    except AskChopperError:
        return False
    return True


async def _dynamic_page(kind: str, slug: str) -> tuple[int, PageHtml]:
    if kind not in _PUBLIC_PAGES:
        return 200, page_html.unlisted()
    try:
        return 200, await _PUBLIC_PAGES[kind](slug)
    except NotFoundError:
        return 404, page_html.not_found()
    except UnavailableError:
        return 503, PageHtml("")


def _html(scope: Scope, name: str, parts: PageHtml, status: int, *, is_packed: bool) -> Response:
    try:
        changed_at = (CLIENT_DIR / name).stat().st_mtime_ns
    except FileNotFoundError:
        log.error("site.no_page", page=name, hint=NO_PAGES)
        return Response(NO_PAGES, status_code=503, media_type="text/plain", headers={"Cache-Control": "no-store"})
    known = settings.get()
    content_policy.allow_inline_scripts(scope, _built(name, changed_at))
    body = _filled(
        name, changed_at, known.base_url, parts, has_spotify=bool(known.spotify_client_id), is_packed=is_packed
    )
    headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, status_code=status, media_type="text/html", headers=headers)


@lru_cache(maxsize=64)
def _built(name: str, _changed_at: int) -> str:
    return paint_first((CLIENT_DIR / name).read_text())


@lru_cache(maxsize=256)
def _filled(name: str, changed_at: int, base_url: str, parts: PageHtml, *, has_spotify: bool, is_packed: bool) -> bytes:
    text = _built(name, changed_at)
    # Link previews need an absolute address, which the build cannot know.
    text = text.replace(f'content="{routes.SOCIAL_IMAGE}"', f'content="{base_url}{routes.SOCIAL_IMAGE}"', 1)
    if has_spotify:
        text = text.replace("<html ", "<html data-spotify ", 1)
    text = text.replace("</head>", f"{parts.head}</head>", 1)
    if parts.body:
        text = text.replace("</body>", f"{parts.body}</body>", 1)
    if parts.view:
        text = _VIEW_PLACE.sub(lambda place: place[0] + parts.view, text, count=1)
    page = text.encode()
    return gzip.compress(page, compresslevel=6, mtime=0) if is_packed else page


def _file(path: str, accepted: str) -> Response | None:
    found = _inside(CLIENT_DIR, path)
    if found is None or found.suffix not in PUBLIC_SUFFIXES:
        return None
    if found.name.startswith(ENVIRONMENT):
        return _environment(found)
    answer_headers = {"Cache-Control": cache_control(path), "Vary": "Accept-Encoding"}
    media_type = mimetypes.guess_type(found.name)[0] or "application/octet-stream"
    for encoding, suffix in _ENCODINGS:
        packed = found.with_name(f"{found.name}{suffix}")
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=media_type, headers={**answer_headers, "Content-Encoding": encoding})
    return FileResponse(found, media_type=media_type, headers=answer_headers)


def cache_control(path: str) -> str:
    """Return the Cache-Control header of a static file; built assets have a hash in their name and are cached for a year."""
    return _YEAR if path.startswith("/assets/") else _DAY


def is_static(path: Path) -> bool:
    """Return whether a file of the build is public and served unchanged."""
    return path.suffix in PUBLIC_SUFFIXES and not path.name.startswith(ENVIRONMENT)


def _environment(path: Path) -> Response:
    """Replace the backend URLs, which the build does not know, by the page's own origin; the websocket's by the configured one."""
    socket = settings.get().websocket_origin.replace("https://", "wss://").encode()

    def address(match: re.Match[bytes]) -> bytes:
        if socket and match[2] == b"ws":
            return b'"' + socket + match[3] + b'"'
        return (
            b'(globalThis.location?globalThis.location.origin.replace(/^http/,"' + match[2] + b'"):"' + match[2]
            + b'://localhost")+"' + match[3] + b'"'
        )  # fmt: skip

    script = _BUILT_ADDRESS.sub(address, path.read_bytes())
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _inside(folder: Path, path: str) -> Path | None:
    if "\0" in path or path.endswith("/"):
        return None
    try:
        target = (folder / path.lstrip("/")).resolve()
        return target if target.is_relative_to(folder.resolve()) and target.is_file() else None
    except OSError:  # such as a name that is too long
        return None
