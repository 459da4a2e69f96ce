"""Recommendations based on plays and purchases; every list states its reason."""

from datetime import UTC, datetime

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.models.catalogue import audio_files
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.search import Recommendation
from askchopper.services.catalogue import cards
from askchopper.services.search import similar

DAILY_CHOICE = 300
_RECENT = 3


async def because_you_played(session: AsyncSession, viewer: Viewer, *, limit: int = 5) -> Recommendation | None:
    """Recommend packs similar to one that the viewer recently bought or played most; None if there is none or it has no similar packs."""
    rows = (await session.execute(_LIKED_LATELY, {"user": viewer.user_id, "limit": _RECENT})).all()
    for row in rows:
        like = await similar.target(session, viewer, str(row.pack_id))
        hits = await similar.similar_packs(session, viewer, like, limit=limit, skip_owned=True)
        if hits:
            verb = "bought" if row.is_bought else "played"
            return Recommendation(f"Because you {verb} {like.label}", tuple(hit.card for hit in hits))
    return None


async def sound_of_the_day(session: AsyncSession, viewer: Viewer | None) -> FileRow | None:
    """Return one of the most popular sounds, the same for everybody during a day (UTC); None for an empty catalogue."""
    choice = (
        select(audio_files.c.id)
        .where(audio_files.c.published_at.is_not(None))
        .order_by(audio_files.c.popularity.desc(), audio_files.c.id.desc())
        .limit(DAILY_CHOICE)
        .subquery()
    )
    day = datetime.now(UTC).date().isoformat()
    row = (
        await session.execute(
            cards.select_files(viewer)
            .join(choice, choice.c.id == audio_files.c.id)
            .order_by(func.md5(func.concat(day, audio_files.c.id)))
            .limit(1)
        )
    ).one_or_none()
    return cards.file_row(row) if row else None


# A play weighs its seconds, a purchase as much as ten minutes of listening; both weights halve every two weeks.
_LIKED_LATELY = text("""
    SELECT pack_id, bool_or(is_bought) AS is_bought, sum(weight) AS weight FROM (
        SELECT y.pack_id, false AS is_bought, y.seconds_heard * 0.5 ^ (extract(epoch FROM now() - y.created_at) / 1209600) AS weight
        FROM (SELECT * FROM plays WHERE user_id = :user ORDER BY created_at DESC LIMIT 200) y
        UNION ALL
        SELECT p.pack_id, true, 600 * 0.5 ^ (extract(epoch FROM now() - p.created_at) / 1209600)
        FROM active_purchases(:user) p
    ) AS liked JOIN packs ON packs.id = liked.pack_id AND packs.status = 'published'
    GROUP BY pack_id HAVING sum(weight) > 1 ORDER BY weight DESC LIMIT :limit
""")
