"""State of the announcement above the page."""

import reflex as rx

from askchopper.services import switches
from askchopper.states.assigning import assign
from askchopper.states.error_handling import Access, handler


class AnnouncementState(rx.State):
    """The announcement above the page, until dismissed in this tab."""

    id: str = ""
    text: str = ""
    link: str = ""
    _dismissed: list[str] = []

    @rx.event
    @handler(Access.OPEN)
    async def dismiss(self) -> None:
        self._dismissed = [*self._dismissed, self.id][-20:]
        self.id = self.text = self.link = ""

    async def _load(self) -> None:
        shown = await switches.announcement()
        if shown is None or shown.id in self._dismissed:
            assign(self, id="", text="", link="")
        else:
            assign(self, id=shown.id, text=shown.text, link=shown.link)
