"""State of the draft editor: files, measurements, and fields saved as they change."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.database import read_only, transaction
from askchopper.errors import AskChopperError, InvalidInputError
from askchopper.plurals import counted
from askchopper.schemas.drafts import DraftDetail
from askchopper.schemas.view_models import catalogue, studio
from askchopper.schemas.view_models.catalogue import Card
from askchopper.services.studio import covers, draft_sounds, drafts, near_duplicates, publishing
from askchopper.states import identity
from askchopper.states.draft_files import DraftFilesState, text_of
from askchopper.states.error_handling import Access, handler
from askchopper.vocabulary import DraftState

STEPS = ("files", "details", "price", "review")
TEXT_FIELDS = ("title", "summary", "description", "tags", "genre_slug", "price_tokens", "sound_price_tokens", "broadcast_price_tokens")  # fmt: skip
_POLL_SECONDS = 0.6
_WATCH_SECONDS = 900
_FOCUS_STEP = "setTimeout(() => { const h = document.querySelector('[data-step]:not([hidden]) h2'); h?.focus({preventScroll: true}); scrollTo({top: 0}); }, 30)"


class WizardState(DraftFilesState, rx.State):
    """State of the draft editor."""

    draft_id: str = ""
    step: str = "files"
    state: str = ""
    state_word: str = ""
    heading: str = ""
    form: dict[str, str] = {}
    form_version: int = 0
    cover: str = ""
    drawn_cover: str = ""  # of a draft without a cover; drawn when it is first shown
    zips: dict[str, str] = {}  # name of the zip that is being unpacked; empty when done
    totals: dict[str, str] = {}
    problems: list[str] = []
    warnings: list[str] = []
    field_problem: dict[str, str] = {}
    saved_at: str = ""
    note: str = ""
    release_at: str = ""
    price_help: str = ""
    broadcast_hint: str = ""
    pack_href: str = ""
    preview_href: str = ""
    card: Card | None = None
    is_busy_publishing: bool = False
    is_locked: bool = False
    is_first_pack: bool = False

    @rx.event
    @handler(Access.MEMBER)
    async def load(self) -> Any:
        viewer = identity.require_viewer()
        wanted = str(self.router.url.query_parameters.get("draft", ""))[:100]
        if not wanted:
            self.reset()
            self._show_blank(drafts.blank(viewer), viewer.display_name)
            async with read_only() as session:
                self.is_first_pack = await near_duplicates.is_first_pack(session, viewer)
            return None
        is_other = wanted != self.draft_id
        if is_other:
            self.reset()
        self.draft_id = wanted
        await self._read(is_fresh=is_other)
        return AnalysisWatcher.watch

    @rx.event
    @handler(Access.MEMBER)
    async def start(self) -> Any:
        """Create the draft when its first file or field is entered."""
        viewer = identity.require_viewer()
        if not self.draft_id:
            async with transaction() as session:
                self.draft_id = str(await drafts.create(session, viewer))
            await self._read()
            return rx.redirect(routes.draft(self.draft_id), replace=True)

    @rx.event
    @handler(Access.MEMBER)
    async def draw_cover(self) -> None:
        """Draw the cover that is used if the creator uploads none."""
        viewer = identity.require_viewer()
        if not self.draft_id or self.cover or self.drawn_cover:
            return
        async with read_only() as session:
            draft = await drafts.get(session, viewer, draft_id=self.draft_id)
        self.drawn_cover, _ = await covers.draw_placeholder(draft.id)
        self._show(draft, viewer.display_name)

    @rx.event
    @handler(Access.OPEN)
    async def go_to_step(self, step: str) -> Any:
        if step in STEPS:
            self.step = step
            return [rx.call_script(_FOCUS_STEP), *([WizardState.draw_cover] if step in {"details", "review"} else [])]

    @rx.event
    @handler(Access.MEMBER)
    async def finish_upload(self, upload_id: str, name: str) -> Any:
        viewer = identity.require_viewer()
        if self._replacing:
            async with transaction() as session:
                await draft_sounds.replace_file(session, viewer, old_id=self._replacing, new_id=str(upload_id))
            self._replacing = ""
        await self._read()
        return AnalysisWatcher.watch

    @rx.event
    @handler(Access.MEMBER)
    async def refresh(self) -> None:
        identity.require_viewer()
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, field: str, value: str) -> Any:
        viewer = identity.require_viewer()
        if field not in TEXT_FIELDS or (not self.draft_id and text_of(value) == self.form.get(field, "")):
            return None
        is_new = not self.draft_id
        try:
            async with transaction() as session:
                draft_id = self.draft_id or str(await drafts.create(session, viewer))
                await drafts.change(session, viewer, draft_id=draft_id, **{field: text_of(value)})
        except InvalidInputError as error:
            self.field_problem = {**self.field_problem, field: error.sentence}
            return None
        self.draft_id = draft_id
        self.field_problem = {name: said for name, said in self.field_problem.items() if name != field}
        self.form = {**self.form, field: text_of(value)}
        await self._read()
        return rx.redirect(routes.draft(draft_id), replace=True) if is_new else None

    @rx.event
    @handler(Access.MEMBER)
    async def schedule_release(self, moment: str) -> None:
        viewer = identity.require_viewer()
        if not self.draft_id:
            return
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
        viewer = identity.require_viewer()
        if not self.draft_id:
            return
        self.is_busy_publishing = True
        yield
        try:
            async with transaction() as session:
                await publishing.submit(session, viewer, draft_id=self.draft_id)
        except publishing.NotReadyError as error:
            self.problems = list(error.problems)
        finally:
            self.is_busy_publishing = False
        await self._read()
        yield AnalysisWatcher.watch

    @rx.event
    @handler(Access.MEMBER)
    async def edit(self) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await publishing.recall(session, viewer, draft_id=self.draft_id)
        self.step = "files"
        await self._read(is_fresh=True)

    def _watch(self) -> Any:
        return AnalysisWatcher.watch

    async def _read(self, *, is_fresh: bool = False) -> None:
        """Load the draft. Input fields are overwritten only if their values changed elsewhere."""
        viewer = identity.require_viewer()
        async with read_only() as session:
            draft = await drafts.get(session, viewer, draft_id=self.draft_id)
            median = await drafts.price_help(session, draft_id=self.draft_id)
            zips = await drafts.zips(session, draft.id)
            self.is_first_pack = await near_duplicates.is_first_pack(session, viewer)
        self.zips = {**dict.fromkeys(self.zips, ""), **zips}
        form = _form(draft)
        if is_fresh or any(
            form[name] != self.form.get(name, "") for name in TEXT_FIELDS if name not in self.field_problem
        ):
            self.form, self.form_version = form, self.form_version + 1
        self._show(draft, viewer.display_name)
        self.price_help = f"Similar packs sell for about {counted(median, 'token')}." if median is not None else ""
        self.broadcast_hint = str(draft.price_tokens * policy.BROADCAST_PRICE_FACTOR)

    def _show_blank(self, draft: DraftDetail, creator: str) -> None:
        self.form, self.form_version = _form(draft), self.form_version + 1
        self._show(draft, creator)
        self.saved_at, self.draft_id = "", ""
        self.broadcast_hint = str(draft.price_tokens * policy.BROADCAST_PRICE_FACTOR)

    def _show(self, draft: DraftDetail, creator: str) -> None:
        self.state, self.state_word = draft.state.value, studio.STATE_WORDS[draft.state]
        self.is_locked = draft.state is not DraftState.DRAFT
        self.heading = draft.title or "New pack"
        self.cover, self.note = draft.cover_key, draft.note
        self.rows = [studio.draft_row(file, draft.cover_key) for file in draft.files]
        self.totals = _totals(draft)
        self.problems = list(publishing.problems(draft))
        self.warnings = studio.warnings(draft)
        self.saved_at = draft.updated_at.isoformat()
        self.release_at = draft.release_at.isoformat() if draft.release_at else ""
        self.pack_href = routes.pack(draft.pack_slug) if draft.pack_slug else ""
        self.preview_href = routes.draft_preview(self.draft_id) if draft.files else ""
        self.card = studio.preview_card(draft, creator, self.drawn_cover)

    @rx.var
    def shown_cover(self) -> str:
        """Key of the cover to be published."""
        return self.cover or self.drawn_cover

    @rx.var
    def listed(self) -> list[str]:
        """Ids of uploads that already have a row; a file has the same id as its upload."""
        return [*self.zips, *(row.id for row in self.rows)]

    @rx.var
    def unpacking(self) -> list[str]:
        """Names of zips that are being unpacked."""
        return [name for name in self.zips.values() if name]


class AnalysisWatcher(rx.State):
    """Polls the draft while the worker is processing it."""

    _watched: str = ""

    @rx.event(background=True)
    @handler(Access.MEMBER)
    async def watch(self) -> None:
        """Push changes to the page until nothing is pending, for at most 15 minutes."""
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
            pass  # the page can be reloaded
        finally:
            async with self:
                self._watched = ""

    async def _follow(self, viewer: Any, draft_id: str) -> None:
        seen: Any = None
        is_last = False
        while not is_last:
            await asyncio.sleep(_POLL_SECONDS)
            async with read_only() as session:
                pulse = await drafts.change_marker(session, viewer, draft_id=draft_id)
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
        "size": catalogue.size(sum(file.size_bytes for file in draft.files)),
        "ready": f"{ready} ready",
        "time": catalogue.clock(seconds),
        "bpm": catalogue.tempo_span(min(bpms, default=None), max(bpms, default=None)),
        "keys": next(iter(keys)) if len(keys) == 1 else (f"{len(keys)} keys" if keys else catalogue.UNKNOWN),
    }
