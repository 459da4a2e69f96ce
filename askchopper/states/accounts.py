"""State of the settings page: sessions and access tokens. Passwords are form posts and never pass through here."""

import reflex as rx

from askchopper import policy, routes, settings
from askchopper.database import read_only, transaction
from askchopper.services import access_tokens, passwords, sessions
from askchopper.services.catalogue import detail
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import McpScope, Role, TokenScope


class RegisterState(rx.State):
    """Configuration of the registration form."""

    needs_code: bool = False

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        """Load whether registration requires a verification code."""
        self.needs_code = settings.get().verification_code is not None


class ReturnState(rx.State):
    """The page to return to after signing in or registering."""

    pack: str = ""  # title of the pack whose page it is; empty for other pages

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        link = str(self.router.url.query_parameters.get("next", ""))[:200]
        async with read_only() as session:
            found = await detail.find_linked_packs(session, identity.viewer(), links=[link])
        self.pack = found[link].title if link in found else ""


class SettingsState(rx.State):
    """The member's sessions and access tokens."""

    sessions: list[dict[str, str | bool]] = []
    tokens: list[dict[str, str]] = []
    new_token: str = ""
    needs_password: bool = False
    may_give_admin: bool = False
    mcp_address: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> None:
        viewer = identity.require_viewer()
        self.new_token, self.mcp_address = "", settings.get().base_url + routes.MCP
        self.may_give_admin = viewer.role is not Role.MEMBER
        async with read_only() as session:
            self.needs_password = not await sessions.is_recent(session, viewer)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def revoke_session(self, session_id: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await sessions.revoke_session(session, viewer, session_id=str(session_id)[:60])
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def make_token(self, form: dict[str, str]) -> None:
        """Create an access token and show it once. It outlives the session, so it requires a recent sign-in or the password."""
        viewer = identity.require_viewer()
        access = form.get("access", "write")
        scopes = set[TokenScope]() if access == "none" else {TokenScope.READ}
        if access not in {"read", "none"}:
            scopes.add(TokenScope.WRITE)
        if form.get("admin") and scopes:
            scopes.add(TokenScope.ADMIN)
        days = form.get("days", "")
        async with transaction() as session:
            self.needs_password = not await sessions.is_recent(session, viewer)
            await passwords.prove_identity(session, viewer, password=form.get("password", ""))
            self.new_token = await access_tokens.create(
                session,
                viewer,
                name=form.get("name", ""),
                scopes=scopes,
                mcp_scopes={scope for scope in McpScope if form.get(f"mcp-{scope.value}")},
                days=int(days) if days.isdecimal() and len(days) < 5 else policy.TOKEN_DAYS[1],
            )
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def revoke_token(self, token_id: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await access_tokens.revoke(session, viewer, token_id=str(token_id)[:60])
        await self._read()

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            browsers = await sessions.list_sessions(session, viewer)
            tokens = await access_tokens.list_tokens(session, viewer)
        self.sessions = [
            {
                "id": line.id,
                "device": line.device,
                "since": f"{line.created_at:%-d %b %Y}",
                "seen": f"{line.last_seen_at:%-d %b %Y, %H:%M} UTC",
                "is_current": line.is_current,
            }
            for line in browsers
        ]
        self.tokens = [
            {
                "id": line.id,
                "name": line.name,
                "since": f"{line.created_at:%-d %b %Y}",
                "used": f"{line.last_used_at:%-d %b %Y}" if line.last_used_at else "never",
                "until": f"{line.expires_at:%-d %b %Y}" if line.expires_at else "",
                "access": _access(line.scopes, line.mcp_scopes),
            }
            for line in tokens
        ]


def _access(scopes: frozenset[TokenScope], mcp_scopes: frozenset[McpScope]) -> str:
    words = ["API: read and write" if TokenScope.WRITE in scopes else "API: read only"] if scopes else []
    words += ["admin"] if TokenScope.ADMIN in scopes else []
    words += [f"MCP: {', '.join(sorted(mcp_scopes))}"] if mcp_scopes else []
    return " · ".join(words)
