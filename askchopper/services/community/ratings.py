"""Ratings and reviews of packs by members who bought or heard them, and the creator's reply to a review."""

import uuid
from typing import Any

from sqlalchemy import and_, delete, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper import policy, routes
from askchopper.community_vocabulary import RatingBasis
from askchopper.errors import ForbiddenError, InvalidInputError, NotFoundError
from askchopper.models.base import new_id
from askchopper.models.community import ratings
from askchopper.schemas import cursors
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.catalogue import Page
from askchopper.schemas.community import Author, RatingSummary, Review
from askchopper.schemas.identifiers import require_id
from askchopper.services import activity, limits
from askchopper.services.catalogue import cards
from askchopper.services.community import blocks, comment_lists, trust, wording

PAGE_SIZE = 10
MAX_LIMIT = 50
NO_REVIEW = "This review does not exist any more."
_OWN_PACK = "You cannot rate your own pack."
_UNHEARD = f"Listen to it for {policy.MIN_RATED_SECONDS} seconds, or buy it, before you rate it."

_BASIS = text("""
    SELECT EXISTS (SELECT FROM purchases WHERE pack_id = :pack AND buyer_id = :user AND status = 'completed') AS has_bought,
        (SELECT coalesce(sum(seconds_heard), 0) FROM plays WHERE pack_id = :pack AND user_id = :user) >= :seconds AS has_heard
""")
# Counted again at each change, so that the totals cannot drift; a trigger sets ``rating_counts``. The row of the pack is locked first: two ratings at once count in turn.
_COUNT = text("""
    WITH locked AS MATERIALIZED (SELECT id FROM packs WHERE id = :pack FOR UPDATE),
    counted AS (
        SELECT count(*) AS votes, coalesce(sum(stars), 0) AS stars FROM ratings WHERE pack_id = (SELECT id FROM locked) AND hidden_at IS NULL
    )
    UPDATE packs SET rating_count = votes, rating_sum = stars,
        rating_score = CASE WHEN votes = 0 THEN 0 ELSE (:prior_votes * :prior_stars + stars) / (:prior_votes + votes) END
    FROM counted WHERE packs.id = :pack
""")
_LOCK = text("SELECT FROM packs WHERE id = :pack FOR UPDATE")
# A hidden rating without text was withdrawn.
_OWN = text("""
    SELECT stars, text FROM ratings WHERE pack_id = :pack AND user_id = :user AND (hidden_at IS NULL OR text <> '')
""")
_REVIEWS = text(f"""
    SELECT r.id, r.stars, r.text, r.basis, r.created_at, r.edited_at, r.answer, r.answered_at, r.hidden_at, r.user_id,
        u.display_name, u.picture_key, w.slug AS author_slug,
        r.basis = 'bought' AND NOT EXISTS (
            SELECT FROM purchases p WHERE p.pack_id = r.pack_id AND p.buyer_id = r.user_id AND p.status = 'completed'
        ) AS is_refunded
    FROM ratings r JOIN users u ON u.id = r.user_id LEFT JOIN creators w ON w.user_id = u.id
    WHERE r.pack_id = :pack AND r.text <> '' AND {blocks.not_blocked("r.user_id")}
        AND (r.hidden_at IS NULL OR r.user_id = CAST(:viewer AS uuid) OR :is_moderator)
        AND (CAST(:after AS uuid) IS NULL OR r.id < :after)
    ORDER BY r.id DESC LIMIT :limit
""")  # noqa: S608 - constants
_ANSWER = text("""
    UPDATE ratings r SET answer = CAST(:answer AS text), answered_at = CASE WHEN CAST(:answer AS text) = '' THEN NULL ELSE now() END
    FROM packs p JOIN creators c ON c.id = p.creator_id
    WHERE r.id = :review AND r.text <> '' AND p.id = r.pack_id AND c.user_id = :seller
    RETURNING r.user_id, p.title, p.slug, r.answered_at IS NOT NULL AS has_answer
""")


