"""Sitemap, robots.txt and security.txt."""

from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from askchopper import routes, settings
from askchopper.components.learning import CARDS
from askchopper.database import read_only
from askchopper.services.catalogue import categories, totals
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import table

_HOUR = "public, max-age=3600"
_OPEN_PAGES = (
    routes.HOME, routes.BROWSE, routes.TERMS, routes.PRIVACY, routes.LICENCES, routes.HELP, routes.CONTACT, routes.LEARN, routes.TRENDS, routes.COLLECTIONS,
    *(card.href for card in CARDS),
)  # fmt: skip
_CLOSED_PAGES = (
    "/api/",
    "/auth/",
    "/media/download/",
    "/settings",
    "/wallet",
    "/library",
    "/likes",
    "/feed",
    "/notifications",
    "/studio",
    "/verify/",
)
router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
@router.head("/robots.txt", include_in_schema=False)
async def robots() -> Response:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED_PAGES), "Allow: /"]
    lines += ["", f"Sitemap: {settings.get().base_url}/sitemap.xml", ""]
    return PlainTextResponse("\n".join(lines), headers={"Cache-Control": _HOUR})


@router.get(routes.SECURITY_TXT)
async def security_txt() -> Response:
    """Return the contact for vulnerability reports (RFC 9116)."""
    base = settings.get().base_url
    expires = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [
        f"Contact: {base}{routes.CONTACT}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {base}{routes.SECURITY_TXT}",
        "",
    ]
    return PlainTextResponse("\n".join(lines), headers={"Cache-Control": _HOUR})


@router.get("/sitemap.xml")
@router.head("/sitemap.xml", include_in_schema=False)
async def sitemap() -> Response:
    async with read_only() as session:
        packs, creators = await totals.sitemap_slugs(session)
        genres = [genre.value for genre in await totals.genre_facets(session)]
        tags = await categories.tag_slugs(session)
    base = settings.get().base_url
    lines = [_entry(base + path) for path in _OPEN_PAGES]
    lines += [_entry(base + routes.pack(slug), f"{changed:%Y-%m-%d}") for slug, changed in packs]
    lines += [_entry(base + routes.creator(slug)) for slug in creators]
    lines += [_entry(base + routes.term(entry.slug)) for entry in glossary.all_entries()]
    lines += [_entry(base + routes.artist(artist.slug)) for artist in table.every()]
    lines += [_entry(base + routes.genre(slug)) for slug in genres]
    lines += [_entry(base + routes.tag(slug)) for slug in tags]
    body = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return Response(
        f"{body}{''.join(lines)}</urlset>\n", media_type="application/xml", headers={"Cache-Control": _HOUR}
    )


def _entry(address: str, changed: str = "") -> str:
    date = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(address)}</loc>{date}</url>\n"
