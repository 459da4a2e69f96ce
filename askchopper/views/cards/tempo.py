"""The usual tempo range of each style, on a common scale."""

import reflex as rx

from askchopper import routes
from askchopper.components import learning, theme
from askchopper.components.client import Go
from askchopper.states.cards import TEMPI

_LOW, _HIGH = 50, 190
_MARKS = (60, 90, 120, 150, 180)


def tempo() -> rx.Component:
    return learning.card_page(
        "tempo",
        rx.el.p("Half and double are often the same groove: 70 and 140 BPM, 87 and 174 BPM.", class_name="text-text-2 mb-4"),
        rx.el.div(
            *(
                rx.el.span(str(mark), class_name="absolute -translate-x-1/2 fact", style={"left": f"{_place(mark):.2f}%"})
                for mark in _MARKS
            ),
            class_name="relative h-[20px] ml-[132px] mr-[76px] sm:ml-[180px]", aria_hidden="true",
        ),
        rx.el.ul(*(_row(*row) for row in TEMPI), aria_label="Tempo by genre"),
    )  # fmt: skip


def _row(name: str, slug: str, low: int, high: int) -> rx.Component:
    href = routes.browse(genre=slug, view="list") if slug else routes.browse(q=name, view="list")
    return rx.el.li(
        Go.create(name, to=href, class_name="truncate hover:underline underline-offset-2 py-2.5"),
        rx.el.span(
            rx.el.span(
                class_name="absolute top-1/2 -translate-y-1/2 h-[8px] rounded-[2px] bg-control",
                style={"left": f"{_place(low):.2f}%", "width": f"{max(1.0, _place(high) - _place(low)):.2f}%"},
            ),
            class_name="relative h-[20px]", aria_hidden="true",
        ),
        rx.el.span(f"{low}-{high}", rx.el.span(" BPM", class_name="sr-only"), class_name="fact text-right"),
        class_name=f"grid grid-cols-[120px_1fr_64px] sm:grid-cols-[168px_1fr_64px] items-center gap-3 min-h-[44px] md:min-h-[36px] {theme.HAIRLINE}",
    )  # fmt: skip


def _place(bpm: float) -> float:
    return 100 * (min(max(bpm, _LOW), _HIGH) - _LOW) / (_HIGH - _LOW)
