"""From draft to shop: what keeps a pack from being published, review, release, and taking it off sale again."""

import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.models.analysis import analyses
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import creators, packs
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import BuiltPack, DraftDetail, DraftSummary, PublishInput
from askchopper.schemas.publishing import NewFile, NewPack
from askchopper.services import activity, limits
from askchopper.services.catalogue import pack_store
from askchopper.services.studio import drafts, near_duplicates
from askchopper.vocabulary import Certainty, DraftState, FileKind, JobName, LicenceKind

_BLOCKS = {"critical", "fatal"}


class NotReadyError(InvalidInputError):
    """A draft cannot be published; the sentence names the first thing to do, ``problems`` all of them."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems[0], field="draft")
        self.problems = problems


def problems(draft: DraftDetail) -> tuple[str, ...]:
    """List what keeps a draft from being published, one sentence each; empty when nothing does."""
    found: list[str] = []
    if not draft.files:
        found.append("Add at least one sound.")
    waiting = sum(not file.is_done for file in draft.files)
    if waiting:
        found.append(f"{waiting} {'sound is' if waiting == 1 else 'sounds are'} still being listened to.")
    for file in draft.files:
        if file.is_done and file.blocks:
            reason = next((f.message for f in file.findings if f.severity in _BLOCKS), file.problem)
            found.append(f"{file.title}: {reason}")
        elif file.is_done and file.kind is None:
            found.append(f"{file.title}: say whether it is a loop, a one-shot or a track.")
    if not draft.title:
        found.append("Give the pack a title.")
    if not draft.genre_slug:
        found.append("Choose a genre.")
    if draft.release_at and draft.release_at > utc_now() + timedelta(days=policy.MAX_RELEASE_DELAY_DAYS):
        found.append(f"A release can be planned {policy.MAX_RELEASE_DELAY_DAYS} days ahead at most.")
    return tuple(found)


async def submit(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> DraftState:
    """Send a draft on its way: at once, to its release, or to the reviewers if the creator is new or flagged.

    Returns:
        Where it is now: publishing, scheduled or in review.

    Raises:
        NotReadyError: something is missing.
        NotFoundError: the viewer has no such draft.
        ConflictError: it is on its way already.
        RateLimitedError: more than five packs an hour.
    """
    known_id = await drafts.lock(session, viewer, draft_id=draft_id)
    draft = await drafts.load(session, known_id)
    if found := problems(draft):
        raise NotReadyError(found)
    await limits.hit((limits.RELEASE, str(viewer.user_id)))
    await _ensure_creator(session, viewer)
    reason = await near_duplicates.review_reason(session, draft)
    if reason:
        await set_state(session, known_id, DraftState.IN_REVIEW, note=reason, submitted_at=func.now())
        return DraftState.IN_REVIEW
    return await send(session, draft)


async def recall(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Take a pack back for editing: from the reviewers, from its planned release, or while it stays on sale as it is.

    Raises:
        NotFoundError: the viewer has no such draft.
        ConflictError: it is being published right now.
    """
    changed = await session.execute(
        update(draft_rows)
        .where(
            draft_rows.c.id == drafts.as_id(draft_id),
            draft_rows.c.user_id == viewer.user_id,
            draft_rows.c.state != DraftState.PUBLISHING,
        )
        .values(state=DraftState.DRAFT, note="", updated_at=func.clock_timestamp())
        .returning(draft_rows.c.id)
    )
    if changed.one_or_none() is None:
        await drafts.get(session, viewer, draft_id=draft_id)
        raise ConflictError("This pack is being published. Wait a moment.")


