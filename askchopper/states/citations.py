"""State of the source dialog: the cited passage of a document or web page."""

from typing import Any

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from askchopper.database import read_only
from askchopper.errors import NotFoundError
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.assistant import SourcePart
from askchopper.services.assistant import conversations, rendering
from askchopper.services.knowledge import documents, passages
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler

QUOTE_AROUND = 420


class SourceState(rx.State):
    """State of the source dialog: the open passage, if any."""

    shown: dict[str, str] = {}

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, message_id: str, number: Any) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            line, _ = await conversations.get_message(session, viewer, message_id=str(message_id)[:60])
            found = next((p for p in line.parts if isinstance(p, SourcePart) and p.number == number), None)
            if found is None:
                raise NotFoundError("This source is unknown.")
            self.shown = await _passage(session, viewer, found)

    @rx.event
    @handler(Access.OPEN)
    async def close(self) -> None:
        self.shown = {}


async def _passage(session: AsyncSession, viewer: Viewer, source: SourcePart) -> dict[str, str]:
    """Return the text around a citation, or only the quote if the document was deleted."""
    shown = {
        "title": source.title, "place": f"Page {source.page}" if source.page else "", "quote": source.quote,
        "before": "", "after": "", "number": str(source.number), "is_gone": "", "href": "",
    }  # fmt: skip
    if source.url:
        return shown | {"place": rendering.site_and_date(source), "href": source.url}
    try:
        if source.passage_id:
            text = (await passages.get_passage(session, viewer, passage_id=source.passage_id)).text
        else:
            pages = await documents.whole_text(session, viewer, document_id=source.document_id)
            text = "\n\n".join(page.text for page in pages if source.page is None or page.page == source.page)
    except NotFoundError:
        return shown | {"is_gone": "1"}
    flat = " ".join(text.split())
    at = flat.find(source.quote)
    if at < 0:
        return shown | {"after": flat[: QUOTE_AROUND * 2], "quote": ""}
    end = at + len(source.quote)
    return shown | {"before": flat[max(0, at - QUOTE_AROUND) : at], "after": flat[end : end + QUOTE_AROUND]}
