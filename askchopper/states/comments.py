"""State of the comments on a pack's page."""

from typing import Any

import reflex as rx

from askchopper.community_vocabulary import CommentSort
from askchopper.database import read_only, transaction
from askchopper.errors import InvalidInputError, NotFoundError
from askchopper.schemas.community import Comment
from askchopper.schemas.search_filters import PACK_PREFIX
from askchopper.schemas.view_models import community
from askchopper.schemas.view_models.catalogue import Sound
from askchopper.schemas.view_models.community import CommentRow, MarkRow
from askchopper.services.community import comment_lists, comments
from askchopper.states import identity
from askchopper.states.catalogue import PackState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field


class CommentsState(rx.State):
    """The comments on the pack of this page."""

    pack_slug: str = ""  # not "slug", which is the parameter of the route
    items: list[CommentRow] = []
    next_cursor: str = ""
    total: int = 0
    sort: str = CommentSort.NEWEST.value
    marks: dict[str, list[MarkRow]] = {}
    sound_ids: list[str] = []
    answering: str = ""
    editing: str = ""
    posted: int = 0  # a new number empties the form
    deleted_id: str = ""

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.pack_slug = identity.route_parameter(self, "slug")
        self.sort, self.answering, self.editing, self.deleted_id = CommentSort.NEWEST.value, "", "", ""
        await self._read()

    @rx.event
    @handler(Access.PUBLIC)
    async def sort_by(self, sort: str) -> None:
        self.sort = CommentSort(sort).value if sort in set(CommentSort) else CommentSort.NEWEST.value
        await self._read()

    @rx.event
    @handler(Access.PUBLIC)
    async def load_more(self) -> None:
        if self.next_cursor:
            await self._read(self.next_cursor)

    @rx.event
    @handler(Access.MEMBER)
    async def post(self, form: dict[str, Any]) -> Any:
        """Post a comment, optionally at a time in a sound, or an answer to a comment."""
        written, sound, parent = field(form, "text"), field(form, "sound"), field(form, "parent")
        async with transaction() as session:
            made = await comments.post(
                session, identity.require_viewer(), slug=self.pack_slug, written=written, parent_id=parent or None,
                file_id=None if sound.startswith(PACK_PREFIX) else sound or None, at_seconds=_seconds(field(form, "at")),
            )  # fmt: skip
        self.answering, self.deleted_id = "", ""
        self.posted += 1
        await self._read()
        return rx.toast("Reply posted." if made.parent_id else "Comment posted.")

    @rx.event
    @handler(Access.OPEN)
    async def answer(self, comment_id: str) -> None:
        """Open or close the answer form."""
        self.answering, self.editing = "" if self.answering == comment_id else str(comment_id)[:60], ""

    @rx.event
    @handler(Access.OPEN)
    async def edit(self, comment_id: str) -> None:
        """Open or close the edit form."""
        self.editing, self.answering = "" if self.editing == comment_id else str(comment_id)[:60], ""

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, form: dict[str, Any]) -> None:
        async with transaction() as session:
            await comments.edit(
                session, identity.require_viewer(), comment_id=field(form, "id"), written=field(form, "text")
            )
        self.editing = ""
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def delete(self, comment_id: str) -> None:
        async with transaction() as session:
            await comments.delete(session, identity.require_viewer(), comment_id=str(comment_id)[:60])
        self.deleted_id = str(comment_id)[:60]
        await self._read()

    @rx.event
    @handler(Access.MEMBER)
    async def restore(self) -> None:
        wanted, self.deleted_id = self.deleted_id, ""
        if not wanted:  # the second click of a double click
            return
        async with transaction() as session:
            await comments.restore(session, identity.require_viewer(), comment_id=wanted)
        await self._read()

    async def _read(self, cursor: str = "") -> None:
        """Show the first comments, or append the next ones."""
        pack = await self.get_state(PackState)
        sounds = {row.sound.id: row.sound for row in pack.rows}
        if pack.card is not None:
            sounds[""] = pack.card.sound
        try:
            async with read_only() as session:
                page = await comment_lists.list_comments(
                    session, identity.viewer(), slug=self.pack_slug, sort=CommentSort(self.sort), cursor=cursor or None
                )
        except NotFoundError:  # a draft, or a pack that is gone
            self.items, self.marks, self.total, self.next_cursor, self.sound_ids = [], {}, 0, "", []
            return
        shown = [_row(one, sounds) for one in page.items]
        self.items = [*self.items, *shown] if cursor else shown
        self.next_cursor, self.total = page.next_cursor or "", page.total
        self.marks = community.marks(self.items)
        self.sound_ids = [sound.id for sound in sounds.values()]


def _row(comment: Comment, sounds: dict[str, Sound]) -> CommentRow:
    return community.comment_row(comment, sounds)


def _seconds(value: str) -> float | None:
    try:
        return float(value) if value else None
    except ValueError as error:
        raise InvalidInputError("The moment must be a number of seconds.", field="at") from error
