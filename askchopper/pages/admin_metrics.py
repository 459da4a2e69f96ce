"""The product's figures for administrators, each with its definition."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.components.figures import figure_list
from askchopper.schemas.view_models.taste import Figure
from askchopper.states.taste import MetricsState
from askchopper.views.shell import frame


def admin_metrics() -> rx.Component:
    return frame(
        rx.el.div(
            rx.cond(
                MetricsState.is_missing,
                feedback.failure(
                    "Page not found",
                    "It may have moved, or it was mistyped.",
                    buttons.link_button("Browse packs", href=routes.BROWSE),
                ),
                rx.fragment(
                    rx.el.h1("Metrics", class_name=f"{theme.TITLE_1} mb-2"),
                    rx.el.p("The last 30 days.", class_name="text-text-2 mb-8"),
                    rx.cond(
                        MetricsState.is_loaded,
                        rx.fragment(
                            _group("Targets", MetricsState.targets),
                            _group("Recommendations", MetricsState.funnel),
                            _group("Visits", MetricsState.visits),
                            _group("Questions to the assistant", MetricsState.questions),
                            rx.el.div(
                                buttons.link_button("Members", href=routes.ADMIN_MEMBERS, kind="quiet"),
                                buttons.link_button("Audit log", href=routes.ADMIN_AUDIT, kind="quiet"),
                                buttons.link_button("Knowledge", href=routes.ADMIN_KNOWLEDGE, kind="quiet"),
                                buttons.link_button("Read a member's taste", href=routes.ADMIN_TASTE, kind="quiet"),
                                class_name="flex flex-wrap gap-2",
                            ),
                        ),
                        rx.el.div(*feedback.row_skeletons(6), aria_busy="true"),
                    ),
                ),
            ),
            class_name=f"{theme.PAGE} pt-8 max-w-[880px]",
        ),
    )


def _group(title: str, figures: rx.Var[list[Figure]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-2"),
        figure_list(figures),
        aria_label=title,
        class_name="mb-10",
    )
