"""The embeddable player, its oEmbed description, and QR codes of pages.

Any site may frame the page, so it does nothing on behalf of a visitor: it reads and sets no cookie, and a click can only play a preview or
open the pack's page in a new tab. Script and cover are inlined, since each further request costs half a second on a slow connection.
"""

import hashlib
import io
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Sequence
from html import escape
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response

from askchopper import routes, settings
from askchopper.components import theme
from askchopper.database import read_only
from askchopper.errors import AskChopperError, InvalidInputError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.page_titles import SITE_NAME
from askchopper.plurals import counted
from askchopper.schemas.catalogue import FileRow, PackCard, PackDetail
from askchopper.schemas.view_models import catalogue
from askchopper.services.catalogue import detail

router = APIRouter(include_in_schema=False)
Size = Literal["small", "medium", "large"]
_SCRIPT = (settings.PROJECT_DIR / "assets/src/embed/player.js").read_text(encoding="utf-8")
_COVERS_KEPT = 500  # each 3 to 5 kB
_BARS, _SOUNDS = 90, 4
_COVER = 96  # a larger cover alone would use up the size budget of the player
# Browsers revalidate on each load, so that a pack that is taken down disappears from other sites at once.
_CACHE = "public, no-cache"
_QR_CACHE = "public, max-age=86400"
_LONGEST_ADDRESS = 2_000


@router.get(routes.EMBED_PACK + "/{slug}")
async def embed(request: Request, slug: str, size: Size = "medium") -> Response:
    """Render the player of a pack in one of three sizes."""
    try:
        async with read_only() as session:
            pack = await detail.get_pack(session, None, slug=slug)
    except NotFoundError as error:
        return _gone(error)
    html = page(pack, size, cover=await _cover(pack.card.cover_key))
    tag = f'W/"{hashlib.sha256(html.encode()).hexdigest()[:16]}"'  # weak, because the response may be compressed in transit
    headers = {"Content-Security-Policy": _policy(), "Cache-Control": _CACHE, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return HTMLResponse(html, headers=headers)


@router.get(routes.SHORT_LINK + "/{code}")
async def short_link(code: str) -> Response:
    """Redirect a short link to the page of its pack, which counts the visit as a shared link."""
    try:
        async with read_only() as session:
            slug = await detail.find_slug(session, id_end=routes.id_end_of(code))
    except NotFoundError as error:
        return _gone(error)
    return RedirectResponse(routes.shared_pack(slug, "link"), status_code=302, headers={"Cache-Control": _CACHE})


@router.get("/oembed")
async def oembed(
    url: Annotated[str, Query(max_length=_LONGEST_ADDRESS)],
    maxwidth: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    maxheight: Annotated[int | None, Query(ge=1, le=10_000)] = None,
    format: Annotated[str, Query(max_length=10)] = "json",  # noqa: A002 - the name of the standard
) -> JSONResponse:
    """Describe a pack's page for sites that embed links (https://oembed.com)."""
    if format != "json":
        return JSONResponse({"detail": "Only JSON is offered."}, status_code=501)
    async with read_only() as session:
        pack = await detail.get_pack(session, None, slug=_slug_of(url))
    size = _fitting(maxheight)
    width, height = routes.EMBED_SIZES[size]
    width = min(width, maxwidth or width)
    return JSONResponse(_description(pack.card, size, width, height), headers={"Cache-Control": _CACHE})


@router.get(routes.EMBED_PACK + "/{slug}/qr.svg")
async def qr_code(slug: str) -> Response:
    """Draw the QR code of a pack's page."""
    async with read_only() as session:
        pack = await detail.get_pack(session, None, slug=slug)
    return _qr_code(routes.shared_pack(pack.card.slug, "qr"), pack.card.title)


@router.get(routes.QR_CODE)
async def page_qr_code(path: Annotated[str, Query(max_length=300)]) -> Response:
    """Draw the QR code of a page of this site."""
    if not routes.is_local_path(path):
        raise InvalidInputError("A page begins with a slash.", field="path")
    return _qr_code(routes.shared(path, "qr"), path)


def _qr_code(path: str, title: str) -> Response:
    out = io.BytesIO()
    segno.make(settings.get().base_url + path, error="m").save(
        out, kind="svg", scale=4, border=2, dark=theme.COLOURS["base"], light="white", title=title
    )
    return Response(out.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": _QR_CACHE})


_covers: OrderedDict[str, str] = OrderedDict()


async def _cover(key: str) -> str:
    """Return a small cover as a data URL, its public URL if it cannot be read, or an empty string without a key.

    Cached without expiry, since keys are content hashes.
    """
    if key and key not in _covers:
        try:
            content = b"".join([piece async for piece in store().read(f"covers/{key}/{_COVER}.webp")])
        except AskChopperError:
            return routes.cover(key, _COVER)
        _covers[key] = f"data:image/webp;base64,{b64encode(content).decode()}"
        if len(_covers) > _COVERS_KEPT:
            _covers.popitem(last=False)
    return _covers.get(key, "")


def _gone(error: NotFoundError) -> Response:
    """Return a 404 page for an embedded frame or a browser that followed a link."""
    browse = escape(settings.get().base_url + routes.BROWSE)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found - {SITE_NAME}</title>'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><style>{_css()}</style></head>'
        f'<body class="gone"><main><p>{escape(error.sentence)}</p><p class="by"><a href="{browse}" target="_blank" rel="noopener">'
        f"Browse what is on sale at {SITE_NAME}</a></p></main></body></html>"
    )
    headers = {"Content-Security-Policy": _policy(), "Cache-Control": "no-store"}
    return HTMLResponse(html, status_code=404, headers=headers)


def page(pack: PackDetail, size: Size, *, cover: str) -> str:
    """Return the HTML of the player; ``cover`` is the URL of an image or empty."""
    card = pack.card
    title, creator = escape(card.title), escape(card.creator.name)
    address = escape(settings.get().base_url + routes.shared_pack(card.slug, "embed"))
    preview = escape(routes.pack_preview(card.slug)) if card.preview_seconds else ""
    first = preview or (escape(routes.file_preview(pack.files[0].id)) if pack.files else "")
    picture = f'<img src="{escape(cover)}" width="{_COVER}" height="{_COVER}" alt="">' if cover else ""
    facts = " · ".join(filter(None, [_tempo(card), ", ".join(card.keys[:1]), counted(card.file_count, "sound")]))
    price = "Free" if not card.price_tokens else counted(card.price_tokens, "token")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} by {creator} - {SITE_NAME}</title>'
        f'<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><style>{_css()}</style></head>'
        f'<body class="{size}"><a class="cover" href="{address}" target="_blank" rel="noopener" tabindex="-1" aria-hidden="true">{picture}</a>'
        f'<main><p class="title"><a href="{address}" target="_blank" rel="noopener">{title}</a></p><p class="by">{creator} <span>{escape(facts)}</span></p>'
        f'<div class="row"><button data-play="{first}" data-label-play="Play {title}" data-label-pause="Pause {title}" aria-label="Play {title}"><i></i></button>'
        f'<div data-wave aria-hidden="true">{_wave(card.preview_peaks)}</div>'
        f'<a class="buy" href="{address}" target="_blank" rel="noopener">{price}</a></div>{_sounds(pack.files) if size == "large" else ""}</main>'
        f'<audio preload="none"></audio><script type="module">{_SCRIPT}</script></body></html>'
    )  # fmt: skip


