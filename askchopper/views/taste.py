"""The charts of a taste profile, for its member and for administrators."""

from typing import Any

import reflex as rx

from askchopper.components import taste, theme
from askchopper.components.taste import Correct


def figures(state: Any, correct: Correct | None) -> rx.Component:
    """Render all charts of a state with ``TasteVars``; without ``correct`` they are read-only."""
    return rx.fragment(
        _region(
            "Tempo",
            rx.cond(state.tempo, taste.tempo_figure(state.tempo), _none("No tempo yet.")),
            taste.bars(state.tempi, "Tempos", correct),
        ),
        rx.el.div(
            rx.el.div(
                _region("Genres", rx.cond(state.genres, taste.bars(state.genres, "Genres", correct), _none("No genre yet."))),
                _region("Creators", rx.cond(state.makers, taste.creator_rows(state.makers, correct), _none("No creator yet."))),
                class_name="grid gap-12 content-start min-w-0",
            ),
            rx.el.div(
                _region(
                    "Keys",
                    taste.wheel_figure(state.wheel),
                    rx.cond(
                        state.keys,
                        rx.fragment(
                            rx.el.ul(rx.foreach(state.keys[:4], lambda one: taste.bar(one, correct)), class_name="mt-4", aria_label="Favourite keys"),
                            taste.values_table(state.keys, "Keys you like", "Key"),
                        ),
                        _none("No key yet."),
                    ),
                ),
                _region(
                    "Sound",
                    rx.cond(state.kinds, taste.bars(state.kinds, "Types of sounds", correct), _none("Nothing yet.")),
                    rx.cond(state.facts["sound"] != "", rx.el.p(state.facts["sound"], class_name="text-text-2 mt-4"), rx.fragment()),
                ),
                class_name="grid gap-12 content-start min-w-0",
            ),
            class_name="grid gap-12 lg:grid-cols-2 lg:gap-16 mt-12",
        ),
    )  # fmt: skip


def _region(title: str, *content: rx.Component) -> rx.Component:
    return rx.el.section(
        rx.el.h2(title, class_name=f"{theme.TITLE_2} mb-3"), *content, aria_label=title, class_name="min-w-0"
    )


def _none(sentence: str) -> rx.Component:
    return rx.el.p(sentence, class_name="text-text-2 py-2")
