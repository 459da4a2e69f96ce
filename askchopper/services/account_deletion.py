"""Account deletion: scheduled by the owner, cancellable during a grace period, then carried out by a job.

Data that others rely on is kept without the member's name: the ledger, purchases with their certificates, and sounds
that were bought. The user's row becomes a tombstone that cannot sign in, and its e-mail can be registered again.
"""

import uuid
from typing import Any

from sqlalchemy import Column, Table, delete, exists, func, not_, or_, select, text, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import jobs, policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError
from askchopper.models.account_export import data_exports
from askchopper.models.accounts import password_resets, personal_tokens, registrations, users
from askchopper.models.accounts import sessions as session_rows
from askchopper.models.activity import activity_rows, notifications, plays
from askchopper.models.analysis import analyses
from askchopper.models.artists import artist_reports
from askchopper.models.assistant import answer_feedback, chat_usage, conversations
from askchopper.models.audit import suspensions
from askchopper.models.catalogue import audio_files, creator_slugs, creators, packs
from askchopper.models.collections import collection_items, collection_members, collections
from askchopper.models.community import blocks, comments, ratings, reports, takedowns
from askchopper.models.drafts import draft_files, draft_rows
from askchopper.models.email_changes import email_changes
from askchopper.models.feedback import user_feedback
from askchopper.models.follows import feed_entries, feed_readings, follows
from askchopper.models.knowledge import documents
from askchopper.models.learning import resource_marks
from askchopper.models.likes import likes
from askchopper.models.memory import (
    conversation_gists,
    forgotten_facts,
    forgotten_messages,
    memory_entities,
    memory_observations,
    memory_relations,
    memory_settings,
)
from askchopper.models.moderation import (
    appeals,
    legal_notices,
    moderation_claims,
    moderation_decisions,
    moderation_messages,
)
from askchopper.models.notification_mails import mail_choices, notification_choices
from askchopper.models.provider_sign_in import provider_identities, provider_logins
from askchopper.models.purchases import purchase_rows
from askchopper.models.rewards import referrals, reward_profiles, rewards, spotify_listening
from askchopper.models.search import query_sounds, saved_searches
from askchopper.models.spotify import spotify_logins, spotify_tokens
from askchopper.models.taste import (
    recommendation_impressions,
    taste_corrections,
    taste_dismissals,
    taste_inspections,
    taste_picks,
    taste_profiles,
    taste_signals,
    taste_weights,
)
from askchopper.models.two_factor import recovery_codes, two_factor_secrets
from askchopper.models.uploads import upload_rows
from askchopper.observability import log
from askchopper.schemas.accounts import AccountMail, PlannedDeletion, Viewer
from askchopper.services import account_export, account_mails, accounts, activity, passwords, payments, released_files
from askchopper.services.catalogue import pack_store
from askchopper.services.community import comments as community_comments
from askchopper.services.community import ratings as community_ratings
from askchopper.vocabulary import JobName, Role

