"""Writing comments on a pack or on a moment of a sound, with answers, an edit history, and undo of deletion."""

import math
import uuid
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.errors import ConflictError, ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.catalogue import audio_files
from askchopper.models.community import comment_edits, comments
from askchopper.moderation_vocabulary import Switch
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.community import Comment
from askchopper.schemas.identifiers import require_id
from askchopper.services import activity, switches
from askchopper.services.community import blocks, comment_lists, trust, wording

NO_COMMENT = "This comment does not exist any more."
_NO_SOUND = "This sound is not in the pack any more."
_CLOSED = "You cannot comment on this pack."
_QUOTED = 80

_SAID_BEFORE = text("""
    SELECT EXISTS (
        SELECT FROM comments WHERE user_id = :user AND deleted_at IS NULL AND created_at > now() - interval '1 day'
            AND lower(text) = lower(:text) AND id IS DISTINCT FROM CAST(:but AS uuid)
    )
""")
_IS_CLOSED = text("""
    SELECT EXISTS (
        SELECT FROM packs p JOIN creators c ON c.id = p.creator_id JOIN blocks b
            ON b.blocker_id = c.user_id AND b.blocked_id = :user OR b.blocker_id = :user AND b.blocked_id = c.user_id
        WHERE p.id = :pack
    )
""")
_MENTIONED = text("SELECT user_id, slug FROM creators WHERE slug = ANY(CAST(:slugs AS text[]))")
_FORGET = text("""
    WITH emptied AS (
        UPDATE comments SET text = '', user_id = NULL, deleted_at = coalesce(deleted_at, now()) WHERE user_id = :user RETURNING id
    )
    DELETE FROM comment_edits e USING emptied WHERE e.comment_id = emptied.id
""")
_PURGE = text("""
    WITH emptied AS (
        UPDATE comments SET text = '' WHERE text <> '' AND deleted_at < now() - make_interval(mins => :minutes) RETURNING id
    )
    DELETE FROM comment_edits e USING emptied WHERE e.comment_id = emptied.id
""")


async def post(
    session: AsyncSession,
    viewer: Viewer,
    *,
    slug: str,
    written: str,
    file_id: str | None = None,
    at_seconds: float | None = None,
    parent_id: str | None = None,
) -> Comment:
    """Post a comment and return it.

    Args:
        session: database session.
        viewer: the author.
        slug: slug of the pack.
        written: Markdown: emphasis, code, links, ``@`` and a creator's slug.
        file_id: id of a sound of the pack; None for the pack itself. Ignored for an answer.
        at_seconds: position in the sound, or without ``file_id`` in the pack's preview. Ignored for an answer.
        parent_id: id of the comment that this answers; an answer to an answer belongs to the same comment.

    Raises:
        NotFoundError: there is no such pack, sound or comment for this viewer.
        InvalidInputError: text or position is invalid, or the viewer wrote the same within a day.
        ForbiddenError: the text has a link and the viewer is not trusted, or the creator or the viewer has blocked the
            other.
        ConflictError: the answered comment has too many answers.
        RateLimitedError: too many comments.
        SwitchedOffError: comments are switched off.

    Emits: notifications to the creator, the author of the answered comment, and mentioned members.
    """
    cleaned = wording.clean(written, label="The comment", max_length=policy.MAX_COMMENT_CHARACTERS)
    await switches.require(Switch.COMMENTS)
    await trust.check(session, viewer, cleaned)
    pack = await comment_lists.find_pack(session, slug)
    if await blocks.are_apart(session, viewer.user_id, pack.seller_id):
        raise ForbiddenError(_CLOSED)
    parent = await _parent(session, viewer, pack.id, parent_id) if parent_id else None
    sound = await _sound(session, pack.id, file_id) if file_id and parent is None else None
    moment = None if parent else _moment(at_seconds, sound.duration_seconds if sound else pack.preview_seconds)
    await _refuse_repetition(session, viewer, cleaned)
    made_id = new_id()
    row = {
        "id": made_id, "pack_id": pack.id, "file_id": sound.id if sound else None, "parent_id": parent.id if parent else None,
        "user_id": viewer.user_id, "at_seconds": moment, "text": cleaned,
    }  # fmt: skip
    await session.execute(insert(comments).values(row))
    await _notify(session, viewer, pack, cleaned, answered=parent.user_id if parent else None)
    return await _shown(session, viewer, made_id)