async def withdraw(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Withdraw a pack from sale; its buyers keep it.

    Raises:
        NotFoundError: the viewer has no such pack on sale.
    """
    known_id = drafts.as_id(draft_id)
    changed = await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == known_id, draft_rows.c.user_id == viewer.user_id, _is_on_sale())
        .values(state=DraftState.UNPUBLISHED, updated_at=func.clock_timestamp())
        .returning(draft_rows.c.id)
    )
    if changed.one_or_none() is None:
        raise NotFoundError("This pack is not on sale.")
    await pack_store.mark_unpublished(session, known_id)


async def list_own(session: AsyncSession, viewer: Viewer) -> tuple[DraftSummary, ...]:
    """List the viewer's packs in the studio, the last changed first, with what is to do and what they earned."""
    rows = await session.execute(_STUDIO, {"user": viewer.user_id})
    return tuple(
        DraftSummary(
            id=row.id, title=row.title, state=DraftState(row.state), cover_key=row.cover_key, file_count=row.file_count,
            waiting_count=row.waiting_count, finding_count=row.finding_count, blocking_count=row.blocking_count,
            pack_slug=row.slug, is_on_sale=row.is_on_sale, sales=row.sales, plays=row.plays,
            earned_tokens=row.earned_tokens, updated_at=row.updated_at, note=row.note,
        )
        for row in rows
    )  # fmt: skip


async def publish_due(session: AsyncSession) -> None:
    """Start the release of every pack whose planned time has come."""
    rows = await session.execute(
        select(draft_rows.c.id)
        .where(draft_rows.c.state == DraftState.SCHEDULED, draft_rows.c.release_at <= func.now())
        .with_for_update(skip_locked=True)
    )
    for row in rows.all():
        await _start(session, row.id)


async def begin(session: AsyncSession, draft_id: uuid.UUID) -> PublishInput | None:
    """Return what the publishing job has to work with; None if the draft is not waiting for it any more."""
    try:
        draft = await drafts.load(session, draft_id, draft_rows.c.state == DraftState.PUBLISHING)
    except NotFoundError:
        return None
    name = await session.execute(select(creators.c.display_name).where(creators.c.user_id == draft.user_id))
    keys = await session.execute(
        select(draft_files.c.id, draft_files.c.store_key)
        .where(draft_files.c.draft_id == draft_id)
        .order_by(*drafts.ORDER)
    )
    return PublishInput(draft, name.scalar_one(), tuple(row.store_key for row in keys))


async def put_on_sale(session: AsyncSession, draft_id: uuid.UUID, made: BuiltPack) -> None:
    """Copy a draft into the shop, new or over the pack that is on sale; doing it again changes nothing.

    Sounds that are gone from the draft are deleted unless somebody owns them; then they are only retired.
    """
    locked = await session.execute(select(draft_rows.c.state).where(draft_rows.c.id == draft_id).with_for_update())
    if locked.scalar_one_or_none() != DraftState.PUBLISHING:
        return
    draft = await drafts.load(session, draft_id)
    new = _new_pack(
        draft, made, await _new_files(session, draft), slug=draft.pack_slug or await _free_slug(session, draft)
    )
    creator = await session.execute(select(creators.c.id).where(creators.c.user_id == draft.user_id))
    if draft.pack_slug is None:
        await pack_store.create_pack(session, creator.scalar_one(), new, pack_id=draft_id)
        await pack_store.mark_published(session, draft_id)
    else:
        await pack_store.replace_pack(session, draft_id, new)
    await set_state(session, draft_id, DraftState.PUBLISHED, note="", published_at=func.now())
    await notify_creator(session, draft, f"{draft.title} is published.", link=routes.pack(new.slug))


async def fail(session: AsyncSession, draft_id: uuid.UUID, *, reason: str) -> None:
    """Put a draft back whose publishing failed, and tell its creator why: a planned release may fail at night."""
    changed = await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == draft_id, draft_rows.c.state == DraftState.PUBLISHING)
        .values(state=DraftState.DRAFT, note=reason, updated_at=func.clock_timestamp())
        .returning(draft_rows.c.id)
    )
    if changed.one_or_none() is not None:
        draft = await drafts.load(session, draft_id)
        await notify_creator(session, draft, f"{draft.title} could not be published. {reason}")


async def send(session: AsyncSession, draft: DraftDetail) -> DraftState:
    """Publish a draft that is ready, at once or at its planned time; returns where it is now."""
    if draft.release_at and draft.release_at > utc_now():
        await set_state(session, draft.id, DraftState.SCHEDULED, note="")
        return DraftState.SCHEDULED
    await _start(session, draft.id)
    return DraftState.PUBLISHING


async def _start(session: AsyncSession, draft_id: uuid.UUID) -> None:
    await set_state(session, draft_id, DraftState.PUBLISHING, note="")
    await jobs.enqueue(session, JobName.PUBLISH, lock=str(draft_id), draft_id=str(draft_id))


async def set_state(session: AsyncSession, draft_id: uuid.UUID, state: DraftState, **values: Any) -> None:
    """Bring a draft to another state, with what changes beside it."""
    await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == draft_id)
        .values(state=state, updated_at=func.clock_timestamp(), **values)
    )


async def _ensure_creator(session: AsyncSession, viewer: Viewer) -> None:
    """Give the viewer a creator's page, under their name or a numbered one."""
    known = await session.execute(select(creators.c.id).where(creators.c.user_id == viewer.user_id))
    if known.one_or_none() is not None:
        return
    slug = pack_store.slugify(viewer.display_name)
    taken = await session.execute(select(creators.c.id).where(creators.c.slug == slug))
    if taken.one_or_none() is not None:
        slug = f"{slug[:50]}-{new_id().hex[-6:]}"
    await pack_store.create_creator(session, user_id=viewer.user_id, display_name=viewer.display_name, slug=slug)


async def notify_creator(session: AsyncSession, draft: DraftDetail, sentence: str, *, link: str = "") -> None:
    """Leave the creator of a draft a message."""
    to = link or routes.draft(str(draft.id))
    await activity.notify(session, user_id=draft.user_id, kind="release", sentence=sentence, link=to)


async def _new_files(session: AsyncSession, draft: DraftDetail) -> tuple[NewFile, ...]:
    rows = await session.execute(
        select(
            draft_files,
            *(analyses.c[name] for name in (*_COPIED, "preview_key", "score", "bpm_confidence", "key_confidence")),
        )
        .select_from(draft_files.join(analyses, analyses.c.sha256 == draft_files.c.sha256))
        .where(draft_files.c.draft_id == draft.id)
    )
    by_id = {row.id: row for row in rows}
    return tuple(
        _new_file(draft, line, by_id[line.id]) for line in draft.files if line.id in by_id and line.kind is not None
    )


