"""States of the creator's studio and of the moderators' queue."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.schemas.view_models import studio
from askchopper.schemas.view_models.studio import DraftRow, StudioRow
from askchopper.services.studio import drafts, overview, publishing, review
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class StudioState(rx.State):
    """State of the studio page: packs, open tasks and earnings."""

    is_loaded: bool = False
    rows: list[StudioRow] = []
    totals: dict[str, str] = {}

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def new_pack(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            draft_id = await drafts.create(session, viewer)
        return rx.redirect(routes.draft(str(draft_id)))

    @rx.event
    @handler(Access.MEMBER)
    async def withdraw(self, draft_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await publishing.withdraw(session, viewer, draft_id=str(draft_id))
        await self._read()
        return rx.toast("Off sale. Buyers keep it.")

    @rx.event
    @handler(Access.MEMBER)
    async def discard(self, draft_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await drafts.discard(session, viewer, draft_id=str(draft_id))
        await self._read()
        return rx.toast("Draft discarded.")

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            lines = await overview.list_own(session, viewer)
        self.rows = [studio.studio_row(line) for line in lines]
        self.totals = {
            "earned": f"{sum(line.earned_tokens for line in lines):,}",
            "sales": f"{sum(line.sales for line in lines):,}",
            "plays": f"{sum(line.plays for line in lines):,}",
            "packs": f"{sum(line.is_on_sale for line in lines):,}",
        }
        self.is_loaded = True

    @rx.var
    def to_do(self) -> list[StudioRow]:
        """Packs that need their creator's attention."""
        return [row for row in self.rows if row.todo]


class ModerationState(rx.State):
    """State of the moderation page: pending packs, one of them open."""

    is_loaded: bool = False
    queue: list[dict[str, str]] = []
    open_id: str = ""
    title: str = ""
    description: str = ""
    reason: str = ""
    facts: str = ""
    rows: list[DraftRow] = []
    answer: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, draft_id: str) -> None:
        await self._open(str(draft_id))

    @rx.event
    @handler(Access.OPEN)
    async def set_note(self, text: str) -> None:
        self.answer = str(text)[:1000]

    @rx.event
    @handler(Access.MEMBER)
    async def approve(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await review.approve(session, viewer, draft_id=self.open_id)
        title = self.title
        await self._read()
        return rx.toast.success(f"{title} is on its way.")

    @rx.event
    @handler(Access.MEMBER)
    async def send_back(self) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await review.return_to_creator(session, viewer, draft_id=self.open_id, reason=self.answer)
        title = self.title
        await self._read()
        return rx.toast(f"{title} went back to its creator.")

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            lines = await review.queue(session, viewer)
        self.queue = [
            {
                "id": str(line.id),
                "title": line.title,
                "creator": line.creator,
                "reason": line.reason,
                "files": f"{line.file_count} sounds",
                "since": f"{line.submitted_at:%d %b, %H:%M}",
            }
            for line in lines
        ]
        self.open_id, self.answer, self.is_loaded = "", "", True
        if lines:
            await self._open(str(lines[0].id))

    async def _open(self, draft_id: str) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            await review.queue(session, viewer)  # raises for everybody but moderators
            draft = await drafts.get(session, viewer, draft_id=draft_id)
        self.open_id, self.title, self.description = draft_id, draft.title, draft.description
        self.reason = draft.note
        self.facts = f"{draft.price_tokens} tokens, {draft.genre_slug}, {', '.join(draft.tags)}"
        self.rows = [studio.draft_row(file, draft.cover_key) for file in draft.files]
