"""Usage page: model tokens and cost of the assistant's answers, by day."""

import reflex as rx

from askchopper import routes
from askchopper.components import feedback, theme
from askchopper.states.usage import UsageState
from askchopper.views.shell import frame


def usage() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Assistant usage", class_name=theme.TITLE_1),
            rx.el.p(
                "How much the assistant has read and written for you in the last 30 days. Basic mode uses none of your allowance.",
                class_name=f"{theme.BODY} text-text-2 max-w-prose mt-1",
            ),
            rx.el.div(
                rx.el.p(
                    rx.el.span(100 - UsageState.share, "%", class_name="fact-lg"),
                    rx.el.span(" of today's allowance left", class_name="text-text-2"),
                ),
                rx.el.div(
                    rx.el.div(class_name="h-full bg-text-1", style={"width": UsageState.share.to_string() + "%"}),
                    role="progressbar",
                    aria_label="Used of today's allowance",
                    aria_valuenow=UsageState.share,
                    aria_valuemin=0,
                    aria_valuemax=100,
                    class_name="h-[2px] bg-line-strong max-w-[420px] mt-3",
                ),
                class_name="my-6",
            ),
            rx.cond(
                UsageState.days,
                _table(),
                rx.cond(UsageState.is_loaded, feedback.empty("Nothing asked in the last 30 days."), rx.fragment(*feedback.row_skeletons(3))),
            ),
            class_name=f"{theme.PAGE} pt-8 max-w-[880px]",
        ),
        active=routes.SETTINGS,
    )  # fmt: skip


def _table() -> rx.Component:
    number = "text-right fact py-3"
    head = f"{theme.LABEL} text-text-3 font-normal py-2"
    return rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.th("Day", scope="col", class_name=f"{head} text-left"),
                *(
                    rx.el.th(word, scope="col", class_name=f"{head} text-right")
                    for word in ("Answers", "Read", "Written", "Cost")
                ),
                class_name="border-b border-line",
            )
        ),
        rx.el.tbody(
            rx.foreach(
                UsageState.days,
                lambda day: rx.el.tr(
                    rx.el.th(day["day"], scope="row", class_name="text-left font-normal"),
                    *(rx.el.td(day[name], class_name=number) for name in ("answers", "input", "output", "cost")),
                    key=day["day"],
                    class_name="border-b border-line",
                ),
            ),
        ),
        rx.el.tfoot(
            rx.el.tr(
                rx.el.th("Total", scope="row", class_name="text-left"),
                rx.el.td(UsageState.total["answers"], class_name=f"{number} text-text-1"),
                rx.el.td(UsageState.total["tokens"], col_span=2, class_name=f"{number} text-text-1"),
                rx.el.td(UsageState.total["cost"], class_name=f"{number} text-text-1"),
            )
        ),
        class_name="w-full",
    )
