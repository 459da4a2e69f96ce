"""State of the Spotify connection in the settings. Playback never passes through here.

Events of a tab run sequentially, so a slow response from Spotify would block the tab; the remote calls ``/api/v1/spotify`` instead. See
docs/decisions/0018.
"""

from typing import Any

import reflex as rx

from askchopper import settings
from askchopper.database import read_only, transaction
from askchopper.schemas.accounts import Viewer
from askchopper.schemas.spotify import ENDINGS
from askchopper.services.spotify import connection
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.session import SessionState


class SpotifyState(rx.State):
    """Connection status of the member; tokens never enter this state."""

    is_allowed: bool = False
    redirect_address: str = ""
    own_client_id: str = ""
    ended: str = ""
    is_shared: bool = False
    is_saved: bool = False
    is_asked: bool = False  # whether the confirmation to disconnect is shown

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        self.is_saved = self.is_asked = False
        await self._read(identity.require_viewer())

    @rx.event
    @handler(Access.MEMBER)
    async def toggle_confirmation(self) -> None:
        self.is_asked = not self.is_asked

    @rx.event
    @handler(Access.MEMBER)
    async def disconnect(self) -> Any:
        viewer = identity.require_viewer()
        self.is_asked = False
        async with transaction() as session:
            await connection.disconnect(session, viewer)
        await self._read(viewer)
        return rx.toast.success("Spotify is disconnected.")

    @rx.event
    @handler(Access.MEMBER)
    async def set_own_app(self, form: dict[str, str]) -> None:
        viewer = identity.require_viewer()
        self.is_saved = False
        wanted = str(form.get("client_id", ""))[:200] if isinstance(form, dict) else ""
        async with transaction() as session:
            await connection.set_own_app(session, viewer, client_id=wanted)
        self.is_saved = True
        await self._read(viewer)

    @rx.event
    @handler(Access.MEMBER)
    async def set_sharing(self, is_shared: bool) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await connection.share_with_assistant(session, viewer, is_shared=is_shared is True)
        await self._read(viewer)

    async def _read(self, viewer: Viewer) -> None:
        async with read_only() as session:
            found = await connection.status(session, viewer)
        self.is_allowed, self.is_shared = found.is_allowed, found.is_shared_with_assistant
        self.redirect_address, self.own_client_id = settings.get().spotify_redirect, found.own_client_id
        self.ended = ENDINGS.get(found.ended_because, "")
        header = await self.get_state(SessionState)
        header.spotify = found.word
