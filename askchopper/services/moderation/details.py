"""A moderator's view of an open item: facts for the decision, sounds to play, and near duplicates side by side."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import routes
from askchopper.community_vocabulary import ReportTarget
from askchopper.errors import NotFoundError
from askchopper.models.catalogue import audio_files, packs
from askchopper.moderation_vocabulary import NoticeKind
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import FileRow
from askchopper.schemas.identifiers import parse_id
from askchopper.schemas.moderation import ItemDetail, QueueItem, Twin
from askchopper.services.catalogue import cards
from askchopper.services.moderation import appeals, notices, queue

MAX_SOUNDS = 12
_MAX_TEXT = 4_000
Fields = tuple[tuple[str, str], ...]
_REPORTS = text("""
    SELECT count(*) AS reporters, string_agg(DISTINCT reason, ', ') AS reasons, (array_agg(content ORDER BY created_at))[1] AS content,
        (array_remove(array_agg(nullif(text, '') ORDER BY created_at), NULL))[1:10] AS texts
    FROM reports WHERE outcome IS NULL AND target = :target AND target_id = :id
""")
_ARTIST = text("""
    SELECT (array_agg(reason ORDER BY created_at))[1:10] AS reasons FROM artist_reports WHERE slug = :slug AND decision IS NULL
""")
_REWARD = text("SELECT kind, tokens, reason, created_at FROM rewards WHERE id = :id AND state = 'held'")
_TWINS = text("""
    SELECT t.draft_file_id, t.file_id, t.similarity, d.title, f.title AS their_title, p.title AS their_pack, p.slug AS their_slug,
        c.display_name AS their_creator
    FROM draft_twins t JOIN draft_files d ON d.id = t.draft_file_id JOIN audio_files f ON f.id = t.file_id
    JOIN packs p ON p.id = f.pack_id JOIN creators c ON c.id = p.creator_id
    WHERE t.draft_id = :draft ORDER BY t.similarity DESC LIMIT 20
""")


async def get(session: AsyncSession, viewer: Viewer | None, *, item: str) -> ItemDetail:
    """Return a waiting item, with the facts for the decision.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
    """
    found = await queue.find(session, viewer, item=item)
    word, _, key = found.item.partition(":")
    href, fields = await _READERS[word](session, viewer, found, key)
    approve, reject = _LABELS.get(word, ("Keep", "Hide"))
    if fields and fields[0] == ("Kind", "Counter-notice"):
        approve, reject = "Put on sale again", "Refuse"
    return ItemDetail(
        found, href, tuple((label, value[:_MAX_TEXT]) for label, value in fields if value), word in {"draft", "appeal", "notice"}, approve, reject
    )  # fmt: skip


async def sounds(session: AsyncSession, viewer: Viewer | None, *, item: str) -> tuple[FileRow, ...]:
    """Return the first ``MAX_SOUNDS`` sounds of a reported pack or sound, or of a notice's pack, even if it is taken down.

    Empty for other kinds of item.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
    """
    found = await queue.find(session, viewer, item=item)
    word, _, key = found.item.partition(":")
    known = parse_id(key)
    if word == "file":
        condition: Any = audio_files.c.id == known
    elif word == "pack":
        condition = packs.c.id == known
    elif word == "notice":
        condition = packs.c.slug == (await notices.get(session, viewer, notice_id=key)).pack_slug
    else:
        return ()
    statement = cards.select_files(viewer).where(condition, audio_files.c.retired_at.is_(None))
    rows = await session.execute(statement.order_by(audio_files.c.position).limit(MAX_SOUNDS))
    return tuple(cards.file_row(row) for row in rows)


async def twins(session: AsyncSession, viewer: Viewer | None, *, draft_id: str) -> tuple[tuple[Twin, FileRow], ...]:
    """Return up to 20 near duplicates of a draft in review, most similar first, each with the other creator's sound.

    Raises:
        NotFoundError: the viewer is not a moderator, or the item is no longer waiting.
    """
    await queue.find(session, viewer, item=f"draft:{draft_id}")
    rows = (await session.execute(_TWINS, {"draft": parse_id(draft_id)})).all()
    ids = [row.file_id for row in rows]
    if not ids:
        return ()
    theirs = await session.execute(cards.select_files(viewer).where(audio_files.c.id.in_(ids)))
    known = {row.id: cards.file_row(row) for row in theirs}
    found = [(_twin(row), known.get(row.file_id)) for row in rows]
    return tuple((twin, sound) for twin, sound in found if sound is not None)


def _twin(row: Any) -> Twin:
    return Twin(
        str(row.draft_file_id), str(row.file_id), row.title, row.their_title, row.their_pack, row.their_slug, row.their_creator,
        row.similarity,
    )  # fmt: skip


async def _draft(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    return routes.draft_preview(key), (("Why it is reviewed", item.reason),)


async def _report(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    values = {"target": item.item.partition(":")[0], "id": parse_id(key)}
    row = (await session.execute(_REPORTS, values)).one()
    if row.content is None:
        raise NotFoundError(queue.GONE)
    said = tuple(("A reporter writes", one) for one in row.texts)
    stars = row.content.get("stars")
    fields: Fields = (
        ("Reported as", f"{row.reasons}, by {counted(row.reporters, 'member')}"),
        ("Stars", str(stars) if stars else ""),
        ("Text", str(row.content.get("text") or "")),
        *said,
    )
    return str(row.content.get("link") or ""), fields


async def _artist(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    row = (await session.execute(_ARTIST, {"slug": key})).one()
    return routes.artist(key), tuple(("A member writes", one) for one in row.reasons or ())


async def _reward(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    row = (await session.execute(_REWARD, {"id": parse_id(key)})).one_or_none()
    if row is None:
        raise NotFoundError(queue.GONE)
    return "", (("Reward", f"{counted(row.tokens, 'bonus token')}, {row.kind}"), ("Why it is held", row.reason))


async def _appeal(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    found = await appeals.get(session, viewer, appeal_id=key)
    return "", (
        ("The member writes", found.text),
        ("The decision", f"Returned or hidden by {found.decided_by}, {found.decided_at:%-d %b %Y, %H:%M}"),
        ("Moderator's note", found.note or "None"),
    )


async def _notice(session: AsyncSession, viewer: Viewer | None, item: QueueItem, key: str) -> tuple[str, Fields]:
    found = await notices.get(session, viewer, notice_id=key)
    return routes.pack(found.pack_slug), (
        ("Kind", "Counter-notice" if found.kind == NoticeKind.COUNTER else "Takedown notice"),
        ("1. Who", f"{found.name}, {found.email}"),
        ("2. The work", found.work),
        ("3. Where it is", found.place),
        ("4. Good faith", "Stated"),
        ("5. Accuracy", "Stated"),
        ("6. Signature", found.signature),
    )


Reader = Callable[[AsyncSession, Viewer | None, QueueItem, str], Awaitable[tuple[str, Fields]]]
_READERS: dict[str, Reader] = {
    "draft": _draft, "artist": _artist, "reward": _reward, "appeal": _appeal, "notice": _notice, **dict.fromkeys(ReportTarget, _report),
}  # fmt: skip
_LABELS = {
    "draft": ("Approve", "Send back"), "artist": ("Keep page", "Remove page"), "reward": ("Grant reward", "Refuse"),
    "appeal": ("Grant", "Refuse"), "notice": ("Take down", "Refuse"),
}  # fmt: skip
