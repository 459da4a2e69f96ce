"""State of the page header: name, balance, unread notifications."""

import reflex as rx

from askchopper import routes, settings
from askchopper.database import read_only, transaction
from askchopper.services import activity, wallet
from askchopper.services.spotify import connection
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class SessionState(rx.State):
    """State of the page header. Identity is never stored here; see ``states.identity``."""

    is_known: bool = False
    is_signed_in: bool = False
    name: str = ""
    initials: str = ""
    email: str = ""
    creator_href: str = ""
    is_moderator: bool = False
    balance: str = ""
    spotify: str = ""  # off, none, ended or connected; empty until known
    unread: int = 0
    notices: list[dict[str, str]] = []
    _tokens: int = 0

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        self.is_known = True
        self.is_signed_in = viewer is not None
        if viewer is None:
            self.spotify = "none" if settings.get().spotify_client_id else "off"
            return
        self.name, self.email = viewer.display_name, viewer.email
        self.is_moderator = viewer.is_moderator
        self.initials = initials(viewer.display_name)
        self.creator_href = routes.creator(viewer.creator_slug) if viewer.creator_slug else ""
        async with read_only() as session:
            self._show_tokens((await wallet.balance(session, viewer)).total_tokens)
            self.unread = await activity.unread_count(session, viewer)
            self.spotify = (await connection.status(session, viewer)).word

    @rx.event
    @handler(Access.MEMBER)
    async def open_notifications(self) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            lines = await activity.notifications(session, viewer)
            await activity.mark_read(session, viewer)
        self.notices = [{"id": str(line.id), "sentence": line.sentence, "link": line.link} for line in lines]
        self.unread = 0

    def _show_tokens(self, tokens: int) -> None:
        self._tokens, self.balance = tokens, f"{tokens:,}"


def initials(name: str) -> str:
    """Return the first letters of the first and last word of a name."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
