"""States of the moderation queue: the list, the open item, decisions and messages; and the packs taken down.

Methods that these states call on each other are private, since browsers can call public ones.
"""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, ConflictError, InvalidInputError, NotFoundError
from askchopper.moderation_vocabulary import ItemKind
from askchopper.plurals import counted, noun
from askchopper.schemas.drafts import DraftDetail
from askchopper.schemas.moderation import ItemDetail
from askchopper.schemas.view_models import catalogue, moderation, studio
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.schemas.view_models.moderation import MessageRow, QueueRow, TwinRow
from askchopper.schemas.view_models.studio import DraftRow
from askchopper.services.community import taken_down
from askchopper.services.moderation import claims, decisions, details, messages, queue
from askchopper.services.studio import drafts, trust
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler, toast_error
from askchopper.states.form_fields import field
from askchopper.states.undo import undo_toast
from askchopper.vocabulary import Role

_DONE = {"approved": "Approved", "returned": "Returned"}


class ModerationState(rx.State):
    """The list of open items with its filters."""

    is_loaded: bool = False
    is_missing: bool = False
    is_admin: bool = False
    kind: str = ""
    state: str = ""
    kinds: list[dict[str, str]] = []
    lists: dict[str, str] = {}
    queue: list[QueueRow] = []
    next_cursor: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        viewer = identity.viewer()
        if viewer is not None and viewer.needs_second_factor:
            return rx.redirect(routes.TWO_FACTOR)
        self.kind, self.state = "", ""
        self.is_admin = viewer is not None and viewer.role is Role.ADMIN
        try:
            await self._reload()
        except NotFoundError:
            self.is_missing, self.queue = True, []

    @rx.event
    @handler(Access.MEMBER)
    async def show_kind(self, kind: str) -> None:
        self.kind = kind[:20]
        await self._reload()

    @rx.event
    @handler(Access.MEMBER)
    async def show_state(self, state: str) -> None:
        self.state = state[:20]
        await self._reload()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self.next_cursor:
            await self._read_list(self.next_cursor)

    async def _reload(self) -> None:
        """Reload the first page and open its first item."""
        await self._read_list()
        await self._count()
        self.is_missing, self.is_loaded = False, True
        chosen = await self.get_state(SelectionState)
        chosen.selected, chosen.results = [], []
        item = await self.get_state(QueueItemState)
        await item._show(self.queue[0].item if self.queue else "")  # noqa: SLF001

    async def _remove(self, item: str) -> None:
        """Remove a decided item from the list and open the next one."""
        place = next((at for at, row in enumerate(self.queue) if row.item == item), 0)
        self.queue = [row for row in self.queue if row.item != item]
        if not self.queue:
            await self._reload()
            return
        await self._count()
        opened = await self.get_state(QueueItemState)
        await opened._show(self.queue[min(place, len(self.queue) - 1)].item)  # noqa: SLF001

    async def _replace(self, fresh: QueueRow) -> None:
        """Update an item's row in the list."""
        self.queue = [fresh if row.item == fresh.item else row for row in self.queue]

    async def _read_list(self, cursor: str = "") -> None:
        async with read_only() as session:
            page = await queue.items(
                session, identity.viewer(), kind=self.kind, state=self.state, cursor=cursor or None
            )
        shown = [moderation.queue_row(one) for one in page.items]
        self.queue, self.next_cursor = ([*self.queue, *shown] if cursor else shown), page.next_cursor or ""

    async def _count(self) -> None:
        async with read_only() as session:
            counts = await queue.counts(session, identity.viewer())
            long = await queue.list_forgotten_claims(session, identity.viewer())
        self.kinds = moderation.kind_options(counts)
        names = sorted({one.moderator for one in long})
        verb = noun(counts.overdue, "has", "have")
        self.lists = {
            "overdue": f"{counts.overdue} {verb} been waiting for more than {policy.OVERDUE_HOURS} hours." if counts.overdue else "",
            "held": f"Claimed for more than {policy.CLAIM_LONG_HOURS} hours: {len(long)}, by {', '.join(names)[:200]}." if long else "",
        }  # fmt: skip


