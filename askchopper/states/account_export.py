"""State of the data export settings."""

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.view_models import catalogue
from askchopper.services import account_export, sessions
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import ExportState


class ExportDataState(rx.State):
    """The member's current export, if any."""

    state: str = ""  # waiting, ready or failed; empty without an export
    href: str = ""
    size: str = ""
    until: str = ""
    needs_password: bool = False
    problem: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.problem = ""
        async with read_only() as session:
            self.needs_password = not await sessions.is_recent(session, identity.require_viewer())
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def request(self, form: dict[str, str]) -> None:
        """Request an export. It contains all data, so it requires a recent sign-in or the password."""
        self.problem = ""
        viewer = identity.require_viewer()
        try:
            async with transaction() as session:
                await account_export.request(session, viewer, password=form.get("password", ""))
        except InvalidInputError as error:
            self.problem, self.needs_password = error.sentence, True
            return
        await self._read()

    async def _read(self) -> None:
        async with read_only() as session:
            found = await account_export.find_latest(session, identity.require_viewer())
        self.state = found.state.value if found else ""
        is_ready = found is not None and found.state is ExportState.READY
        self.href = routes.export_file(found.id) if found and is_ready else ""
        self.size = catalogue.size(found.size_bytes) if found and is_ready else ""
        self.until = f"{found.expires_at:%-d %B, %H:%M} UTC" if found and found.expires_at else ""