async def edit(session: AsyncSession, viewer: Viewer, *, comment_id: str, written: str) -> Comment:
    """Change a comment of the viewer. Moderators can still read the earlier text.

    Raises:
        NotFoundError: the viewer has no such comment.
        InvalidInputError, ForbiddenError, RateLimitedError, SwitchedOffError: see ``post``.
    """
    cleaned = wording.clean(written, label="The comment", max_length=policy.MAX_COMMENT_CHARACTERS)
    await switches.require(Switch.COMMENTS)
    row = await _own(session, viewer, comment_id)
    if (await session.execute(_IS_CLOSED, {"pack": row.pack_id, "user": viewer.user_id})).scalar_one():
        raise ForbiddenError(_CLOSED)
    if row.text == cleaned:
        return await _shown(session, viewer, row.id)
    await trust.check(session, viewer, cleaned)
    await _refuse_repetition(session, viewer, cleaned, but=row.id)
    await session.execute(insert(comment_edits).values(id=new_id(), comment_id=row.id, text=row.text))
    await session.execute(update(comments).where(comments.c.id == row.id).values(text=cleaned, edited_at=text("now()")))
    return await _shown(session, viewer, row.id)


async def delete(session: AsyncSession, viewer: Viewer, *, comment_id: str) -> None:
    """Delete a comment of the viewer. It can be restored for a while. Idempotent.

    Raises:
        NotFoundError: the viewer has no such comment.
    """
    row = await _own(session, viewer, comment_id, is_deleted=None)
    if row.deleted_at is None:
        await session.execute(update(comments).where(comments.c.id == row.id).values(deleted_at=text("now()")))


async def restore(session: AsyncSession, viewer: Viewer, *, comment_id: str) -> Comment:
    """Undo the deletion of a comment of the viewer.

    Raises:
        NotFoundError: the viewer has no such comment, or its text is gone.
    """
    row = await _own(session, viewer, comment_id, is_deleted=True)
    if not row.text:
        raise NotFoundError(NO_COMMENT)
    await session.execute(update(comments).where(comments.c.id == row.id).values(deleted_at=None))
    return await _shown(session, viewer, row.id)


