"""States of collections: the list, a collection with its entries, the owner's actions, and buying missing items."""

from typing import Any

import reflex as rx

from askchopper import routes, settings
from askchopper.database import read_only, transaction
from askchopper.errors import ConflictError, InsufficientTokensError, NotFoundError, PriceChangedError
from askchopper.schemas.collections import CollectionDetail
from askchopper.schemas.view_models.collections import CollectionCard, EntryRow, collection_card, entry_row
from askchopper.security import new_token
from askchopper.services import wallet
from askchopper.services.community import collection_items, collection_purchases, collection_sharing, collections
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState
from askchopper.vocabulary import Visibility


class CollectionsState(rx.State):
    """The viewer's collections, those shared with them, and public ones."""

    is_loaded: bool = False
    has_any: bool = False
    own: list[CollectionCard] = []
    shared: list[CollectionCard] = []
    public: list[CollectionCard] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        async with read_only() as session:
            mine = await collections.list_own(session, viewer) if viewer else ()
            public = await collections.list_public(session, viewer)
        self.own = [collection_card(one) for one in mine if one.is_own]
        self.shared = [collection_card(one) for one in mine if not one.is_own]
        self.has_any = bool(mine)
        known = {one.slug for one in mine}
        self.public = [collection_card(one) for one in public if one.slug not in known]
        self.is_loaded = True

    @rx.event
    @handler(Access.MEMBER)
    async def create(self, form: dict[str, str]) -> Any:
        async with transaction() as session:
            slug = await collections.create(
                session,
                identity.require_viewer(),
                title=str(form.get("title", ""))[:500],
                visibility=_visibility(form.get("visibility")),
            )
        return rx.redirect(routes.collection(slug))


class CollectionState(rx.State):
    """One collection as the viewer sees it."""

    path: str = ""
    is_missing: bool = False
    card: CollectionCard | None = None
    description: str = ""
    entries: list[EntryRow] = []
    has_more: bool = False
    can_edit: bool = False
    is_invited: bool = False  # the address invites the viewer to collaborate
    collaborators: list[dict[str, str]] = []
    facts: dict[str, str] = {}

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.path = self.router.url.path.rstrip("/")
        try:
            await self._read()
        except NotFoundError:
            self.is_missing, self.card, self.entries = True, None, []
            # A private collection is shown to an invited member once they have joined.
            self.is_invited = bool(self._invitation())

    @rx.event
    @handler(Access.PUBLIC)
    async def load_more(self) -> None:
        async with read_only() as session:
            found = await collections.get(session, identity.viewer(), slug=_slug(self), after=len(self.entries))
        self.entries = self.entries + [entry_row(entry) for entry in found.entries]
        self.has_more = found.has_more

    @rx.event
    @handler(Access.MEMBER)
    async def move(self, entry_id: str, place: int) -> None:
        """Move an entry, and show the order that the server stored."""
        async with transaction() as session:
            await collection_items.move(
                session, identity.require_viewer(), slug=_slug(self), item_id=entry_id, position=place
            )
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def remove_entry(self, entry_id: str) -> Any:
        async with transaction() as session:
            await collection_items.remove(session, identity.require_viewer(), slug=_slug(self), item_id=entry_id)
        await self._read()
        return rx.toast("Removed from the collection.")

    @rx.event
    @handler(Access.MEMBER)
    async def annotate(self, form: dict[str, str]) -> Any:
        async with transaction() as session:
            await collection_items.annotate(
                session, identity.require_viewer(), slug=_slug(self), item_id=str(form.get("entry", ""))[:60],
                note=str(form.get("note", ""))[:2_000],
            )  # fmt: skip
        await self._read()
        return rx.toast("Note saved.")

    @rx.event
    @handler(Access.MEMBER)
    async def join(self) -> Any:
        async with transaction() as session:
            await collection_sharing.join(
                session, identity.require_viewer(), slug=_slug(self), token=self._invitation()
            )
        return rx.redirect(routes.collection(_slug(self)))

    @rx.event
    @handler(Access.MEMBER)
    async def leave(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await collection_sharing.remove_collaborator(session, viewer, slug=_slug(self), user_id=str(viewer.user_id))
        return rx.redirect(routes.COLLECTIONS)

    async def _read(self) -> None:
        viewer, slug = identity.viewer(), _slug(self)
        async with read_only() as session:
            found = await collections.get(session, viewer, slug=slug)
            missing = await collection_purchases.list_missing(session, viewer, slug=slug)
        self._show(found)
        price = sum(one.price_tokens for one in missing)
        self.facts = {
            "missing": str(len(missing)),
            "price": f"{price:,}",
            "invitation": settings.get().base_url + routes.invitation(slug, found.invite_token)
            if found.invite_token
            else "",
        }

    def _show(self, found: CollectionDetail) -> None:
        self.is_missing = False
        self.card, self.description = collection_card(found.summary), found.summary.description
        self.entries = [entry_row(entry) for entry in found.entries]
        self.has_more, self.can_edit = found.has_more, found.can_edit
        self.is_invited = bool(self._invitation()) and not found.can_edit
        self.collaborators = [{"id": one.id, "name": one.name} for one in found.collaborators]

    def _invitation(self) -> str:
        return str(self.router.url.query_parameters.get("invite") or "")[:100]


class CollectionOwnerState(rx.State):
    """Actions of the owner on the collection of the page."""

    problem: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, form: dict[str, str]) -> Any:
        async with transaction() as session:
            await collections.change(
                session, identity.require_viewer(), slug=_slug(self), title=str(form.get("title", ""))[:500],
                description=str(form.get("description", ""))[:2_000], visibility=_visibility(form.get("visibility")),
            )  # fmt: skip
        await _reload(self)
        return [rx.call_script("document.getElementById('collection-settings').close()"), rx.toast("Saved.")]

    @rx.event
    @handler(Access.MEMBER)
    async def delete(self) -> Any:
        async with transaction() as session:
            await collections.remove(session, identity.require_viewer(), slug=_slug(self))
        return [rx.redirect(routes.COLLECTIONS), rx.toast("Collection deleted.")]

    @rx.event
    @handler(Access.MEMBER)
    async def invite(self) -> None:
        async with transaction() as session:
            await collection_sharing.invite(session, identity.require_viewer(), slug=_slug(self))
        await _reload(self)

    @rx.event
    @handler(Access.MEMBER)
    async def withdraw_invitation(self) -> None:
        async with transaction() as session:
            await collection_sharing.withdraw_invitation(session, identity.require_viewer(), slug=_slug(self))
        await _reload(self)

    @rx.event
    @handler(Access.MEMBER)
    async def remove_collaborator(self, user_id: str) -> None:
        async with transaction() as session:
            await collection_sharing.remove_collaborator(
                session, identity.require_viewer(), slug=_slug(self), user_id=user_id
            )
        await _reload(self)


