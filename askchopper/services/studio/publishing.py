"""Publishing: submits, builds and publishes drafts.

``submit`` validates a draft and decides whether it is published now, scheduled or reviewed first. A job then runs ``build``,
which renders preview and cover, and ``publish``, which commits everything in one transaction.
"""

import hashlib
import uuid
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InvalidInputError, NotFoundError
from askchopper.integrations.blob_store import store
from askchopper.media import lazy_imports
from askchopper.media.sandbox import child_process, pool
from askchopper.models.accounts import users
from askchopper.models.base import new_id, utc_now
from askchopper.models.catalogue import creator_slugs, creators, packs
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.observability import log
from askchopper.plurals import counted
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.drafts import BuiltPack, DraftDetail, PublishInput
from askchopper.services import activity, feed_events, limits, profiles
from askchopper.services.catalogue import pack_store, takedowns
from askchopper.services.search import vector_index
from askchopper.services.studio import covers, drafts, near_duplicates, pack_content
from askchopper.vocabulary import DraftState, FeedKind, JobName

FAILED = "Publishing failed on our side. Nothing is lost; try again."
_BLOCKS = {"critical", "fatal"}
# A busy machine gives a child a quarter of a core or less.
_PREVIEW_LIMITS = child_process.Limits(cpu_seconds=40, wall_seconds=200.0)


