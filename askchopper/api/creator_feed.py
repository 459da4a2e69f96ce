"""RSS feeds of creators."""

from email.utils import format_datetime
from xml.sax.saxutils import escape

from fastapi import APIRouter
from fastapi.responses import Response

from askchopper import routes, settings
from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.schemas.catalogue import PackCard
from askchopper.services.catalogue import detail
from askchopper.services.community import creator_pages

router = APIRouter(tags=["community"])
_ITEMS = 30


@router.get("/creators/{slug}/feed.xml", response_class=Response)
async def creator_feed(slug: str) -> Response:
    """Return the latest packs of a creator as RSS 2.0. A former slug redirects to the current one."""
    async with read_only() as session:
        try:
            found = await detail.get_creator(session, None, slug=slug)
        except NotFoundError:
            present = await creator_pages.find_present_slug(session, slug=slug)
            if present is None:
                raise
            return Response(status_code=301, headers={"Location": routes.creator_feed(present)})
    base = settings.get().base_url
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>', '<rss version="2.0"><channel>',
        f"<title>{escape(found.name)} on Ask Chopper</title>", f"<link>{escape(base + routes.creator(found.slug))}</link>",
        f"<description>{escape(found.bio or f'New packs by {found.name}')}</description>",
        *(_item(base, pack) for pack in found.packs[:_ITEMS]), "</channel></rss>", "",
    ]  # fmt: skip
    return Response(
        "\n".join(lines), media_type="application/rss+xml", headers={"Cache-Control": "public, max-age=900"}
    )


def _item(base: str, pack: PackCard) -> str:
    address = escape(base + routes.pack(pack.slug))
    date = f"<pubDate>{format_datetime(pack.published_at)}</pubDate>" if pack.published_at else ""
    return (
        f"<item><title>{escape(pack.title)}</title><link>{address}</link><guid>{address}</guid>{date}"
        f"<description>{escape(pack.summary)}</description></item>"
    )
