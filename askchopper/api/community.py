"""Comments, ratings, blocks and reports as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from askchopper.api.dependencies import MaybeViewer, SignedIn
from askchopper.api.responses import List, Moment
from askchopper.community_vocabulary import CommentSort, RatingBasis, ReportReason, ReportTarget
from askchopper.database import read_only, retrying, transaction
from askchopper.schemas import community as seen
from askchopper.services import limits
from askchopper.services.community import blocks, comment_lists, comments, ratings, reports, taken_down
from askchopper.services.moderation import decisions

router = APIRouter(tags=["community"])
# The services have lower limits, with messages that name them; this one only bounds the request.
_Written = Annotated[str, Field(max_length=20_000)]


class Author(BaseModel):
    """The author of a contribution; the id is empty if the account was deleted."""

    id: str
    name: str
    slug: str

    @classmethod
    def of(cls, author: seen.Author) -> "Author":
        return cls(id=author.id, name=author.name, slug=author.slug)


class Comment(BaseModel):
    """A comment; ``text`` is Markdown, ``html`` is sanitised. A deleted comment that has replies has neither."""

    id: str
    author: Author
    text: str
    html: str
    file: str | None
    at_seconds: float | None
    parent: str | None
    created_at: Moment
    edited_at: Moment | None
    deleted: bool
    hidden: bool
    by_creator: bool
    replies: list["Comment"]

    @classmethod
    def of(cls, one: seen.Comment) -> "Comment":
        return cls(
            id=one.id, author=Author.of(one.author), text=one.text, html=one.html, file=one.file_id, at_seconds=one.at_seconds,
            parent=one.parent_id, created_at=one.created_at, edited_at=one.edited_at, deleted=one.is_deleted, hidden=one.is_hidden,
            by_creator=one.is_by_creator, replies=[cls.of(reply) for reply in one.replies],
        )  # fmt: skip


class NewComment(BaseModel):
    """A comment on the pack, or on one of its sounds (``file``); a reply has a ``parent``."""

    text: _Written
    file: Annotated[str | None, Field(max_length=60)] = None
    at_seconds: Annotated[float | None, Field(allow_inf_nan=False)] = None
    parent: Annotated[str | None, Field(max_length=60)] = None


class CommentText(BaseModel):
    """The new text of a comment."""

    text: _Written


class Rating(BaseModel):
    """The ratings of a pack; ``average`` is null below three ratings. ``counts`` has the numbers of ratings with 1 to 5 stars."""

    average: float | None
    count: int
    counts: list[int]
    own_stars: int | None
    own_text: str
    may_rate: bool

    @classmethod
    def of(cls, one: seen.RatingSummary, *, is_signed_in: bool) -> "Rating":
        return cls(
            average=one.average, count=one.count, counts=list(one.counts), own_stars=one.own_stars or None, own_text=one.own_text,
            may_rate=is_signed_in and not one.refusal,
        )  # fmt: skip


class NewRating(BaseModel):
    """Stars from 1 to 5, and an optional text."""

    stars: int
    text: _Written = ""


class Review(BaseModel):
    """A rating with a text. ``basis`` is whether its author bought the pack or listened to it."""

    id: str
    author: Author
    stars: int
    text: str
    basis: RatingBasis
    refunded: bool
    created_at: Moment
    edited_at: Moment | None
    answer: str
    answered_at: Moment | None

    @classmethod
    def of(cls, one: seen.Review) -> "Review":
        return cls(
            id=one.id, author=Author.of(one.author), stars=one.stars, text=one.text, basis=one.basis, refunded=one.is_refunded,
            created_at=one.created_at, edited_at=one.edited_at, answer=one.answer, answered_at=one.answered_at,
        )  # fmt: skip


class NewReport(BaseModel):
    """A report of content. ``id`` is the slug or id of a pack or collection, the id or creator slug of a member, else the id."""

    target: Annotated[str, Field(max_length=20, examples=["comment"])]
    id: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=20, examples=["spam"])]
    text: _Written = ""


class Blocked(BaseModel):
    """A member that the viewer has blocked."""

    id: str
    name: str
    since: Moment


class Reported(BaseModel):
    """The open reports about one item, and its content at the time of the first report."""

    target: ReportTarget
    id: str
    owner: str
    reporters: int
    reasons: list[ReportReason]
    texts: list[str]
    content: dict[str, Any]
    hidden: bool


class Decision(BaseModel):
    """A moderator's decision on all open reports about one item."""

    target: Annotated[str, Field(max_length=20)]
    id: Annotated[str, Field(max_length=60)]
    upheld: bool
    note: _Written = ""


