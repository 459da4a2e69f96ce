"""Frequencies and MIDI numbers of notes, and a converter."""

import reflex as rx

from askchopper.components import learning, theme
from askchopper.states.cards import PITCHES, NoteState

_OCTAVES = range(9)


def notes() -> rx.Component:
    return learning.card_page(
        "notes",
        rx.el.div(
            rx.el.label("Note, frequency or MIDI number", html_for="note-lookup", class_name=theme.LABEL),
            rx.el.input(
                id="note-lookup", dir="auto", placeholder="A4, 440 or midi 69", auto_complete="off", max_length=40,
                on_change=NoteState.look_up.debounce(200), class_name=theme.FIELD,
            ),
            class_name="grid gap-1.5 max-w-[320px]",
        ),
        rx.el.p(NoteState.answer, role="status", class_name=f"{theme.BODY} mt-3 min-h-[24px]"),
        rx.el.p("Frequencies in Hz at A4 = 440. Press one to hear it; the small number is MIDI.", class_name=f"{theme.SMALL} text-text-3 mt-4 mb-2"),
        learning.table(
            "Note", *(f"Octave {octave}" for octave in _OCTAVES),
            label="Frequencies of all notes", rows=rx.fragment(*(
                rx.el.tr(
                    rx.el.th(name, scope="row", class_name="font-mono font-semibold pr-4 py-1 border-b border-line"),
                    *(_pitch(name, octave, midi, hertz) for octave, (midi, hertz) in zip(_OCTAVES, pitches, strict=False)),
                )
                for name, pitches in PITCHES
            )),
        ),
    )  # fmt: skip


def _pitch(name: str, octave: int, midi: int, hertz: str) -> rx.Component:
    return rx.el.td(
        learning.notes_button(
            rx.el.span(f"Play {name}{octave}, {hertz} Hz, MIDI {midi}", class_name="sr-only"),
            rx.el.span(hertz, aria_hidden="true", class_name="fact text-text-1"), rx.el.span(str(midi), aria_hidden="true", class_name="fact text-text-3 ml-1.5"),
            notes=f"[[{midi}]]", label=None,
            class_name="inline-flex items-baseline min-h-[36px] py-2 rounded-ctl hover:bg-surface-2 px-1.5 -mx-1.5 cursor-pointer whitespace-nowrap",
        ),
        class_name="pr-4 border-b border-line",
    )  # fmt: skip
