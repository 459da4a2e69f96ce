"""Saved searches beside the filters: open, rename, delete."""

from typing import Any

import reflex as rx

from askchopper.components import buttons, theme
from askchopper.components.client import Go
from askchopper.states.saved_searches import SavedSearchState
from askchopper.states.search import BrowseState

_ACTION = "grid place-items-center size-[44px] md:size-[32px] rounded-ctl shrink-0 text-text-2 hover:text-text-1 hover:bg-surface-3 cursor-pointer"


def saved_search_list() -> rx.Component:
    """Render the member's saved searches, each with the number of its new matches."""
    return rx.el.ul(
        rx.foreach(
            BrowseState.saved,
            lambda one: rx.el.li(rx.cond(SavedSearchState.renamed == one["id"], _form(one), _line(one)), key=one["id"]),
        )
    )


def _line(one: Any) -> rx.Component:
    is_shown = BrowseState.saved_id == one["id"]
    return rx.el.div(
        Go.create(
            one["name"],
            to=one["href"],
            custom_attrs={"title": one["name"], "aria-current": rx.cond(is_shown, "true", "false")},
            class_name="flex-1 min-w-0 truncate hover:underline underline-offset-2 text-text-2 hover:text-text-1 aria-[current=true]:text-text-1 aria-[current=true]:font-semibold leading-[24px] py-2.5 md:py-1",
        ),
        rx.cond(
            one["news"] != "",
            rx.el.span(one["news"], " new", class_name="fact text-text-1 whitespace-nowrap"),
            rx.fragment(),
        ),
        _action("pencil", rx.Var.create("Rename saved search ") + one["name"], SavedSearchState.edit_name(one["id"])),
        _action("x", rx.Var.create("Remove saved search ") + one["name"], SavedSearchState.remove(one["id"])),
        class_name="flex items-center gap-1 min-w-0 -mr-2",
    )


def _action(icon: str, label: rx.Var[str], on_click: rx.event.EventType[()]) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16, stroke_width=1.5, aria_hidden="true"),
        type="button",
        aria_label=label,
        title=label,
        on_click=on_click,
        class_name=_ACTION,
    )


def _form(one: Any) -> rx.Component:
    """Render the rename field; Escape cancels."""
    return rx.el.form(
        rx.el.input(
            name="name", default_value=one["name"], auto_focus=True, required=True, max_length=100, auto_complete="off", dir="auto",
            class_name=f"{theme.FIELD} md:!min-h-[40px]", aria_label="Name of the saved search",
        ),
        rx.cond(SavedSearchState.problem != "", rx.el.p(SavedSearchState.problem, role="alert", class_name=f"{theme.SMALL} text-bad"), rx.fragment()),
        rx.el.div(
            buttons.button("Save name", type="submit"),
            buttons.button("Cancel", kind="quiet", on_click=SavedSearchState.edit_name(""), custom_attrs={"data-escape": ""}),
            class_name="flex gap-2",
        ),
        on_submit=SavedSearchState.rename,
        class_name="grid gap-2 py-2",
    )  # fmt: skip


def removed_search() -> rx.Component:
    """Render the undo button in the phone's sheet, which covers the toast."""
    return rx.cond(
        SavedSearchState.removed != "",
        rx.el.p(
            rx.el.span("Deleted “", SavedSearchState.removed, "”", class_name="truncate"),
            buttons.button("Undo", kind="quiet", on_click=SavedSearchState.restore(SavedSearchState.removed_id)),
            role="status",
            class_name="md:hidden flex items-center justify-between gap-3 py-2 text-text-2",
        ),
        rx.fragment(),
    )
