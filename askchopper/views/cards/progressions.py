"""Chord progressions by genre, in any key."""

import reflex as rx

from askchopper.components import learning, theme
from askchopper.components.client import Go
from askchopper.states.cards import GENRE_NAMES, TONICS, ProgressionState


def progressions() -> rx.Component:
    return learning.card_page(
        "progressions",
        rx.el.div(
            rx.el.div(
                rx.el.label("Genre", html_for="progression-genre", class_name=theme.LABEL),
                rx.el.select(
                    *(rx.el.option(name, value=slug) for slug, name in GENRE_NAMES),
                    id="progression-genre", value=ProgressionState.genre, on_change=ProgressionState.choose_genre, class_name=theme.FIELD,
                ),
                class_name="grid gap-1.5 w-full max-w-[280px]",
            ),
            rx.el.div(
                *(learning.chip(tonic, is_on=ProgressionState.tonic == tonic, on_click=ProgressionState.choose_tonic(tonic)) for tonic in TONICS),
                role="group", aria_label="Tonic", class_name="flex flex-wrap gap-2",
            ),
            class_name="flex flex-wrap items-end gap-5",
        ),
        rx.el.ul(rx.foreach(ProgressionState.found, _progression), aria_label="Progressions", class_name="mt-6"),
        Go.create("Chords in this genre", to=ProgressionState.href, class_name=f"{theme.LINK} inline-flex items-center min-h-[44px] mt-4"),
    )  # fmt: skip


def _progression(one: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        learning.notes_button(
            rx.icon("play", size=18, class_name="fill-current", aria_hidden="true"),
            notes=one["play"], label=rx.Var.create("Play ") + one["name"], beat=1.0, class_name=theme.ICON_BUTTON,
        ),
        rx.el.div(
            rx.el.p(
                rx.el.span(one["name"], class_name="font-semibold mr-3"), rx.el.span(one["numerals"], class_name="fact whitespace-pre"),
            ),
            rx.el.p(one["chords"], class_name="font-mono text-[16px] leading-[24px] whitespace-pre"),
            rx.el.p(one["key"], ". ", one["note"], class_name=f"{theme.SMALL} text-text-2"),
            class_name="min-w-0",
        ),
        key=one["name"],
        class_name=f"flex items-center gap-4 py-3 {theme.HAIRLINE}",
    )  # fmt: skip
