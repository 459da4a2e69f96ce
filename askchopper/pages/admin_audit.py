"""The audit log for administrators."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.states.administration import AuditState
from askchopper.views.shell import frame

_GROUPS = (("", "Everything"), ("member", "Members"), ("moderation", "Moderation"), ("rewards", "Rewards"))


def admin_audit() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                AuditState.is_missing,
                feedback.failure("Page not found", "It may have moved, or it was mistyped.", buttons.link_button("Browse packs", href=routes.BROWSE)),
                rx.fragment(
                    rx.el.div(
                        rx.el.h1("Audit log", class_name=theme.TITLE_1),
                        buttons.file_link("Export", href=routes.AUDIT_EXPORT, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}"),
                        class_name="flex items-center justify-between gap-4 mb-5",
                    ),
                    rx.el.select(
                        *(rx.el.option(label, value=value) for value, label in _GROUPS),
                        value=AuditState.action, on_change=AuditState.show_action, aria_label="Actions", class_name=f"{theme.FIELD} !w-auto mb-4",
                    ),
                    rx.cond(AuditState.is_loaded, _list(), rx.el.div(*feedback.row_skeletons(6), aria_busy="true")),
                ),
            ),
            class_name=f"{theme.PAGE} pt-8 max-w-[960px]",
        ),
    )  # fmt: skip


def _list() -> rx.Component:
    return rx.cond(
        AuditState.rows,
        rx.fragment(
            rx.el.ol(rx.foreach(AuditState.rows, _entry), aria_label="Audit log", class_name="border-t border-line"),
            rx.cond(AuditState.next_cursor != "", buttons.button("Show more", on_click=AuditState.load_more, class_name="mt-4"), rx.fragment()),
        ),
        feedback.empty("Nothing was done yet."),
    )  # fmt: skip


def _entry(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.p(
            rx.el.span(row["actor"], dir="auto", class_name="font-semibold"), rx.el.span(row["action"], class_name="fact text-text-1"),
            rx.el.span(row["when"], class_name="fact"), class_name="flex flex-wrap items-baseline gap-x-3",
        ),
        rx.el.p(row["target"], class_name="fact break-all"),
        rx.cond(row["reason"] != "", rx.el.p(row["reason"], dir="auto", class_name="text-text-2"), rx.fragment()),
        rx.el.p(row["change"], dir="auto", class_name=f"{theme.SMALL} text-text-3 break-words"),
        key=row["id"],
        class_name="py-3 border-b border-line",
    )  # fmt: skip
