"""State of the page header: name, balance, unread notifications."""

from collections.abc import Sequence

import reflex as rx

from askchopper import routes, settings
from askchopper.database import read_only, transaction
from askchopper.schemas.activity import NotificationSummary
from askchopper.services import activity, header
from askchopper.services.catalogue import detail
from askchopper.states import identity
from askchopper.states.announcements import AnnouncementState
from askchopper.states.assigning import assign
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import Role


class SessionState(rx.State):
    """State of the page header. Identity is never stored here; see ``states.identity``."""

    is_known: bool = False
    is_signed_in: bool = False
    name: str = ""
    initials: str = ""
    picture: str = ""
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
        await (await self.get_state(AnnouncementState))._load()  # noqa: SLF001 - public methods of states are callable by browsers
        assign(self, is_known=True, is_signed_in=viewer is not None)
        if viewer is None:
            assign(self, spotify="none" if settings.get().spotify_client_id else "off")
            return
        async with read_only() as session:
            shown = await header.read(session, viewer)
        self._show_tokens(shown.tokens)
        assign(
            self,
            name=viewer.display_name,
            email=viewer.email,
            is_moderator=viewer.is_moderator or viewer.needs_second_factor,
            initials=initials(viewer.display_name),
            creator_href=routes.creator(viewer.creator_slug) if viewer.creator_slug else "",
            unread=shown.unread,
            picture=shown.picture,
            # Only an admin can set up an app; members may bring their own in the settings.
            spotify="" if shown.spotify == "off" and viewer.role is not Role.ADMIN else shown.spotify,
        )

    @rx.event
    @handler(Access.MEMBER)
    async def open_notifications(self) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            lines = await activity.notifications(session, viewer)
            await activity.mark_read(session, viewer)
            packs = await detail.find_linked_packs(session, viewer, links=[line.link for line in lines])
        self.notices = [
            {**notice, "cover": packs[notice["link"]].cover_key if notice["link"] in packs else ""}
            for notice in _grouped(lines)
        ]
        self.unread = 0

    def _show_tokens(self, tokens: int) -> None:
        assign(self, _tokens=tokens, balance=f"{tokens:,}")


def _grouped(lines: Sequence[NotificationSummary]) -> list[dict[str, str]]:
    """Merge identical notifications of the same day into one with a count, in the order of the first of each."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for line in lines:
        day = f"{line.created_at:%-d %b %Y}"
        notice = found.setdefault(
            (line.sentence, line.link, day),
            {"id": line.id, "sentence": line.sentence, "link": line.link, "date": day, "count": "0"},
        )
        notice["count"] = str(int(notice["count"]) + 1)
    return list(found.values())


def initials(name: str) -> str:
    """Return the first letters of the first and last word of a name, in capitals."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
