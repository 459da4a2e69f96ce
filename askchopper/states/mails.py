"""State of the e-mail settings."""

import reflex as rx

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.services import email_changes, notification_mails, sessions
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import MailKind

_LABELS = {
    MailKind.SALES: "Sales of your packs",
    MailKind.PACKS: "Your packs: publishing, and sounds that need a fix",
    MailKind.ACCOUNT: "Security, and your data",
    MailKind.COMMUNITY: "Comments, replies, mentions and reviews",
    MailKind.LIKES: "Likes, followers and collections",
    MailKind.DIGEST: "A weekly digest of your feed",
    MailKind.FIGURES: "Weekly stats for your packs",
    MailKind.NEWS: "News: new sounds for your saved searches, and tips",
}


class MailsState(rx.State):
    """Whether the e-mail address is verified, and which notifications are mailed."""

    email: str = ""
    is_verified: bool = True
    needs_password: bool = False
    sends_mails: bool = False
    kinds: list[dict[str, str | bool]] = []

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        self.email, self.sends_mails = viewer.email, bool(settings.get().smtp_host)
        async with read_only() as session:
            self.is_verified = await email_changes.is_verified(session, viewer)
            self.needs_password = not await sessions.is_recent(session, viewer)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def set_kind(self, kind: str, is_on: bool) -> None:
        async with transaction() as session:
            await notification_mails.choose(session, identity.require_viewer(), kind=kind[:20], is_on=is_on)
        await self._read()

    async def _read(self) -> None:
        async with read_only() as session:
            chosen = await notification_mails.choices(session, identity.require_viewer().user_id)
        self.kinds = [{"id": kind.value, "label": _LABELS[kind], "is_on": is_on} for kind, is_on in chosen.items()]
