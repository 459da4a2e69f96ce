"""The feed: events about the creators, tags, collections and searches that a member follows.

A job writes each event into every follower's feed (fan-out on write). Reading a page is then a single index range scan,
however many creators the reader follows; fan-in on read would cost one look-up per creator.
"""

import uuid
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, Select, Uuid, and_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy
from askchopper.database import transaction
from askchopper.database_statements import prepared
from askchopper.models.catalogue import packs
from askchopper.models.follows import feed_entries, feed_events, feed_readings
from askchopper.observability import log
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.follows import FeedItem
from askchopper.services import feed_events as recorded_events
from askchopper.services.catalogue import cards
from askchopper.services.community import blocks
from askchopper.vocabulary import FeedKind

BATCH = 2_000
MAX_LIMIT = 100
MAX_UNREAD = 99
_FIRST = uuid.UUID(int=0)

# A batch of followers, in the order of their ids. A member who follows both the creator and a tag of the pack gets one entry. Each branch
# returns distinct members, since several followed tags of one member would fill the limit and end the batches early.
_DISTRIBUTE = text("""
    WITH event AS (SELECT e.*, c.user_id AS seller_id FROM feed_events e LEFT JOIN creators c ON c.id = e.creator_id
        WHERE e.id = :event),
    batch AS (
        SELECT DISTINCT ON (user_id) user_id, follow_id FROM (
            (SELECT f.user_id, f.id AS follow_id FROM follows f JOIN event e ON f.creator_id = e.creator_id
                WHERE f.user_id > :after ORDER BY f.user_id LIMIT :limit)
            UNION ALL (SELECT f.user_id, f.id FROM follows f JOIN event e ON f.collection_id = e.collection_id
                WHERE f.user_id > :after ORDER BY f.user_id LIMIT :limit)
            UNION ALL (SELECT DISTINCT ON (f.user_id) f.user_id, f.id FROM follows f JOIN pack_tags t ON t.tag_slug = f.tag_slug
                JOIN event e ON e.pack_id = t.pack_id WHERE f.user_id > :after ORDER BY f.user_id, f.id LIMIT :limit)
            UNION ALL (SELECT s.user_id, NULL FROM saved_searches s JOIN event e ON e.search_id = s.id
                WHERE s.user_id > :after)
        ) found ORDER BY user_id, follow_id LIMIT :limit
    ), added AS (
        INSERT INTO feed_entries (user_id, event_id, follow_id)
        SELECT b.user_id, e.id, b.follow_id FROM batch b, event e WHERE b.user_id IS DISTINCT FROM e.seller_id
            AND b.user_id::text IS DISTINCT FROM e.facts->>'actor'
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) AS found, (SELECT user_id FROM batch ORDER BY user_id DESC LIMIT 1) AS last_id FROM batch
""")
_BACKFILL = text("""
    INSERT INTO feed_entries (user_id, event_id, follow_id)
    SELECT f.user_id, e.id, f.id FROM follows f CROSS JOIN LATERAL (
        SELECT e.id FROM feed_events e WHERE (f.creator_id IS NOT NULL AND e.creator_id = f.creator_id)
            OR (f.collection_id IS NOT NULL AND e.collection_id = f.collection_id)
            OR (f.tag_slug IS NOT NULL AND e.pack_id IN (SELECT pack_id FROM pack_tags WHERE tag_slug = f.tag_slug))
        ORDER BY e.id DESC LIMIT :limit
    ) e WHERE f.id = :follow ON CONFLICT DO NOTHING
""")
_ABOUT_PACKS = {FeedKind.PACK.value, FeedKind.PRICE.value}
# Names of planned releases, collections and searches, without collections that are not public and without blocked members.
_NAMES = text(f"""
    SELECT e.id, coalesce(c.title, s.name, e.facts->>'title') AS title, coalesce(c.slug, '') AS slug,
        m.display_name AS creator_name, m.slug AS creator_slug, s.query,
        CASE WHEN u.disabled_at IS NULL AND u.delete_after IS NULL THEN e.draft_id END AS draft_id
    FROM feed_events e LEFT JOIN creators m ON m.id = e.creator_id LEFT JOIN users u ON u.id = m.user_id
    LEFT JOIN saved_searches s ON s.id = e.search_id
    LEFT JOIN collections c ON c.id = e.collection_id AND c.visibility <> 'private' AND c.hidden_at IS NULL
    WHERE e.id = ANY(:events) AND coalesce(c.title, s.name, e.facts->>'title') IS NOT NULL
        AND (e.collection_id IS NULL OR c.id IS NOT NULL) AND {blocks.not_blocked("coalesce(m.user_id, c.user_id)")}
""")  # noqa: S608 - constants
_NEW_SEARCHES = text("""
    SELECT id, new_count FROM saved_searches WHERE new_count > 0 AND checked_at > now() - interval '15 minutes'
""")


async def distribute(event_id: uuid.UUID) -> int:
    """Add an event to the feeds of all followers, in batches of one transaction each; returns the number of followers.

    Idempotent: a job that died midway is retried.
    """
    after, count = _FIRST, 0
    while True:
        async with transaction() as session:
            values = {"event": event_id, "after": after, "limit": BATCH}
            row = (await session.execute(_DISTRIBUTE, values)).one()
        count += row.found
        if row.found < BATCH:
            log.info("feed.distributed", feed_event=str(event_id), followers=count)
            return count
        after = row.last_id


async def backfill(session: AsyncSession, follow_id: uuid.UUID) -> None:
    """Add the latest events of a newly followed subject to the follower's feed."""
    await session.execute(_BACKFILL, {"follow": follow_id, "limit": policy.FEED_BACKFILL})


