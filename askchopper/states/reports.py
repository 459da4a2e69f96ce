"""States of the report dialog and of blocked members."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.services import limits
from askchopper.services.community import blocks, reports
from askchopper.states import identity
from askchopper.states.comments import CommentsState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field
from askchopper.states.ratings import RatingsState


class ReportState(rx.State):
    """The dialog to report content."""

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
    """The members whom the viewer has blocked."""

    members: list[dict[str, str]] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def block(self, member_id: str, name: str) -> Any:
        """Block a member, and reload comments and reviews without theirs."""
        viewer = identity.require_viewer()
        await limits.hit((limits.BLOCK, str(viewer.user_id)))
        async with transaction() as session:
            await blocks.block(session, viewer, member_id=member_id[:60])
        return [
            rx.toast(f"You blocked {name[:60]}. You can unblock them in Settings."),
            CommentsState.load,
            RatingsState.load,
        ]

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
