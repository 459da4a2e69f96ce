"""State of the notification centre."""

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.services import activity, notification_mails
from askchopper.services.catalogue import detail
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState

PARTS: dict[str, tuple[str, ...]] = {
    "community": ("like", "follower", "collection", "comment", "reply", "mention", "review"),
    "sales": ("sale", "refund", "payout", "payment"),
    "packs": ("release", "analysis", "upload", "damage", "quality"),
    "searches": ("search",),
}
_LABELS = {
    "like": "Likes on your sounds and packs",
    "follower": "New followers",
    "collection": "Followers of your collections",
    "comment": "Comments on your packs",
    "reply": "Replies to your comments",
    "mention": "Mentions of you",
    "review": "Reviews of your packs",
    "search": "New sounds for your saved searches",
}


class NotificationsState(rx.State):
    """Notifications, filtered by ``show`` in the URL, and the switches of their kinds. Shown ones are marked as read."""

    is_loaded: bool = False
    part: str = ""
    rows: list[dict[str, str]] = []
    has_more: bool = False
    switches: list[dict[str, str | bool]] = []
    _cursor: str | None = None

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        wanted = str(self.router.url.query_parameters.get("show") or "")
        self.part = wanted if wanted in PARTS else ""
        self.rows = []
        await self._read(cursor=None)
        await self._read_switches()
        async with transaction() as session:
            await activity.mark_read(session, identity.require_viewer())
        (await self.get_state(SessionState)).unread = 0
        self.is_loaded = True

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self._cursor is not None:
            await self._read(cursor=self._cursor)

    @rx.event
    @handler(Access.MEMBER)
    async def switch(self, kind: str, is_on: bool) -> None:
        async with transaction() as session:
            await notification_mails.choose_site(session, identity.require_viewer(), kind=kind[:20], is_on=is_on)
        await self._read_switches()

    async def _read(self, *, cursor: str | None) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            page = await activity.list_notifications(session, viewer, kinds=PARTS.get(self.part, ()), cursor=cursor)
            packs = await detail.find_linked_packs(session, viewer, links=[line.link for line in page.items])
        self.rows = self.rows + [
            {
                "id": line.id,
                "sentence": line.sentence,
                "link": line.link,
                "cover": packs[line.link].cover_key if line.link in packs else "",
                "date": f"{line.created_at:%-d %b %Y, %H:%M}",
                "is_new": "" if line.is_read else "yes",
            }
            for line in page.items
        ]
        self._cursor, self.has_more = page.next_cursor, page.next_cursor is not None

    async def _read_switches(self) -> None:
        async with read_only() as session:
            chosen = await notification_mails.site_choices(session, identity.require_viewer())
        self.switches = [{"id": kind, "label": _LABELS[kind], "is_on": is_on} for kind, is_on in chosen.items()]