class NotReadyError(InvalidInputError):
    """A draft cannot be published. The message is the first problem; ``problems`` lists all."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__(problems[0], field="draft")
        self.problems = problems


def problems(draft: DraftDetail) -> tuple[str, ...]:
    """Return the problems that prevent publishing, one sentence each; empty if there are none."""
    found: list[str] = []
    if not draft.files:
        found.append("Add at least one sound.")
    waiting = sum(not file.is_done for file in draft.files)
    if waiting:
        found.append(f"{counted(waiting, 'sound is', 'sounds are')} still being analysed.")
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
        found.append(f"A release can be planned up to {policy.MAX_RELEASE_DELAY_DAYS} days ahead.")
    return tuple(found)


async def submit(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> DraftState:
    """Submit a draft: publish it now, schedule it, or send it to review if ``near_duplicates.review_reason`` requires it.

    Returns:
        Its state: publishing, scheduled or in review.

    Raises:
        NotReadyError: the draft has ``problems``.
        NotFoundError: the viewer has no such draft.
        ConflictError: it was submitted already.
        RateLimitedError: the viewer submitted drafts too often.
    """
    known_id = await drafts.lock(session, viewer, draft_id=draft_id)
    draft = await drafts.load(session, known_id)
    if found := problems(draft):
        raise NotReadyError(found)
    await limits.hit((limits.RELEASE, str(viewer.user_id)))
    await _ensure_creator(session, viewer)
    reason = await near_duplicates.review_reason(session, draft)
    if reason:
        await near_duplicates.store_twins(session, draft)
        await set_state(session, known_id, DraftState.IN_REVIEW, note=reason, submitted_at=func.now())
        return DraftState.IN_REVIEW
    return await release(session, draft)


async def build(draft_id: uuid.UUID) -> BuiltPack | None:
    """Build and store preview and cover of a draft being published. Holds no transaction during the build.

    Storage keys are content hashes, so that building twice stores everything once.

    Returns:
        The keys and values of the stored files; None if the draft is no longer being published.

    Raises:
        InvalidInputError: no preview can be made; the message is for the creator.
        TimedOutError: the preview took too long, as the machine is busy; the job can be retried.
        OSError: a stored file cannot be read.
    """
    await lazy_imports.load("previews.pack_preview")
    from askchopper.media.previews import pack_preview  # noqa: PLC0415

    async with read_only() as session:
        work = await _publish_input(session, draft_id)
    if work is None:
        return None
    async with AsyncExitStack() as stack:
        paths = [await stack.enter_async_context(store().local(key)) for key in work.store_keys]
        tempi = [file.bpm for file in work.draft.files]
        try:
            made = await pool.jobs.run(pack_preview.make_pack_preview, paths, limits=_PREVIEW_LIMITS, bpms=tempi)
        except child_process.TimedOutError:
            raise  # the machine is busy; the job is retried
        except (child_process.SandboxError, pack_preview.NoPreviewError) as error:
            raise InvalidInputError("The preview of this pack could not be made. Check its sounds.") from error
    digest = hashlib.sha256(made.mp3).hexdigest()
    preview_key = f"previews/{digest[:2]}/{digest}.mp3"
    await store().put(preview_key, made.mp3)
    draft = work.draft
    cover_key, hue = (draft.cover_key, draft.cover_hue) if draft.cover_key else await covers.draw_placeholder(draft.id)
    await covers.store_social_card(
        cover_key, title=draft.title, creator=work.creator_name, facts=_card_facts(draft), outline=made.outline
    )
    return BuiltPack(preview_key, made.outline, made.seconds, cover_key, hue)


def _card_facts(draft: DraftDetail) -> tuple[str, ...]:
    """Return tempo range, key and price as text for the link-preview image; the key only if all sounds with a key share it."""
    tempi = [file.bpm for file in draft.files if file.bpm is not None]
    keys = {file.key for file in draft.files if file.key is not None}
    price = counted(draft.price_tokens, "token") if draft.price_tokens else "Free"
    low, high = (round(min(tempi)), round(max(tempi))) if tempi else (0, 0)
    tempo = f"{low} BPM" if low == high else f"{low}-{high} BPM"
    return tuple(fact for fact in (tempo if tempi else "", *(keys if len(keys) == 1 else ()), price) if fact)


async def publish(draft_id: uuid.UUID, built: BuiltPack) -> None:
    """Copy a draft to the catalogue, as a new pack or replacing its published version; does nothing unless it is being published.

    Files removed from the draft are deleted from the pack, or retired if somebody owns them.

    Raises:
        AskChopperError: the pack cannot be published as it is; the message says why.
    """
    async with transaction() as session:
        locked = await session.execute(select(draft_rows.c.state).where(draft_rows.c.id == draft_id).with_for_update())
        if locked.scalar_one_or_none() != DraftState.PUBLISHING:
            return
        if await takedowns.is_taken_down(session, draft_id):
            raise InvalidInputError("This pack was taken down. Write to us before you publish it again.")
        draft = await drafts.load(session, draft_id)
        new = await pack_content.new_pack(session, draft, built)
        before = await _on_sale(session, draft_id)
        if draft.pack_slug is None:
            await pack_store.create_pack(session, await _creator_id(session, draft), new, pack_id=draft_id)
            await pack_store.mark_published(session, draft_id)
        else:
            await pack_store.replace_pack(session, draft_id, new)
        await set_state(session, draft_id, DraftState.PUBLISHED, note="", published_at=func.now())
        await notify_creator(session, draft, f"{draft.title} is published.", link=routes.pack(new.slug))
        await vector_index.index_pack(session, draft_id)
        await _tell_followers(session, draft, before)
    log.info("publishing.published", draft=str(draft_id), files=len(draft.files))


async def fail_publishing(draft_id: uuid.UUID, *, reason: str = FAILED) -> None:
    """Return a draft to its creator after failed publishing, and notify them: scheduled releases may fail while they are offline."""
    async with transaction() as session:
        changed = await session.execute(
            update(draft_rows)
            .where(draft_rows.c.id == draft_id, draft_rows.c.state == DraftState.PUBLISHING)
            .values(state=DraftState.DRAFT, note=reason, updated_at=func.clock_timestamp())
            .returning(draft_rows.c.id)
        )
        if changed.one_or_none() is not None:
            await feed_events.withdraw_release_plan(session, draft_id)
            draft = await drafts.load(session, draft_id)
            await notify_creator(session, draft, f"{draft.title} could not be published. {reason}")


async def release(session: AsyncSession, draft: DraftDetail) -> DraftState:
    """Start publishing a validated draft, or schedule it if its release time is in the future. Returns its new state."""
    if draft.release_at and draft.release_at > utc_now():
        await set_state(session, draft.id, DraftState.SCHEDULED, note="")
        await feed_events.record_release_plan(
            session, draft_id=draft.id, creator_id=await _creator_id(session, draft), title=draft.title,
            release_at=draft.release_at.isoformat(),
        )  # fmt: skip
        return DraftState.SCHEDULED
    await _start(session, draft.id)
    return DraftState.PUBLISHING


async def recall(session: AsyncSession, viewer: Viewer, *, draft_id: str) -> None:
    """Open a submitted, published or withdrawn pack for editing. A published version stays on sale unchanged.

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
            drafts.IS_KEPT,
        )
        .values(state=DraftState.DRAFT, note="", updated_at=func.clock_timestamp())
        .returning(draft_rows.c.id)
    )
    if changed.one_or_none() is None:
        await drafts.get(session, viewer, draft_id=draft_id)
        raise ConflictError("This pack is being published. Wait a moment.")
    await feed_events.withdraw_release_plan(session, drafts.as_id(draft_id))


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


