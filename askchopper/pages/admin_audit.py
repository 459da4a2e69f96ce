"""The audit log for administrators."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, forms, theme
from askchopper.states.administration import AuditState
from askchopper.views.admin_frame import admin_page, paged_list

_GROUPS = (
    ("", "Everything"),
    ("member", "Members"),
    ("moderation", "Moderation"),
    ("rewards", "Rewards"),
    ("site", "Site"),
    ("search", "Search"),
)


def admin_audit() -> rx.Component:
    return admin_page(
        "Audit log",
        _filter(),
        paged_list(
            AuditState.rows, _entry, label="Audit log", empty="No entries.", next_cursor=AuditState.next_cursor,
            load_more=AuditState.load_more,
        ),
        is_missing=AuditState.is_missing,
        is_loaded=AuditState.is_loaded,
        actions=(
            buttons.link_button("Members", href=routes.ADMIN_MEMBERS, kind="quiet"),
            buttons.file_link("Export", href=AuditState.export, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"),
        ),
    )  # fmt: skip


def _filter() -> rx.Component:
    return rx.el.form(
        rx.el.select(
            *(rx.el.option(label, value=value) for value, label in _GROUPS),
            value=AuditState.chosen["action"], on_change=AuditState.show_action, aria_label="Actions", class_name=theme.FIELD,
        ),
        forms.text_field("Who", "who", placeholder="Name or email", max_length=200),
        forms.text_field("Target", "target", placeholder="Id or kind", max_length=60),
        forms.text_field("From", "from", type="date"),
        forms.text_field("To", "to", type="date"),
        buttons.button("Filter", type="submit"),
        on_submit=AuditState.show_entries,
        class_name="grid grid-cols-2 md:grid-cols-[repeat(5,minmax(0,1fr))_auto] gap-3 items-end mb-4 [&_input]:min-w-0",
    )  # fmt: skip


def _entry(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(row["actor"], dir="auto", class_name="font-semibold"), rx.el.span(row["action"], class_name="fact text-text-1"),
            rx.el.span(row["when"], class_name="fact"), class_name="flex flex-wrap items-baseline gap-x-3",
        ),
        rx.el.p(row["target"], class_name="fact break-all"),
        rx.cond(row["reason"] != "", rx.el.p(row["reason"], dir="auto", class_name="text-text-2"), rx.fragment()),
        rx.cond(row["change"] != "", rx.el.p(row["change"], dir="auto", class_name=f"{theme.SMALL} text-text-3 break-words"), rx.fragment()),
        key=row["id"],
        class_name="py-3 border-b border-line",
    )  # fmt: skip
