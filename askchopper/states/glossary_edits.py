"""State of the administrators' glossary editor."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.database import read_only, transaction
from askchopper.errors import NotFoundError
from askchopper.schemas.glossary import GlossaryEntry
from askchopper.services.knowledge import glossary, glossary_edits
from askchopper.states import identity
from askchopper.states.admin_lists import AdminListState
from askchopper.states.error_handling import Access, handler
from askchopper.states.form_fields import field


@dataclass
class TermForm:
    """The form values of the edited term; ``slug`` is empty for a new one."""

    slug: str = ""
    term: str = ""
    kind: str = "production"
    text: str = ""
    aliases: str = ""
    related: str = ""


class GlossaryEditState(AdminListState, rx.State):
    """The edited terms, and the one in the form, which the URL names."""

    form: TermForm = TermForm()

    @rx.event
    @handler(Access.PUBLIC)
    async def load(self) -> None:
        self.form = TermForm()
        with suppress(NotFoundError):  # a new term
            self.form = _form(glossary.by_slug(str(self.router.url.query_parameters.get("term", ""))))
        await self._first(self._read())

    @rx.event
    @handler(Access.MEMBER)
    async def find(self, form: dict[str, Any]) -> Any:
        """Open the term that best matches a name in the editor."""
        entry = next(iter(glossary.search(field(form, "name"), limit=1)), None)
        if entry is None:
            return rx.toast("There is no such term. Write it below.")
        return rx.redirect(routes.with_query(routes.ADMIN_GLOSSARY, term=entry.slug))

    @rx.event
    @handler(Access.MEMBER)
    async def save(self, form: dict[str, Any]) -> Any:
        async with transaction() as session:
            entry = await glossary_edits.save(
                session, identity.viewer(), term=field(form, "term"), kind=field(form, "kind"), written=field(form, "text"),
                aliases=field(form, "aliases"), related=field(form, "related"),
            )  # fmt: skip
        await glossary_edits.read()
        self.form = _form(entry)
        await self._read()
        return rx.toast.success(f"“{entry.title}” is saved.")

    @rx.event
    @handler(Access.MEMBER)
    async def revert(self, slug: str) -> Any:
        """Discard the edits of a term."""
        async with transaction() as session:
            await glossary_edits.revert(session, identity.viewer(), slug=slug[:80])
        await glossary_edits.read()
        await self._read()
        if self.form.slug == slug:
            self.form = TermForm()
        return rx.toast("Undone.")

    async def _read(self) -> None:
        async with read_only() as session:
            written = await glossary_edits.listed(session, identity.viewer())
        rows = [
            {
                "slug": one.slug, "title": one.title, "href": routes.term(one.slug), "edit": routes.with_query(routes.ADMIN_GLOSSARY, term=one.slug),
                "facts": "in place of the shipped text" if glossary.is_shipped(one.slug) else "new",
                "revert": "Restore" if glossary.is_shipped(one.slug) else "Delete",
            }
            for one in written
        ]  # fmt: skip
        self._fill(rows, None, is_next=False)


def _form(entry: GlossaryEntry) -> TermForm:
    return TermForm(entry.slug, entry.term, entry.kind, entry.text, ", ".join(entry.aliases), ", ".join(entry.related))