async def rate(session: AsyncSession, viewer: Viewer, *, slug: str, stars: int, review: str = "") -> RatingSummary:
    """Rate a pack, or change the viewer's rating; one rating per member.

    Args:
        session: database session.
        viewer: the member.
        slug: slug of the pack.
        stars: 1 to 5.
        review: text; empty for stars only.

    Raises:
        NotFoundError: there is no such pack.
        InvalidInputError: stars or text are invalid.
        ForbiddenError: the pack is the viewer's, was neither bought nor heard, or the text has a link and the viewer is
            not trusted.
        RateLimitedError: too many ratings or texts.

    Emits: a notification to the creator about a new review.
    """
    if not 1 <= stars <= 5:
        raise InvalidInputError("Choose one to five stars.", field="stars")
    cleaned = _cleaned(review, "The review")
    await limits.hit((limits.RATING, str(viewer.user_id)))
    pack = await comment_lists.find_pack(session, slug)
    basis = await _basis(session, viewer, pack)
    if cleaned:
        await trust.check(session, viewer, cleaned)
    await session.execute(_LOCK, {"pack": pack.id})
    is_new = await _write(session, viewer, pack.id, stars, cleaned, basis)
    await _count(session, pack.id)
    if is_new and cleaned and not await blocks.are_apart(session, viewer.user_id, pack.seller_id):
        sentence = f"{viewer.display_name} reviewed {pack.title}: {stars} of 5 stars."
        link = f"{routes.pack(pack.slug)}#reviews"
        await activity.notify(
            session, user_id=pack.seller_id, kind="review", sentence=sentence, link=link, actor=viewer.user_id
        )
    return await summary(session, viewer, slug=slug)


async def withdraw(session: AsyncSession, viewer: Viewer, *, slug: str) -> RatingSummary:
    """Delete the viewer's rating of a pack. Idempotent.

    Raises:
        NotFoundError: there is no such pack.
    """
    pack = await comment_lists.find_pack(session, slug)
    await session.execute(_LOCK, {"pack": pack.id})
    own = and_(ratings.c.pack_id == pack.id, ratings.c.user_id == viewer.user_id)
    # A hidden rating stays as an empty row; otherwise the same review could be posted again as a new one.
    await session.execute(
        update(ratings).where(own, ratings.c.hidden_at.isnot(None)).values(text="", answer="", answered_at=None)
    )
    await session.execute(delete(ratings).where(own, ratings.c.hidden_at.is_(None)))
    await _count(session, pack.id)
    return await summary(session, viewer, slug=slug)


async def answer(session: AsyncSession, viewer: Viewer, *, review_id: str, written: str) -> None:
    """Reply to a review of a pack of the viewer, or change the reply; an empty text withdraws it.

    Raises:
        NotFoundError: there is no such review of a pack of the viewer.
        InvalidInputError: the text is invalid.
        ForbiddenError: the text has a link and the viewer is not trusted.
        RateLimitedError: too many texts.

    Emits: a notification to the author of the review.
    """
    cleaned = _cleaned(written, "The reply")
    if cleaned:
        await trust.check(session, viewer, cleaned)
    values = {"review": require_id(review_id, NO_REVIEW), "answer": cleaned, "seller": viewer.user_id}
    row = (await session.execute(_ANSWER, values)).one_or_none()
    if row is None:
        raise NotFoundError(NO_REVIEW)
    if row.has_answer and not await blocks.are_apart(session, viewer.user_id, row.user_id):
        sentence = f"{viewer.display_name} replied to your review of {row.title}."
        link = f"{routes.pack(row.slug)}#reviews"
        await activity.notify(
            session, user_id=row.user_id, kind="reply", sentence=sentence, link=link, actor=viewer.user_id
        )


async def summary(session: AsyncSession, viewer: Viewer | None, *, slug: str) -> RatingSummary:
    """Return a pack's rating totals, the viewer's own rating, and the reason if the viewer may not rate it.

    Raises:
        NotFoundError: there is no such pack.
    """
    pack = await comment_lists.find_pack(session, slug)
    own = None
    refusal = ""
    if viewer is not None:
        own = (await session.execute(_OWN, {"pack": pack.id, "user": viewer.user_id})).one_or_none()
        try:
            await _basis(session, viewer, pack)
        except ForbiddenError as error:
            refusal = error.sentence
    return RatingSummary(
        average=cards.rating_average(pack.rating_count, pack.rating_sum),
        count=pack.rating_count,
        counts=tuple(pack.rating_counts),
        own_stars=own.stars if own else 0,
        own_text=own.text if own else "",
        refusal=refusal,
    )


