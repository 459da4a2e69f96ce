"""Reports of content by members: enough reports hide it until a moderator decides."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.community_vocabulary import ReportOutcome, ReportReason, ReportTarget
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.community import reports
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import ReportedContent
from askchopper.schemas.identifiers import parse_id, printable_slug
from askchopper.schemas.text import paragraphs
from askchopper.services import activity, audit, limits
from askchopper.services.catalogue import takedowns
from askchopper.services.community import ratings

MAX_QUEUE = 100
MAX_COPIED_ITEMS = 50  # of a collection
MAX_TEXTS = 10  # of reporters, shown for one item
_MISSING = "What you report does not exist any more."
_NO_QUEUE = "This page does not exist."

# For each kind of target: id, owner, and a copy of the reported content.
_FIND = {
    ReportTarget.PACK: text("""
        SELECT p.id, c.user_id AS owner_id, NULL AS pack_id, jsonb_build_object('title', p.title, 'text', p.description,
            'link', '/pack/' || p.slug, 'cover', p.cover_key, 'creator', c.display_name) AS content
        FROM packs p JOIN creators c ON c.id = p.creator_id
        WHERE (p.slug = :name OR p.id = :id) AND p.status = 'published'
    """),
    ReportTarget.FILE: text("""
        SELECT f.id, c.user_id AS owner_id, NULL AS pack_id, jsonb_build_object('title', f.title, 'text', p.title,
            'link', '/pack/' || p.slug, 'sha256', f.sha256, 'creator', c.display_name) AS content
        FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
        WHERE f.id = :id AND p.status = 'published' AND f.retired_at IS NULL
    """),
    ReportTarget.COMMENT: text("""
        SELECT m.id, m.user_id AS owner_id, m.pack_id, jsonb_build_object('title', 'Comment on ' || p.title, 'text', m.text,
            'link', '/pack/' || p.slug || '#comments', 'creator', u.display_name) AS content
        FROM comments m JOIN packs p ON p.id = m.pack_id JOIN users u ON u.id = m.user_id
        WHERE m.id = :id AND m.deleted_at IS NULL AND m.hidden_at IS NULL
    """),
    ReportTarget.REVIEW: text("""
        SELECT r.id, r.user_id AS owner_id, r.pack_id, jsonb_build_object('title', 'Review of ' || p.title, 'text', r.text, 'stars', r.stars,
            'link', '/pack/' || p.slug || '#reviews', 'creator', u.display_name) AS content
        FROM ratings r JOIN packs p ON p.id = r.pack_id JOIN users u ON u.id = r.user_id
        WHERE r.id = :id AND r.hidden_at IS NULL
    """),
    ReportTarget.MEMBER: text("""
        SELECT u.id, u.id AS owner_id, NULL AS pack_id, jsonb_build_object('title', u.display_name, 'text', u.bio, 'links', u.links,
            'link', coalesce('/creator/' || c.slug, ''), 'creator', u.display_name) AS content
        FROM users u LEFT JOIN creators c ON c.user_id = u.id
        WHERE (u.id = :id OR c.slug = :name) AND u.disabled_at IS NULL
    """),
    ReportTarget.COLLECTION: text(f"""
        SELECT n.id, n.user_id AS owner_id, NULL AS pack_id, jsonb_build_object('title', 'Collection “' || n.title || '”',
            'text', concat_ws(E'\n', nullif(n.description, ''), (SELECT string_agg(concat_ws(': ', i.title, nullif(i.note, '')), E'\n' ORDER BY i.position)
                FROM collection_items i WHERE i.collection_id = n.id AND i.position < {MAX_COPIED_ITEMS})),
            'link', '/collection/' || n.slug, 'creator', u.display_name) AS content
        FROM collections n JOIN users u ON u.id = n.user_id
        WHERE (n.slug = :name OR n.id = :id) AND n.visibility <> 'private' AND n.hidden_at IS NULL
    """),  # noqa: S608 - constants
}
# For each kind of target: id and owner, also of hidden content.
_OWNER = {
    ReportTarget.PACK: text(
        "SELECT p.id, c.user_id AS owner_id FROM packs p JOIN creators c ON c.id = p.creator_id WHERE p.id = :id"
    ),
    ReportTarget.FILE: text("""
        SELECT f.id, c.user_id AS owner_id FROM audio_files f JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
        WHERE f.id = :id
    """),
    ReportTarget.COMMENT: text(
        "SELECT id, user_id AS owner_id, pack_id FROM comments WHERE id = :id AND user_id IS NOT NULL"
    ),
    ReportTarget.REVIEW: text("SELECT id, user_id AS owner_id, pack_id FROM ratings WHERE id = :id"),
    ReportTarget.MEMBER: text("SELECT id, id AS owner_id FROM users WHERE id = :id"),
    ReportTarget.COLLECTION: text("SELECT id, user_id AS owner_id FROM collections WHERE id = :id"),
}
# Serialises reports and decisions about one target; concurrent reports would otherwise not count each other.
_IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended('report ' || :target || ' ' || CAST(:id AS uuid), 0))")
# The weight of a report falls with the number of the reporter's dismissed reports: 1, 1/2, 1/3 … Deleted and new accounts weigh nothing,
# since otherwise one person could register often enough to hide content.
_OPEN_WEIGHT = f"""
    SELECT coalesce(sum(1.0 / (1 + (SELECT count(*) FROM reports d WHERE d.reporter_id = r.reporter_id AND d.outcome = 'dismissed'))), 0)
    FROM reports r JOIN users u ON u.id = r.reporter_id AND u.disabled_at IS NULL
        AND u.created_at < now() - interval '{policy.REPORTER_DAYS} days'
    WHERE r.target = {{target}} AND r.target_id = {{id}} AND r.outcome IS NULL
