"""Lists of figures with definitions."""

import reflex as rx

from askchopper.components import theme
from askchopper.schemas.view_models.taste import Figure


def figure_list(figures: rx.Var[list[Figure]]) -> rx.Component:
    """Render figures with values and definitions."""
    return rx.el.dl(rx.foreach(figures, _figure))


def _figure(figure: rx.Var[Figure]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(figure.label, class_name="font-semibold"),
        rx.el.dd(figure.value, class_name="fact text-text-1 sm:text-right"),
        rx.el.dd(figure.definition, class_name=f"{theme.SMALL} text-text-2 max-sm:col-span-2 sm:row-start-2"),
        key=figure.label,
        class_name="grid grid-cols-[minmax(0,1fr)_auto] items-baseline gap-x-6 gap-y-1 py-3 border-b border-line",
    )
