"""State of the ratings and reviews on a pack's page."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, retrying, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.community import RatingSummary
from askchopper.schemas.view_models import community
from askchopper.schemas.view_models.community import ReviewRow
from askchopper.services.community import ratings
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field


class RatingsState(rx.State):
    """The ratings of the pack of this page."""

    pack_slug: str = ""  # not "slug", which is the parameter of the route
    average: str = ""
    count: int = 0
    shares: list[dict[str, str]] = []  # five stars first
    own_stars: int = 0
    own_text: str = ""
    refusal: str = ""
    items: list[ReviewRow] = []
    next_cursor: str = ""
    answering: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.pack_slug, self.answering = identity.route_parameter(self, "slug"), ""
        await self._read()

    @rx.event
    @handler(Access.PUBLIC)
    async def load_more(self) -> None:
        if not self.next_cursor:
            return
        async with read_only() as session:
            page = await ratings.list_reviews(session, identity.viewer(), slug=self.pack_slug, cursor=self.next_cursor)
        self.items = [*self.items, *(community.review_row(one) for one in page.items)]
        self.next_cursor = page.next_cursor or ""

    @rx.event
    @handler(Access.MEMBER)
    async def rate(self, form: dict[str, Any]) -> Any:
        """Save the viewer's stars and review."""
        viewer, stars, text = identity.require_viewer(), field(form, "stars"), field(form, "review")
        if stars not in {"1", "2", "3", "4", "5"}:
            raise InvalidInputError("Choose one to five stars.", field="stars")
        await retrying(
            lambda session: ratings.rate(session, viewer, slug=self.pack_slug, stars=int(stars), review=text)
        )
        await self._read()
        return rx.toast("Thank you. Your rating is saved.")

    @rx.event
    @handler(Access.MEMBER)
    async def withdraw(self) -> Any:
        viewer = identity.require_viewer()
        await retrying(lambda session: ratings.withdraw(session, viewer, slug=self.pack_slug))
        await self._read()
        return rx.toast("Your rating is deleted.")

    @rx.event
    @handler(Access.OPEN)
    async def answer(self, review_id: str) -> None:
        """Open or close the creator's answer form."""
        self.answering = "" if self.answering == review_id else str(review_id)[:60]

    @rx.event
    @handler(Access.MEMBER)
    async def save_answer(self, form: dict[str, Any]) -> None:
        async with transaction() as session:
            await ratings.answer(
                session, identity.require_viewer(), review_id=field(form, "id"), written=field(form, "text")
            )
        self.answering = ""
        await self._read()

    async def _read(self) -> None:
        viewer = identity.viewer()
        try:
            async with read_only() as session:
                found = await ratings.summary(session, viewer, slug=self.pack_slug)
                page = await ratings.list_reviews(session, viewer, slug=self.pack_slug)
        except NotFoundError:
            self.count, self.items, self.next_cursor, self.refusal = 0, [], "", ""
            return
        self._show(found)
        self.items = [community.review_row(one) for one in page.items]
        self.next_cursor = page.next_cursor or ""

    def _show(self, found: RatingSummary) -> None:
        self.average = "" if found.average is None else f"{found.average:.1f}"
        self.count, self.own_stars, self.own_text = found.count, found.own_stars, found.own_text
        self.refusal = found.refusal
        self.shares = [
            {"stars": str(stars), "votes": str(votes), "width": f"{100 * votes / max(1, found.count):.0f}%"}
            for stars, votes in reversed(list(enumerate(found.counts, 1)))
        ]