"""  # noqa: S608 - constants
_WEIGHT = text(_OPEN_WEIGHT.format(target=":target", id=":id"))
# Whether the open reports of the pack, or of one of its sounds, still weigh enough to keep it off sale.
_IS_STILL_REPORTED = text(f"""
    SELECT EXISTS (
        SELECT FROM (SELECT 'pack' AS kind, p.id FROM packs p WHERE p.id = :pack
            UNION ALL SELECT 'file', f.id FROM audio_files f WHERE f.pack_id = :pack) part
        WHERE ({_OPEN_WEIGHT.format(target="part.kind", id="part.id")}) >= :enough
    )
""")  # noqa: S608 - constants
_SET_HIDDEN = {
    ReportTarget.COMMENT: text(
        "UPDATE comments SET hidden_at = CASE WHEN :is_hidden THEN coalesce(hidden_at, now()) END WHERE id = :id"
    ),
    ReportTarget.REVIEW: text(
        "UPDATE ratings SET hidden_at = CASE WHEN :is_hidden THEN coalesce(hidden_at, now()) END WHERE id = :id"
    ),
    ReportTarget.COLLECTION: text(
        "UPDATE collections SET hidden_at = CASE WHEN :is_hidden THEN coalesce(hidden_at, now()) END WHERE id = :id"
    ),
}
_PACK_OF_FILE = text("SELECT pack_id FROM audio_files WHERE id = :id")
# Skips reporters who have reported the target again, and so have an open report.
_REOPEN = text("""
    UPDATE reports r SET outcome = NULL, decided_at = NULL, decided_by = NULL
    WHERE r.target = :target AND r.target_id = :id AND r.decided_at = :decided_at AND NOT EXISTS (
        SELECT FROM reports o WHERE o.target = r.target AND o.target_id = r.target_id AND o.reporter_id = r.reporter_id AND o.outcome IS NULL)
""")
_OVERTURN = text(
    "UPDATE reports SET outcome = 'dismissed' WHERE target = :target AND target_id = :id AND decided_at = :decided_at"
)
_QUEUE = text(f"""
    WITH open AS (SELECT target, target_id, count(*) AS reporters, array_agg(DISTINCT reason) AS reasons, min(created_at) AS first_at,
        (array_remove(array_agg(nullif(text, '') ORDER BY created_at), NULL))[1:{MAX_TEXTS}] AS texts,
        (array_agg(content ORDER BY created_at))[1] AS content
    FROM reports WHERE outcome IS NULL GROUP BY target, target_id ORDER BY count(*) DESC, min(created_at) LIMIT :limit)
    SELECT open.*, EXISTS (SELECT FROM comments c WHERE c.id = target_id AND c.hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM ratings r WHERE r.id = target_id AND r.hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM collections n WHERE n.id = target_id AND n.hidden_at IS NOT NULL)
        OR EXISTS (SELECT FROM takedowns t WHERE t.lifted_at IS NULL
            AND t.pack_id = coalesce((SELECT f.pack_id FROM audio_files f WHERE f.id = target_id), target_id)) AS is_hidden
    FROM open ORDER BY reporters DESC, first_at
