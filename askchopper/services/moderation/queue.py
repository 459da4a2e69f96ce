"""The moderation queue: packs in review, reports, artist pages, held rewards, appeals and legal notices, in one list.

An item's name consists of its kind and id, such as ``draft:<id>`` or ``comment:<id>``. A decided item leaves the queue.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.errors import NotFoundError
from askchopper.models.base import utc_now
from askchopper.moderation_vocabulary import ItemKind
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.identifiers import printable_slug
from askchopper.schemas.moderation import ForgottenClaim, QueueCounts, QueueItem
from askchopper.services import audit

PAGE_SIZE = 30
MAX_LIMIT = 100
MAX_ITEM = 120
OVERDUE, MINE, FREE = "overdue", "mine", "free"
GONE = "This item was decided already, or its author withdrew it."
_ITEMS = """
    SELECT 'draft:' || d.id AS item, CASE WHEN EXISTS (SELECT FROM draft_twins t WHERE t.draft_id = d.id) THEN 'twin' ELSE 'pack' END AS kind,
        d.title, d.user_id AS owner_id, d.note AS reason, d.submitted_at AS since
    FROM drafts d WHERE d.state = 'in_review' AND d.discarded_at IS NULL
    UNION ALL SELECT r.target || ':' || r.target_id, CASE WHEN r.target IN ('comment', 'review') THEN 'comment' ELSE 'report' END,
        left((array_agg(r.content ORDER BY r.created_at))[1] ->> 'title', 200), (array_agg(r.owner_id))[1],
        CASE count(*) WHEN 1 THEN '1 report' ELSE count(*) || ' reports' END || ': ' || string_agg(DISTINCT r.reason, ', '), min(r.created_at)
    FROM reports r WHERE r.outcome IS NULL GROUP BY r.target, r.target_id
    UNION ALL SELECT 'artist:' || a.slug, 'artist', a.slug, NULL,
        CASE count(*) WHEN 1 THEN '1 report' ELSE count(*) || ' reports' END, min(a.created_at)
    FROM artist_reports a WHERE a.decision IS NULL GROUP BY a.slug
    UNION ALL SELECT 'reward:' || w.id, 'reward', w.tokens || ' tokens for ' || w.kind, w.user_id, w.reason, w.created_at
    FROM rewards w WHERE w.state = 'held'
    UNION ALL SELECT 'appeal:' || p.id, 'appeal', d.title, p.user_id, 'Appeal against a decision', p.created_at
    FROM appeals p JOIN moderation_decisions d ON d.id = p.decision_id WHERE p.outcome IS NULL
    UNION ALL SELECT 'notice:' || n.id, 'notice', k.title, c.user_id,
        CASE n.kind WHEN 'counter' THEN 'Counter-notice' ELSE 'Takedown notice' END, n.created_at
    FROM legal_notices n JOIN packs k ON k.id = n.pack_id JOIN creators c ON c.id = k.creator_id WHERE n.outcome IS NULL
"""
_FROM = f"""
    WITH items AS ({_ITEMS}) SELECT items.*, coalesce(o.display_name, '') AS owner, c.user_id AS holder_id,
        coalesce(h.display_name, '') AS holder, c.created_at AS held_since
    FROM items LEFT JOIN users o ON o.id = items.owner_id LEFT JOIN moderation_claims c ON c.item = items.item AND c.ends_at > now()
    LEFT JOIN users h ON h.id = c.user_id
"""  # noqa: S608 - constants
_LIST = text(f"""{_FROM}
    WHERE (:kind = '' OR items.kind = :kind) AND (items.since, items.item) > (:since, :last)
        AND (:state <> 'overdue' OR items.since < :late) AND (:state <> 'mine' OR c.user_id = :viewer)
        AND (:state <> 'free' OR c.user_id IS NULL)
    ORDER BY items.since, items.item LIMIT :limit
