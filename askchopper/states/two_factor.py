"""State of the two-factor settings. Secret and recovery codes are shown once and cleared at the next load."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.services import sessions, two_factor
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class TwoFactorState(rx.State):
    """Whether two-factor authentication is on or required, and its set-up."""

    is_on: bool = False
    is_demanded: bool = False  # an admin has to set it up
    codes_left: int = 0
    needs_password: bool = False
    key: str = ""
    picture: str = ""
    codes: list[str] = []
    problem: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        self.key, self.picture, self.codes, self.problem = "", "", [], ""
        self.is_demanded = viewer.needs_second_factor
        async with read_only() as session:
            self.needs_password = not await sessions.is_recent(session, viewer)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def begin(self, form: dict[str, str]) -> None:
        """Show a new secret, as a QR code and as text."""
        viewer, self.problem = identity.require_viewer(), ""
        try:
            async with transaction() as session:
                setup = await two_factor.begin(session, viewer, password=form.get("password", ""))
        except InvalidInputError as error:
            self.problem, self.needs_password = error.sentence, True
            return
        self.key, self.picture = setup.key, setup.picture

    @rx.event
    @handler(Access.MEMBER)
    async def confirm(self, form: dict[str, str]) -> None:
        """Turn two-factor authentication on with a first code, and show the recovery codes."""
        viewer, self.problem = identity.require_viewer(), ""
        try:
            async with transaction() as session:
                codes = await two_factor.confirm(session, viewer, code=form.get("authentication_code", ""))
        except InvalidInputError as error:
            self.problem = error.sentence
            return
        self.codes, self.key, self.picture, self.is_demanded = list(codes), "", "", False
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def renew_codes(self, form: dict[str, str]) -> None:
        viewer, self.problem = identity.require_viewer(), ""
        try:
            async with transaction() as session:
                codes = await two_factor.renew_codes(session, viewer, code=form.get("authentication_code", ""))
        except InvalidInputError as error:
            self.problem = error.sentence
            return
        self.codes = list(codes)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def turn_off(self, form: dict[str, str]) -> Any:
        viewer, self.problem = identity.require_viewer(), ""
        try:
            async with transaction() as session:
                await two_factor.turn_off(session, viewer, code=form.get("authentication_code", ""))
        except InvalidInputError as error:
            self.problem = error.sentence
            return None
        self.codes = []
        await self._read()
        return rx.toast("Two-factor authentication is off.")

    async def _read(self) -> None:
        async with read_only() as session:
            found = await two_factor.status(session, identity.require_viewer())
        self.is_on, self.codes_left = found.is_on, found.recovery_codes
