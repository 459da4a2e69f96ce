"""The administrators' announcement above the page."""

import reflex as rx

from askchopper.components import buttons
from askchopper.states.announcements import AnnouncementState


def banner() -> rx.Component:
    """Render the announcement as plain text, with a button that hides it in this tab."""
    words = rx.cond(
        AnnouncementState.link != "",
        rx.el.a(
            AnnouncementState.text, href=AnnouncementState.link, dir="auto", class_name="underline underline-offset-2"
        ),
        rx.el.span(AnnouncementState.text, dir="auto"),
    )
    return rx.cond(
        AnnouncementState.id != "",
        rx.el.aside(
            rx.el.p(words, class_name="break-words min-w-0"),
            buttons.icon_button("x", "Dismiss announcement", on_click=AnnouncementState.dismiss),
            aria_label="Announcement",
            class_name="bg-info-tint text-info px-4 md:px-7 py-1 flex items-center justify-between gap-4",
        ),
        rx.fragment(),
    )  # fmt: skip
