"""State of the account deletion settings. The form itself is a form post and does not pass through here."""

import reflex as rx

from askchopper.database import read_only
from askchopper.services import account_deletion, passwords, sessions
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class DeletionState(rx.State):
    """Whether deletion of the account is scheduled, and the proof of identity that scheduling it requires."""

    day: str = ""  # on which it will be deleted; empty if that is not planned
    needs_password: bool = False
    needs_sign_in: bool = False  # a member without a password proves who they are by signing in again

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            planned = await account_deletion.find_plan(session, viewer.user_id)
            is_recent = await sessions.is_recent(session, viewer)
            has_password = await passwords.has_password(session, viewer)
        self.day = planned.day if planned else ""
        self.needs_password = not is_recent and has_password
        self.needs_sign_in = not is_recent and not has_password