# Every column that references a user is in DELETED, KEPT or ANONYMISED, or belongs to a row that is deleted with another; a test
# compares them with the database. Rows that reference others are deleted first.
DELETED: tuple[Column[uuid.UUID], ...] = (
    session_rows.c.user_id,
    personal_tokens.c.user_id,
    password_resets.c.user_id,
    notifications.c.user_id,
    activity_rows.c.user_id,
    answer_feedback.c.user_id,
    user_feedback.c.user_id,
    memory_observations.c.user_id,
    memory_entities.c.user_id,
    memory_relations.c.user_id,
    memory_settings.c.user_id,
    forgotten_facts.c.user_id,
    forgotten_messages.c.user_id,
    conversation_gists.c.user_id,
    conversations.c.user_id,
    chat_usage.c.user_id,
    saved_searches.c.user_id,
    query_sounds.c.user_id,
    resource_marks.c.user_id,
    reports.c.owner_id,
    appeals.c.user_id,
    moderation_decisions.c.owner_id,
    moderation_messages.c.recipient_id,
    moderation_claims.c.user_id,
    legal_notices.c.user_id,
    ratings.c.user_id,
    blocks.c.blocker_id,
    blocks.c.blocked_id,
    rewards.c.user_id,
    reward_profiles.c.user_id,
    referrals.c.friend_id,
    referrals.c.referrer_id,
    suspensions.c.user_id,
    artist_reports.c.user_id,
    likes.c.user_id,
    feed_entries.c.user_id,
    feed_readings.c.user_id,
    follows.c.user_id,
    notification_choices.c.user_id,
    collections.c.user_id,
    collection_members.c.user_id,
    spotify_logins.c.user_id,
    data_exports.c.user_id,
    email_changes.c.user_id,
    mail_choices.c.user_id,
    recovery_codes.c.user_id,
    two_factor_secrets.c.user_id,
    provider_identities.c.user_id,
    provider_logins.c.user_id,
    spotify_tokens.c.user_id,
    spotify_listening.c.user_id,
    upload_rows.c.user_id,
    documents.c.user_id,
    draft_rows.c.user_id,
    taste_signals.c.user_id,
    taste_weights.c.user_id,
    taste_profiles.c.user_id,
    taste_corrections.c.user_id,
    taste_dismissals.c.user_id,
    taste_picks.c.user_id,
    recommendation_impressions.c.user_id,
    taste_inspections.c.user_id,
)
# Still reference the user's row: records that others rely on, files that are not yet deleted, and the creator of sold packs.
KEPT = (
    "wallets.user_id",
    "ledger_accounts.user_id",
    "ledger_transactions.wallet_user_id",
    "purchases.buyer_id",
    "downloads.user_id",
    "creators.user_id",
    "released_files.user_id",
    "token_orders.user_id",
    "payouts.user_id",
    "audit_log.actor_id",
)
# Set to NULL: plays still count for their creators, and a member still sees that an administrator read their taste profile.
ANONYMISED: tuple[Column[Any], ...] = (
    plays.c.user_id,
    taste_inspections.c.admin_id,
    comments.c.user_id,
    reports.c.reporter_id,
    reports.c.decided_by,
    takedowns.c.decided_by,
    moderation_decisions.c.actor_id,
    moderation_messages.c.author_id,
    appeals.c.decided_by,
    legal_notices.c.decided_by,
    rewards.c.decided_by,
    collection_items.c.added_by,
)
_KEPT_CREATOR = {"display_name": policy.DELETED_MEMBER, "bio": "", "place": "", "banner_key": ""}
_WAS_SOLD = exists().where(purchase_rows.c.pack_id == packs.c.id)


async def plan(session: AsyncSession, viewer: Viewer, *, password: str) -> tuple[AccountMail, str]:
    """Schedule the deletion of the viewer's account. If it is already scheduled, its date is unchanged.

    Returns:
        The owner, and the deletion date as text such as ``1 December 2026``, for the mail.

    Raises:
        InvalidInputError: the viewer signed in a while ago and the password is wrong.
        RateLimitedError: too many wrong passwords.

    Emits: a notification.
    """
    await passwords.prove_identity(session, viewer, password=password)
    grace = func.make_interval(0, 0, 0, policy.DELETION_GRACE_DAYS)
    planned = await session.execute(
        update(users)
        .where(users.c.id == viewer.user_id)
        .values(delete_after=func.coalesce(users.c.delete_after, func.now() + grace))
        .returning(users.c.id, users.c.email, users.c.display_name, users.c.delete_after)
    )
    row = planned.one()
    day = f"{row.delete_after:%-d %B %Y}"
    sentence = f"Your account will be deleted on {day}. Until then you can keep it."
    await activity.notify(
        session, user_id=viewer.user_id, kind="account", sentence=sentence, link=routes.DELETE_ACCOUNT
    )
    log.warning("accounts.deletion_planned", user=str(viewer.user_id))
    return accounts.mail_of(row), day


