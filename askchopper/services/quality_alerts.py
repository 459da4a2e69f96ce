"""Alerts to creators about pack quality: findings of a newer analysis, and drafts and packs with missing details.

Alerts are grouped: one unread notification per pack, or one for all drafts, with a link.
"""

from collections.abc import Mapping

from sqlalchemy import String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.plurals import counted
from askchopper.services import activity

_CODES = text("""
    SELECT coalesce(array_agg(f ->> 'code'), '{}') FROM analyses a, jsonb_array_elements(a.findings) f
    WHERE a.sha256 = :sha256 AND f ->> 'severity' <> 'note'
""")
_OF_CONTENT = text("""
    SELECT p.id, p.title, c.user_id, array_agg(DISTINCT f.sha256) AS contents, count(DISTINCT f.id) AS sounds, min(f.title) AS sound
    FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE f.sha256 = ANY(:contents) AND f.retired_at IS NULL AND p.status = 'published' GROUP BY p.id, p.title, c.user_id
""").bindparams(bindparam("contents", type_=ARRAY(String)))
# Notify once until the draft changes again.
_INCOMPLETE = text("""
    SELECT d.user_id, count(*) AS drafts, min(nullif(d.title, '')) AS title FROM drafts d
    WHERE d.state = 'draft' AND d.discarded_at IS NULL AND d.published_at IS NULL
        AND d.updated_at < now() - make_interval(days => :days) AND d.updated_at > now() - make_interval(days => :oldest)
        AND (d.title = '' OR d.description = '' OR d.genre_slug = '' OR d.tags = '{}')
        AND EXISTS (SELECT FROM draft_files f WHERE f.draft_id = d.id)
        AND NOT EXISTS (SELECT FROM notifications n WHERE n.user_id = d.user_id AND n.kind = :kind AND n.link = :link
            AND n.created_at > d.updated_at)
    GROUP BY d.user_id ORDER BY min(d.updated_at) LIMIT :most
""")
_INCOMPLETE_PACKS = text("""
    SELECT p.id, p.title, c.user_id, p.description = '' AS without_description FROM packs p JOIN creators c ON c.id = p.creator_id
    WHERE p.status = 'published' AND (p.description = '' OR NOT EXISTS (SELECT FROM pack_tags t WHERE t.pack_id = p.id))
        AND p.published_at < now() - make_interval(days => :days)
        AND NOT EXISTS (SELECT FROM notifications n WHERE n.user_id = c.user_id AND n.kind = :kind AND n.link = CAST(:draft AS text) || p.id)
    ORDER BY p.published_at DESC LIMIT :most
""")
_MOST_A_NIGHT = 1_000
_FORGOTTEN_AFTER_DAYS = 60


async def finding_codes(session: AsyncSession, sha256: str) -> frozenset[str]:
    """Return the codes of a content's analysis findings, without mere notes; empty without an analysis."""
    return frozenset((await session.execute(_CODES, {"sha256": sha256})).scalar_one())


async def alert_findings(session: AsyncSession, before: Mapping[str, frozenset[str]]) -> int:
    """Notify creators about new findings of a newer analysis in their published sounds.

    Args:
        session: a transaction, after the analysis.
        before: ``finding_codes`` before the analysis, by SHA-256 digest.

    Returns:
        The number of packs reported.
    """
    worse = [sha256 for sha256, known in before.items() if await finding_codes(session, sha256) - known]
    if not worse:
        return 0
    rows = (await session.execute(_OF_CONTENT, {"contents": worse})).all()
    for row in rows:
        what = row.sound if row.sounds == 1 else counted(row.sounds, "sound")
        sentence = f"A newer analysis found a problem in {what} of {row.title}."
        await activity.notify_once(
            session, user_id=row.user_id, kind="quality", sentence=sentence, link=routes.draft(str(row.id))
        )
    return len(rows)


async def alert_incomplete(session: AsyncSession) -> int:
    """Notify creators of drafts and published packs that lack details.

    Drafts must be unchanged, and packs published, for more than ``policy.INCOMPLETE_DRAFT_DAYS``. Returns the number of
    notifications.
    """
    values = {
        "days": policy.INCOMPLETE_DRAFT_DAYS, "oldest": _FORGOTTEN_AFTER_DAYS, "kind": "quality", "link": routes.STUDIO, "most": _MOST_A_NIGHT,
    }  # fmt: skip
    rows = (await session.execute(_INCOMPLETE, values)).all()
    for row in rows:
        what = (row.title or "A pack") if row.drafts == 1 else counted(row.drafts, "pack")
        verb = "needs" if row.drafts == 1 else "need"
        sentence = f"{what} {verb} details: title, description, genre or tags are missing."
        await activity.notify_once(session, user_id=row.user_id, kind="quality", sentence=sentence, link=routes.STUDIO)
    return len(rows) + await _alert_incomplete_packs(session)


async def _alert_incomplete_packs(session: AsyncSession) -> int:
    """Notify creators, once per pack, of packs on sale without a description or tags, which search relies on."""
    values = {
        "days": policy.INCOMPLETE_DRAFT_DAYS, "kind": "quality", "draft": routes.draft(""), "most": _MOST_A_NIGHT,
    }  # fmt: skip
    rows = (await session.execute(_INCOMPLETE_PACKS, values)).all()
    for row in rows:
        missing, added = ("a description", "one") if row.without_description else ("tags", "some")
        sentence = f"{row.title} is on sale without {missing}. Add {added} so that people can find it."
        await activity.notify_once(
            session, user_id=row.user_id, kind="quality", sentence=sentence, link=routes.draft(str(row.id))
        )
    return len(rows)
