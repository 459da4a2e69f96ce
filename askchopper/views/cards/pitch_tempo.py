"""Converts between semitones, percent and BPM."""

import reflex as rx

from askchopper.components import forms, learning, theme
from askchopper.states.cards import KEYS, PitchState


def pitch_tempo() -> rx.Component:
    return learning.card_page(
        "pitch-tempo",
        rx.el.div(
            learning.number_field("From", field_id="pitch-old", value="140", on_change=PitchState.set_old.debounce(150), low="20", high="400"),
            learning.number_field("To", field_id="pitch-new", value="128", on_change=PitchState.set_new.debounce(150), low="20", high="400"),
            forms.select("Key", "key", sorted((name, name) for _, name, _ in KEYS), id="pitch-key", value=PitchState.key, on_change=PitchState.set_key),
            class_name="flex flex-wrap gap-5",
        ),
        rx.el.p(
            rx.cond(PitchState.problem != "", PitchState.problem, PitchState.answer), role="status",
            class_name=rx.cond(PitchState.problem != "", f"{theme.BODY} mt-4 text-bad", f"{theme.BODY} mt-4 max-w-prose"),
        ),
        rx.el.h2("Semitones", class_name=f"{theme.TITLE_2} mt-8 mb-1"),
        learning.table(
            "Semitones", "Speed (%)", "BPM", "Key",
            label="Semitones", rows=rx.foreach(
                PitchState.steps,
                lambda row: rx.el.tr(
                    rx.el.th(row["semitones"], scope="row", class_name=learning.FACT_CELL),
                    *(rx.el.td(row[name], class_name=f"{learning.FACT_CELL} text-text-1") for name in ("percent", "bpm", "key")),
                    key=row["semitones"],
                ),
            ),
        ),
    )  # fmt: skip