async def keep(session: AsyncSession, viewer: Viewer) -> None:
    """Cancel a scheduled account deletion. Idempotent.

    Raises:
        ConflictError: the account was already deleted.
    """
    kept = await session.execute(
        update(users)
        .where(users.c.id == viewer.user_id, users.c.deleted_at.is_(None))
        .values(delete_after=None)
        .returning(users.c.id)
    )
    if kept.one_or_none() is None:
        raise ConflictError("This account was deleted.")
    log.info("accounts.kept", user=str(viewer.user_id))


async def find_plan(session: AsyncSession, user_id: uuid.UUID) -> PlannedDeletion | None:
    """Return when an account will be deleted; None if no deletion is scheduled."""
    found = await session.execute(select(users.c.delete_after).where(users.c.id == user_id))
    delete_after = found.scalar_one_or_none()
    return None if delete_after is None else PlannedDeletion(delete_after)


async def list_due() -> tuple[uuid.UUID, ...]:
    """List the ids of the accounts whose grace period has ended, longest overdue first."""
    async with read_only() as session:
        due = select(users.c.id).where(users.c.delete_after <= func.now(), users.c.deleted_at.is_(None))
        return tuple((await session.execute(due.order_by(users.c.delete_after))).scalars())


async def finish(user_id: uuid.UUID) -> None:
    """Delete an account that is due, in one transaction. Idempotent; does nothing if the deletion was cancelled.

    Its files are queued for deletion; those still in use are kept, see ``released_files``. Then mails the former owner.

    Emits: the job FORGET_DOCUMENT for each document.
    """
    async with transaction(timeout_seconds=None) as session:
        found = await session.execute(
            select(users.c.id, users.c.email, users.c.display_name)
            .where(users.c.id == user_id, users.c.delete_after <= func.now(), users.c.deleted_at.is_(None))
            .with_for_update()
        )
        row = found.one_or_none()
        if row is None:
            return
        await _delete_rows(session, user_id, row.email)
        await _make_tombstone(session, user_id)
    log.warning("accounts.deleted", user=str(user_id))
    await account_mails.send_deleted(accounts.mail_of(row))


async def _delete_rows(session: AsyncSession, user_id: uuid.UUID, email: str) -> None:
    contents = await _contents(session, user_id)
    await _forget_documents(session, user_id)
    await account_export.remove_all(session, user_id)
    await released_files.release(session, upload_rows.c.user_id == user_id)
    await community_comments.forget_member(session, user_id)
    await community_ratings.forget_member(session, user_id)
    await activity.forget_member(session, user_id)
    for column in DELETED:
        await session.execute(delete(_table(column)).where(column == user_id))
    for column in ANONYMISED:
        await session.execute(update(_table(column)).where(column == user_id).values({column.name: None}))
    await payments.forget_payer(session, user_id)
    await session.execute(delete(registrations).where(registrations.c.email == email.lower()))
    await _take_off_sale(session, user_id)
    await _forget_analyses(session, user_id, contents)


async def _contents(session: AsyncSession, user_id: uuid.UUID) -> list[str]:
    """Return the SHA-256 digests of a member's uploads, and of the sounds of their drafts and packs."""
    own_files = audio_files.join(packs, packs.c.id == audio_files.c.pack_id).join(
        creators, creators.c.id == packs.c.creator_id
    )
    found = union(
        select(upload_rows.c.sha256).where(upload_rows.c.user_id == user_id, upload_rows.c.sha256.is_not(None)),
        select(draft_files.c.sha256)
        .select_from(draft_files.join(draft_rows, draft_rows.c.id == draft_files.c.draft_id))
        .where(draft_rows.c.user_id == user_id),
        select(audio_files.c.sha256).select_from(own_files).where(creators.c.user_id == user_id),
    )
    return list((await session.execute(found)).scalars())


async def _forget_documents(session: AsyncSession, user_id: uuid.UUID) -> None:
    for document_id in (await session.execute(select(documents.c.id).where(documents.c.user_id == user_id))).scalars():
        await jobs.enqueue(session, JobName.FORGET_DOCUMENT, lock=str(document_id), document_id=str(document_id))


