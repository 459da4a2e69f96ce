"""Shared parts of administrators' list states: rows with a cursor, and hiding the page from everyone else."""

from collections.abc import Awaitable

import reflex as rx

from askchopper.errors import NotFoundError


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
