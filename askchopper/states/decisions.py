"""States of members' responses to moderation: appeals against decisions, and the form of legal notices."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.moderation_vocabulary import NoticeKind
from askchopper.schemas.view_models import moderation
from askchopper.schemas.view_models.moderation import DecisionRow
from askchopper.services.moderation import appeals
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field


class DecisionsState(rx.State):
    """Moderation decisions about the viewer's content."""

    is_loaded: bool = False
    rows: list[DecisionRow] = []
    open_id: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.open_id = ""
        await self._read()

    @rx.event
    @handler(Access.OPEN)
    async def open(self, decision_id: str) -> None:
        """Open or close the appeal form of a decision."""
        self.open_id = "" if self.open_id == decision_id else decision_id[:60]

    @rx.event
    @handler(Access.MEMBER)
    async def appeal(self, form: dict[str, Any]) -> Any:
        """Submit the appeal against the open decision."""
        viewer = identity.require_viewer()
        async with transaction() as session:
            await appeals.appeal(session, viewer, decision_id=self.open_id, written=field(form, "text"))
        self.open_id = ""
        await self._read()
        return rx.toast("Your appeal was sent. Another moderator will decide.")

    async def _read(self) -> None:
        async with read_only() as session:
            found = await appeals.decisions(session, identity.require_viewer())
        self.rows, self.is_loaded = [moderation.decision_row(one) for one in found], True


class NoticeState(rx.State):
    """The form of a takedown notice or counter-notice; it is posted to an API route."""

    is_counter: bool = False
    place: str = ""

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        given = self.router.url.query_parameters
        self.is_counter = given.get("kind") == NoticeKind.COUNTER
        self.place = str(given.get("pack", ""))[:100]
