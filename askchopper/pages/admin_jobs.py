"""Jobs for administrators: permanently failed ones with the reason, and running ones."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.states.operations import JobsState
from askchopper.views.admin_frame import admin_page, paged_list

_SMALL = f"{theme.SMALL} text-text-2"


def admin_jobs() -> rx.Component:
    return admin_page(
        "Jobs",
        rx.el.h2("Failed", class_name=f"{theme.TITLE_2} mb-2"),
        paged_list(
            JobsState.rows, _failed, label="Failed", empty="No failed jobs.", next_cursor=JobsState.next_cursor,
            load_more=JobsState.load_more,
        ),
        rx.el.h2("Running", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
        paged_list(JobsState.running, _running, label="Running", empty="No running jobs."),
        is_missing=JobsState.is_missing,
        is_loaded=JobsState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )  # fmt: skip


def _failed(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row["job"], class_name="font-semibold"),
            rx.el.p(row["reason"], dir="auto", class_name="text-warn break-words"),
            rx.el.p(row["facts"], class_name=f"{_SMALL} break-all"),
            class_name="min-w-0",
        ),
        buttons.button(
            "Try again",
            aria_label=rx.Var.create("Try again: ") + row["job"],
            on_click=JobsState.retry(row["id"]),
            class_name="shrink-0",
        ),
        key=row["id"],
        class_name="flex items-start justify-between gap-4 py-3 border-b border-line",
    )


def _running(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(row["job"], class_name="font-semibold"),
        rx.el.span(row["facts"], class_name=_SMALL),
        key=row["id"],
        class_name="flex flex-wrap justify-between gap-4 py-3 border-b border-line",
    )