def _sounds(files: Sequence[FileRow]) -> str:
    lines = (
        f'<li><button data-sound="{escape(routes.file_preview(file.id))}" aria-pressed="false">{escape(file.title)}</button>'
        f"<span>{catalogue.tempo(file.bpm)}</span><span>{catalogue.clock(file.duration_seconds)}</span></li>"
        for file in files[:_SOUNDS]
    )
    return f"<ol>{''.join(lines)}</ol>"


def _wave(peaks: tuple[int, ...]) -> str:
    """Draw peaks of 0 to 127 as an SVG of bars."""
    step = max(1, len(peaks) // _BARS)
    levels = [max(peaks[at : at + step]) / 127 for at in range(0, len(peaks), step)][:_BARS] or [0.1]
    bars = "".join(
        f"M{4 * at} {20 - round(18 * level) or 19}v{2 * round(18 * level) or 2}" for at, level in enumerate(levels)
    )
    return (
        f'<svg viewBox="-1 0 {4 * len(levels)} 40" preserveAspectRatio="none"><path d="{bars}" stroke="currentColor" stroke-width="2" fill="none"/></svg>'
    )  # fmt: skip


def _css() -> str:
    colour = theme.COLOURS
    return (
        f"*{{box-sizing:border-box;margin:0}}body{{display:flex;gap:12px;height:100vh;max-height:{routes.EMBED_SIZES['medium'][1]}px;padding:10px;overflow:hidden;background:{colour['surface-1']};"
        f"color:{colour['text-1']};font:14px/20px system-ui,sans-serif}}a{{color:inherit;text-decoration:none}}a:hover,.gone a{{text-decoration:underline}}"
        f".cover img{{display:block;border-radius:8px;object-fit:cover}}"
        f"main{{flex:1;min-width:0;display:flex;flex-direction:column;justify-content:center}}.title{{font-weight:600}}"
        f".title,.by{{flex:none;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}.by,span{{color:{colour['text-2']}}}.by span{{font:500 12px ui-monospace,monospace;margin-left:8px}}"
        f".row{{display:flex;align-items:center;gap:12px;margin-top:8px;min-height:44px}}button{{font:inherit;color:inherit;background:none;border:0;cursor:pointer}}"
        f"[data-play]{{flex:none;width:44px;height:44px;border-radius:50%;background:{colour['text-1']}}}[data-play] i{{display:block;margin:0 auto;border:solid transparent;"
        f"border-width:9px 0 9px 15px;border-left-color:{colour['base']};width:0;transform:translateX(2px)}}[data-playing] [data-play] i{{width:14px;height:16px;border:solid {colour['base']};border-width:0 5px;transform:none}}"
        f"[data-wave]{{flex:1;height:40px;color:{colour['wave-idle-2']};cursor:pointer;position:relative;--played:0%}}[data-wave] svg{{display:block;width:100%;height:100%}}"
        f"[data-wave]::after{{content:'';position:absolute;inset:0 auto 0 var(--played);width:2px;background:{colour['amber']}}}"
        f".buy{{flex:none;padding:10px 14px;border-radius:6px;background:{colour['amber']};color:{colour['on-amber']};font-weight:600}}:focus-visible{{outline:2px solid {colour['text-1']};outline-offset:2px}}"
        f"ol{{list-style:none;padding:0;margin-top:10px;overflow-y:auto}}li{{display:flex;gap:12px;align-items:center;border-top:1px solid {colour['line']}}}li button{{flex:1;text-align:left;min-height:44px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}}"
        f"li button[aria-pressed=true]{{color:{colour['amber']}}}li span{{font:500 12px ui-monospace,monospace}}.small .by span,.small .cover{{display:none}}.small{{padding:8px 12px;max-height:{routes.EMBED_SIZES['small'][1]}px}}.small main{{display:grid;grid-template-columns:minmax(0,160px) 1fr;align-items:center;gap:0 12px}}"
        f".small .row{{grid-row:1/3;grid-column:2;margin:0}}.large{{flex-direction:column;max-height:{routes.EMBED_SIZES['large'][1]}px}}.large main{{justify-content:flex-start;min-height:0}}"
        f"@media(max-width:420px){{.small main{{grid-template-columns:1fr}}.small .title,.small .by{{display:none}}.small .row{{grid-column:1}}.by span,.cover{{display:none}}}}"
    )  # fmt: skip


def _policy() -> str:
    """Return the only CSP of this site that allows framing by other sites."""
    files = f" {store().public_origin}" if store().public_origin else ""
    script = b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'unsafe-inline'; img-src 'self' data:{files}; media-src 'self'{files}; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors *"
    )


