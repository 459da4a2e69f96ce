"""Collections as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StrictInt

from askchopper import policy, routes
from askchopper.api import responses
from askchopper.api.dependencies import IdempotencyKey, MaybeViewer, SignedIn
from askchopper.api.search import Limit
from askchopper.database import read_only, retrying, transaction
from askchopper.schemas import collections as schema
from askchopper.services.community import collection_items, collection_purchases, collection_sharing, collections
from askchopper.vocabulary import Visibility

router = APIRouter(tags=["community"])
Text = Annotated[str, Field(max_length=2_000)]
Ref = Annotated[str | None, Field(max_length=100)]


class CollectionRequest(BaseModel):
    title: Text
    visibility: Visibility = Visibility.PRIVATE
    description: Text = ""


class CollectionChange(BaseModel):
    """Values to change; omitted ones stay as they are."""

    title: Text | None = None
    visibility: Visibility | None = None
    description: Text | None = None


class ItemRequest(BaseModel):
    """The item to add: exactly one of ``pack``, a slug, and ``file``, an id."""

    pack: Ref = None
    file: Ref = None
    note: Text = ""


class ItemChange(BaseModel):
    """A new position, from 0, or a new note."""

    position: Annotated[StrictInt | None, Field(ge=0, le=policy.MAX_COLLECTION_ITEMS)] = None
    note: Text | None = None


class InvitationRequest(BaseModel):
    token: Annotated[str, Field(max_length=100)]


class PurchaseRequest(BaseModel):
    """The total price of the missing items, as shown to the viewer."""

    price_tokens: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


class CollectionSummary(BaseModel):
    """A collection in a list; ``item_id`` is the entry of the requested pack or sound, if it is in the collection."""

    slug: str
    title: str
    description: str
    visibility: Visibility
    owner: str
    is_own: bool
    item_count: int
    cover_urls: list[str]
    url: str
    updated_at: responses.Moment
    item_id: str | None

    @classmethod
    def of(cls, found: schema.CollectionSummary) -> "CollectionSummary":
        return cls(
            slug=found.slug,
            title=found.title,
            description=found.description,
            visibility=found.visibility,
            owner=found.owner_name,
            is_own=found.is_own,
            item_count=found.item_count,
            cover_urls=[routes.cover(key, responses.COVER_WIDTH) for key in found.cover_keys],
            url=routes.collection(found.slug),
            updated_at=found.updated_at,
            item_id=found.item_id,
        )


class Item(BaseModel):
    """An entry; if it is no longer on sale, both ``pack`` and ``file`` are null."""

    id: str
    position: int
    title: str
    note: str
    added_by: str
    pack: responses.Pack | None
    file: responses.File | None

    @classmethod
    def of(cls, entry: schema.CollectionEntry) -> "Item":
        return cls(
            id=entry.id,
            position=entry.position,
            title=entry.title,
            note=entry.note,
            added_by=entry.added_by,
            pack=responses.Pack.of(entry.pack) if entry.pack else None,
            file=responses.File.of(entry.file) if entry.file else None,
        )


class Collection(CollectionSummary):
    """A collection with its entries, and the price of the items that the viewer does not own."""

    items: list[Item]
    next_position: int | None
    can_edit: bool
    collaborators: list[schema.Collaborator]
    missing_price_tokens: int
    missing_count: int


class AddedItem(BaseModel):
    id: str


class Invitation(BaseModel):
    url: str


@router.get("/collections")
async def list_collections(viewer: MaybeViewer, limit: Limit = 24) -> responses.List[CollectionSummary]:
    """List public collections of other members, most recently changed first."""
    async with read_only() as session:
        found = await collections.list_public(session, viewer, limit=limit)
    return responses.List(items=[CollectionSummary.of(one) for one in found], next_cursor=None)


@router.get("/me/collections")
async def list_own(
    viewer: SignedIn,
    pack: Annotated[str | None, Query(max_length=100)] = None,
    file: Annotated[str | None, Query(max_length=60)] = None,
) -> responses.List[CollectionSummary]:
    """List the viewer's collections and those shared with them. With `pack` or `file`, each has the entry of that item."""
    async with read_only() as session:
        found = await collections.list_own(session, viewer, pack=pack, file=file)
    return responses.List(items=[CollectionSummary.of(one) for one in found], next_cursor=None)


@router.post("/collections", status_code=201)
async def create(viewer: SignedIn, wanted: CollectionRequest) -> Collection:
    """Create an empty collection."""
    async with transaction() as session:
        slug = await collections.create(
            session, viewer, title=wanted.title, visibility=wanted.visibility, description=wanted.description
        )
    return await get(viewer, slug)


