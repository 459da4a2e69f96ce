"""Delay and reverb times by tempo."""

import reflex as rx

from askchopper.components import learning, theme
from askchopper.states.cards import DelayState


def delay() -> rx.Component:
    return learning.card_page(
        "delay",
        learning.number_field("Tempo", field_id="delay-bpm", value="120", on_change=DelayState.set_tempo.debounce(150), low="20", high="400"),
        rx.el.p(
            rx.cond(DelayState.problem != "", DelayState.problem, DelayState.bars), role="status",
            class_name=rx.cond(DelayState.problem != "", "mt-3 text-bad", "mt-3 text-text-2"),
        ),
        rx.el.h2("Delay, in milliseconds", class_name=f"{theme.TITLE_2} mt-6 mb-1"),
        learning.table(
            "Note", "Straight", "Dotted", "Triplet",
            label="Delay times", rows=rx.foreach(
                DelayState.delays,
                lambda row: rx.el.tr(
                    rx.el.th(row["name"], scope="row", class_name=learning.FACT_CELL),
                    *(rx.el.td(row[name], class_name=f"{learning.FACT_CELL} text-text-1") for name in ("plain", "dotted", "triplet")),
                    key=row["name"],
                ),
            ),
        ),
        rx.el.h2("Reverb", class_name=f"{theme.TITLE_2} mt-8 mb-1"),
        learning.table(
            "Size", "Pre-delay (ms)", "Decay (s)",
            label="Reverb times", rows=rx.foreach(
                DelayState.reverbs,
                lambda row: rx.el.tr(
                    rx.el.th(row["name"], scope="row", class_name=f"{learning.CELL} font-normal"),
                    rx.el.td(row["pre"], class_name=f"{learning.FACT_CELL} text-text-1"),
                    rx.el.td(row["decay"], class_name=f"{learning.FACT_CELL} text-text-1"),
                    key=row["name"],
                ),
            ),
        ),
    )  # fmt: skip
