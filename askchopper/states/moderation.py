"""States of the moderators' queue: the list, the open item, decisions, messages; and the packs that are taken down."""

from collections.abc import Sequence
from typing import Any

import reflex as rx
from reflex_components_sonner.toast import ToastAction

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, InvalidInputError, NotFoundError
from askchopper.schemas.moderation import ItemDetail
from askchopper.schemas.view_models import catalogue, moderation, studio
from askchopper.schemas.view_models.catalogue import SoundRow
from askchopper.schemas.view_models.moderation import MessageRow, QueueRow, TwinRow
from askchopper.schemas.view_models.studio import DraftRow
from askchopper.services.community import taken_down
from askchopper.services.moderation import claims, decisions, details, messages, queue
from askchopper.services.studio import drafts, trust
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field

_UNDO_MILLISECONDS = 15_000
_DONE = {"approved": "Approved", "returned": "Returned"}


class ModerationState(rx.State):
    """The queue, one item of it open."""

    is_loaded: bool = False
    is_missing: bool = False
    kind: str = ""
    state: str = ""
    kinds: list[dict[str, str]] = []
    lists: dict[str, str] = {}
    queue: list[QueueRow] = []
    next_cursor: str = ""
    open_id: str = ""
    facts: dict[str, str] = {}  # of the open item: title, owner, href, approve, reject, note_required, holder, is_mine
    fields: list[dict[str, str]] = []
    rows: list[DraftRow] = []
    sounds: list[SoundRow] = []
    twins: list[TwinRow] = []
    messages: list[MessageRow] = []
    templates: list[dict[str, str]] = []
    trust: dict[str, str] = {}
    note: str = ""
    note_key: str = ""
    selected: list[str] = []
    results: list[dict[str, str]] = []
    _decision: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> Any:
        viewer = identity.viewer()
        if viewer is not None and viewer.needs_second_factor:
            return rx.redirect(routes.TWO_FACTOR)
        self.kind, self.state, self.selected, self.results = "", "", [], []
        try:
            await self._read()
        except NotFoundError:
            self.is_missing, self.queue, self.open_id = True, [], ""

    @rx.event
    @handler(Access.MEMBER)
    async def show_kind(self, kind: str) -> None:
        self.kind, self.selected = kind[:20], []
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def show_state(self, state: str) -> None:
        self.state, self.selected = state[:20], []
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self.next_cursor:
            await self._read_list(self.next_cursor)

    @rx.event
    @handler(Access.MEMBER)
    async def open(self, item: str) -> None:
        await self._open(item[: queue.MAX_ITEM])

    @rx.event
    @handler(Access.OPEN)
    async def set_note(self, text: str) -> None:
        self.note = text[: policy.MAX_MODERATION_CHARACTERS]

    @rx.event
    @handler(Access.MEMBER)
    async def insert_template(self, template_id: str) -> None:
        """Put a template's text into the note."""
        async with read_only() as session:
            known = await messages.templates(session, identity.viewer())
        chosen = next((one for one in known if one.id == template_id), None)
        if chosen is not None:
            self.note = messages.fill(chosen, self.facts.get("title", ""))
            self.note_key = f"{self.open_id} {chosen.id} {len(self.note_key) % 7}"

    @rx.event
    @handler(Access.MEMBER)
    async def take(self) -> None:
        async with transaction() as session:
            await claims.take(session, identity.viewer(), item=self.open_id)
        await self._refresh()

    @rx.event
    @handler(Access.MEMBER)
    async def release(self) -> None:
        async with transaction() as session:
            await claims.release(session, identity.viewer(), item=self.open_id)
        await self._refresh()

    @rx.event
    @handler(Access.MEMBER)
    async def approve(self) -> Any:
        return await self._decide("approved")

    @rx.event
    @handler(Access.MEMBER)
    async def send_back(self) -> Any:
        return await self._decide("returned")

    @rx.event
    @handler(Access.MEMBER)
    async def undo(self) -> Any:
        """Take the latest decision back."""
        decision_id, self._decision = self._decision, ""
        async with transaction() as session:
            item = await decisions.undo(session, identity.viewer(), decision_id=decision_id)
        await self._read()
        await self._open(item)
        return rx.toast("It is in the queue again.")

    @rx.event
    @handler(Access.OPEN)
    async def toggle(self, item: str) -> None:
        """Select an item, or no longer."""
        chosen = item[: queue.MAX_ITEM]
        if chosen in self.selected:
            self.selected = [one for one in self.selected if one != chosen]
        elif len(self.selected) < policy.MAX_BULK_DECISIONS:
            self.selected = [*self.selected, chosen]
        else:
            raise InvalidInputError(f"Select {policy.MAX_BULK_DECISIONS} items at most.")

    @rx.event
    @handler(Access.MEMBER)
    async def decide_selected(self, verdict: str) -> None:
        """Decide about the selected items, each on its own, and list what became of each."""
        viewer = identity.require_viewer()
        titles = {row.item: row.title for row in self.queue}
        results: list[dict[str, str]] = []
        for item in self.selected[: policy.MAX_BULK_DECISIONS]:
            outcome, tone = _DONE.get(verdict, ""), "good"
            try:
                async with transaction() as session:
                    await decisions.decide(session, viewer, item=item, verdict=verdict, note=self.note)
            except AskChopperError as error:
                outcome, tone = error.sentence, "bad"
            results.append({"item": item, "title": titles.get(item, item), "outcome": outcome, "tone": tone})
        self.selected = []
        await self._read()
        self.results = results

    @rx.event
    @handler(Access.MEMBER)
    async def send_message(self, form: dict[str, Any]) -> Any:
        """Write to the member whom the open item concerns, or a note that only moderators see."""
        is_private = bool(field(form, "private"))
        async with transaction() as session:
            await messages.send(
                session, identity.viewer(), item=self.open_id, written=field(form, "text"), is_private=is_private
            )
        await self._refresh()
        return rx.toast("The note is saved." if is_private else "The message is sent.")

    @rx.event
    @handler(Access.MEMBER)
    async def set_trust(self, chosen: str) -> Any:
        """Choose the trust level of the creator whom the open item concerns."""
        async with transaction() as session:
            await trust.choose(
                session, identity.require_viewer(), member_id=self.trust.get("member", ""), chosen=chosen[:20]
            )
        await self._refresh()
        return rx.toast("The trust level is changed.")

    async def _decide(self, verdict: str) -> Any:
        item, title = self.open_id, self.facts.get("title", "")
        async with transaction() as session:
            made = await decisions.decide(session, identity.viewer(), item=item, verdict=verdict, note=self.note)
        place = next((at for at, row in enumerate(self.queue) if row.item == item), 0)
        self.queue = [row for row in self.queue if row.item != item]
        self.selected, self.results = [one for one in self.selected if one != item], []
        await self._count()
        if not self.queue:
            await self._read()
        else:
            await self._open(self.queue[min(place, len(self.queue) - 1)].item)
        words = _sentence(item, title, verdict)
        if not made.can_undo:
            return rx.toast.success(words)
        self._decision = made.id
        undo = ToastAction(label="Undo", on_click=ModerationState.undo)
        return rx.toast(words, action=undo, duration=_UNDO_MILLISECONDS)

    async def _read(self) -> None:
        self.results = []
        await self._read_list()
        await self._count()
        self.is_missing, self.is_loaded = False, True
        await self._open(self.queue[0].item if self.queue else "")

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
            long = await queue.held_long(session, identity.viewer())
            known = await messages.templates(session, identity.viewer())
        self.kinds = moderation.kind_options(counts)
        self.templates = [{"id": one.id, "title": one.title} for one in known]
        names = sorted({one.moderator for one in long})
        self.lists = {
            "overdue": f"{counts.overdue} wait for more than {policy.OVERDUE_HOURS} hours." if counts.overdue else "",
            "held": f"Taken for more than {policy.CLAIM_LONG_HOURS} hours: {len(long)}, by {', '.join(names)[:200]}." if long else "",
        }  # fmt: skip

    async def _refresh(self) -> None:
        """Read the open item again, with its line in the list."""
        async with read_only() as session:
            fresh = moderation.queue_row(await queue.find(session, identity.viewer(), item=self.open_id))
        self.queue = [fresh if row.item == fresh.item else row for row in self.queue]
        await self._show(self.open_id)

    async def _open(self, item: str) -> None:
        self.open_id, self.note, self.note_key = item, "", item
        self.fields, self.rows, self.sounds, self.twins, self.messages, self.facts, self.trust = (
            [],
            [],
            [],
            [],
            [],
            {},
            {},
        )
        if item:
            await self._show(item)

    async def _show(self, item: str) -> None:
        viewer = identity.require_viewer()
        async with read_only() as session:
            found = await details.get(session, viewer, item=item)
            word, _, key = found.item.item.partition(":")
            heard = await details.sounds(session, viewer, item=item)
            said = await messages.about(session, viewer, item=item)
            owner = found.item.owner_id
            standing = await trust.get(session, viewer, member_id=owner) if owner else None
            draft = await drafts.get(session, viewer, draft_id=key) if word == "draft" else None
            alike = await details.twins(session, viewer, draft_id=key) if word == "draft" else ()
        self.facts, self.trust = _facts(found), moderation.trust_facts(standing)
        lines = list(found.fields)
        if draft is not None:
            self.rows = [studio.draft_row(file, draft.cover_key) for file in draft.files]
            lines += [("Details", f"{draft.price_tokens} tokens, {draft.genre_slug}, {', '.join(draft.tags)}")]
            lines += [("Description", draft.description)] if draft.description else []
        drafted = {row.id: row for row in self.rows}
        rows = [moderation.twin_row(twin, sound, drafted) for twin, sound in alike]
        self.twins = [row for row in rows if row is not None]
        self.sounds = [catalogue.sound_row(one) for one in heard]
        self.fields = [{"label": label, "text": text} for label, text in lines]
        self.messages = [moderation.message_row(one) for one in said]


class TakenDownState(rx.State):
    """The packs that are taken down, for moderators."""

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


def _facts(found: ItemDetail) -> dict[str, str]:
    item = found.item
    return {
        "title": item.title or "Untitled",
        "owner": item.owner,
        "kind": moderation.KIND_WORDS[item.kind],
        "since": f"waits since {item.since:%-d %b, %H:%M}",
        "href": found.href,
        "approve": found.approve,
        "reject": found.reject,
        "note_required": "yes" if found.note_required else "",
        "holder": item.held_by,
        "is_mine": "yes" if item.is_mine else "",
        "concerns": "yes" if item.owner_id else "",
    }


def _sentence(item: str, title: str, verdict: str) -> str:
    if item.startswith("draft:"):
        return f"{title} is on its way." if verdict == "approved" else f"{title} went back to its creator."
    return f"{title}: {_DONE[verdict].lower()}."
