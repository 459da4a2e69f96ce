"""State of the pages in the footer: terms, privacy, licences, help, contact, status."""

import reflex as rx

from askchopper.services import site_texts
from askchopper.services.assistant import markdown
from askchopper.states.error_handling import Access, handler


class SiteTextState(rx.State):
    path: str = ""  # of the page that these vars describe
    title: str = ""
    body: str = ""  # HTML

    @rx.event
    @handler(Access.OPEN)
    async def load(self) -> None:
        self.path = self.router.url.path.rstrip("/")
        text = site_texts.load(self.path.removeprefix("/"))
        heading, _, rest = text.partition("\n")
        self.title, self.body = heading.lstrip("# "), markdown.render(rest)
