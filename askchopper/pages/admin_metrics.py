"""Product metrics for administrators, each with its definition."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.components.figures import figure_list
from askchopper.schemas.view_models.taste import Figure
from askchopper.states.taste import MetricsState
from askchopper.views.admin_frame import admin_page


def admin_metrics() -> rx.Component:
    return admin_page(
        "Metrics",
        rx.el.p("The last 30 days.", class_name="text-text-2 mb-8"),
        _group("Targets", MetricsState.targets),
        _group("Recommendations", MetricsState.funnel),
        _group("Visits", MetricsState.visits),
        _group("Questions to the assistant", MetricsState.questions),
        is_missing=MetricsState.is_missing,
        is_loaded=MetricsState.is_loaded,
        actions=(buttons.link_button("Administration", href=routes.ADMIN, kind="quiet"),),
    )


def _group(title: str, figures: rx.Var[list[Figure]]) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-2"),
        figure_list(figures),
        aria_label=title,
        class_name="mb-10",
    )