def _description(card: PackCard, size: Size, width: int, height: int) -> dict[str, Any]:
    base = settings.get().base_url
    source = f"{base}{routes.embed_pack(card.slug)}?size={size}"
    title = f"{card.title} by {card.creator.name}"
    frame = f'<iframe src="{escape(source)}" width="{width}" height="{height}" title="{escape(title)}" loading="lazy" style="border:0"></iframe>'
    picture = {
        "thumbnail_url": base + routes.cover(card.cover_key, 320),
        "thumbnail_width": 320,
        "thumbnail_height": 320,
    }
    return {
        "version": "1.0", "type": "rich", "provider_name": SITE_NAME, "provider_url": base, "title": card.title, "html": frame,
        "author_name": card.creator.name, "author_url": base + routes.creator(card.creator.slug), "width": width, "height": height,
        "cache_age": 300, **(picture if card.cover_key else {}),
    }  # fmt: skip


def _slug_of(url: str) -> str:
    """Return the slug in the URL of a pack page on this site.

    Raises:
        InvalidInputError: the URL cannot be parsed.
        NotFoundError: the URL is not that of a pack page on this site.
    """
    try:
        parts, own = urlsplit(url), urlsplit(settings.get().base_url)
        netloc = parts.netloc
    except ValueError as error:
        raise InvalidInputError("This is not an address.", field="url") from error
    kind, _, slug = parts.path.strip("/").partition("/")
    if netloc != own.netloc or kind != "pack" or not slug or "/" in slug:
        raise NotFoundError("Only pages of packs here can be embedded.")
    return slug


def _fitting(max_height: int | None) -> Size:
    if max_height is not None and max_height < routes.EMBED_SIZES["medium"][1]:
        return "small"
    return "large" if max_height is not None and max_height >= routes.EMBED_SIZES["large"][1] else "medium"


def _tempo(card: PackCard) -> str:
    span = catalogue.tempo_span(card.bpm_min, card.bpm_max)
    return f"{span} BPM" if card.bpm_min else ""