async def forget_member(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Remove text and author of a deleted account's comments; the empty rows keep their answers in place."""
    await session.execute(_FORGET, {"user": user_id})


async def purge(session: AsyncSession) -> None:
    """Remove the text of deleted comments once deletion can no longer be undone."""
    await session.execute(_PURGE, {"minutes": policy.COMMENT_UNDO_MINUTES})


async def _own(session: AsyncSession, viewer: Viewer, comment_id: str, *, is_deleted: bool | None = False) -> Any:
    statement = select(comments).where(
        comments.c.id == require_id(comment_id, NO_COMMENT), comments.c.user_id == viewer.user_id
    )
    if is_deleted is not None:
        statement = statement.where(
            comments.c.deleted_at.isnot(None) if is_deleted else comments.c.deleted_at.is_(None)
        )
    row = (await session.execute(statement.with_for_update())).one_or_none()
    if row is None:
        raise NotFoundError(NO_COMMENT)
    return row


async def _parent(session: AsyncSession, viewer: Viewer, pack_id: uuid.UUID, parent_id: str) -> Any:
    """Lock and return id and author of the top-level comment being answered.

    Raises:
        NotFoundError: the viewer may not see such a comment on this pack, or it is deleted.
        ConflictError: it has too many answers.
    """
    wanted = require_id(parent_id, NO_COMMENT)
    seen = await comment_lists.get(session, viewer, wanted)
    if seen is None or seen.is_deleted:
        raise NotFoundError(NO_COMMENT)
    top = require_id(seen.parent_id, NO_COMMENT) if seen.parent_id else wanted
    found = await session.execute(
        select(comments.c.id, comments.c.user_id).where(comments.c.id == top, comments.c.pack_id == pack_id).with_for_update()
    )  # fmt: skip
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(NO_COMMENT)
    answers = await session.execute(text("SELECT count(*) FROM comments WHERE parent_id = :id"), {"id": top})
    if answers.scalar_one() >= policy.MAX_REPLIES:
        raise ConflictError(f"This comment has {policy.MAX_REPLIES} replies, the maximum. Post a new comment.")
    return row


async def _sound(session: AsyncSession, pack_id: uuid.UUID, file_id: str) -> Any:
    found = await session.execute(
        select(audio_files.c.id, audio_files.c.title, audio_files.c.duration_seconds).where(
            audio_files.c.id == require_id(file_id, _NO_SOUND),
            audio_files.c.pack_id == pack_id,
            audio_files.c.retired_at.is_(None),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(_NO_SOUND)
    return row


def _moment(at_seconds: float | None, length_seconds: float) -> float | None:
    if at_seconds is None:
        return None
    if not math.isfinite(at_seconds) or at_seconds < 0:
        raise InvalidInputError("The moment must be a number of seconds.", field="at_seconds")
    if at_seconds > length_seconds:
        raise InvalidInputError(f"The sound is {length_seconds:.1f} seconds long.", field="at_seconds")
    return round(at_seconds, 2)


async def _refuse_repetition(
    session: AsyncSession, viewer: Viewer, cleaned: str, *, but: uuid.UUID | None = None
) -> None:
    values = {"user": viewer.user_id, "text": cleaned, "but": but}
    if (await session.execute(_SAID_BEFORE, values)).scalar_one():
        raise InvalidInputError("You already posted this today.", field="text")


async def _notify(
    session: AsyncSession, viewer: Viewer, pack: Any, cleaned: str, *, answered: uuid.UUID | None
) -> None:
    """Notify each affected member once: the author of the answered comment, mentioned creators, or the pack's creator."""
    flat = " ".join(cleaned.split())
    said = f"“{flat[:_QUOTED]}…”" if len(flat) > _QUOTED else f"“{flat}”"
    name, link = viewer.display_name, f"{routes.pack(pack.slug)}#comments"
    told = {viewer.user_id}
    if answered is not None and await _may_reach(session, viewer, answered, told):
        await activity.notify(
            session,
            user_id=answered,
            kind="reply",
            sentence=f"{name} replied to you: {said}",
            link=link,
            actor=viewer.user_id,
        )
    for row in (await session.execute(_MENTIONED, {"slugs": list(wording.mentions(cleaned))})).all():
        if await _may_reach(session, viewer, row.user_id, told):
            await activity.notify(
                session,
                user_id=row.user_id,
                kind="mention",
                sentence=f"{name} mentioned you: {said}",
                link=link,
                actor=viewer.user_id,
            )
    if await _may_reach(session, viewer, pack.seller_id, told):
        sentence = f"{name} commented on {pack.title}: {said}"
        await activity.notify(
            session, user_id=pack.seller_id, kind="comment", sentence=sentence, link=link, actor=viewer.user_id
        )


async def _may_reach(session: AsyncSession, viewer: Viewer, other: uuid.UUID, told: set[uuid.UUID]) -> bool:
    if other in told:
        return False
    told.add(other)
    return not await blocks.are_apart(session, viewer.user_id, other)


async def _shown(session: AsyncSession, viewer: Viewer, comment_id: uuid.UUID) -> Comment:
    shown = await comment_lists.get(session, viewer, comment_id)
    if shown is None:
        raise NotFoundError(NO_COMMENT)
    return shown
