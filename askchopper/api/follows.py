"""Follows and the feed as JSON."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from askchopper.api import responses
from askchopper.api.dependencies import SignedIn
from askchopper.api.search import Cursor, Limit
from askchopper.database import read_only, transaction
from askchopper.schemas import follows as schema
from askchopper.services.community import feed, follows
from askchopper.vocabulary import FeedKind

router = APIRouter(tags=["community"])


class FeedItem(BaseModel):
    """An entry of the feed; ``facts`` depend on its kind."""

    id: str
    kind: FeedKind
    happened_at: responses.Moment
    is_new: bool
    title: str
    slug: str
    creator_name: str
    creator_slug: str
    facts: dict[str, str]
    pack: responses.Pack | None

    @classmethod
    def of(cls, item: schema.FeedItem) -> "FeedItem":
        return cls(
            id=item.id,
            kind=item.kind,
            happened_at=item.happened_at,
            is_new=item.is_new,
            title=item.title,
            slug=item.slug,
            creator_name=item.creator_name,
            creator_slug=item.creator_slug,
            facts=item.facts,
            pack=responses.Pack.of(item.pack) if item.pack else None,
        )


@router.put("/creators/{slug}/follow")
async def follow_creator(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Follow a creator. Following again has no effect."""
    async with transaction() as session:
        return await follows.follow_creator(session, viewer, slug=slug)


@router.delete("/creators/{slug}/follow")
async def unfollow_creator(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Stop following a creator."""
    async with transaction() as session:
        return await follows.unfollow_creator(session, viewer, slug=slug)


@router.put("/tags/{slug}/follow")
async def follow_tag(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Follow a tag: new packs with it appear in the feed."""
    async with transaction() as session:
        return await follows.set_tag(session, viewer, slug=slug, is_followed=True)


@router.delete("/tags/{slug}/follow")
async def unfollow_tag(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Stop following a tag."""
    async with transaction() as session:
        return await follows.set_tag(session, viewer, slug=slug, is_followed=False)


@router.put("/collections/{slug}/follow")
async def follow_collection(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Follow a collection: items added to it appear in the feed."""
    async with transaction() as session:
        return await follows.set_collection(session, viewer, slug=slug, is_followed=True)


@router.delete("/collections/{slug}/follow")
async def unfollow_collection(viewer: SignedIn, slug: str) -> schema.FollowMark:
    """Stop following a collection."""
    async with transaction() as session:
        return await follows.set_collection(session, viewer, slug=slug, is_followed=False)


@router.get("/me/follows")
async def list_followed(viewer: SignedIn) -> responses.List[schema.Followed]:
    """List the creators, tags and collections that the viewer follows. Searches are under `/me/searches`."""
    async with read_only() as session:
        found = await follows.list_followed(session, viewer)
    return responses.List(items=list(found), next_cursor=None)


@router.get("/me/feed")
async def list_feed(viewer: SignedIn, limit: Limit = 24, cursor: Cursor = None) -> responses.List[FeedItem]:
    """List the viewer's feed, newest first: new packs, planned releases, price drops, collections and saved searches."""
    async with read_only() as session:
        page = await feed.list_feed(session, viewer, cursor=cursor, limit=limit)
    return responses.List(items=[FeedItem.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.post("/me/feed/read", status_code=204)
async def mark_read(viewer: SignedIn) -> Response:
    """Mark the whole feed as read."""
    async with transaction() as session:
        await feed.mark_read(session, viewer)
    return Response(status_code=204)
