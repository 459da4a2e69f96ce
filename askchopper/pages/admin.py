"""The administrators' overview: figures with links, checks, and refused requests."""

from typing import Any

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.states.operations import OverviewState
from askchopper.views.admin_frame import admin_page, paged_list

_PLACES = (
    ("Review queue", routes.MODERATION), ("Members", routes.ADMIN_MEMBERS), ("Jobs", routes.ADMIN_JOBS), ("Switches", routes.ADMIN_SITE),
    ("Search", routes.ADMIN_SEARCH), ("Glossary", routes.ADMIN_GLOSSARY), ("Knowledge", routes.ADMIN_KNOWLEDGE), ("Metrics", routes.ADMIN_METRICS), ("Taste", routes.ADMIN_TASTE),
    ("Audit log", routes.ADMIN_AUDIT), ("Status", routes.STATUS_PAGE),
)  # fmt: skip


def admin() -> rx.Component:
    return admin_page(
        "Administration",
        rx.el.nav(
            *(buttons.link_button(label, href=href) for label, href in _PLACES),
            aria_label="Administration",
            class_name="flex flex-wrap gap-2 mb-6",
        ),
        paged_list(OverviewState.rows, _figure, label="Overview", empty="Nothing to show."),
        _section("Checks", OverviewState.checks, _check, "No check has run yet. They run every night."),
        _section("Refused requests today", OverviewState.refusals, _refusal, "No limit was reached today."),
        is_missing=OverviewState.is_missing,
        is_loaded=OverviewState.is_loaded,
    )


def _section(title: str, rows: Any, line: Any, empty: str) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mt-8 mb-2"), paged_list(rows, line, label=title, empty=empty)
    )


def _figure(row: Any) -> rx.Component:
    label = rx.cond(
        row["href"] != "",
        rx.el.a(row["label"], href=row["href"], class_name="block py-3 -my-3 underline underline-offset-2"),
        row["label"],
    )
    return _line(row["label"], label, row["value"])


def _check(row: Any) -> rx.Component:
    tone = rx.cond(row["tone"] != "", "text-warn", "text-text-2")
    return _line(row["name"], row["name"], rx.el.span(row["words"], class_name=tone))


def _refusal(row: Any) -> rx.Component:
    return _line(row["name"], row["name"], row["count"])


def _line(key: Any, label: Any, value: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(label, class_name="font-semibold"),
        rx.el.span(value, class_name="text-text-2 text-right"),
        key=key,
        class_name="flex justify-between gap-4 py-3 border-b border-line",
    )
