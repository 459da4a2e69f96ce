"""Scales and chords on a playable keyboard."""

import reflex as rx

from askchopper.components import learning, theme
from askchopper.components.client import Go
from askchopper.states.cards import SCALE_NAMES, TONICS, ScaleState

_WHITE = "absolute bottom-0 top-0 w-[6.667%] border border-line-strong rounded-b-ctl cursor-pointer grid place-items-end justify-items-center pb-2 text-[12px] text-on-amber"
_BLACK = "absolute top-0 h-[60%] w-[4.4%] -translate-x-1/2 rounded-b-[4px] border border-base cursor-pointer z-10 grid place-items-end justify-items-center pb-1 text-[12px] text-text-1"


def scales() -> rx.Component:
    return learning.card_page(
        "scales",
        rx.el.div(
            *(learning.chip(tonic, is_on=ScaleState.tonic == tonic, on_click=ScaleState.choose_tonic(tonic)) for tonic in TONICS),
            role="group", aria_label="Tonic", class_name="flex flex-wrap gap-2",
        ),
        rx.el.div(
            *(
                learning.chip(name[:1].upper() + name[1:], is_on=ScaleState.scale == name, on_click=ScaleState.choose_scale(name))
                for name in SCALE_NAMES
            ),
            role="group", aria_label="Scale", class_name="flex flex-wrap gap-2 mt-3",
        ),
        rx.el.section(
            rx.el.div(
                rx.el.h2(ScaleState.title, class_name=theme.TITLE_2, aria_live="polite"),
                learning.notes_button(
                    rx.icon("play", size=16, class_name="fill-current", aria_hidden="true"), "Play scale",
                    notes=ScaleState.play, label="Play scale", beat=0.28, class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
                ),
                Go.create("Sounds in this key", to=ScaleState.href, class_name=f"{theme.LINK} inline-flex items-center min-h-[44px]"),
                class_name="flex flex-wrap items-center gap-4 mt-8",
            ),
            rx.el.p(ScaleState.notes_text, class_name="font-mono text-[16px] mt-2 whitespace-pre-wrap"),
            rx.el.p(ScaleState.character, class_name="text-text-2 mt-1"),
            rx.el.div(
                rx.el.div(
                    rx.foreach(ScaleState.keys, _key),
                    role="group", aria_label="Keyboard", class_name="relative h-[150px] min-w-[600px] max-w-[900px]",
                ),
                class_name="overflow-x-auto mt-5 pb-2",
                tab_index=0, role="region", aria_label="Keyboard, scrolls sideways",
            ),
        ),
        rx.cond(
            ScaleState.chords,
            rx.el.section(
                rx.el.h2("Chords", class_name=f"{theme.TITLE_2} mt-8 mb-2"),
                rx.el.ul(rx.foreach(ScaleState.chords, _chord), aria_label="Chords", class_name="grid sm:grid-cols-2 lg:grid-cols-3 gap-x-7"),
            ),
            rx.fragment(),
        ),
    )  # fmt: skip


def _key(key: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    white, black = f"{_WHITE} bg-text-1", f"{_BLACK} bg-surface-2"
    return learning.notes_button(
        rx.el.span(
            key["name"],
            aria_hidden="true",
            class_name=rx.match(
                key["mark"],
                ("root", "rounded-full bg-amber text-on-amber size-[24px] grid place-items-center text-[12px] font-semibold"),
                ("in", "rounded-full bg-surface-4 text-text-1 size-[24px] grid place-items-center text-[12px]"),
                "hidden",
            ),
        ),
        notes=key["play"], label=key["label"], key=key["midi"],
        class_name=rx.cond(key["tone"] == "black", black, white),
        style={"left": key["left"]},
    )  # fmt: skip


def _chord(chord: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    return rx.el.li(
        learning.notes_button(
            rx.icon("play", size=16, class_name="fill-current", aria_hidden="true"),
            notes=chord["play"], label=rx.Var.create("Play ") + chord["symbol"], class_name=theme.ICON_BUTTON,
        ),
        rx.el.span(chord["numeral"], class_name="fact w-[48px]"),
        rx.el.span(chord["symbol"], class_name="font-mono text-[15px] w-[72px]"),
        rx.el.span(chord["notes"], class_name="fact"),
        key=chord["symbol"],
        class_name=f"flex items-center gap-3 min-h-[52px] {theme.HAIRLINE}",
    )  # fmt: skip
