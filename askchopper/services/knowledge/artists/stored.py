"""Artist pages written from web pages, with a source for each statement. They are outdated after ``KEPT_DAYS``."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.artists import Artist, ArtistSource, Statement, Work

KEPT_DAYS = 30
MAX_PAGES = 5_000
_GET = text("SELECT content FROM artist_pages WHERE slug = :slug AND made_at > now() - make_interval(days => :days)")
_SAVE = text("""
    INSERT INTO artist_pages (slug, content) VALUES (:slug, CAST(:content AS jsonb))
    ON CONFLICT (slug) DO UPDATE SET content = excluded.content, made_at = now()
""")
_PURGE = text("""
    DELETE FROM artist_pages WHERE made_at <= now() - make_interval(days => :days)
        OR slug IN (SELECT slug FROM artist_pages ORDER BY made_at DESC OFFSET :most)
""")


async def get(session: AsyncSession, slug: str) -> Artist | None:
    """Return a stored artist; None if there is none or it is outdated."""
    row = (await session.execute(_GET, {"slug": slug, "days": KEPT_DAYS})).one_or_none()
    return None if row is None else _load(row.content)


async def save(session: AsyncSession, artist: Artist) -> None:
    """Store an artist's page, replacing an earlier one."""
    await session.execute(_SAVE, {"slug": artist.slug, "content": json.dumps(asdict(artist), default=str)})


async def purge(session: AsyncSession) -> None:
    """Delete outdated artists, and the oldest beyond ``MAX_PAGES``."""
    await session.execute(_PURGE, {"days": KEPT_DAYS, "most": MAX_PAGES})


def _load(content: dict[str, Any]) -> Artist:
    sources = tuple(
        ArtistSource(
            one["title"], one["url"], one["site"], date.fromisoformat(one["seen_on"]) if one["seen_on"] else None, one["published_on"],
        )
        for one in content["sources"]
    )  # fmt: skip
    return Artist(
        content["slug"], content["name"], (), tuple(content["genres"]), tuple(content["style"]), tuple(content["sounds"]),
        tuple(Work(**one) for one in content["works"]), tuple(Statement(**one) for one in content["biography"]), sources, is_from_web=True,
    )  # fmt: skip