class QueueItemState(rx.State):
    """The open item with its note and decision."""

    open_id: str = ""
    facts: dict[
        str, str
    ] = {}  # title, owner, kind, since, href, approve, reject, note_required, note_hint, holder, is_mine
    fields: list[dict[str, str]] = []
    rows: list[DraftRow] = []
    sounds: list[SoundRow] = []
    twins: list[TwinRow] = []
    messages: list[MessageRow] = []
    templates: list[dict[str, str]] = []
    trust: dict[str, str] = {}
    note: str = ""
    note_key: str = ""

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, item: str) -> Any:
        try:
            await self._show(item[: queue.MAX_ITEM])
        except NotFoundError as error:
            return await self._leave(item, error)

    @rx.event
    @handler(Access.OPEN)
    async def set_note(self, text: str) -> None:
        self.note = text[: policy.MAX_MODERATION_CHARACTERS]

    @rx.event
    @handler(Access.MEMBER)
    async def insert_template(self, template_id: str) -> None:
        """Insert a template into the note."""
        async with read_only() as session:
            known = await messages.templates(session, identity.viewer())
        chosen = next((one for one in known if one.id == template_id), None)
        if chosen is not None:
            self.note = messages.fill(chosen, self.facts.get("title", ""))
            self.note_key = f"{self.open_id} {chosen.id} {len(self.note_key) % 7}"

    @rx.event
    @handler(Access.MEMBER)
    async def take(self) -> Any:
        try:
            async with transaction() as session:
                await claims.take(session, identity.viewer(), item=self.open_id)
        except NotFoundError as error:
            return await self._leave(self.open_id, error)
        except ConflictError:
            await self._refresh()  # shows who has it
            raise
        await self._refresh()

    @rx.event
    @handler(Access.MEMBER)
    async def release(self) -> None:
        async with transaction() as session:
            await claims.release(session, identity.viewer(), item=self.open_id)
        await self._refresh()

    @rx.event
    @handler(Access.MEMBER)
    async def decide(self, verdict: str, item: str) -> Any:
        """Decide on the open item and open the next one. The second click of a double click names an item that is no longer open."""
        title = self.facts.get("title", "")
        if item != self.open_id:
            return None
        try:
            async with transaction() as session:
                made = await decisions.decide(session, identity.viewer(), item=item, verdict=verdict, note=self.note)
        except NotFoundError as error:
            return await self._leave(item, error)
        except ConflictError:
            await self._refresh()  # shows who has it
            raise
        listed = await self.get_state(ModerationState)
        await listed._remove(item)  # noqa: SLF001
        words = _sentence(item, title, verdict)
        if not made.can_undo:
            return rx.toast.success(words)
        return undo_toast(words, QueueItemState.undo(made.id))

    @rx.event
    @handler(Access.MEMBER)
    async def undo(self, decision_id: str) -> Any:
        """Undo a decision."""
        async with transaction() as session:
            item = await decisions.undo(session, identity.viewer(), decision_id=decision_id[:60])
        listed = await self.get_state(ModerationState)
        await listed._reload()  # noqa: SLF001
        await self._show(item)
        return rx.toast("It is in the queue again.")

    @rx.event
    @handler(Access.MEMBER)
    async def send_message(self, form: dict[str, Any]) -> Any:
        """Send a message to the member concerned, or save a note for moderators only."""
        is_private, words = bool(field(form, "private")), field(form, "text")
        async with transaction() as session:
            await messages.send(session, identity.viewer(), item=self.open_id, written=words, is_private=is_private)
        await self._refresh()
        return rx.toast("The note is saved." if is_private else "The message is sent.")

    @rx.event
    @handler(Access.MEMBER)
    async def set_trust(self, chosen: str) -> Any:
        """Set the trust level of the creator concerned."""
        viewer, member_id = identity.require_viewer(), self.trust.get("member", "")
        async with transaction() as session:
            await trust.choose(session, viewer, member_id=member_id, chosen=chosen[:20])
        await self._refresh()
        return rx.toast("The trust level is changed.")

    async def _leave(self, item: str, error: NotFoundError) -> Any:
        """Remove an item that another moderator decided, open the next one, and show a notice."""
        listed = await self.get_state(ModerationState)
        await listed._remove(item)  # noqa: SLF001
        return toast_error(error.sentence)

    async def _show(self, item: str) -> None:
        """Open an item with an empty note; an empty id closes the open item."""
        self.open_id, self.note, self.note_key = item, "", item
        self.fields, self.rows, self.sounds, self.twins, self.messages = [], [], [], [], []
        self.facts, self.trust = {}, {}
        if item:
            await self._read()

    async def _refresh(self) -> None:
        """Reload the open item and its row in the list."""
        async with read_only() as session:
            fresh = await queue.find(session, identity.viewer(), item=self.open_id)
        listed = await self.get_state(ModerationState)
        await listed._replace(moderation.queue_row(fresh))
        await self._read()

    async def _read(self) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            found = await details.get(session, viewer, item=self.open_id)
            word, _, key = found.item.item.partition(":")
            heard = await details.sounds(session, viewer, item=self.open_id)
            said = await messages.about(session, viewer, item=self.open_id)
            known = await messages.templates(session, viewer)
            owner = found.item.owner_id
            standing = await trust.get(session, viewer, member_id=owner) if owner else None
            draft = await drafts.get(session, viewer, draft_id=key) if word == "draft" else None
            alike = await details.twins(session, viewer, draft_id=key) if word == "draft" else ()
        self.facts, self.trust = _facts(found), moderation.trust_facts(standing)
        self.rows, notes = moderation.group_notes(
            [studio.draft_row(file, draft.cover_key) for file in draft.files] if draft else []
        )
        drafted = {row.id: row for row in self.rows}
        rows = [moderation.twin_row(twin, sound, drafted) for twin, sound in alike]
        self.twins = [row for row in rows if row is not None]
        self.sounds = [catalogue.sound_row(one) for one in heard]
        self.fields = [{"label": label, "text": text} for label, text in (*found.fields, *_draft_lines(draft))]
        self.fields += notes
        self.messages = [moderation.message_row(one) for one in said]
        self.templates = [{"id": one.id, "title": one.title} for one in known]


