"""Feature switches, announcements and moderators' templates, for administrators."""

from typing import Any

import reflex as rx

from askchopper import policy, routes
from askchopper.components import buttons, forms, theme
from askchopper.states.operations import SiteState
from askchopper.views.admin_frame import admin_page, paged_list

_SMALL = f"{theme.SMALL} text-text-2"
_FORM = "grid gap-3 justify-items-start mt-4 max-w-[560px] [&>div]:w-full"


def admin_site() -> rx.Component:
    return admin_page(
        "Switches and texts",
        rx.el.h2("Features", class_name=f"{theme.TITLE_2} mb-2"),
        paged_list(SiteState.switches, _switch, label="Features", empty=""),
        rx.el.h2("Rewards", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        rx.el.p(
            "What each kind cost in the last 30 days. The setting REWARDS says which are on.",
            class_name=f"{_SMALL} mb-2",
        ),
        paged_list(SiteState.reward_costs, _reward_cost, label="Rewards", empty=""),
        rx.el.h2("Announcements", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        paged_list(SiteState.announcements, _announcement, label="Announcements", empty="Nothing is announced."),
        _announce_form(),
        rx.el.h2("Templates of moderators", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        paged_list(SiteState.templates, _template, label="Templates", empty="There are no templates."),
        _template_form(),
        is_missing=SiteState.is_missing,
        is_loaded=SiteState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )


def _switch(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.label(
            rx.el.input(type="checkbox", role="switch", checked=row["on"] != "", on_change=lambda is_on: SiteState.flip(row["name"], is_on)),
            row["label"],
            class_name="flex items-center gap-3 min-h-[44px] cursor-pointer",
        ),
        rx.cond(row["on"] != "", rx.fragment(), rx.el.span("Off", class_name=f"{theme.BADGE} !bg-warn-tint !text-warn")),
        key=row["name"],
        class_name="flex items-center justify-between gap-4 border-b border-line",
    )  # fmt: skip


def _reward_cost(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["label"], class_name="font-semibold"),
        rx.cond(
            row["on"] != "", rx.fragment(), rx.el.span("Off", class_name=f"{theme.BADGE} !bg-warn-tint !text-warn")
        ),
        rx.el.span(row["count"], class_name="fact ml-auto whitespace-nowrap"),
        rx.el.span(row["tokens"], class_name="fact w-[96px] sm:w-[120px] text-right whitespace-nowrap"),
        key=row["label"],
        class_name="flex items-center gap-4 min-h-[44px] border-b border-line",
    )


def _announcement(row: Any) -> rx.Component:
    remove = buttons.button(
        "Remove", aria_label=rx.Var.create("Remove ") + row["text"], on_click=SiteState.withdraw(row["id"])
    )
    return _entry(row["id"], row["text"], row["facts"], remove)


def _template(row: Any) -> rx.Component:
    remove = buttons.button(
        "Delete", aria_label=rx.Var.create("Delete ") + row["title"], on_click=SiteState.delete_template(row["id"])
    )
    return _entry(row["id"], row["title"], row["text"], remove)


def _entry(key: Any, title: Any, text: Any, button: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(title, dir="auto", class_name="font-semibold break-words"),
            rx.el.p(text, dir="auto", class_name=f"{_SMALL} break-words"),
            class_name="min-w-0",
        ),
        button,
        key=key,
        class_name="flex items-start justify-between gap-4 py-3 border-b border-line",
    )


def _announce_form() -> rx.Component:
    return rx.el.form(
        forms.text_field("Announcement", "text", required=True, max_length=policy.MAX_ANNOUNCEMENT_CHARACTERS),
        forms.text_field(
            "Link", "link", max_length=200, hint="A path on this site, such as /help. Leave empty for none."
        ),
        forms.text_field("From", "starts_at", type="datetime-local", hint="UTC. Leave empty to start now."),
        forms.text_field("To", "ends_at", type="datetime-local", required=True, hint="UTC."),
        buttons.button("Announce", type="submit"),
        on_submit=SiteState.announce,
        class_name=_FORM,
    )


def _template_form() -> rx.Component:
    return rx.el.form(
        forms.text_field("Title", "title", id="template-title", required=True, max_length=60, hint="If a template with this title exists, it is replaced."),
        forms.field(
            "Text",
            rx.el.textarea(id="template-text", name="text", dir="auto", rows="3", required=True, max_length=policy.MAX_MODERATION_CHARACTERS, class_name=f"{theme.FIELD} py-2.5"),
            for_id="template-text", hint="{title} becomes the title of the item.",
        ),
        buttons.button("Save template", type="submit"),
        on_submit=SiteState.save_template,
        class_name=_FORM,
    )  # fmt: skip
