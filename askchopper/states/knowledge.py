"""State of the member's documents and attachments."""

from typing import Any

import reflex as rx

from askchopper import policy
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.view_models import chat
from askchopper.schemas.view_models.chat import DocumentView
from askchopper.services.knowledge import documents
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import DocumentState

PAGE = 50


class DocumentsState(rx.State):
    """State of the member's documents and of the attachments of the next question."""

    lines: list[DocumentView] = []
    attached: list[DocumentView] = []
    is_reading: bool = False
    removing_id: str = ""
    has_more: bool = False
    _shown: int = PAGE

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        viewer = identity.require_viewer()
        self._shown = min(self._shown + PAGE, documents.MAX_LIMIT)
        await self._read(viewer)

    async def _read(self, viewer: Viewer) -> None:
        async with read_only() as session:
            page = await documents.list_documents(session, viewer, limit=self._shown)
            ids = [line.id for line in self.attached]
            attached = await documents.find_documents(session, viewer, document_ids=ids) if ids else ()
        self.lines = [chat.document_view(line) for line in page.items]
        self.has_more = page.next_cursor is not None
        self.attached = [chat.document_view(line) for line in attached]
        self.is_reading = any(line.state == DocumentState.READING.value for line in (*self.lines, *self.attached))

    @rx.event
    @handler(Access.MEMBER)
    async def attach(self, document_id: str) -> None:
        viewer = identity.require_viewer()
        if len(self.attached) >= policy.MAX_QUESTION_DOCUMENTS:
            raise InvalidInputError(f"Attach at most {policy.MAX_QUESTION_DOCUMENTS} files to a question.")
        async with read_only() as session:
            line = await documents.get_document(session, viewer, document_id=str(document_id)[:60])
        if line.id not in {one.id for one in self.attached}:
            self.attached = [*self.attached, chat.document_view(line)]
        await self._read(viewer)

    @rx.event
    @handler(Access.OPEN)
    async def detach(self, document_id: str) -> None:
        self.attached = [one for one in self.attached if one.id != document_id]

    @rx.event
    @handler(Access.OPEN)
    async def detach_all(self) -> None:
        self.attached = []

    @rx.event
    @handler(Access.OPEN)
    async def ask_to_remove(self, document_id: str) -> None:
        self.removing_id = str(document_id)[:60]

    @rx.event
    @handler(Access.MEMBER)
    async def remove(self, document_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await documents.remove(session, viewer, document_id=str(document_id)[:60])
        self.removing_id = ""
        self.attached = [one for one in self.attached if one.id != document_id]
        self.lines = [one for one in self.lines if one.id != document_id]
        return rx.toast.success("Deleted, with everything that was read from it.")