""")  # noqa: S608 - constants


async def report(
    session: AsyncSession, viewer: Viewer, *, target: str, target_id: str, reason: str, written: str = ""
) -> None:
    """Report a pack or collection (slug or id), sound, comment, review or member (id or creator's slug). Repetition has no effect.

    Raises:
        InvalidInputError: the target, reason or text is invalid, or it is the viewer's own.
        NotFoundError: there is no such content.
        RateLimitedError: too many reports.

    Effect: notifies the moderators; reports of enough weight hide a comment, review or collection, or take a pack down,
    until a moderator decides, and notify its owner.
    """
    kind, why = _parse(target, reason)
    words = paragraphs(written, label="The report", field="text", max_length=policy.MAX_REPORT_CHARACTERS)
    await limits.hit((limits.CONTENT_REPORT, str(viewer.user_id)))
    values = {"id": parse_id(target_id), "name": printable_slug(target_id)[:100]}
    found = (await session.execute(_FIND[kind], values)).first()  # a slug may look like the id of another row
    if found is None:
        raise NotFoundError(_MISSING)
    if found.owner_id == viewer.user_id:
        raise InvalidInputError("You cannot report what is yours. You can delete it.")
    await session.execute(_IN_TURN, {"target": kind.value, "id": found.id})
    row = {
        "id": new_id(), "reporter_id": viewer.user_id, "owner_id": found.owner_id, "target": kind.value, "target_id": found.id, "reason": why.value, "text": words,
        "content": found.content,
    }  # fmt: skip
    made = await session.execute(upsert(reports).values(row).on_conflict_do_nothing().returning(reports.c.id))
    if made.first() is not None:
        sentence = f"{found.content['title']} was reported. The queue has all reports."
        await activity.notify_moderators(session, kind="operations", sentence=sentence, link=routes.MODERATION)
    weight = (await session.execute(_WEIGHT, {"target": kind.value, "id": found.id})).scalar_one()
    if weight >= policy.REPORTS_TO_HIDE:
        await _hide(
            session, kind, found, is_hidden=True, reason="it was reported several times. A moderator will look at it"
        )
        sentence = (
            f"{found.content['title']} is hidden, because it was reported several times. A moderator will check it."
        )
        await activity.notify_once(
            session, user_id=found.owner_id, kind="moderation", sentence=sentence, link=str(found.content["link"])
        )


async def queue(session: AsyncSession, viewer: Viewer) -> tuple[ReportedContent, ...]:
    """List reported content with open reports, most reporters first, at most ``MAX_QUEUE``.

    Raises:
        NotFoundError: the viewer is not a moderator; the queue does not show that it exists.
    """
    _require_moderator(viewer)
    rows = (await session.execute(_QUEUE, {"limit": MAX_QUEUE})).all()
    return tuple(
        [
            ReportedContent(
                target=ReportTarget(row.target),
                target_id=str(row.target_id),
                owner=row.content.get("creator", ""),
                reporters=row.reporters,
                reasons=tuple(ReportReason(one) for one in row.reasons),
                texts=tuple(row.texts),
                content=row.content,
                is_hidden=row.is_hidden,
                first_at=row.first_at,
            )
            for row in rows
        ]
    )


async def decide(
    session: AsyncSession, viewer: Viewer, *, target: str, target_id: str, is_upheld: bool, note: str = ""
) -> None:
    """Decide all open reports of one target: hide it or show it again. For a sound, its pack is taken down.

    Raises:
        NotFoundError: the viewer is not a moderator, or there is no such report.
        InvalidInputError: the target or the note is invalid.
        ForbiddenError: the content is the viewer's own; another moderator must decide.

    Emits: if the content stays hidden, a notification to its owner, with the note.
    """
    _require_moderator(viewer)
    kind = _parse(target, ReportReason.OTHER)[0]
    words = paragraphs(note, label="The note", field="note", max_length=200)
    await session.execute(_IN_TURN, {"target": kind.value, "id": parse_id(target_id)})
    outcome = ReportOutcome.UPHELD if is_upheld else ReportOutcome.DISMISSED
    changed = await session.execute(
        update(reports)
        .where(reports.c.target == kind.value, reports.c.target_id == parse_id(target_id), reports.c.outcome.is_(None))
        .values(outcome=outcome.value, decided_at=text("now()"), decided_by=viewer.user_id)
        .returning(reports.c.content, reports.c.owner_id)
    )
    first = changed.first()
    if first is None:
        raise NotFoundError("Another moderator has already decided this.")
    if first.owner_id == viewer.user_id:
        raise ForbiddenError("This concerns you, so another moderator must decide.")
    found = (await session.execute(_OWNER[kind], {"id": parse_id(target_id)})).one_or_none()
    if found is None:
        return
    await _hide(
        session, kind, found, is_hidden=is_upheld, reason=words or "it breaks our rules", decided_by=viewer.user_id
    )
    # The content is not logged, since the log is kept after its author's account is deleted.
    await audit.record(
        session, viewer, action=f"moderation.{outcome.value}", target=kind.value, target_id=str(found.id), reason=words,
        after={"hidden": is_upheld},
    )  # fmt: skip
    if is_upheld:
        sentence = f"{first.content['title']} was hidden: {words or 'it breaks our rules.'}"
        await activity.notify(
            session, user_id=found.owner_id, kind="moderation", sentence=sentence[:300], link=routes.DECISIONS
        )


async def reopen(
    session: AsyncSession, viewer: Viewer, *, target: str, target_id: str, decided_at: datetime, was_hidden: bool
) -> None:
    """Undo a decision: reopen its reports and restore the target's earlier visibility.

    Raises:
        NotFoundError: the viewer is not a moderator, or the target is gone.
        ConflictError: something else keeps the pack off sale.
    """
    kind, found = await _change_decision(session, viewer, _REOPEN, target, target_id, decided_at)
    if kind in {ReportTarget.PACK, ReportTarget.FILE} and not was_hidden:
        await _put_on_sale(session, kind, found.id)
        return
    await _hide(session, kind, found, is_hidden=was_hidden, reason="it was reported several times")


async def overturn(session: AsyncSession, viewer: Viewer, *, target: str, target_id: str, decided_at: datetime) -> None:
    """Reverse an upheld decision after an appeal: dismiss its reports and show the target again.

    Raises:
        NotFoundError: the viewer is not a moderator, or the target is gone.
        ConflictError: something else keeps the pack off sale.
    """
    kind, found = await _change_decision(session, viewer, _OVERTURN, target, target_id, decided_at)
    if kind in {ReportTarget.PACK, ReportTarget.FILE}:
        await _put_on_sale(session, kind, found.id)
        return
    await _hide(session, kind, found, is_hidden=False, reason="")


async def _change_decision(
    session: AsyncSession, viewer: Viewer, change: TextClause, target: str, target_id: str, decided_at: datetime
) -> tuple[ReportTarget, Row[Any]]:
    """Run ``change`` on the reports of a decision; return the target's kind, and its row with id and owner.

    Raises:
        NotFoundError: the viewer is not a moderator, or the target is gone.
    """
    _require_moderator(viewer)
    kind = _parse(target, ReportReason.OTHER)[0]
    values = {"target": kind.value, "id": parse_id(target_id)}
    await session.execute(_IN_TURN, values)
    await session.execute(change, {**values, "decided_at": decided_at})
    found = (await session.execute(_OWNER[kind], {"id": values["id"]})).one_or_none()
    if found is None:
        raise NotFoundError(_MISSING)
    return kind, found


async def _hide(
    session: AsyncSession,
    kind: ReportTarget,
    found: Any,
    *,
    is_hidden: bool,
    reason: str,
    decided_by: uuid.UUID | None = None,
) -> None:
    """Hide or show reported content; has no effect on a member.

    A pack is shown again only if reports alone took it down and the open ones no longer weigh enough.
    """
    if kind in _SET_HIDDEN:
        if kind is ReportTarget.REVIEW:
            await ratings.lock(session, found.pack_id)
        await session.execute(_SET_HIDDEN[kind], {"id": found.id, "is_hidden": is_hidden})
        if kind is ReportTarget.REVIEW:
            await ratings.recount(session, found.pack_id)
    elif kind in {ReportTarget.PACK, ReportTarget.FILE}:
        pack_id = found.id if kind is ReportTarget.PACK else await _pack_of(session, found.id)
        if is_hidden:
            await takedowns.take_down(session, pack_id, reason=reason, decided_by=decided_by)
        elif not await _is_still_reported(session, pack_id):
            await takedowns.lift(session, pack_id, is_undecided=True)


async def _put_on_sale(session: AsyncSession, kind: ReportTarget, target_id: uuid.UUID) -> None:
    pack_id = target_id if kind is ReportTarget.PACK else await _pack_of(session, target_id)
    await takedowns.require_liftable(session, pack_id)
    await takedowns.lift(session, pack_id)


async def _pack_of(session: AsyncSession, file_id: uuid.UUID) -> uuid.UUID:
    return uuid.UUID(str((await session.execute(_PACK_OF_FILE, {"id": file_id})).scalar_one()))


async def _is_still_reported(session: AsyncSession, pack_id: uuid.UUID) -> bool:
    values = {"pack": pack_id, "enough": policy.REPORTS_TO_HIDE}
    return bool((await session.execute(_IS_STILL_REPORTED, values)).scalar_one())


def _parse(target: str, reason: str) -> tuple[ReportTarget, ReportReason]:
    try:
        return ReportTarget(target), ReportReason(reason)
    except ValueError as error:
        raise InvalidInputError("Choose what you report, and why.", field="reason") from error


def _require_moderator(viewer: Viewer) -> None:
    if not viewer.is_moderator:
        raise NotFoundError(_NO_QUEUE)
