"""Tiles and a chart of figures, drawn by the server as inline SVG without a chart library."""

import reflex as rx

from askchopper.components import brand, theme
from askchopper.components.plurals import noun
from askchopper.schemas.view_models.charts import HEIGHT, SPARK_HEIGHT, WIDTH, Chart, ChartDay, Tile

_DIRECTIONS = {"up": "arrow-up", "down": "arrow-down", "same": "minus"}


def tile(tile: rx.Var[Tile], *, compared: rx.Var[str]) -> rx.Component:
    """Render a figure with its change and a sparkline of its days."""
    icons = [
        (direction, rx.icon(icon, size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0"))
        for direction, icon in _DIRECTIONS.items()
    ]
    return rx.el.div(
        rx.el.dt(tile.label, class_name=f"{theme.SMALL} text-text-2"),
        rx.el.dd(
            rx.cond(tile.name == "earned", rx.el.span(brand.token(is_own=True), class_name="text-[16px]"), rx.fragment()),
            rx.el.span(tile.value),
            rx.cond(tile.name == "earned", rx.el.span(noun(tile.value, "token"), class_name="sr-only"), rx.fragment()),
            class_name="fact-lg inline-flex items-center gap-2 mt-1",
        ),
        rx.el.dd(
            rx.match(tile.direction, *icons, rx.fragment()),
            rx.el.span(
                tile.change,
                rx.cond(
                    tile.direction == "same", rx.fragment(), rx.el.span(" ", compared, class_name="max-lg:sr-only")
                ),
            ),
            class_name=f"{theme.SMALL} text-text-2 flex items-start gap-1.5 mt-0.5",
        ),
        rx.el.dd(
            rx.el.svg(
                rx.el.svg.polyline(points=tile.line, fill="none", stroke="currentColor", stroke_width="1.5", custom_attrs={"vectorEffect": "non-scaling-stroke"}),
                view_box=f"0 -1 {WIDTH} {SPARK_HEIGHT + 2}", custom_attrs={"preserveAspectRatio": "none"}, class_name="w-full h-[26px]",
            ),
            aria_hidden="true",
            class_name="mt-2 text-text-2",
        ),
        key=tile.name,
        class_name="min-w-0 pr-4 md:pr-6 max-md:even:pl-4 max-md:even:border-l md:pl-6 md:first:pl-0 md:border-l md:first:border-l-0 border-line",
    )  # fmt: skip


def chart(chart: rx.Var[Chart]) -> rx.Component:
    """Render a figure by day, with an equivalent table."""
    grid = "absolute inset-x-0 border-t border-line"
    return rx.el.figure(
        rx.el.figcaption(chart.text, aria_hidden="true", class_name="hidden print:block font-semibold mb-4"),
        rx.el.div(
            rx.el.div(
                rx.el.span(chart.top, class_name="fact absolute right-3 -top-2"),
                rx.el.span(chart.middle, class_name="fact absolute right-3 top-[calc(50%-8px)]"),
                class_name="relative w-[56px] shrink-0", aria_hidden="true",
            ),
            rx.el.div(
                rx.el.i(class_name=f"{grid} top-0"), rx.el.i(class_name=f"{grid} top-1/2"), rx.el.i(class_name=f"{grid} bottom-0"),
                rx.el.svg(
                    rx.el.svg.polygon(points=chart.area, fill="var(--amber-tint)", opacity="0.6"),
                    rx.el.svg.polyline(points=chart.line, fill="none", stroke="var(--amber)", stroke_width="2", stroke_linejoin="round", custom_attrs={"vectorEffect": "non-scaling-stroke"}),
                    view_box=f"0 0 {WIDTH} {HEIGHT}",
                    role="img",
                    aria_label=chart.text,
                    custom_attrs={"preserveAspectRatio": "none"},
                    class_name="absolute inset-0 size-full overflow-visible",
                ),
                rx.cond(
                    chart.compared != "",
                    rx.el.svg(
                        rx.el.svg.polyline(points=chart.compared, fill="none", stroke="var(--text-3)", stroke_width="1.5", stroke_dasharray="4 4", custom_attrs={"vectorEffect": "non-scaling-stroke"}),
                        view_box=f"0 0 {WIDTH} {HEIGHT}", aria_hidden="true", custom_attrs={"preserveAspectRatio": "none"}, class_name="absolute inset-0 size-full overflow-visible",
                    ),
                    rx.fragment(),
                ),
                rx.foreach(chart.days, _day),
                class_name="relative flex-1 h-[160px]",
            ),
            class_name="flex",
        ),
        rx.el.div(
            rx.foreach(
                chart.labels,
                lambda day, index: rx.el.span(
                    day.day,
                    class_name=rx.cond(
                        index == 0, "fact absolute", rx.cond(index == chart.labels.length() - 1, "fact absolute right-0", rx.cond(index == 2, "fact absolute -translate-x-1/2", "fact absolute -translate-x-1/2 max-sm:hidden")),
                    ),
                    style=rx.cond(index == chart.labels.length() - 1, {"left": "auto"}, {"left": day.left}),
                ),
            ),
            aria_hidden="true",
            class_name="relative h-[16px] mt-2 ml-[56px]",
        ),
        rx.el.details(
            rx.el.summary("Show as table", class_name="inline-flex items-center min-h-[44px] md:min-h-[40px] font-semibold text-text-2 hover:text-text-1 cursor-pointer list-none"),
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.el.th("Day", scope="col", class_name="text-left pr-6"), rx.el.th("Value", scope="col", class_name="text-right")), class_name="text-[12px] text-text-3"),
                rx.el.tbody(rx.foreach(chart.days, lambda day: rx.el.tr(
                    rx.el.td(day.day, class_name="fact pr-6 py-1"), rx.el.td(day.value, class_name="text-right text-text-1"), key=day.day, class_name="border-b border-line",
                ))),
                class_name="min-w-[240px]",
            ),
            class_name="mt-2 max-h-[320px] overflow-y-auto print:hidden",
        ),
    )  # fmt: skip


def _day(day: rx.Var[ChartDay]) -> rx.Component:
    """Render the hover line of a day with its text."""
    tip = f"{theme.FLOATING} absolute top-2 rounded-ctl px-3 py-2 whitespace-nowrap pointer-events-none hidden group-hover:block z-10"
    return rx.el.div(
        rx.el.i(class_name="absolute inset-y-0 left-1/2 w-px bg-control hidden group-hover:block"),
        rx.el.div(
            rx.el.p(day.day, class_name="fact"), rx.el.p(day.value, class_name="font-semibold"),
            class_name=f"{tip} left-1/2 -translate-x-1/2",
        ),
        key=day.day,
        aria_hidden="true",
        class_name="group absolute inset-y-0 w-[12px] -ml-[6px]",
        style={"left": day.left},
    )  # fmt: skip