async def list_reviews(
    session: AsyncSession, viewer: Viewer | None, *, slug: str, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[Review]:
    """List the reviews of a pack with a text that the viewer may see, newest first.

    Raises:
        NotFoundError: there is no such pack.
        InvalidInputError: the cursor belongs to another list.
    """
    pack = await comment_lists.find_pack(session, slug)
    after = cursors.as_id(cursors.decode(cursor, length=1)[0]) if cursor else None
    size = max(1, min(limit, MAX_LIMIT))
    values = {
        "pack": pack.id, "after": after, "limit": size + 1, "viewer": viewer.user_id if viewer else None,
        "is_moderator": viewer is not None and viewer.is_moderator,
    }  # fmt: skip
    rows = (await session.execute(_REVIEWS, values)).all()
    shown = rows[:size]
    return Page(
        tuple(_review(row, viewer) for row in shown), cursors.encode(str(shown[-1].id)) if len(rows) > size else None
    )


async def forget_member(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Delete the ratings of a deleted account and update the averages."""
    gone = await session.execute(delete(ratings).where(ratings.c.user_id == user_id).returning(ratings.c.pack_id))
    for pack_id in sorted(gone.scalars()):
        await recount(session, pack_id)


async def recount(session: AsyncSession, pack_id: uuid.UUID) -> None:
    """Recompute the rating totals of a pack, after ratings were hidden or deleted."""
    await session.execute(_LOCK, {"pack": pack_id})
    await _count(session, pack_id)


async def lock(session: AsyncSession, pack_id: uuid.UUID) -> None:
    """Lock a pack before one of its ratings, in the same lock order as ``rate``."""
    await session.execute(_LOCK, {"pack": pack_id})


async def _count(session: AsyncSession, pack_id: uuid.UUID) -> None:
    prior = {"prior_votes": policy.RATING_PRIOR_VOTES, "prior_stars": policy.RATING_PRIOR_STARS}
    await session.execute(_COUNT, {"pack": pack_id, **prior})


async def _basis(session: AsyncSession, viewer: Viewer, pack: Any) -> RatingBasis:
    """Return what entitles the viewer to rate a pack: a purchase or listening.

    Raises:
        ForbiddenError: the pack is the viewer's, or was neither bought nor heard.
    """
    if pack.seller_id == viewer.user_id:
        raise ForbiddenError(_OWN_PACK)
    values = {"pack": pack.id, "user": viewer.user_id, "seconds": policy.MIN_RATED_SECONDS}
    row = (await session.execute(_BASIS, values)).one()
    if row.has_bought:
        return RatingBasis.BOUGHT
    if row.has_heard:
        return RatingBasis.HEARD
    raise ForbiddenError(_UNHEARD)


async def _write(
    session: AsyncSession, viewer: Viewer, pack_id: uuid.UUID, stars: int, cleaned: str, basis: RatingBasis
) -> bool:
    """Insert or change the viewer's rating; return whether it is new."""
    changed = await session.execute(
        update(ratings)
        .where(ratings.c.pack_id == pack_id, ratings.c.user_id == viewer.user_id)
        .values(stars=stars, text=cleaned, basis=basis.value, edited_at=text("now()"))
        .returning(ratings.c.id)
    )
    if changed.first() is not None:
        return False
    values = {
        "id": new_id(),
        "pack_id": pack_id,
        "user_id": viewer.user_id,
        "stars": stars,
        "text": cleaned,
        "basis": basis.value,
    }
    await session.execute(upsert(ratings).values(values))
    return True


def _cleaned(written: str, label: str) -> str:
    return wording.clean(written, label=label, max_length=policy.MAX_REVIEW_CHARACTERS) if written.strip() else ""


def _review(row: Any, viewer: Viewer | None) -> Review:
    return Review(
        id=str(row.id),
        author=Author(str(row.user_id), row.display_name, row.author_slug or "", row.picture_key or ""),
        stars=row.stars,
        text=row.text,
        basis=RatingBasis(row.basis),
        is_refunded=bool(row.is_refunded),
        created_at=row.created_at,
        edited_at=row.edited_at,
        answer=row.answer,
        answered_at=row.answered_at,
        is_own=viewer is not None and row.user_id == viewer.user_id,
        is_hidden=row.hidden_at is not None,
    )
