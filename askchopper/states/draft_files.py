"""State of a draft's files: edit, audition, reorder, replace, remove, restore."""

import json
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import transaction
from askchopper.schemas.drafts import RemovedFiles
from askchopper.schemas.view_models.studio import DraftRow
from askchopper.services.studio import draft_sounds
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.undo import undo_toast, with_restorable

FILE_FIELDS = ("title", "kind", "bpm", "key", "note", "price_tokens")
_CHOOSE = """document.querySelector('[aria-label="Choose files"]')?.click()"""
# One sound at a time: clicking the same again stops it, and the player is paused.
_AUDITION = """(url) => {
  const audio = (window.askchopperAudition ??= new Audio()), isSame = audio.src.endsWith(url) && !audio.paused;
  document.querySelector('[data-player] [aria-label=Pause]')?.click();
  if (isSame) audio.pause(); else { audio.src = url; audio.play().catch(() => {}); }
}"""


class DraftFilesState(rx.State, mixin=True):
    """State mixin for the files of a draft: rows, selection, and edits."""

    rows: list[DraftRow] = []
    selected: list[str] = []
    opened: str = ""
    _replacing: str = ""
    _removed: dict[str, RemovedFiles] = {}  # what can be restored, by the first file

    @rx.event
    @handler(Access.OPEN)
    async def replace_file(self, file_id: str) -> Any:
        self._replacing = str(file_id) if str(file_id) in {row.id for row in self.rows} else ""
        return rx.call_script(_CHOOSE)

    @rx.event
    @handler(Access.MEMBER)
    async def set_file_field(self, file_id: str, field: str, value: str) -> None:
        await self._change_files([str(file_id)], field, value)

    @rx.event
    @handler(Access.MEMBER)
    async def save_typed_value(self, file_id: str, field: str, value: str) -> None:
        row = next((row for row in self.rows if row.id == str(file_id)), None)
        shown = (
            {"title": row.title, "bpm": row.bpm, "note": row.note, "price_tokens": row.price}.get(str(field))
            if row
            else str(value).strip()
        )
        if str(value).strip() != shown:
            await self._change_files([str(file_id)], field, value)

    @rx.event
    @handler(Access.OPEN)
    async def audition(self, file_id: str, field: str, value: str) -> Any:
        return rx.call_script(f"({_AUDITION})({json.dumps(routes.audition(str(file_id), **{str(field): str(value)}))})")

    @rx.event
    @handler(Access.MEMBER)
    async def set_selected_field(self, field: str, value: str) -> None:
        if self.selected and value != "":
            await self._change_files(self.selected, field, "" if value == "none" else value)

    @rx.event
    @handler(Access.MEMBER)
    async def clear_override(self, file_id: str, field: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await draft_sounds.clear_override(session, viewer, file_id=str(file_id), field=str(field))
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def dismiss_finding(self, file_id: str, code: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await draft_sounds.dismiss_finding(session, viewer, file_id=str(file_id), code=str(code))
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def retry_analysis(self, file_id: str) -> Any:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await draft_sounds.retry_analysis(session, viewer, file_id=str(file_id))
        await self._read()
        return self._watch()

    @rx.event
    @handler(Access.MEMBER)
    async def remove(self, file_id: str) -> Any:
        viewer = identity.require_viewer()
        gone = self.selected if str(file_id) in self.selected else [str(file_id)]
        async with transaction() as session:
            removed = await draft_sounds.remove_files(session, viewer, file_ids=gone)
        self._removed = with_restorable(self._removed, gone[0], removed)
        names = [row.name for row in self.rows if row.id in gone]
        self.selected = [each for each in self.selected if each not in gone]
        await self._read()
        what = names[0] if len(names) == 1 else f"{len(names)} sounds"
        return undo_toast(f"{what} removed.", type(self).restore_files(gone[0]))

    @rx.event
    @handler(Access.MEMBER)
    async def restore_files(self, first_id: str) -> None:
        """Restore the files that were removed together with one."""
        viewer = identity.require_viewer()
        removed = self._removed.get(first_id)
        if removed is None:
            return
        self._removed = {known: one for known, one in self._removed.items() if known != first_id}
        async with transaction() as session:
            await draft_sounds.restore_files(session, viewer, removed)
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def move(self, file_id: str, direction: str) -> None:
        viewer = identity.require_viewer()
        async with transaction() as session:
            await draft_sounds.move_file(session, viewer, file_id=str(file_id), by=-1 if direction == "up" else 1)
        await self._read()

    @rx.event
    @handler(Access.OPEN)
    async def select(self, file_id: str) -> None:
        known = {row.id for row in self.rows}
        chosen = set(self.selected) ^ ({str(file_id)} & known)
        self.selected = [row.id for row in self.rows if row.id in chosen]

    @rx.event
    @handler(Access.OPEN)
    async def select_all(self) -> None:
        everything = [row.id for row in self.rows]
        self.selected = [] if len(self.selected) == len(everything) else everything

    @rx.event
    @handler(Access.OPEN)
    async def open_row(self, file_id: str) -> None:
        self.opened = "" if self.opened == str(file_id) else str(file_id)

    @rx.var
    def is_listening(self) -> bool:
        """Whether any sound is still being analysed."""
        return any(row.is_waiting for row in self.rows)

    @rx.var
    def is_all_selected(self) -> bool:
        """Whether every sound is selected."""
        return bool(self.rows) and len(self.selected) == len(self.rows)

    async def _change_files(self, file_ids: list[str], field: str, value: str) -> None:
        viewer = identity.require_viewer()
        if field not in FILE_FIELDS:
            return
        async with transaction() as session:
            await draft_sounds.change_files(session, viewer, file_ids=file_ids, **{field: text_of(value)})
        await self._read()

    async def _read(self) -> None:
        """Reload the draft from the database; implemented by the state that uses the mixin."""
        raise NotImplementedError

    def _watch(self) -> Any:
        """Return the event that starts the watcher; implemented by the state that uses the mixin."""
        raise NotImplementedError


def text_of(value: Any) -> str:
    """Return a field value from the browser as text, cut at 20,000 characters; empty for None."""
    return "" if value is None else str(value)[:20_000]
