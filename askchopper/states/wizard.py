"""The wizard that turns files into a pack: what is in it, what is measured, and each change saved as it is made."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.schemas import screens, studio
from askchopper.schemas.drafts import DraftDetail
from askchopper.schemas.screens import Card
from askchopper.services.catalogue import draft_sounds, drafts, release
from askchopper.states import identity
from askchopper.states.failures import Access, handler
from askchopper.states.sounds_of_draft import SoundsOfDraft, text_of
from askchopper.vocabulary import DraftState

STEPS = ("files", "details", "price", "review")
TEXT_FIELDS = ("title", "summary", "description", "tags", "genre_slug", "price_tokens", "sound_price_tokens", "broadcast_price_tokens")  # fmt: skip
_LOOK_SECONDS = 0.6
_WATCH_SECONDS = 900
_FOCUS_STEP = "setTimeout(() => { const h = document.querySelector('[data-step]:not([hidden]) h2'); h?.focus({preventScroll: true}); scrollTo({top: 0}); }, 30)"


class WizardState(SoundsOfDraft, rx.State):
    """One draft on the screen."""

    draft_id: str = ""
    step: str = "files"
    state: str = ""
    state_word: str = ""
    heading: str = ""
    form: dict[str, str] = {}
    form_version: int = 0
    cover: str = ""
    zips: dict[str, str] = {}  # being unpacked; the name is empty once that is over
    totals: dict[str, str] = {}
    problems: list[str] = []
    field_problem: dict[str, str] = {}
    saved_at: str = ""
    note: str = ""
    release_at: str = ""
    price_help: str = ""
    broadcast_hint: str = ""
    pack_href: str = ""
    card: Card | None = None
    is_busy_publishing: bool = False
    is_locked: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        """Open the draft that the address names, or begin one."""
        viewer = identity.require_viewer()
        wanted = str(self.router.url.query_parameters.get("draft", ""))[:100]
        if not wanted:
            async with transaction() as session:
                draft_id = await drafts.create(session, viewer)
            return rx.redirect(routes.draft(str(draft_id)), replace=True)
        if wanted != self.draft_id:
            self.reset()
        self.draft_id = wanted
        await self._read(is_fresh=True)
        return Watcher.watch

    @rx.event
    @handler(Access.OPEN)
    async def go(self, step: str) -> Any:
        """Show a step."""
        if step in STEPS:
            self.step = step
            return rx.call_script(_FOCUS_STEP)

    @rx.event
    @handler(Access.MEMBER)
    async def arrived(self, upload_id: str, name: str) -> Any:
        """Show a file whose last byte has come."""
        viewer = identity.require_viewer()
        if self._replacing:
            async with transaction() as session:
                await draft_sounds.take_place(session, viewer, old_id=self._replacing, new_id=str(upload_id))
            self._replacing = ""
        await self._read()
        return Watcher.watch

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> None:
        """Read everything again, after something changed outside of this page's events."""
        identity.require_viewer()
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, field: str, value: str) -> None:
        """Save one field; a wrong value is said beside it and nothing is lost."""
        viewer = identity.require_viewer()
        if field not in TEXT_FIELDS or not self.draft_id:
            return
        try:
            async with transaction() as session:
                await drafts.change(session, viewer, draft_id=self.draft_id, **{field: text_of(value)})
        except InvalidInputError as error:
            self.field_problem = {**self.field_problem, field: error.sentence}
            return
        self.field_problem = {name: said for name, said in self.field_problem.items() if name != field}
        self.form = {**self.form, field: text_of(value)}
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def plan(self, moment: str) -> None:
        """Plan the release for a moment of the browser's clock, sent with its zone; empty means at once."""
        viewer = identity.require_viewer()
        try:
            when = datetime.fromisoformat(str(moment)[:40]).astimezone(UTC) if moment else None
        except (ValueError, OverflowError) as error:
            raise InvalidInputError("Choose a date and a time.", field="release_at") from error
        async with transaction() as session:
            await drafts.change(session, viewer, draft_id=self.draft_id, release_at=when)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def publish(self) -> Any:
        """Send the pack on its way; what is missing is listed instead of an error."""
        viewer = identity.require_viewer()
        if not self.draft_id:
            return
        self.is_busy_publishing = True
        yield
        try:
            async with transaction() as session:
                await release.submit(session, viewer, draft_id=self.draft_id)
        except release.NotReadyError as error:
            self.problems = list(error.problems)
        finally:
            self.is_busy_publishing = False
        await self._read()
        yield Watcher.watch

    @rx.event
    @handler(Access.MEMBER)
    async def edit(self) -> None:
        """Take the pack back for editing; a pack on sale stays on sale as it is."""
        viewer = identity.require_viewer()
        async with transaction() as session:
            await release.recall(session, viewer, draft_id=self.draft_id)
        self.step = "files"
        await self._read(is_fresh=True)

    def _watch(self) -> Any:
        return Watcher.watch

    async def _read(self, *, is_fresh: bool = False) -> None:
        """Show the draft as it is now; fields that the page edits itself are only refilled when they came from elsewhere."""
        viewer = identity.require_viewer()
        async with read_only() as session:
            draft = await drafts.get(session, viewer, draft_id=self.draft_id)
            median = await drafts.price_help(session, draft_id=self.draft_id)
            zips = await drafts.zips(session, draft.id)
        self.zips = {**dict.fromkeys(self.zips, ""), **zips}
        form = _form(draft)
        if is_fresh or any(
            form[name] != self.form.get(name, "") for name in TEXT_FIELDS if name not in self.field_problem
        ):
            self.form, self.form_version = form, self.form_version + 1
        self._show(draft, viewer.display_name)
        self.price_help = f"Packs like this one cost {median} tokens (median)." if median is not None else ""
        self.broadcast_hint = str(draft.price_tokens * policy.BROADCAST_PRICE_FACTOR)

    def _show(self, draft: DraftDetail, creator: str) -> None:
        self.state, self.state_word = draft.state.value, studio.STATE_WORDS[draft.state]
        self.is_locked = draft.state is not DraftState.DRAFT
        self.heading = draft.title or "New pack"
        self.cover, self.note = draft.cover_key, draft.note
        self.rows = [studio.draft_row(file, draft.cover_key) for file in draft.files]
        self.totals = _totals(draft)
        self.problems = list(release.problems(draft))
        self.saved_at = draft.updated_at.isoformat()
        self.release_at = draft.release_at.isoformat() if draft.release_at else ""
        self.pack_href = routes.pack(draft.pack_slug) if draft.pack_slug else ""
        self.card = studio.preview_card(draft, creator)

    @rx.var
    def listed(self) -> list[str]:
        """Uploads that have a row of their own on the page; a sound has the id of its upload."""
        return [*self.zips, *(row.id for row in self.rows)]

    @rx.var
    def unpacking(self) -> list[str]:
        """Names of zips that are being unpacked."""
        return [name for name in self.zips.values() if name]


