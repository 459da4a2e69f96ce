"""State of the list of saved searches on the browse page: renaming, and deletion with undo."""

from typing import Any

import reflex as rx

from askchopper.database import transaction
from askchopper.errors import InvalidInputError
from askchopper.schemas.search import SavedSearch
from askchopper.services.search import saved_searches
from askchopper.states import identity
from askchopper.states.error_handling import Access, handler
from askchopper.states.search import BrowseState
from askchopper.states.undo import undo_toast, with_restorable


class SavedSearchState(rx.State):
    """The saved search that is being renamed, and the last deleted one."""

    renamed: str = ""  # id of the search whose name is being edited
    problem: str = ""
    removed: str = ""  # name of the search that was deleted last
    removed_id: str = ""
    _removed: dict[str, SavedSearch] = {}  # those that can be restored

    @rx.event
    @handler(Access.MEMBER)
    async def edit_name(self, search_id: str) -> None:
        """Start renaming a search; an empty id cancels."""
        self.renamed, self.problem, self.removed = str(search_id)[:60], "", ""

    @rx.event
    @handler(Access.MEMBER)
    async def rename(self, form: dict[str, Any]) -> Any:
        name = " ".join(str(form.get("name") or "").split())
        try:
            async with transaction() as session:
                await saved_searches.rename(session, identity.require_viewer(), search_id=self.renamed, name=name)
        except InvalidInputError as error:
            self.problem = error.sentence
            return None
        self.renamed, self.problem = "", ""
        return BrowseState.list_saved

    @rx.event
    @handler(Access.MEMBER)
    async def remove(self, search_id: str) -> Any:
        async with transaction() as session:
            gone = await saved_searches.remove(session, identity.require_viewer(), search_id=str(search_id))
        gone_id = str(gone.id)
        self._removed = with_restorable(self._removed, gone_id, gone)
        self.renamed, self.removed, self.removed_id = "", gone.name, gone_id
        told = undo_toast(f"Saved search “{gone.name}” deleted.", SavedSearchState.restore(gone_id))
        return [BrowseState.list_saved, told]

    @rx.event
    @handler(Access.MEMBER)
    async def restore(self, search_id: str) -> Any:
        """Restore a deleted search with its name and unseen matches."""
        gone = self._removed.get(search_id)
        if gone is None:
            return None
        async with transaction() as session:
            await saved_searches.restore(session, identity.require_viewer(), gone)
        self._removed = {known: one for known, one in self._removed.items() if known != search_id}
        if search_id == self.removed_id:
            self.removed, self.removed_id = "", ""
        return BrowseState.list_saved