@router.get("/collections/{slug}")
async def get(
    viewer: MaybeViewer, slug: str, position: Annotated[int, Query(ge=0, le=policy.MAX_COLLECTION_ITEMS)] = 0
) -> Collection:
    """Return a collection with a page of its entries, starting at `position`."""
    async with read_only() as session:
        found = await collections.get(session, viewer, slug=slug, after=position)
        missing = await collection_purchases.list_missing(session, viewer, slug=slug)
    return Collection(
        **CollectionSummary.of(found.summary).model_dump(),
        items=[Item.of(entry) for entry in found.entries],
        next_position=position + len(found.entries) if found.has_more else None,
        can_edit=found.can_edit,
        collaborators=list(found.collaborators),
        missing_price_tokens=sum(one.price_tokens for one in missing),
        missing_count=len(missing),
    )


@router.patch("/collections/{slug}", status_code=204)
async def change(viewer: SignedIn, slug: str, wanted: CollectionChange) -> Response:
    """Change title, description or visibility; only for the owner."""
    async with transaction() as session:
        await collections.change(
            session, viewer, slug=slug, title=wanted.title, description=wanted.description, visibility=wanted.visibility
        )
    return Response(status_code=204)


@router.delete("/collections/{slug}", status_code=204)
async def remove(viewer: SignedIn, slug: str) -> Response:
    """Delete a collection; only for the owner."""
    async with transaction() as session:
        await collections.remove(session, viewer, slug=slug)
    return Response(status_code=204)


@router.post("/collections/{slug}/items", status_code=201)
async def add_item(viewer: SignedIn, slug: str, wanted: ItemRequest, response: Response) -> AddedItem:
    """Add a pack or a sound. Answers 200 if the collection already has it."""
    async with transaction() as session:
        entry_id, is_new = await collection_items.add(
            session, viewer, slug=slug, pack=wanted.pack, file=wanted.file, note=wanted.note
        )
    response.status_code = 201 if is_new else 200
    return AddedItem(id=entry_id)


@router.patch("/collections/{slug}/items/{item_id}", status_code=204)
async def change_item(viewer: SignedIn, slug: str, item_id: str, wanted: ItemChange) -> Response:
    """Move an entry, or change its note."""
    async with transaction() as session:
        if wanted.note is not None:
            await collection_items.annotate(session, viewer, slug=slug, item_id=item_id, note=wanted.note)
        if wanted.position is not None:
            await collection_items.move(session, viewer, slug=slug, item_id=item_id, position=wanted.position)
    return Response(status_code=204)


@router.delete("/collections/{slug}/items/{item_id}", status_code=204)
async def remove_item(viewer: SignedIn, slug: str, item_id: str) -> Response:
    """Remove an entry."""
    async with transaction() as session:
        await collection_items.remove(session, viewer, slug=slug, item_id=item_id)
    return Response(status_code=204)


@router.post("/collections/{slug}/invitation")
async def invite(viewer: SignedIn, slug: str) -> Invitation:
    """Create an invitation link for collaborators; revokes the previous one."""
    async with transaction() as session:
        token = await collection_sharing.invite(session, viewer, slug=slug)
    return Invitation(url=routes.invitation(slug, token))


@router.delete("/collections/{slug}/invitation", status_code=204)
async def withdraw_invitation(viewer: SignedIn, slug: str) -> Response:
    """Revoke the invitation link. Present collaborators stay."""
    async with transaction() as session:
        await collection_sharing.withdraw_invitation(session, viewer, slug=slug)
    return Response(status_code=204)


@router.post("/collections/{slug}/collaborators", status_code=204)
async def join(viewer: SignedIn, slug: str, wanted: InvitationRequest) -> Response:
    """Become a collaborator with an invitation token."""
    async with transaction() as session:
        await collection_sharing.join(session, viewer, slug=slug, token=wanted.token)
    return Response(status_code=204)


@router.delete("/collections/{slug}/collaborators/{user_id}", status_code=204)
async def remove_collaborator(viewer: SignedIn, slug: str, user_id: str) -> Response:
    """Remove a collaborator. The owner can remove anyone; a collaborator can leave."""
    async with transaction() as session:
        await collection_sharing.remove_collaborator(session, viewer, slug=slug, user_id=user_id)
    return Response(status_code=204)


@router.post("/collections/{slug}/purchase", status_code=201)
async def buy_missing(
    viewer: SignedIn, key: IdempotencyKey, slug: str, wanted: PurchaseRequest
) -> schema.CollectionReceipt:
    """Buy all items of a collection that the viewer does not own, at one price. Idempotent by Idempotency-Key."""
    return await retrying(
        lambda session: collection_purchases.buy(session, viewer, slug=slug, price_tokens=wanted.price_tokens, key=key)
    )
