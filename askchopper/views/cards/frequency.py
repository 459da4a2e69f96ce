"""Frequency ranges of instruments on a logarithmic scale."""

import json
import math

import reflex as rx

from askchopper.components import learning, theme
from askchopper.states.cards import RANGES, midi_of_range

_LOW, _HIGH = 20.0, 20_000.0
_BANDS = (
    ("Sub", "20 to 60 Hz", 40, "Felt more than heard."), ("Bass", "60 to 200 Hz", 110, "Weight and warmth."),
    ("Low mids", "200 to 500 Hz", 320, "Body, and mud."), ("Mids", "500 Hz to 2 kHz", 1_000, "Where melodies live; boxy and nasal when loud."),
    ("Presence", "2 to 6 kHz", 3_500, "Attack and clear words; harsh when loud."), ("Air", "6 to 20 kHz", 9_000, "Shine, hiss and sibilance."),
)  # fmt: skip


def frequency() -> rx.Component:
    return learning.card_page(
        "frequency",
        rx.el.ul(*(_band(*band) for band in _BANDS), aria_label="Bands", class_name="grid sm:grid-cols-2 lg:grid-cols-3 gap-x-7 mb-8"),
        rx.el.h2("Instruments", class_name=f"{theme.TITLE_2} mb-1"),
        rx.el.p("Bright: fundamentals. Dark: overtones.", class_name=f"{theme.SMALL} text-text-3 mb-3"),
        rx.el.div(
            *(
                rx.el.span(label, class_name="absolute -translate-x-1/2 fact", style={"left": f"{_place(hertz):.2f}%"})
                for hertz, label in ((50, "50"), (200, "200"), (1_000, "1k"), (5_000, "5k"), (15_000, "15k"))
            ),
            class_name="relative h-[20px] ml-[112px] sm:ml-[140px]", aria_hidden="true",
        ),
        rx.el.ul(*(_instrument(one) for one in RANGES), aria_label="Instruments"),
    )  # fmt: skip


def _band(name: str, span: str, hertz: float, effect: str) -> rx.Component:
    return rx.el.li(
        learning.notes_button(
            rx.icon("play", size=16, class_name="fill-current", aria_hidden="true"),
            notes=json.dumps([[midi_of_range(hertz)]]), label=f"Play {hertz:g} Hz", class_name=theme.ICON_BUTTON,
        ),
        rx.el.span(
            rx.el.span(name, class_name="font-semibold mr-2"), rx.el.span(span, class_name="fact"),
            rx.el.span(effect, class_name=f"{theme.SMALL} text-text-2 block"),
        ),
        class_name=f"flex items-center gap-3 min-h-[60px] {theme.HAIRLINE}",
    )  # fmt: skip


def _instrument(one) -> rx.Component:  # noqa: ANN001 - a row of the services' table, which views do not import
    start, end, bright = _place(one.low_hz), _place(one.high_hz), _place(one.bright_hz)
    return rx.el.li(
        rx.el.span(one.name, class_name="font-semibold"),
        rx.el.span(
            rx.el.span(class_name="absolute top-[6px] h-[8px] rounded-[2px] bg-control", style={"left": f"{start:.2f}%", "width": f"{end - start:.2f}%"}),
            rx.el.span(class_name="absolute top-[6px] h-[8px] rounded-[2px] bg-line-strong", style={"left": f"{end:.2f}%", "width": f"{max(0.5, bright - end):.2f}%"}),
            class_name="relative h-[20px]", aria_hidden="true",
        ),
        rx.el.span(
            rx.el.span(f"{one.low_hz:g}-{one.high_hz:g} Hz", class_name="fact mr-3"), one.tip,
            class_name=f"{theme.SMALL} text-text-2 col-start-2",
        ),
        class_name=f"grid grid-cols-[100px_1fr] sm:grid-cols-[128px_1fr] gap-x-3 items-center py-2 {theme.HAIRLINE}",
    )  # fmt: skip


def _place(hertz: float) -> float:
    return 100 * math.log(hertz / _LOW) / math.log(_HIGH / _LOW)
