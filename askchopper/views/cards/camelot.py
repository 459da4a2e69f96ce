"""The Camelot wheel: choose a key, then see and hear compatible keys. The key arithmetic is in ``askchopper.musical_key``."""

import math

import reflex as rx

from askchopper.components import catalogue, learning, theme
from askchopper.components.client import Go
from askchopper.states.cards import KEYS, WheelState

_OUTER, _INNER = 42.0, 26.5  # radius of the ring's middle, in per cent of the width


def camelot() -> rx.Component:
    return learning.card_page(
        "camelot",
        rx.el.div(
            _wheel(), _chosen(), class_name="grid md:grid-cols-[minmax(0,440px)_1fr] gap-x-12 gap-y-8 items-start"
        ),
        _sounds(),
    )


def _wheel() -> rx.Component:
    rings = [
        rx.el.span(class_name=f"absolute rounded-full border border-line {inset}", aria_hidden="true")
        for inset in ("inset-0", "inset-[16.5%]", "inset-[33.5%]")
    ]
    return rx.el.div(
        *rings,
        *(_segment(code, name, is_major=is_major) for code, name, is_major in KEYS),
        role="group",
        aria_label="Camelot wheel",
        class_name="relative w-full max-w-[440px] aspect-square mx-auto",
    )


def _segment(code: str, name: str, *, is_major: bool) -> rx.Component:
    angle = math.radians(int(code[:-1]) * 30 - 90)
    radius = _OUTER if is_major else _INNER
    short = name.replace(" major", "").replace(" minor", "m")
    base = (
        "absolute -translate-x-1/2 -translate-y-1/2 grid place-items-center content-center rounded-full cursor-pointer"
        + (" size-[14.5%]" if is_major else " size-[12.4%]")
    )
    return rx.el.button(
        rx.el.span(f"{code}, {name}", class_name="sr-only"),
        rx.el.span(code, aria_hidden="true", class_name="font-mono text-[12px] leading-[14px]"),
        rx.el.span(short, aria_hidden="true", class_name="text-[12px] leading-[14px] text-text-2 max-sm:hidden"),
        type="button",
        aria_pressed=WheelState.chosen == code,
        on_click=WheelState.choose(code),
        style={"left": f"{50 + radius * math.cos(angle):.2f}%", "top": f"{50 + radius * math.sin(angle):.2f}%"},
        class_name=rx.match(
            WheelState.marks[code],
            ("same", f"{base} bg-amber-tint text-amber shadow-[inset_0_0_0_1px_var(--amber)]"),
            ("fits", f"{base} bg-surface-3 text-text-1 shadow-[inset_0_0_0_1px_var(--control)]"),
            f"{base} bg-surface-1 text-text-2 hover:bg-surface-3",
        ),
    )


def _chosen() -> rx.Component:
    return rx.el.section(
        rx.el.h2(WheelState.chosen, ", ", WheelState.name, class_name=theme.TITLE_2, aria_live="polite"),
        rx.el.ul(
            rx.foreach(
                WheelState.fits,
                lambda one: rx.el.li(
                    learning.notes_button(
                        rx.icon("play", size=16, class_name="fill-current", aria_hidden="true"),
                        notes=one["play"], label=rx.Var.create("Play the chord of ") + one["name"], class_name=theme.ICON_BUTTON,
                    ),
                    rx.el.span(one["code"], class_name="fact text-text-1 w-[32px]"),
                    rx.el.span(
                        rx.el.span(one["name"], class_name="font-semibold"),
                        rx.el.span(one["effect"], class_name=f"{theme.SMALL} text-text-2 block"),
                    ),
                    key=one["code"],
                    class_name=f"flex items-center gap-3 min-h-[60px] {theme.HAIRLINE}",
                ),
            ),
            aria_label="Keys that fit",
            class_name="mt-2",
        ),
    )  # fmt: skip


def _sounds() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Sounds in these keys", class_name=theme.TITLE_2),
            Go.create("All sounds in these keys", to=WheelState.href, class_name=f"{theme.LINK} ml-auto py-2"),
            class_name="flex flex-wrap items-baseline gap-x-4 mt-10 mb-2",
        ),
        rx.cond(
            WheelState.rows,
            rx.el.ul(
                rx.foreach(WheelState.rows, lambda row: rx.el.li(catalogue.sound_row(row), key=row.sound.id)),
                aria_label="Sounds in these keys",
                class_name="@container",
                custom_attrs={"data-queue": ""},
            ),
            rx.el.p("No sound here has one of these keys yet.", class_name="text-text-2"),
        ),
    )
