"""Search for administrators: synonyms and the most frequent search filters."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.states.operations import SynonymsState
from askchopper.views.admin_frame import admin_page, paged_list


def admin_search() -> rx.Component:
    return admin_page(
        "Search",
        rx.el.h2("Synonyms", class_name=f"{theme.TITLE_2} mb-2"),
        rx.el.form(
            forms.text_field("A search for", "word", required=True, max_length=policy.MAX_SYNONYM_CHARACTERS),
            forms.text_field("also finds", "means", required=True, max_length=policy.MAX_SYNONYM_CHARACTERS),
            buttons.button("Add synonym", type="submit", class_name="self-end"),
            on_submit=SynonymsState.add, reset_on_submit=True,
            class_name="grid gap-3 sm:grid-cols-[1fr_1fr_auto] mb-4",
        ),
        rx.el.input(
            type="search", dir="auto", placeholder="Begins with", aria_label="Search synonyms", max_length=40, value=SynonymsState.words,
            on_change=SynonymsState.search.debounce(250), class_name=f"{theme.FIELD} sm:max-w-[360px] mb-4",
        ),
        paged_list(
            SynonymsState.rows, _synonym, label="Synonyms", empty="No synonym starts with this.", next_cursor=SynonymsState.next_cursor,
            load_more=SynonymsState.load_more,
        ),
        rx.el.h2("Searches with a problem in 30 days", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        rx.el.p(
            f"Words that found nothing, were corrected or took long, if searched for at least {policy.SEARCH_WORDS_SHOWN_FROM} times. Who searched is not stored.",
            class_name=f"{theme.SMALL} text-text-2 mb-2",
        ),
        paged_list(SynonymsState.problems, _searched, label="Searches with a problem", empty="Nothing yet."),
        rx.el.h2("Searched for in 30 days", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        paged_list(SynonymsState.searched, _searched, label="Searched for", empty="Nothing yet."),
        is_missing=SynonymsState.is_missing,
        is_loaded=SynonymsState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )  # fmt: skip


def _synonym(row: Any) -> rx.Component:
    label = rx.Var.create("Delete ") + row["word"] + " " + row["means"]
    return rx.el.li(
        rx.el.span(row["word"], " finds ", row["means"], dir="auto"),
        buttons.button("Delete", kind="quiet", aria_label=label, on_click=SynonymsState.delete(row["word"], row["means"])),
        key=row["id"],
        class_name="flex items-center justify-between gap-4 border-b border-line",
    )  # fmt: skip


def _searched(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["label"]), rx.el.span(row["count"], class_name="fact"), key=row["label"],
        class_name="flex justify-between gap-4 py-2 border-b border-line",
    )  # fmt: skip