@router.get("/packs/{slug}/comments")
async def list_comments(
    viewer: MaybeViewer,
    slug: str,
    sort: Annotated[CommentSort, Query(description="`newest`, or `moment`: by sound and second.")] = CommentSort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=comment_lists.MAX_LIMIT)] = comment_lists.PAGE_SIZE,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> List[Comment]:
    """List the comments on a pack and its sounds, with their replies."""
    async with read_only() as session:
        page = await comment_lists.list_comments(session, viewer, slug=slug, sort=sort, cursor=cursor, limit=limit)
    return List(items=[Comment.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.post("/packs/{slug}/comments", status_code=201)
async def post_comment(viewer: SignedIn, slug: str, new: NewComment) -> Comment:
    """Comment on a pack or a sound, optionally at a moment of it, or reply to a comment."""
    async with transaction() as session:
        made = await comments.post(
            session,
            viewer,
            slug=slug,
            written=new.text,
            file_id=new.file,
            at_seconds=new.at_seconds,
            parent_id=new.parent,
        )
    return Comment.of(made)


@router.patch("/comments/{comment_id}")
async def edit_comment(viewer: SignedIn, comment_id: str, changed: CommentText) -> Comment:
    """Edit one's own comment."""
    async with transaction() as session:
        return Comment.of(await comments.edit(session, viewer, comment_id=comment_id, written=changed.text))


@router.delete("/comments/{comment_id}", status_code=204)
async def delete_comment(viewer: SignedIn, comment_id: str) -> Response:
    """Delete one's own comment. `POST /comments/{comment_id}/restore` restores it within ten minutes."""
    async with transaction() as session:
        await comments.delete(session, viewer, comment_id=comment_id)
    return Response(status_code=204)


@router.post("/comments/{comment_id}/restore")
async def restore_comment(viewer: SignedIn, comment_id: str) -> Comment:
    """Undo the deletion of one's own comment."""
    async with transaction() as session:
        return Comment.of(await comments.restore(session, viewer, comment_id=comment_id))


@router.get("/packs/{slug}/rating")
async def get_rating(viewer: MaybeViewer, slug: str) -> Rating:
    """Return the ratings of a pack."""
    async with read_only() as session:
        found = await ratings.summary(session, viewer, slug=slug)
    return Rating.of(found, is_signed_in=viewer is not None)


@router.put("/packs/{slug}/rating")
async def rate(viewer: SignedIn, slug: str, new: NewRating) -> Rating:
    """Rate a pack that the viewer bought, or listened to for 30 seconds. A second rating replaces the first."""
    found = await retrying(lambda session: ratings.rate(session, viewer, slug=slug, stars=new.stars, review=new.text))
    return Rating.of(found, is_signed_in=True)


@router.delete("/packs/{slug}/rating")
async def withdraw_rating(viewer: SignedIn, slug: str) -> Rating:
    """Delete the viewer's rating."""
    found = await retrying(lambda session: ratings.withdraw(session, viewer, slug=slug))
    return Rating.of(found, is_signed_in=True)


@router.get("/packs/{slug}/reviews")
async def list_reviews(
    viewer: MaybeViewer,
    slug: str,
    limit: Annotated[int, Query(ge=1, le=ratings.MAX_LIMIT)] = ratings.PAGE_SIZE,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> List[Review]:
    """List the reviews of a pack, newest first."""
    async with read_only() as session:
        page = await ratings.list_reviews(session, viewer, slug=slug, cursor=cursor, limit=limit)
    return List(items=[Review.of(one) for one in page.items], next_cursor=page.next_cursor)


@router.put("/reviews/{review_id}/answer", status_code=204)
async def answer_review(viewer: SignedIn, review_id: str, answer: CommentText) -> Response:
    """Answer a review of one's own pack; an empty text deletes the answer."""
    async with transaction() as session:
        await ratings.answer(session, viewer, review_id=review_id, written=answer.text)
    return Response(status_code=204)


@router.get("/me/blocks")
async def list_blocks(viewer: SignedIn) -> List[Blocked]:
    """List the members that the viewer has blocked."""
    async with read_only() as session:
        found = await blocks.list_blocked(session, viewer)
    return List(items=[Blocked(id=one.id, name=one.name, since=one.since) for one in found], next_cursor=None)


@router.put("/members/{member_id}/block", status_code=204)
async def block(viewer: SignedIn, member_id: str) -> Response:
    """Block a member, without notifying them. The two no longer see what the other writes."""
    await limits.hit((limits.BLOCK, str(viewer.user_id)))
    async with transaction() as session:
        await blocks.block(session, viewer, member_id=member_id)
    return Response(status_code=204)


@router.delete("/members/{member_id}/block", status_code=204)
async def unblock(viewer: SignedIn, member_id: str) -> Response:
    """Unblock a member."""
    await limits.hit((limits.BLOCK, str(viewer.user_id)))
    async with transaction() as session:
        await blocks.unblock(session, viewer, member_id=member_id)
    return Response(status_code=204)


@router.post("/reports", status_code=204)
async def report(viewer: SignedIn, new: NewReport) -> Response:
    """Report content to the moderators. Reporting the same content again has no effect."""
    async with transaction() as session:
        await reports.report(session, viewer, target=new.target, target_id=new.id, reason=new.reason, written=new.text)
    return Response(status_code=204)


@router.get("/moderation/reports")
async def list_reports(viewer: SignedIn) -> List[Reported]:
    """List reported content; for moderators."""
    async with read_only() as session:
        found = await reports.queue(session, viewer)
    items = [
        Reported(
            target=one.target, id=one.target_id, owner=one.owner, reporters=one.reporters, reasons=list(one.reasons), texts=list(one.texts),
            content=one.content, hidden=one.is_hidden,
        )
        for one in found
    ]  # fmt: skip
    return List(items=items, next_cursor=None)


@router.post("/moderation/reports", status_code=204)
async def decide(viewer: SignedIn, decision: Decision) -> Response:
    """Hide reported content or show it again; for moderators."""
    async with transaction() as session:
        verdict = "returned" if decision.upheld else "approved"
        await decisions.decide(
            session, viewer, item=f"{decision.target}:{decision.id}", verdict=verdict, note=decision.note
        )
    return Response(status_code=204)


class TakenDown(BaseModel):
    """A pack that is taken down."""

    slug: str
    title: str
    creator: str
    reason: str
    is_legal_hold: bool
    since: Moment


@router.get("/moderation/takedowns")
async def list_takedowns(viewer: SignedIn) -> List[TakenDown]:
    """List the packs that are taken down; for moderators."""
    async with read_only() as session:
        found = await taken_down.list_current(session, viewer)
    return List(items=[TakenDown(**vars(one)) for one in found], next_cursor=None)


@router.delete("/moderation/takedowns/{slug}", status_code=204)
async def lift_takedown(viewer: SignedIn, slug: str) -> Response:
    """Put a pack on sale again; for moderators, or only administrators if it is on legal hold."""
    async with transaction() as session:
        await taken_down.lift(session, viewer, slug=slug)
    return Response(status_code=204)
