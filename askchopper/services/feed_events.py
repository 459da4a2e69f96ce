"""Records events for followers. A job adds them to the followers' feeds; see ``services.community.feed``."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs
from askchopper.models.base import new_id
from askchopper.models.follows import feed_events
from askchopper.vocabulary import FeedKind, JobName

# A repeated source adds no second event; a ``count`` in its facts, such as the items added to a collection in a day, is increased.
_RECORD = text("""
    INSERT INTO feed_events AS e (id, kind, source, creator_id, pack_id, draft_id, collection_id, search_id, facts)
    VALUES (:id, :kind, :source, CAST(:creator AS uuid), CAST(:pack AS uuid), CAST(:draft AS uuid),
        CAST(:collection AS uuid), CAST(:search AS uuid), :facts)
    ON CONFLICT (source) DO UPDATE SET facts = CASE WHEN e.facts ? 'count' THEN e.facts || jsonb_build_object('count',
        (e.facts->>'count')::integer + (excluded.facts->>'count')::integer) ELSE e.facts END
    RETURNING id
""").bindparams(bindparam("facts", type_=JSONB))


async def record(
    session: AsyncSession,
    kind: FeedKind,
    *,
    source: str,
    creator_id: uuid.UUID | None = None,
    pack_id: uuid.UUID | None = None,
    draft_id: uuid.UUID | None = None,
    collection_id: uuid.UUID | None = None,
    search_id: uuid.UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Record an event, once per ``source``, and enqueue the job that adds it to feeds.

    If the source has an event already, only the ``count`` in its facts is increased, if there is one.
    """
    wanted_id = new_id()
    values = {
        "id": wanted_id, "kind": kind.value, "source": source, "creator": creator_id, "pack": pack_id, "draft": draft_id,
        "collection": collection_id, "search": search_id, "facts": facts or {},
    }  # fmt: skip
    made_id = (await session.execute(_RECORD, values)).scalar_one()
    if made_id == wanted_id:
        await jobs.enqueue(session, JobName.FEED, lock=f"feed:{made_id}", event_id=str(made_id))


async def withdraw(session: AsyncSession, *conditions: ColumnElement[bool]) -> None:
    """Delete the events that match the conditions, and with them their entries in feeds."""
    await session.execute(delete(feed_events).where(*conditions))


async def record_release_plan(
    session: AsyncSession, *, draft_id: uuid.UUID, creator_id: uuid.UUID, title: str, release_at: str
) -> None:
    """Record the feed event of a scheduled release; rescheduling updates its date."""
    await withdraw_release_plan(session, draft_id)
    facts = {"title": title, "release_at": release_at}
    source = f"release:{draft_id}:{release_at}"
    await record(session, FeedKind.RELEASE, source=source, creator_id=creator_id, draft_id=draft_id, facts=facts)


async def withdraw_release_plan(session: AsyncSession, draft_id: uuid.UUID) -> None:
    """Remove the feed event of a scheduled release that was cancelled or has been published."""
    await withdraw(session, feed_events.c.draft_id == draft_id, feed_events.c.kind == FeedKind.RELEASE.value)
