"""The reference cards: titles, paths and icons, and shared parts."""

from typing import Any, NamedTuple

import reflex as rx

from askchopper import routes
from askchopper.components import theme
from askchopper.components.client import Go
from askchopper.components.learning_client import NotePlayer


class CardLink(NamedTuple):
    """A reference card: ``name`` in its path, title, description and icon."""

    name: str
    title: str
    description: str
    icon: str

    @property
    def href(self) -> str:
        """The path of the card."""
        return routes.learn_card(self.name)


CARDS: tuple[CardLink, ...] = (
    CardLink("camelot", "Camelot wheel", "Choose a key; see and hear which keys mix with it.", "circle-dot"),
    CardLink(
        "scales", "Scales and chords", "The notes and chords of every key and mode, on a keyboard that plays.", "piano"
    ),
    CardLink("progressions", "Chord progressions", "Common progressions by genre, in any key.", "list-music"),
    CardLink("tempo", "Tempo by genre", "The usual tempo of each style.", "gauge"),
    CardLink(
        "frequency",
        "Frequency chart",
        "Where instruments sit in the spectrum, and how to treat them.",
        "chart-no-axes-column",
    ),
    CardLink("notes", "Notes, frequencies and MIDI", "The frequency and MIDI number of each note.", "music"),
    CardLink("delay", "Delay and reverb times", "Note lengths in milliseconds at your tempo.", "timer"),
    CardLink("pitch-tempo", "Pitch and tempo", "Semitones, percentages and BPM.", "arrow-up-down"),
    CardLink("loudness", "Loudness targets", "The level that each platform turns music to.", "volume-2"),
)
BY_NAME = {card.name: card for card in CARDS}
TABLE = "w-full text-left border-collapse"
HEAD_CELL = f"{theme.LABEL} text-text-3 font-normal py-2 pr-4 border-b border-line whitespace-nowrap"
CELL = "py-2.5 pr-4 border-b border-line align-top"
FACT_CELL = f"fact {CELL} whitespace-nowrap"


def card_page(name: str, *content: rx.Component) -> rx.Component:
    """Render the frame of a card: title, description, content, and links to the previous and next card."""
    at = [card.name for card in CARDS].index(name)
    card, before, after = CARDS[at], CARDS[at - 1], CARDS[(at + 1) % len(CARDS)]
    link = f"{theme.LINK} inline-flex items-center gap-2 min-h-[44px]"
    return rx.el.div(
        NotePlayer.create(),
        Go.create("Learn", to=routes.LEARN, class_name=f"{link} {theme.SMALL}"),
        rx.el.h1(card.title, class_name=theme.TITLE_1),
        rx.el.p(card.description, class_name="text-text-2 mt-1 max-w-[60ch]"),
        rx.el.div(*content, class_name="mt-6"),
        rx.el.nav(
            Go.create(rx.icon("arrow-left", size=16, aria_hidden="true"), before.title, to=before.href, class_name=link),
            Go.create(after.title, rx.icon("arrow-right", size=16, aria_hidden="true"), to=after.href, class_name=f"{link} ml-auto"),
            aria_label="Other cards",
            class_name="flex gap-4 mt-12 border-t border-line pt-3",
        ),
        class_name=f"{theme.PAGE} pt-6",
    )  # fmt: skip


def notes_button(
    *children: Any, notes: Any, label: Any, class_name: str, beat: float = 0.5, **props: Any
) -> rx.Component:
    """Render a button that plays notes: a JSON list of chords, each a list of MIDI numbers. Without ``label``, its text is its name."""
    named = {} if label is None else {"aria_label": label}
    return rx.el.button(
        *children,
        type="button",
        class_name=class_name,
        custom_attrs={"data-play": notes, "data-beat": str(beat)},
        **named,
        **props,
    )


def table(*heads: str, label: str, rows: Any) -> rx.Component:
    """Render a table that scrolls horizontally on phones.

    It has a CSS position, so that visually hidden texts in its cells do not widen the page to the width of the table.
    """
    return rx.el.div(
        rx.el.table(
            rx.el.thead(rx.el.tr(*(rx.el.th(head, scope="col", class_name=HEAD_CELL) for head in heads))),
            rx.el.tbody(rows),
            class_name=TABLE,
        ),
        class_name="relative overflow-x-auto",
        tab_index=0,
        role="region",
        aria_label=label,
    )


def number_field(
    label: str, *, field_id: str, value: Any, on_change: Any, low: str, high: str, step: str = "any", unit: str = "BPM"
) -> rx.Component:
    """Render a number field with its unit in the label."""
    return rx.el.div(
        rx.el.label(f"{label} ({unit})", html_for=field_id, class_name=theme.LABEL),
        rx.el.input(
            id=field_id, type="number", input_mode="decimal", min=low, max=high, step=step, default_value=value, on_change=on_change,
            class_name=f"{theme.FIELD} max-w-[160px] font-mono",
        ),
        class_name="grid gap-1.5",
    )  # fmt: skip


def chip(label: Any, *, is_on: Any, **props: Any) -> rx.Component:
    """Render one chip of a group of choices."""
    return rx.el.button(
        label,
        type="button",
        aria_pressed=is_on,
        class_name=rx.cond(is_on, f"{theme.CHIP} {theme.CHIP_ON}", theme.CHIP),
        **props,
    )