async def publish_due(session: AsyncSession) -> None:
    """Start publishing the packs whose release time has passed. A suspended creator's packs wait until the suspension ends."""
    may_sell = exists().where(users.c.id == draft_rows.c.user_id, users.c.disabled_at.is_(None))
    rows = await session.execute(
        select(draft_rows.c.id)
        .where(draft_rows.c.state == DraftState.SCHEDULED, draft_rows.c.release_at <= func.now(), may_sell)
        .with_for_update(skip_locked=True)
    )
    for row in rows.all():
        await _start(session, row.id)


async def set_state(session: AsyncSession, draft_id: uuid.UUID, state: DraftState, **values: Any) -> None:
    """Set the state and other columns of a draft."""
    await session.execute(
        update(draft_rows)
        .where(draft_rows.c.id == draft_id)
        .values(state=state, updated_at=func.clock_timestamp(), **values)
    )


async def notify_creator(session: AsyncSession, draft: DraftDetail, sentence: str, *, link: str = "") -> None:
    """Notify the creator of a draft; the notification links to the draft unless ``link`` is given."""
    to = link or routes.draft(str(draft.id))
    await activity.notify(session, user_id=draft.user_id, kind="release", sentence=sentence, link=to)


async def _on_sale(session: AsyncSession, pack_id: uuid.UUID) -> int | None:
    """Return the price in tokens of the version on sale; None if there is none."""
    found = await session.execute(
        select(packs.c.price_tokens).where(packs.c.id == pack_id, packs.c.status == "published")
    )
    return found.scalar_one_or_none()


async def _tell_followers(session: AsyncSession, draft: DraftDetail, price_before: int | None) -> None:
    """Record a feed event for a first release or a lower price, and withdraw the announcement of the planned release."""
    await feed_events.withdraw_release_plan(session, draft.id)
    creator_id = await _creator_id(session, draft)
    if draft.pack_slug is None:
        await feed_events.record(
            session, FeedKind.PACK, source=f"pack:{draft.id}", creator_id=creator_id, pack_id=draft.id
        )
    elif price_before is not None and draft.price_tokens < price_before:
        facts = {"old_price": price_before, "price": draft.price_tokens}
        source = f"price:{draft.id}:{draft.price_tokens}:{utc_now():%Y-%m-%d}"
        await feed_events.record(
            session, FeedKind.PRICE, source=source, creator_id=creator_id, pack_id=draft.id, facts=facts
        )


async def _creator_id(session: AsyncSession, draft: DraftDetail) -> uuid.UUID:
    found = await session.execute(select(creators.c.id).where(creators.c.user_id == draft.user_id))
    return found.scalar_one()


async def _publish_input(session: AsyncSession, draft_id: uuid.UUID) -> PublishInput | None:
    """Return the input of the publishing job; None if the draft is no longer being published."""
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


async def _start(session: AsyncSession, draft_id: uuid.UUID) -> None:
    await set_state(session, draft_id, DraftState.PUBLISHING, note="")
    await jobs.enqueue(session, JobName.PUBLISH, lock=str(draft_id), draft_id=str(draft_id))


async def _ensure_creator(session: AsyncSession, viewer: Viewer) -> None:
    """Create the viewer's creator profile if missing; a slug that is or was in use gets a random suffix."""
    known = await session.execute(select(creators.c.id).where(creators.c.user_id == viewer.user_id))
    if known.one_or_none() is not None:
        return
    slug = pack_store.slugify(viewer.display_name)
    had = select(exists().where(creators.c.slug == slug) | exists().where(creator_slugs.c.slug == slug))
    if (await session.execute(had)).scalar_one():
        slug = f"{slug[:50]}-{new_id().hex[-6:]}"
    profile = await profiles.get(session, viewer)
    await pack_store.create_creator(
        session, user_id=viewer.user_id, display_name=profile.name, slug=slug, bio=profile.bio
    )


def _is_on_sale() -> Any:
    return exists().where(packs.c.id == draft_rows.c.id, packs.c.status == "published")
