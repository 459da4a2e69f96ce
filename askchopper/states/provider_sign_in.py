"""States of sign-in with a provider: the buttons of the sign-in pages, the registration form, and the settings."""

from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from askchopper import routes, settings
from askchopper.database import read_only, transaction
from askchopper.schemas import form_errors
from askchopper.services import passwords, provider_sign_in
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler


class ProvidersState(rx.State):
    """The providers offered on the sign-in and registration pages."""

    offered: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.offered = [
            {"id": provider, "label": f"Sign in with {name}", "href": routes.oauth_login(provider)}
            for provider, name in settings.get().sign_in_providers.items()
        ]


class SignInMethodsState(rx.State):
    """The member's sign-in methods: a password, and linked providers."""

    providers: list[dict[str, str]] = []
    has_password: bool = True
    notice: str = ""
    is_problem: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        """Load the providers, and the result of linking one from the code in the URL."""
        code = parse_qs(self.router.url.query.lstrip("?")).get("provider", [""])[0]
        self.notice, self.is_problem = form_errors.sentence(code), code != "linked"
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def unlink(self, provider: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await provider_sign_in.unlink(session, viewer, provider=provider[:20])
        self.notice = ""
        await self._read()
        return rx.toast(f"{provider_sign_in.name_of(provider)} is unlinked.")

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            linked = await provider_sign_in.list_linked(session, viewer)
            self.has_password = await passwords.has_password(session, viewer)
        self.providers = [
            {
                "id": line.id,
                "name": line.name,
                "email": line.email,
                "is_linked": "yes" if line.is_linked else "",
                "href": routes.oauth_login(line.id, is_linking=True) if line.is_offered else "",
            }
            for line in linked
        ]
