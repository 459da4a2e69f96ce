"""Glossary for administrators: override a built-in term, or add one."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.components.client import Go
from askchopper.states.glossary_edits import GlossaryEditState
from askchopper.states.learning import TOPICS
from askchopper.views.admin_frame import admin_page, paged_list

_FORM = GlossaryEditState.form


def admin_glossary() -> rx.Component:
    return admin_page(
        "Glossary",
        rx.el.form(
            forms.text_field("Term or other name", "name", required=True, max_length=policy.MAX_TERM_CHARACTERS),
            buttons.button("Edit term", type="submit", class_name="self-end"),
            on_submit=GlossaryEditState.find,
            class_name="grid gap-3 sm:grid-cols-[1fr_auto] mb-8 max-w-[560px]",
        ),
        rx.el.h2(rx.cond(_FORM.slug != "", rx.Var.create("Edit ") + _FORM.term, "New term"), class_name=f"{theme.TITLE_2} mb-2"),
        _term_form(),
        rx.el.h2("Written here", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        paged_list(GlossaryEditState.rows, _term, label="Written terms", empty="All terms are as shipped."),
        is_missing=GlossaryEditState.is_missing,
        is_loaded=GlossaryEditState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )  # fmt: skip


def _term_form() -> rx.Component:
    text = rx.el.textarea(
        id="term-text", name="text", rows=6, required=True, dir="auto", min_length=policy.MIN_TERM_TEXT_CHARACTERS,
        max_length=policy.MAX_TERM_TEXT_CHARACTERS, default_value=_FORM.text, aria_describedby="term-text-hint", class_name=f"{theme.FIELD} py-2.5",
    )  # fmt: skip
    return rx.el.form(
        forms.text_field("Term", "term", required=True, max_length=policy.MAX_TERM_CHARACTERS, default_value=_FORM.term, read_only=_FORM.slug != ""),
        forms.select("Topic", "kind", ((topic, topic[:1].upper() + topic[1:]) for topic in TOPICS), id="term-kind", default_value=_FORM.kind),
        forms.field("Text", text, for_id="term-text", hint="What it is in the first sentence, then why one uses it, and something to try."),
        forms.text_field("Other names", "aliases", hint="Separated by commas.", default_value=_FORM.aliases, id="term-aliases"),
        forms.text_field("Related terms", "related", hint="Separated by commas.", default_value=_FORM.related, id="term-related"),
        rx.el.div(
            buttons.button("Save term", type="submit"),
            rx.cond(_FORM.slug != "", buttons.link_button("New term", href=routes.ADMIN_GLOSSARY, kind="quiet"), rx.fragment()),
            class_name="flex gap-3",
        ),
        on_submit=GlossaryEditState.save,
        key=_FORM.slug,  # fields keep what was typed; another term needs others
        class_name="grid gap-3 max-w-[560px]",
    )  # fmt: skip


def _term(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            Go.create(row["title"], to=row["href"], class_name=theme.LINK),
            rx.el.span(row["facts"], class_name=f"{theme.SMALL} text-text-2 block"),
        ),
        rx.el.div(
            buttons.link_button("Edit", href=row["edit"], kind="quiet", aria_label=rx.Var.create("Edit ") + row["title"]),
            buttons.button(
                row["revert"], kind="quiet", aria_label=row["revert"] + " " + row["title"], on_click=GlossaryEditState.revert(row["slug"])
            ),
            class_name="flex gap-2",
        ),
        key=row["slug"],
        class_name="flex items-center justify-between gap-4 border-b border-line py-1",
    )  # fmt: skip