async def list_feed(
    session: AsyncSession, viewer: Viewer, *, cursor: str | None = None, limit: int = 24
) -> Page[FeedItem]:
    """List the viewer's feed, newest first. Entries about items no longer on sale or public are omitted after paging.

    Raises:
        InvalidInputError: the cursor is invalid.
    """
    size = max(1, min(limit, MAX_LIMIT))
    before = uuid.UUID(int=2**128 - 1)
    if cursor:
        [value] = cursors.decode(cursor, length=1)
        before = cursors.as_id(value)
    rows = (await session.execute(_select_page(viewer), {"before": before, "size": size + 1})).all()
    page = rows[:size]
    others = [row.event_id for row in page if row.event_kind not in _ABOUT_PACKS]
    named = {}
    if others:
        found = await session.execute(_NAMES, {"events": others, "viewer": viewer.user_id})
        named = {row.id: row for row in found}
    items = tuple(item for row in page if (item := _item(row, named.get(row.event_id))) is not None)
    return Page(items, cursors.encode(str(page[-1].event_id)) if len(rows) > size else None)


@lru_cache(maxsize=256)
def _select_page(viewer: Viewer) -> Select[Any]:
    """Select the entries before ``:before``, with packs for those about a pack. Names for all other entries are loaded separately."""
    entries = (
        select(feed_entries.c.event_id)
        .where(feed_entries.c.user_id == viewer.user_id, feed_entries.c.event_id < bindparam("before", type_=Uuid))
        .order_by(feed_entries.c.event_id.desc())
        .limit(bindparam("size", type_=Integer))
        .subquery()
    )
    until = select(feed_readings.c.read_until).where(feed_readings.c.user_id == viewer.user_id).scalar_subquery()
    is_not_blocked = text(blocks.not_blocked("creators.user_id")).bindparams(viewer=viewer.user_id)
    return prepared(
        select(
            feed_events.c.id.label("event_id"),
            (feed_events.c.id > func.coalesce(until, _FIRST)).label("is_new"),
            feed_events.c.kind.label("event_kind"),
            feed_events.c.facts,
            feed_events.c.created_at.label("happened_at"),
            *cards.select_packs(viewer).selected_columns,
        )
        .select_from(
            entries.join(feed_events, feed_events.c.id == entries.c.event_id).outerjoin(
                cards.PACKS, and_(packs.c.id == feed_events.c.pack_id, cards.IS_PUBLISHED, is_not_blocked)
            )
        )
        .order_by(feed_events.c.id.desc())
    )


async def unread_count(session: AsyncSession, viewer: Viewer) -> int:
    """Count unread entries of the viewer's feed, up to ``MAX_UNREAD``, including those that ``list_feed`` omits."""
    until = select(feed_readings.c.read_until).where(feed_readings.c.user_id == viewer.user_id).scalar_subquery()
    bounded = (
        select(feed_entries.c.event_id)
        .where(feed_entries.c.user_id == viewer.user_id, feed_entries.c.event_id > func.coalesce(until, _FIRST))
        .limit(MAX_UNREAD)
        .subquery()
    )
    return int((await session.execute(select(func.count()).select_from(bounded))).scalar_one())


async def mark_read(session: AsyncSession, viewer: Viewer) -> None:
    """Mark the viewer's feed as read up to its latest entry."""
    latest = (
        select(feed_entries.c.event_id)
        .where(feed_entries.c.user_id == viewer.user_id)
        .order_by(feed_entries.c.event_id.desc())
        .limit(1)
    )
    event_id = (await session.execute(latest)).scalar_one_or_none()
    if event_id is not None:
        made = upsert(feed_readings).values(user_id=viewer.user_id, read_until=event_id)
        await session.execute(
            made.on_conflict_do_update(index_elements=["user_id"], set_={"read_until": made.excluded.read_until})
        )


async def record_new_matches(session: AsyncSession) -> None:
    """Record an event for each saved search with new matches, at most one a day."""
    for row in (await session.execute(_NEW_SEARCHES)).all():
        source = f"search:{row.id}:{await _today(session)}"
        await recorded_events.record(
            session, FeedKind.SEARCH, source=source, search_id=row.id, facts={"sounds": str(row.new_count)}
        )


async def delete_old(session: AsyncSession) -> None:
    """Delete events older than the feed's retention period."""
    await session.execute(
        text("DELETE FROM feed_events WHERE created_at < now() - make_interval(days => :days)"),
        {"days": policy.FEED_DAYS},
    )


async def _today(session: AsyncSession) -> str:
    return str((await session.execute(select(func.current_date()))).scalar_one())


def _item(row: Any, named: Any) -> FeedItem | None:
    """Build a feed entry; None if its pack is not on sale or its subject is not visible to the viewer."""
    kind, pack = FeedKind(row.event_kind), cards.pack_card(row) if row.id else None
    facts = {name: str(value) for name, value in row.facts.items() if name != "actor"}
    if row.event_kind in _ABOUT_PACKS and pack is not None:
        title, slug, creator_name, creator_slug = pack.title, pack.slug, pack.creator.name, pack.creator.slug
    elif row.event_kind not in _ABOUT_PACKS and named is not None:
        title, slug, creator_name, creator_slug = named.title, named.slug, named.creator_name, named.creator_slug
        further = {"query": named.query, "draft": named.draft_id}
        facts |= {name: str(value) for name, value in further.items() if value}
    else:
        return None
    return FeedItem(
        id=str(row.event_id), kind=kind, happened_at=row.happened_at, is_new=row.is_new, title=title, slug=slug,
        creator_name=creator_name or "", creator_slug=creator_slug or "", facts=facts, pack=pack,
    )  # fmt: skip