async def _take_off_sale(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Delete packs without buyers; unpublish the others and keep only the sounds that were bought.

    The creator is deleted if no pack is left, otherwise renamed to ``policy.DELETED_MEMBER``.
    """
    found = await session.execute(
        select(packs.c.id, packs.c.preview_key, _WAS_SOLD.label("was_sold"))
        .select_from(packs.join(creators, creators.c.id == packs.c.creator_id))
        .where(creators.c.user_id == user_id)
        .with_for_update(of=packs)
    )
    for pack in found.all():
        if pack.was_sold:
            await pack_store.mark_unpublished(session, pack.id)
            await session.execute(update(packs).where(packs.c.id == pack.id).values(summary="", description=""))
        await _delete_unsold_sounds(session, user_id, pack.id)
        if not pack.was_sold:
            await released_files.release_keys(session, user_id, {pack.preview_key: 0})
            await session.execute(delete(packs).where(packs.c.id == pack.id))
    has_packs = exists().where(packs.c.creator_id == creators.c.id)
    await session.execute(delete(creators).where(creators.c.user_id == user_id, ~has_packs))
    kept = await session.execute(
        update(creators)
        .where(creators.c.user_id == user_id)
        .values(**_KEPT_CREATOR, slug=func.concat("deleted-", creators.c.id))
        .returning(creators.c.id)
    )
    if creator_id := kept.scalar_one_or_none():
        await session.execute(delete(creator_slugs).where(creator_slugs.c.creator_id == creator_id))
        # Packs are indexed with the name of their creator
        await session.execute(select(func.pack_index(packs.c.id)).where(packs.c.creator_id == creator_id))


async def _delete_unsold_sounds(session: AsyncSession, user_id: uuid.UUID, pack_id: uuid.UUID) -> None:
    gone = await session.execute(
        delete(audio_files)
        .where(audio_files.c.pack_id == pack_id, not_(func.is_sold_file(audio_files.c.pack_id, audio_files.c.id)))
        .returning(audio_files.c.master_key, audio_files.c.preview_key, audio_files.c.size_bytes)
    )
    sizes: dict[str, int] = {}
    for file in gone.all():
        sizes |= {file.preview_key: 0, file.master_key: file.size_bytes}
    await released_files.release_keys(session, user_id, sizes)


async def _forget_analyses(session: AsyncSession, user_id: uuid.UUID, contents: list[str]) -> None:
    """Delete analyses that no other sound or upload uses, and queue their preview files for deletion."""
    is_used = or_(
        exists().where(audio_files.c.sha256 == analyses.c.sha256),
        exists().where(draft_files.c.sha256 == analyses.c.sha256),
        exists().where(upload_rows.c.sha256 == analyses.c.sha256),
    )
    gone = await session.execute(
        delete(analyses)
        .where(analyses.c.sha256.in_(contents), ~is_used)
        .returning(analyses.c.preview_key, analyses.c.opus_key)
    )
    await released_files.release_keys(session, user_id, {key: 0 for row in gone.all() for key in row})


async def _make_tombstone(session: AsyncSession, user_id: uuid.UUID) -> None:
    email = f"{user_id}@deleted.invalid"
    values = {"user": user_id, "name": policy.DELETED_MEMBER, "email": email}
    await session.execute(text("SELECT account_pseudonymise(:user, :name, :email)"), values)
    await session.execute(
        update(users)
        .where(users.c.id == user_id)
        .values(
            email=email, display_name=policy.DELETED_MEMBER, password_hash=None, role=Role.MEMBER, picture_key="", bio="",
            links=[], disabled_at=func.now(), deleted_at=func.now(),
        )
    )  # fmt: skip


def _table(column: Column[Any]) -> Table:
    assert isinstance(column.table, Table)  # noqa: S101 - narrows the type
    return column.table
