"""The creator's overview: packs and drafts with their findings and sales."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import DraftSummary
from askchopper.vocabulary import DraftState


async def list_own(session: AsyncSession, viewer: Viewer) -> tuple[DraftSummary, ...]:
    """List up to 200 of the viewer's packs and drafts, last changed first. Untouched drafts are omitted."""
    rows = await session.execute(_STUDIO, {"user": viewer.user_id})
    return tuple(
        DraftSummary(
            id=row.id, title=row.title, state=DraftState(row.state), cover_key=row.cover_key, file_count=row.file_count,
            waiting_count=row.waiting_count, finding_count=row.finding_count, blocking_count=row.blocking_count,
            pack_slug=row.slug, is_on_sale=row.is_on_sale, sales=row.sales, updated_at=row.updated_at, note=row.note,
        )
        for row in rows
    )  # fmt: skip


_STUDIO = text("""
    SELECT d.id, d.title, d.state, d.cover_key, d.note, d.updated_at, p.slug,
        coalesce(p.status = 'published', false) AS is_on_sale,
        count(f.id) AS file_count,
        count(f.id) FILTER (WHERE f.state IN ('waiting', 'analysing')) AS waiting_count,
        count(f.id) FILTER (WHERE f.state = 'failed' OR a.status = 'reject'
            OR a.findings @? '$[*] ? (@.severity == "critical")') AS blocking_count,
        count(f.id) FILTER (WHERE a.status = 'flag') AS finding_count,
        (SELECT count(*) FROM purchases b WHERE b.pack_id = p.id AND b.status = 'completed') AS sales
    FROM drafts d
    LEFT JOIN packs p ON p.id = d.id
    LEFT JOIN draft_files f ON f.draft_id = d.id
    LEFT JOIN analyses a ON a.sha256 = f.sha256
    WHERE d.user_id = :user AND d.discarded_at IS NULL
    GROUP BY d.id, p.id
    HAVING d.state <> 'draft' OR d.title || d.cover_key || d.note <> '' OR count(f.id) > 0
        OR EXISTS (SELECT FROM uploads u WHERE u.draft_id = d.id)
    ORDER BY d.updated_at DESC LIMIT 200
""")
