"""States of the administrators' pages for members and the audit log."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, retrying, transaction
from askchopper.errors import InvalidInputError
from askchopper.plurals import counted
from askchopper.schemas.administration import AuditFilter, AuditLine, MemberLine
from askchopper.schemas.text import searchable
from askchopper.schemas.view_models import moderation
from askchopper.services import audit, members
from askchopper.services.studio import trust
from askchopper.states import identity
from askchopper.states.admin_lists import PagedListState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field


class MembersState(PagedListState, rx.State):
    """The list of members, and the details of the opened member."""

    words: str = ""
    open_id: str = ""
    devices: list[dict[str, str]] = []  # of the opened member
    trust: dict[str, str] = moderation.trust_facts(None)

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.words, self.open_id = "", ""
        await self._first(self._read())

    @rx.event
    @handler(Access.MEMBER)
    async def search(self, words: str) -> None:
        self.words = words[:200]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, member_id: str) -> None:
        """Open a member's details: their devices and, for a creator, the trust level; close them if they are open."""
        self.open_id = "" if self.open_id == member_id else member_id[:60]
        if self.open_id:
            await self._read_trust()
            await self._read_devices()

    @rx.event
    @handler(Access.MEMBER)
    async def set_trust(self, chosen: str) -> Any:
        """Set the trust level of the opened creator."""
        async with transaction() as session:
            await trust.choose(session, identity.require_viewer(), member_id=self.open_id, chosen=chosen[:20])
        await self._read_trust()
        return rx.toast("The trust level is changed.")

    @rx.event
    @handler(Access.MEMBER)
    async def suspend(self, form: dict[str, Any]) -> Any:
        """Suspend a member; an end date without a time means the start of that day in UTC."""
        async with transaction() as session:
            await members.suspend(
                session, identity.require_viewer(), member_id=field(form, "id"), reason=field(form, "reason"), until=_day(field(form, "until"))
            )  # fmt: skip
        await self._read()
        return rx.toast("Suspended, and signed out everywhere.")

    @rx.event
    @handler(Access.MEMBER)
    async def lift(self, member_id: str) -> Any:
        async with transaction() as session:
            await members.lift(session, identity.require_viewer(), member_id=member_id[:60])
        await self._read()
        return rx.toast("The suspension has ended.")

    @rx.event
    @handler(Access.MEMBER)
    async def set_role(self, member_id: str, role: str) -> Any:
        viewer = identity.require_viewer()
        await retrying(lambda session: members.set_role(session, viewer, member_id=member_id[:60], role=role[:20]))
        await self._read()
        return rx.toast("The role is changed.")

    @rx.event
    @handler(Access.MEMBER)
    async def sign_out(self, member_id: str) -> Any:
        async with transaction() as session:
            await members.sign_out(session, identity.require_viewer(), member_id=member_id[:60])
        self.devices = []
        await self._read()
        return rx.toast("Signed out everywhere.")

    async def _read_devices(self) -> None:
        async with read_only() as session:
            found = await members.list_sessions(session, identity.require_viewer(), member_id=self.open_id)
        self.devices = [
            {
                "id": one.id,
                "device": one.device,
                "facts": f"since {one.created_at:%-d %b %Y}, seen {one.last_seen_at:%-d %b %Y, %H:%M}",
            }
            for one in found
        ]

    async def _read_trust(self) -> None:
        async with read_only() as session:
            standing = await trust.get(session, identity.require_viewer(), member_id=self.open_id)
        self.trust = moderation.trust_facts(standing)

    async def _read(self, cursor: str = "") -> None:
        async with read_only() as session:
            page = await members.search(session, identity.viewer(), words=self.words, cursor=cursor or None)
        self._fill([_member(one) for one in page.items], page.next_cursor, is_next=bool(cursor))


class AuditState(PagedListState, rx.State):
    """The filtered audit log. ``chosen`` maps the export URL's filter parameters to their values."""

    chosen: dict[str, str] = {"action": ""}
    export: str = routes.AUDIT_EXPORT

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self._choose({"action": ""})
        await self._first(self._read())

    @rx.event
    @handler(Access.MEMBER)
    async def show_action(self, action: str) -> None:
        self._choose({**self.chosen, "action": searchable(action, max_length=60)})
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def show_entries(self, form: dict[str, Any]) -> None:
        """Filter by actor, target and days."""
        given = {name: searchable(field(form, name)) for name in ("who", "target", "from", "to")}
        _audit_filter(given)  # raises before an invalid filter is shown as chosen
        self._choose({"action": self.chosen["action"], **given})
        await self._read()

    def _choose(self, chosen: dict[str, str]) -> None:
        self.chosen = chosen
        given = {name: value for name, value in chosen.items() if value}
        self.export = routes.with_query(routes.AUDIT_EXPORT, **given)

    async def _read(self, cursor: str = "") -> None:
        async with read_only() as session:
            page = await audit.entries(session, identity.viewer(), _audit_filter(self.chosen), cursor=cursor or None)
        self._fill([_entry(one) for one in page.items], page.next_cursor, is_next=bool(cursor))


def _member(one: MemberLine) -> dict[str, str]:
    seen = f"seen {one.last_seen_at:%-d %b %Y}" if one.last_seen_at else "not signed in"
    devices = f", {counted(one.sessions, 'device')}" if one.sessions else ""
    until = f" until {one.suspended_until:%-d %b %Y}" if one.suspended_until else ""
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "role": one.role.value,
        "facts": f"joined {one.created_at:%-d %b %Y}, {seen}{devices}" + (", two factors" if one.has_second_factor else ""),
        "href": one.creator_slug,
        "suspended": f"Suspended{until}: {one.suspended_because}" if one.suspended_because else "",
        "deleted": "yes" if one.is_deleted else "",
    }  # fmt: skip


def _audit_filter(chosen: Mapping[str, str]) -> AuditFilter:
    names = {"from": "first", "to": "last"}
    return audit.parse_filter(**{names.get(name, name): value for name, value in chosen.items()})


def _entry(one: AuditLine) -> dict[str, str]:
    return {
        "id": str(one.id),
        "when": f"{one.created_at:%-d %b %Y, %H:%M}",
        "actor": one.actor,
        "action": one.action,
        "target": f"{one.target} {one.target_id}",
        "reason": one.reason,
        "change": f"{_words(one.before)} → {_words(one.after)}" if one.before or one.after else "",
    }


def _words(values: dict[str, Any]) -> str:
    return ", ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())[:300] or "-"


def _day(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC) if value else None
    except ValueError as error:
        raise InvalidInputError(
            "Enter the end of the suspension as a date, such as 2026-12-31.", field="until"
        ) from error