class Watcher(rx.State):
    """Looks after what the worker does to the draft on the screen, for as long as something is going on."""

    _watched: str = ""

    @rx.event(background=True)
    @handler(Access.MEMBER)
    async def watch(self) -> None:
        """Push every change to the page until nothing is waited for."""
        viewer = identity.require_viewer()
        async with self:
            wizard = await self.get_state(WizardState)
            draft_id = wizard.draft_id
            if self._watched == draft_id:
                return
            self._watched = draft_id
        try:
            async with asyncio.timeout(_WATCH_SECONDS):
                await self._follow(viewer, draft_id)
        except (TimeoutError, AskChopperError):
            pass  # the page can be loaded again
        finally:
            async with self:
                self._watched = ""

    async def _follow(self, viewer: Any, draft_id: str) -> None:
        seen: Any = None
        is_last = False
        while not is_last:
            await asyncio.sleep(_LOOK_SECONDS)
            async with read_only() as session:
                pulse = await drafts.pulse(session, viewer, draft_id=draft_id)
            is_last = pulse[1] == 0 and pulse[2] is not DraftState.PUBLISHING
            if pulse == seen and not is_last:
                continue
            seen = pulse
            async with self:
                wizard = await self.get_state(WizardState)
                if wizard.draft_id != draft_id:
                    return
                await wizard._read()  # noqa: SLF001 - public methods of states are callable by browsers


def _form(draft: DraftDetail) -> dict[str, str]:
    broadcast = draft.broadcast_price_tokens
    return {
        "title": draft.title,
        "summary": draft.summary,
        "description": draft.description,
        "tags": ", ".join(draft.tags),
        "genre_slug": draft.genre_slug,
        "price_tokens": str(draft.price_tokens),
        "sound_price_tokens": str(draft.sound_price_tokens),
        "broadcast_price_tokens": "" if broadcast is None else str(broadcast),
    }


def _totals(draft: DraftDetail) -> dict[str, str]:
    ready = sum(file.is_done and not file.blocks for file in draft.files)
    seconds = sum(file.measured.duration_seconds or 0.0 for file in draft.files if file.measured)
    bpms = [file.bpm for file in draft.files if file.bpm]
    keys = {file.key for file in draft.files if file.key}
    return {
        "count": str(len(draft.files)),
        "noun": "file" if len(draft.files) == 1 else "files",
        "size": screens.size(sum(file.size_bytes for file in draft.files)),
        "ready": f"{ready} ready",
        "time": screens.clock(seconds),
        "bpm": screens.tempo_span(min(bpms, default=None), max(bpms, default=None)),
        "keys": next(iter(keys)) if len(keys) == 1 else (f"{len(keys)} keys" if keys else screens.UNKNOWN),
    }
