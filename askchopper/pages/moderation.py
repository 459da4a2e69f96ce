"""Moderation page: one queue of all open items, and the packs taken down."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.states.moderation import ModerationState
from askchopper.views import admin_frame
from askchopper.views import moderation as view
from askchopper.views.shell import frame


def moderation() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                ModerationState.is_missing,
                admin_frame.missing(),
                rx.fragment(
                    rx.el.div(
                        rx.el.h1("Review queue", class_name=theme.TITLE_1),
                        rx.cond(
                            ModerationState.is_admin,
                            buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),
                            rx.fragment(),
                        ),
                        class_name="flex flex-wrap items-center justify-between gap-4 pt-8 pb-5",
                    ),
                    rx.cond(
                        ModerationState.is_loaded,
                        rx.fragment(
                            view.filters(),
                            view.results(),
                            rx.cond(ModerationState.queue, view.queue(), feedback.empty("The queue is empty.")),
                        ),
                        rx.el.div(*feedback.row_skeletons(3), aria_busy="true"),
                    ),
                    view.taken_down(),
                ),
            ),
            class_name=theme.PAGE,
        ),
    )