""")
_ONE = text(f"{_FROM} WHERE items.item = :item")
_COUNTS = text(f"""
    WITH items AS ({_ITEMS})
    SELECT kind, count(*) AS waiting, count(*) FILTER (WHERE since < :late) AS overdue FROM items GROUP BY kind
""")  # noqa: S608 - constants
_FORGOTTEN_CLAIMS = text("""
    SELECT c.item, u.display_name, c.created_at FROM moderation_claims c JOIN users u ON u.id = c.user_id
    WHERE c.ends_at > now() AND c.created_at < now() - make_interval(hours => :hours) ORDER BY c.created_at LIMIT 50
""")
_START = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def items(
    session: AsyncSession,
    viewer: Viewer | None,
    *,
    kind: str = "",
    state: str = "",
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[QueueItem]:
    """List the waiting items, oldest first.

    Args:
        session: database session.
        viewer: a moderator.
        kind: one of ``ItemKind``; any other value selects all.
        state: ``overdue``, ``mine`` (claimed by the viewer) or ``free`` (unclaimed); any other value selects all.
        cursor: cursor from the page before.
        limit: items on a page, at most ``MAX_LIMIT``.

    Raises:
        NotFoundError: the viewer is not a moderator.
        InvalidInputError: the cursor is malformed.
    """  # fmt: skip
    moderator = audit.require_moderator(viewer)
    size = max(1, min(limit, MAX_LIMIT))
    since, last = _START, ""
    if cursor:
        moment, name = cursors.decode(cursor, length=2)
        since, last = cursors.as_time(moment), printable_slug(str(name))[:MAX_ITEM]
        if since.tzinfo is None:
            raise cursors.bad_cursor()
    values = {
        "kind": kind if kind in set(ItemKind) else "", "state": state if state in {OVERDUE, MINE, FREE} else "", "since": since, "last": last,
        "late": _late(), "viewer": moderator.user_id, "limit": size + 1,
    }  # fmt: skip
    rows = (await session.execute(_LIST, values)).all()
    shown = rows[:size]
    next_cursor = cursors.encode(shown[-1].since.isoformat(), shown[-1].item) if len(rows) > size else None
    return Page(tuple(_item(row, moderator) for row in shown), next_cursor)


async def find(session: AsyncSession, viewer: Viewer | None, *, item: str) -> QueueItem:
    """Return a waiting item.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
    """
    moderator = audit.require_moderator(viewer)
    row = (await session.execute(_ONE, {"item": printable_slug(item)[:MAX_ITEM]})).first()
    if row is None:
        raise NotFoundError(GONE)
    return _item(row, moderator)


async def counts(session: AsyncSession, viewer: Viewer | None) -> QueueCounts:
    """Count the waiting items by kind, and the overdue ones in total.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    audit.require_moderator(viewer)
    rows = (await session.execute(_COUNTS, {"late": _late()})).all()
    return QueueCounts({ItemKind(row.kind): row.waiting for row in rows}, sum(row.overdue for row in rows))


async def list_forgotten_claims(session: AsyncSession, viewer: Viewer | None) -> tuple[ForgottenClaim, ...]:
    """List up to 50 items claimed more than ``policy.CLAIM_LONG_HOURS`` ago and not decided yet, oldest claim first.

    Raises:
        NotFoundError: the viewer is not a moderator.
    """
    audit.require_moderator(viewer)
    rows = await session.execute(_FORGOTTEN_CLAIMS, {"hours": policy.CLAIM_LONG_HOURS})
    return tuple(ForgottenClaim(row.item, row.display_name, row.created_at) for row in rows)


def _late() -> datetime:
    return utc_now() - timedelta(hours=policy.OVERDUE_HOURS)


def _item(row: Any, viewer: Viewer) -> QueueItem:
    return QueueItem(
        item=row.item, kind=ItemKind(row.kind), title=row.title or "", owner=row.owner, owner_id=str(row.owner_id or ""), reason=row.reason,
        since=row.since, is_overdue=row.since < _late(), held_by=row.holder, held_since=row.held_since,
        is_mine=row.holder_id == viewer.user_id,
    )  # fmt: skip
