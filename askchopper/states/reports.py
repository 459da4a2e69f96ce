"""States of reporting, of blocked members, and of the moderators' list of reports."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.view_models import community
from askchopper.schemas.view_models.community import ReportRow
from askchopper.services import limits
from askchopper.services.community import blocks, reports, taken_down
from askchopper.states import identity
from askchopper.states.comments import CommentsState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field
from askchopper.states.ratings import RatingsState


class ReportState(rx.State):
    """The dialog that reports something."""

    is_open: bool = False
    target: str = ""
    target_id: str = ""
    title: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, target: str, target_id: str, title: str) -> None:
        self.is_open, self.target, self.target_id, self.title = True, target[:20], target_id[:100], title[:100]

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.is_open = False

    @rx.event
    @handler(Access.MEMBER)
    async def send(self, form: dict[str, Any]) -> Any:
        async with transaction() as session:
            await reports.report(
                session, identity.require_viewer(), target=self.target, target_id=self.target_id,
                reason=field(form, "reason"), written=field(form, "text"),
            )  # fmt: skip
        self.is_open = False
        return [rx.toast("Thank you. A moderator will look at it."), CommentsState.load, RatingsState.load]


class BlocksState(rx.State):
    """The members that the viewer has blocked."""

    members: list[dict[str, str]] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def block(self, member_id: str, name: str) -> Any:
        """Block a member, and read the page again without them."""
        viewer = identity.require_viewer()
        await limits.hit((limits.BLOCK, str(viewer.user_id)))
        async with transaction() as session:
            await blocks.block(session, viewer, member_id=member_id[:60])
        return [rx.toast(f"You blocked {name[:60]}. Your settings undo it."), CommentsState.load, RatingsState.load]

    @rx.event
    @handler(Access.MEMBER)
    async def unblock(self, member_id: str) -> None:
        viewer = identity.require_viewer()
        await limits.hit((limits.BLOCK, str(viewer.user_id)))
        async with transaction() as session:
            await blocks.unblock(session, viewer, member_id=member_id[:60])
        await self._read()

    async def _read(self) -> None:
        async with read_only() as session:
            found = await blocks.list_blocked(session, identity.require_viewer())
        self.members = [{"id": one.id, "name": one.name, "since": f"{one.since:%-d %b %Y}"} for one in found]


class ReportsState(rx.State):
    """The moderators' list of what is reported."""

    is_moderator: bool = False
    rows: list[ReportRow] = []
    taken_down: list[dict[str, str]] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def lift(self, slug: str) -> Any:
        """Put a pack on sale again."""
        async with transaction() as session:
            await taken_down.lift(session, identity.require_viewer(), slug=slug[:100])
        await self._read()
        return rx.toast("It is on sale again.")

    @rx.event
    @handler(Access.MEMBER)
    async def uphold(self, form: dict[str, Any]) -> Any:
        """Hide what is reported; the form has its target, id and a note for its owner."""
        return await self._decide(form, is_upheld=True)

    @rx.event
    @handler(Access.MEMBER)
    async def dismiss(self, target: str, target_id: str) -> Any:
        return await self._decide({"target": target, "id": target_id}, is_upheld=False)

    async def _decide(self, form: dict[str, Any], *, is_upheld: bool) -> Any:
        async with transaction() as session:
            await reports.decide(
                session, identity.require_viewer(), target=field(form, "target"), target_id=field(form, "id"),
                is_upheld=is_upheld, note=field(form, "note"),
            )  # fmt: skip
        await self._read()
        return rx.toast("Hidden, and its owner was told." if is_upheld else "It stays. The reports are closed.")

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        try:
            async with read_only() as session:
                found = await reports.queue(session, viewer)
                gone = await taken_down.list_current(session, viewer)
        except NotFoundError:
            self.is_moderator, self.rows, self.taken_down = False, [], []
            return
        self.taken_down = [
            {"slug": one.slug, "title": one.title, "facts": f"{one.creator} · {one.reason} · since {one.since:%-d %b %Y}" + (" · legal hold" if one.is_legal_hold else "")}
            for one in gone
        ]  # fmt: skip
        self.is_moderator, self.rows = True, [community.report_row(one) for one in found]
