"""Shared parts of administrators' list states: rows with a cursor, and hiding the page from everyone else."""

from collections.abc import Awaitable

import reflex as rx

from askchopper.errors import NotFoundError
from askchopper.states.error_handling import Access, handler


class AdminListState(rx.State, mixin=True):
    """Vars of a paged list of administrators."""

    is_missing: bool = False
    is_loaded: bool = False
    rows: list[dict[str, str]] = []
    next_cursor: str = ""

    async def _first(self, reading: Awaitable[None]) -> None:
        """Read the first page; mark the page as missing if the viewer is not an administrator."""
        try:
            await reading
        except NotFoundError:
            self.is_missing, self.rows = True, []

    def _fill(self, rows: list[dict[str, str]], next_cursor: str | None, *, is_next: bool) -> None:
        """Show a page of rows, or append the next one."""
        self.rows = [*self.rows, *rows] if is_next else rows
        self.next_cursor, self.is_missing, self.is_loaded = next_cursor or "", False, True


class PagedListState(AdminListState, mixin=True):
    """A list of administrators whose further pages are read on demand."""

    @rx.event
    @handler(Access.MEMBER)
    async def load_more(self) -> None:
        if self.next_cursor:
            await self._read(self.next_cursor)

    async def _read(self, cursor: str = "") -> None:
        raise NotImplementedError