class SelectionState(rx.State):
    """Bulk selection: the selected items and the result for each."""

    selected: list[str] = []
    results: list[dict[str, str]] = []

    @rx.event
    @handler(Access.OPEN)
    async def toggle(self, item: str) -> None:
        """Select or deselect an item."""
        chosen = item[: queue.MAX_ITEM]
        if chosen in self.selected:
            self.selected = [one for one in self.selected if one != chosen]
        elif len(self.selected) < policy.MAX_BULK_DECISIONS:
            self.selected = [*self.selected, chosen]
        else:
            raise InvalidInputError(f"Select up to {policy.MAX_BULK_DECISIONS} items.")

    @rx.event
    @handler(Access.MEMBER)
    async def decide(self, verdict: str) -> None:
        """Decide on each selected item separately, and list the results."""
        viewer = identity.require_viewer()
        if not self.selected:  # the second click of a double click would clear the results
            return
        listed, opened = await self.get_state(ModerationState), await self.get_state(QueueItemState)
        titles, note = {row.item: row.title for row in listed.queue}, opened.note
        results: list[dict[str, str]] = []
        for item in self.selected[: policy.MAX_BULK_DECISIONS]:
            outcome, tone = _DONE.get(verdict, ""), "good"
            try:
                async with transaction() as session:
                    await decisions.decide(session, viewer, item=item, verdict=verdict, note=note)
            except AskChopperError as error:
                outcome, tone = error.sentence, "bad"
            results.append({"item": item, "title": titles.get(item, item), "outcome": outcome, "tone": tone})
        await listed._reload()  # noqa: SLF001
        self.results = results


class TakenDownState(rx.State):
    """The packs taken down, for moderators."""

    rows: list[dict[str, str]] = []

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        viewer = identity.viewer()
        if viewer is None or not viewer.is_moderator:
            self.rows = []
            return
        async with read_only() as session:
            self.rows = _down(await taken_down.list_current(session, viewer))

    @rx.event
    @handler(Access.MEMBER)
    async def lift(self, slug: str) -> Any:
        """Put a pack on sale again."""
        viewer = identity.require_viewer()
        async with transaction() as session:
            await taken_down.lift(session, viewer, slug=slug[:100])
            self.rows = _down(await taken_down.list_current(session, viewer))
        return rx.toast("It is on sale again.")


def _down(found: Sequence[Any]) -> list[dict[str, str]]:
    return [
        {"slug": one.slug, "title": one.title, "facts": f"{one.creator} · {one.reason} · since {one.since:%-d %b %Y}, by {one.decided_by}" + (" · legal hold" if one.is_legal_hold else "")}
        for one in found
    ]  # fmt: skip


def _draft_lines(draft: DraftDetail | None) -> list[tuple[str, str]]:
    if draft is None:
        return []
    details_line = f"{counted(draft.price_tokens, 'token')}, {draft.genre_slug}, {', '.join(draft.tags)}"
    return [("Details", details_line), *([("Description", draft.description)] if draft.description else [])]


def _facts(found: ItemDetail) -> dict[str, str]:
    item = found.item
    return {
        "title": item.title or "Untitled",
        "owner": item.owner,
        "kind": moderation.KIND_WORDS[item.kind],
        "since": f"waiting since {item.since:%-d %b, %H:%M}",
        "href": found.href,
        "approve": found.approve,
        "reject": found.reject,
        "note_required": "yes" if found.note_required else "",
        "note_hint": "Emailed to the sender of the notice." if item.kind is ItemKind.NOTICE else "",
        "holder": item.held_by,
        "is_mine": "yes" if item.is_mine else "",
        "concerns": "yes" if item.owner_id else "",
    }


def _sentence(item: str, title: str, verdict: str) -> str:
    if item.startswith("draft:"):
        return f"{title} is being published." if verdict == "approved" else f"{title} went back to its creator."
    return f"{title}: {_DONE[verdict].lower()}."
