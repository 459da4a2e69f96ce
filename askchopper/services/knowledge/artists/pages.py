"""Artist pages: content, namesakes, and reports, which hide a page until a moderator has reviewed it."""

from collections import defaultdict
from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import ConflictError, NotFoundError
from askchopper.models.base import new_id
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.artists import Artist, Namesake, ReportedArtist
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.text import clean_line
from askchopper.services import audit
from askchopper.services.audit import require_admin
from askchopper.services.knowledge import glossary
from askchopper.services.knowledge.artists import stored, table

MAX_REPORTED = 100
_NO_ARTIST = "We have no page on this artist."
_REPORTED_BEFORE = "You reported this page before, and we reviewed it."
_IS_HIDDEN = text(
    "SELECT 1 FROM artist_reports WHERE slug = :slug AND (decision IS NULL OR decision = 'removed') LIMIT 1"
)
_HIDDEN = text("SELECT DISTINCT slug FROM artist_reports WHERE decision IS NULL OR decision = 'removed'")
_REPORT = text("""
    INSERT INTO artist_reports (id, slug, user_id, reason) VALUES (:id, :slug, :user, :reason)
    ON CONFLICT (slug, user_id) DO NOTHING RETURNING id
""")
_EARLIER = text("SELECT decision FROM artist_reports WHERE slug = :slug AND user_id = :user")
_IS_REPORTED = text("SELECT EXISTS (SELECT FROM artist_reports WHERE slug = :slug)")
_DECIDE = text(
    "UPDATE artist_reports SET decision = :decision, decided_at = now()"
    " WHERE slug = :slug AND decision IS DISTINCT FROM :decision RETURNING id"
)
_REOPEN = text(
    "UPDATE artist_reports SET decision = NULL, decided_at = NULL WHERE slug = :slug AND decided_at = :decided_at"
)
_LIST = text("""
    SELECT slug, reason, decision FROM artist_reports WHERE decision IS NULL OR decision = 'removed' ORDER BY created_at DESC LIMIT 500
""")
_NAMESAKES = text("""
    SELECT 'creator' AS kind, display_name AS label, slug FROM creators WHERE lower(display_name) = ANY(:names)
    UNION ALL SELECT 'pack', title, slug FROM packs WHERE lower(title) = ANY(:names) AND status = 'published' ORDER BY kind, label LIMIT 6
""")


async def get(session: AsyncSession, slug: str) -> Artist:
    """Return an artist whose page is not hidden.

    Raises:
        NotFoundError: there is none, or its page is hidden.
    """
    artist = await _known(session, slug)
    if artist is None or await is_hidden(session, artist.slug):
        raise NotFoundError(_NO_ARTIST)
    return artist


async def find(session: AsyncSession, name: str) -> Artist | None:
    """Return the artist with a name or alias; None if there is none or the page is hidden."""
    artist = table.find(name) or await stored.get(session, table.slug_of(name))
    return None if artist is None or await is_hidden(session, artist.slug) else artist


async def _known(session: AsyncSession, slug: str) -> Artist | None:
    return table.by_slug(slug) or await stored.get(session, printable_slug(slug)[: table.MAX_NAME])


async def is_hidden(session: AsyncSession, slug: str) -> bool:
    """Return whether a page is hidden because of reports."""
    return (await session.execute(_IS_HIDDEN, {"slug": slug})).one_or_none() is not None


async def similar(session: AsyncSession, artist: Artist) -> tuple[tuple[str, str, str], ...]:
    """Return slug, name and reason of similar artists, except those with hidden pages."""
    hidden = set((await session.execute(_HIDDEN)).scalars())
    return tuple((one.slug, one.name, one.why) for one in table.similar(artist) if one.slug not in hidden)


async def namesakes(session: AsyncSession, artist: Artist, name: str = "") -> tuple[Namesake, ...]:
    """Return other items with the artist's name, or with ``name``: a glossary term, creators, and packs on sale."""
    names = list({one.casefold() for one in (name or artist.name, artist.name)})
    entry = glossary.get(name or artist.name)
    found = [Namesake("term", entry.title, routes.term(entry.slug))] if entry else []
    paths = {"creator": routes.creator, "pack": routes.pack}
    rows = await session.execute(_NAMESAKES, {"names": names})
    return (*found, *(Namesake(row.kind, row.label, paths[row.kind](row.slug)) for row in rows))


async def report(session: AsyncSession, viewer: Viewer, *, slug: str, reason: str) -> None:
    """Report a mistake, which hides the page until a moderator decides. Repeated reports by a member have no effect.

    Raises:
        NotFoundError: there is no such page.
        InvalidInputError: the reason is missing, too long or not printable.
        ConflictError: a moderator reviewed this member's earlier report and kept the page.
    """
    words = clean_line(reason, label="What is wrong", field="reason", max_length=policy.MAX_ARTIST_REPORT_CHARACTERS)
    artist = await _known(session, slug)
    if artist is None:
        raise NotFoundError(_NO_ARTIST)
    given = {"id": new_id(), "slug": artist.slug, "user": viewer.user_id, "reason": words}
    if (await session.execute(_REPORT, given)).one_or_none() is None:
        earlier = (await session.execute(_EARLIER, {"slug": artist.slug, "user": viewer.user_id})).scalar_one()
        if earlier == "kept":
            raise ConflictError(_REPORTED_BEFORE)


async def reported(session: AsyncSession, viewer: Viewer | None) -> tuple[ReportedArtist, ...]:
    """List hidden pages, those with the latest reports first.

    Raises:
        NotFoundError: the viewer is not an administrator.
    """
    require_admin(viewer)
    found: dict[str, ReportedArtist] = {}
    reasons: dict[str, list[str]] = defaultdict(list)
    for row in await session.execute(_LIST):
        artist = table.by_slug(row.slug)
        known = found.setdefault(
            row.slug, ReportedArtist(row.slug, artist.name if artist else row.slug, 0, (), is_removed=True)
        )
        if row.decision is None:
            found[row.slug] = replace(known, reports=known.reports + 1, is_removed=False)
        reasons[row.slug].append(row.reason)
    return tuple(replace(one, reasons=tuple(reasons[one.slug][:5])) for one in found.values())[:MAX_REPORTED]


async def decide(session: AsyncSession, viewer: Viewer | None, *, slug: str, is_kept: bool, note: str = "") -> None:
    """Show a reported page again, or remove it. Idempotent.

    Raises:
        NotFoundError: the viewer is not a moderator, or the page was never reported.
    """
    moderator = audit.require_moderator(viewer)
    known = slug[: table.MAX_NAME]
    if not (await session.execute(_IS_REPORTED, {"slug": known})).scalar_one():
        raise NotFoundError(_NO_ARTIST)
    decided = await session.execute(_DECIDE, {"slug": known, "decision": "kept" if is_kept else "removed"})
    if decided.first() is None:
        return
    await audit.record(
        session, moderator, action="moderation.artist", target="artist", target_id=known, reason=note, after={"kept": is_kept}
    )  # fmt: skip


async def reopen(session: AsyncSession, viewer: Viewer | None, *, slug: str, decided_at: datetime) -> None:
    """Undo a decision: reopen its reports and hide the page.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    audit.require_moderator(viewer)
    await session.execute(_REOPEN, {"slug": slug, "decided_at": decided_at})