def _new_file(draft: DraftDetail, line: Any, row: Any) -> NewFile:
    ending = row.store_key.rpartition(".")[2]
    return NewFile(
        id=line.id,
        title=line.title,
        kind=FileKind(line.kind),
        price_tokens=min(draft.sound_price_tokens, draft.price_tokens)
        if line.price_tokens is None
        else line.price_tokens,
        format=ending,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        crc32=row.crc32,
        master_key=row.store_key,
        preview_key=row.preview_key,
        peaks=row.outline,
        download_name=_download_name(draft, line, ending),
        bpm=pack_store.round_bpm(line.bpm),
        key=line.key,
        quality=row.score,
        certainty=_certainty(row),
        **{name: getattr(row, name) for name in _COPIED if name != "outline"},
    )


def _certainty(row: Any) -> Certainty:
    """Tell how well tempo and key are known: said by the creator, measured well, or measured with doubt."""
    if row.is_bpm_set or row.is_key_set:
        return Certainty.CONFIRMED
    doubts = (
        row.bpm is not None and (row.bpm_confidence or 0.0) < policy.SURE_CONFIDENCE,
        row.key is not None and (row.key_confidence or 0.0) < policy.SURE_CONFIDENCE,
    )
    return Certainty.LOW if any(doubts) else Certainty.MEASURED


def _download_name(draft: DraftDetail, line: Any, ending: str) -> str:
    """Name a download as samplers like it: ``askchopper_ridge-line_130_kick-room_Amin.wav``."""
    parts = ["askchopper", pack_store.slugify(draft.title)[:40]]
    if line.bpm:
        parts.append(f"{line.bpm:g}")
    parts.append(pack_store.slugify(line.title)[:40])
    if line.key:
        letter, mode = line.key.split()
        parts.append(letter.replace("#", "s") + mode[:3])
    return f"{'_'.join(parts)}.{ending}"


async def _free_slug(session: AsyncSession, draft: DraftDetail) -> str:
    """Make an address of the title, with a few signs of the id behind it where another pack has it."""
    slug = pack_store.slugify(draft.title)
    taken = await session.execute(select(packs.c.id).where(packs.c.slug == slug))
    return slug if taken.one_or_none() is None else f"{slug}-{draft.id.hex[-6:]}"


def _new_pack(draft: DraftDetail, made: BuiltPack, files: tuple[NewFile, ...], *, slug: str) -> NewPack:
    broadcast = draft.broadcast_price_tokens
    if broadcast is None and draft.price_tokens:
        broadcast = draft.price_tokens * policy.BROADCAST_PRICE_FACTOR
    return NewPack(
        slug=slug,
        title=draft.title,
        genre_slug=draft.genre_slug,
        price_tokens=draft.price_tokens,
        files=files,
        summary=draft.summary,
        description=draft.description,
        tags=draft.tags,
        cover_key=made.cover_key,
        cover_hue=made.cover_hue,
        preview_key=made.preview_key,
        preview_peaks=made.preview_peaks,
        preview_seconds=made.preview_seconds,
        offers={LicenceKind.BROADCAST: broadcast} if broadcast else {},
    )


def _is_on_sale() -> Any:
    return exists().where(packs.c.id == draft_rows.c.id, packs.c.status == "published")


_COPIED = (
    "duration_seconds", "sample_rate_hz", "channels", "bit_depth", "loudness_lufs", "peak_dbfs", "outline",
)  # fmt: skip
_STUDIO = text("""
    SELECT d.id, d.title, d.state, d.cover_key, d.note, d.updated_at, p.slug,
        coalesce(p.status = 'published', false) AS is_on_sale,
        count(f.id) AS file_count,
        count(f.id) FILTER (WHERE f.state IN ('waiting', 'analysing')) AS waiting_count,
        count(f.id) FILTER (WHERE f.state = 'failed' OR a.status = 'reject'
            OR a.findings @? '$[*] ? (@.severity == "critical")') AS blocking_count,
        count(f.id) FILTER (WHERE a.status = 'flag') AS finding_count,
        (SELECT count(*) FROM purchases b WHERE b.pack_id = p.id AND b.status = 'completed') AS sales,
        (SELECT count(*) FROM plays y WHERE y.pack_id = p.id) AS plays,
        (SELECT coalesce(sum(b.price_tokens - platform_fee(b.price_tokens, b.seller_share_percent)), 0)
            FROM purchases b WHERE b.pack_id = p.id AND b.status = 'completed') AS earned_tokens
    FROM drafts d
    LEFT JOIN packs p ON p.id = d.id
    LEFT JOIN draft_files f ON f.draft_id = d.id
    LEFT JOIN analyses a ON a.sha256 = f.sha256
    WHERE d.user_id = :user
    GROUP BY d.id, p.id
    ORDER BY d.updated_at DESC LIMIT 200
""")