class CollectionPurchaseState(rx.State):
    """The dialog that buys the missing items of the page's collection."""

    is_open: bool = False
    is_done: bool = False
    price: int = 0
    count: int = 0
    after: str = ""  # the balance afterwards; empty if tokens are missing
    missing_tokens: str = ""
    problem: str = ""
    attempt: str = ""  # the idempotency key of what the dialog shows
    is_busy_buying: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def open(self) -> None:
        self.problem, self.is_done, self.attempt = "", False, new_token()
        await self._quote()
        self.is_open = True

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False

    @rx.event
    @handler(Access.MEMBER)
    async def buy(self, attempt: str) -> Any:
        """Buy at the price shown in the dialog; if it has changed, show the new price instead."""
        viewer = identity.require_viewer()
        if attempt != self.attempt or self.is_done:
            return
        self.is_busy_buying = True
        yield
        try:
            async with transaction() as session:
                receipt = await collection_purchases.buy(
                    session, viewer, slug=_slug(self), price_tokens=self.price, key=attempt
                )
        except (PriceChangedError, InsufficientTokensError, ConflictError) as error:
            self.problem = error.sentence
            await self._quote()
        else:
            self.is_done = True
            header = await self.get_state(SessionState)
            header._show_tokens(receipt.balance_tokens)  # noqa: SLF001 - public methods of states are callable by browsers
        self.is_busy_buying = False
        await _reload(self)

    async def _quote(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            missing = await collection_purchases.list_missing(session, viewer, slug=_slug(self))
            balance = (await wallet.balance(session, viewer)).total_tokens
        self.price, self.count = sum(one.price_tokens for one in missing), len(missing)
        short = self.price - balance
        self.after, self.missing_tokens = (f"{-short:,}", "") if short <= 0 else ("", f"{short:,}")


def _slug(state: rx.State) -> str:
    return identity.route_parameter(state, "slug")


async def _reload(state: rx.State) -> None:
    await (await state.get_state(CollectionState))._read()  # noqa: SLF001


def _visibility(value: Any) -> Visibility:
    return Visibility(value) if value in {one.value for one in Visibility} else Visibility.PRIVATE
