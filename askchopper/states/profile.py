"""State of the profile form in the settings."""

from typing import Any

import reflex as rx

from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.accounts import Profile
from askchopper.services import profiles
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState, initials


class ProfileState(rx.State):
    """The member's stored profile; the form fields are uncontrolled, so that typing sends no events."""

    version: int = 0  # of the stored values, which the fields start with
    name: str = ""
    bio: str = ""
    links: str = ""
    picture: str = ""
    initials: str = ""
    problem: str = ""
    saved: str = ""
    has_sampler_tags: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.problem, self.saved = "", ""
        async with read_only() as session:
            self._show(await profiles.get(session, identity.require_viewer()))
            self.has_sampler_tags = await profiles.has_sampler_tags(session, identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, form: dict[str, str]) -> None:
        viewer = identity.require_viewer()
        given = (
            {name: str(form.get(name, ""))[:20_000] for name in ("name", "bio", "links")}
            if isinstance(form, dict)
            else {}
        )
        self.problem, self.saved = "", ""
        try:
            async with transaction() as session:
                await profiles.change(session, viewer, **{"name": "", "bio": "", "links": "", **given})
        except InvalidInputError as error:
            self.problem = error.sentence
            return
        async with read_only() as session:
            self._show(await profiles.get(session, viewer))
        self.saved = "Saved"
        await self._show_in_header()

    @rx.event
    @handler(Access.MEMBER)
    async def refresh_picture(self) -> None:
        """Show the newly uploaded picture."""
        async with read_only() as session:
            self.picture = await profiles.picture_key(session, identity.require_viewer())
        await self._show_in_header()

    @rx.event
    @handler(Access.MEMBER)
    async def remove_picture(self) -> Any:
        async with transaction() as session:
            await profiles.set_picture(session, identity.require_viewer(), key="")
        self.picture = ""
        await self._show_in_header()
        return rx.toast("Picture removed.")

    @rx.event
    @handler(Access.MEMBER)
    async def set_sampler_tags(self, is_on: bool) -> None:
        async with transaction() as session:
            await profiles.set_sampler_tags(session, identity.require_viewer(), is_on=is_on is True)
        self.has_sampler_tags = is_on is True

    def _show(self, profile: Profile) -> None:
        self.name, self.bio, self.links = profile.name, profile.bio, "\n".join(profile.links)
        self.picture, self.initials = profile.picture_key, initials(profile.name)
        self.version += 1

    async def _show_in_header(self) -> None:
        header = await self.get_state(SessionState)
        header.name, header.initials, header.picture = self.name, self.initials, self.picture
