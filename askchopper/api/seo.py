"""Search engine optimisation: sitemap, robots.txt, and the head of pack and creator pages."""

import html
import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from askchopper import routes, settings
from askchopper.database import read_only
from askchopper.page_titles import SITE_NAME, pack_title, page_title
from askchopper.services.catalogue import detail, totals

MAX_DESCRIPTION = 160
_HOUR = "public, max-age=3600"
_OPEN_PAGES = (
    routes.HOME, routes.BROWSE, routes.TERMS, routes.PRIVACY, routes.LICENCES, routes.HELP, routes.CONTACT,
)  # fmt: skip
_CLOSED_PAGES = ("/api/", "/auth/", "/media/download/", "/settings", "/wallet", "/library", "/studio", "/verify/")
router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
@router.head("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED_PAGES), "Allow: /"]
    lines += ["", f"Sitemap: {settings.get().base_url}/sitemap.xml", ""]
    return PlainTextResponse("\n".join(lines), headers={"Cache-Control": _HOUR})


@router.get("/sitemap.xml")
@router.head("/sitemap.xml", include_in_schema=False)
async def sitemap() -> Response:
    async with read_only() as session:
        packs, creators = await totals.sitemap_slugs(session)
    base = settings.get().base_url
    lines = [_entry(base + path) for path in _OPEN_PAGES]
    lines += [_entry(base + routes.pack(slug), f"{changed:%Y-%m-%d}") for slug, changed in packs]
    lines += [_entry(base + routes.creator(slug)) for slug in creators]
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(
        f"{body}{''.join(lines)}</urlset>\n", media_type="application/xml", headers={"Cache-Control": _HOUR}
    )


async def pack_head(slug: str) -> str:
    """Render the head of a pack's page.

    Raises:
        NotFoundError: no such pack is published.
    """
    async with read_only() as session:
        pack = await detail.get_pack(session, None, slug=slug)
    card, base = pack.card, settings.get().base_url
    address = base + routes.pack(card.slug)
    words = card.summary or pack.description or f"{card.file_count} sounds by {card.creator.name}."
    image = base + routes.social_card(card.cover_key) if card.cover_key else f"{base}/social.jpg"
    product = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": card.title,
        "description": _shortened(words),
        "image": image,
        "url": address,
        "category": card.genre,
        "brand": {"@type": "Brand", "name": card.creator.name},
    }
    tags = _social_tags(kind="music.album", title=card.title, words=words, address=address, image=image)
    return _head(pack_title(card.title, card.creator.name), words, address, tags, product)


async def creator_head(slug: str) -> str:
    """Render the head of a creator's page.

    Raises:
        NotFoundError: there is no such creator.
    """
    async with read_only() as session:
        creator = await detail.get_creator(session, None, slug=slug)
    base = settings.get().base_url
    address = base + routes.creator(creator.slug)
    words = creator.bio or f"{creator.pack_count} packs with {creator.file_count} sounds."
    cover_key = next((card.cover_key for card in creator.packs if card.cover_key), "")
    image = base + routes.social_card(cover_key) if cover_key else f"{base}/social.jpg"
    profile = {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "mainEntity": {"@type": "Person", "name": creator.name, "description": _shortened(words), "url": address},
    }
    tags = _social_tags(kind="profile", title=creator.name, words=words, address=address, image=image)
    return _head(page_title(creator.name), words, address, tags, profile)


def _head(title: str, words: str, address: str, tags: Iterable[tuple[str, str, str]], facts: Mapping[str, Any]) -> str:
    lines = [
        f"<title data-ssr>{html.escape(title)}</title>",
        f'<meta data-ssr name="description" content="{html.escape(_shortened(words))}">',
        f'<link data-ssr rel="canonical" href="{html.escape(address)}">',
    ]
    lines += [f'<meta data-ssr {kind}="{name}" content="{html.escape(value)}">' for kind, name, value in tags]
    # A title may contain "</script>", which would end the block.
    block = (
        json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )
    lines.append(f'<script data-ssr type="application/ld+json">{block}</script>')
    return "".join(lines)


def _social_tags(*, kind: str, title: str, words: str, address: str, image: str) -> tuple[tuple[str, str, str], ...]:
    return (
        ("property", "og:type", kind),
        ("property", "og:site_name", SITE_NAME),
        ("property", "og:title", title),
        ("property", "og:description", _shortened(words)),
        ("property", "og:url", address),
        ("property", "og:image", image),
        ("name", "twitter:card", "summary_large_image"),
    )


def _shortened(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= MAX_DESCRIPTION else f"{line[: MAX_DESCRIPTION - 1].rstrip()}…"


def _entry(address: str, changed: str = "") -> str:
    date = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(address)}</loc>{date}</url>\n"
