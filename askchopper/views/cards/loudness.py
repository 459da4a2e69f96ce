"""Loudness targets by platform."""

import reflex as rx

from askchopper import routes
from askchopper.components import learning, theme
from askchopper.components.client import Go
from askchopper.states.cards import LOUDNESS


def loudness() -> rx.Component:
    return learning.card_page(
        "loudness",
        rx.el.p(
            "Platforms turn music up or down to these levels. A louder master is only turned down, so master for the music. Platforms change these figures from time to time.",
            class_name="text-text-2 mb-4 max-w-prose",
        ),
        learning.table(
            "Platform", "LUFS", "True peak (dBTP)", "Good to know",
            label="Loudness targets", rows=rx.fragment(*(
                rx.el.tr(
                    rx.el.th(one.platform, scope="row", class_name=f"{learning.CELL} font-semibold"),
                    rx.el.td(f"{one.lufs:g}", class_name=f"{learning.FACT_CELL} text-text-1"),
                    rx.el.td(f"{one.true_peak_dbtp:g}", class_name=f"{learning.FACT_CELL} text-text-1"),
                    rx.el.td(one.note, class_name=f"{learning.CELL} text-text-2 min-w-[240px]"),
                )
                for one in LOUDNESS
            )),
        ),
        Go.create("What is LUFS?", to=routes.term("lufs"), class_name=f"{theme.LINK} inline-flex items-center min-h-[44px] mt-4"),
    )  # fmt: skip
