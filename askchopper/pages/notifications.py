"""Notification centre."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, catalogue, feedback, theme
from askchopper.components.client import FilterLink
from askchopper.components.switches import switch_list
from askchopper.states.notifications import NotificationsState
from askchopper.views.shell import frame

_PARTS = (
    ("", "All"),
    ("community", "Community"),
    ("sales", "Sales"),
    ("packs", "Your packs"),
    ("searches", "Searches"),
)


def notifications() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Notifications", class_name=theme.TITLE_1),
            rx.cond(
                NotificationsState.is_loaded,
                rx.fragment(
                    _parts(), rx.el.div(_list(), _switches(), class_name="grid gap-10 lg:grid-cols-[minmax(0,1fr)_320px]")
                ),
                rx.el.div(*feedback.row_skeletons(6), aria_busy="true"),
            ),
            class_name=f"{theme.PAGE} pt-8",
        ),
        active=routes.NOTIFICATIONS,
    )  # fmt: skip


def _parts() -> rx.Component:
    return rx.el.div(
        *(
            FilterLink.create(
                rx.el.span(label), name="show", value=value, is_fallback=not value,
                on_class_name=theme.CHIP_ON, class_name=f"{theme.CHIP} shrink-0",
            )
            for value, label in _PARTS
        ),
        role="group",
        aria_label="Show",
        class_name="flex flex-wrap gap-2 mt-4 mb-2",
    )  # fmt: skip


def _list() -> rx.Component:
    return rx.el.div(
        rx.cond(
            NotificationsState.rows,
            rx.el.ul(rx.foreach(NotificationsState.rows, _row), aria_label="Notifications"),
            feedback.empty(
                "Nothing here yet. Likes, new followers, sales and news about your packs will appear here.",
                buttons.link_button("Go to your feed", href=routes.FEED),
            ),
        ),
        rx.cond(
            NotificationsState.has_more,
            buttons.button("Load more", on_click=NotificationsState.load_more, class_name="mt-6"),
            rx.fragment(),
        ),
        class_name="min-w-0",
    )


def _row(row: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        catalogue.cover(row["cover"], size=40, class_name="size-[40px] rounded-ctl shrink-0"),
        rx.el.div(
            rx.cond(
                row["link"] != "",
                rx.el.a(row["sentence"], href=row["link"], class_name="hover:underline wrap-anywhere"),
                rx.el.span(row["sentence"], class_name="wrap-anywhere"),
            ),
            rx.el.p(row["date"], class_name="fact mt-0.5"),
            class_name="min-w-0 flex-1",
        ),
        rx.cond(
            row["is_new"] != "",
            rx.el.span(rx.el.span("New", class_name="sr-only"), class_name="size-[8px] rounded-full bg-amber shrink-0"),
            rx.fragment(),
        ),
        key=row["id"],
        class_name=f"flex items-center gap-4 py-3 min-h-[64px] {theme.HAIRLINE}",
    )


def _switches() -> rx.Component:
    return rx.el.aside(
        rx.el.h2("Notify me about", class_name=f"{theme.TITLE_3} mb-2"),
        switch_list(NotificationsState.switches, NotificationsState.switch),
        rx.el.p(
            "Sales, your packs and security are always included. Choose your emails in ",
            rx.el.a("Settings", href=routes.MAILS, class_name=f"{theme.LINK} underline"),
            ".",
            class_name=f"{theme.SMALL} text-text-2 mt-3",
        ),
        aria_label="Notify me about",
    )
