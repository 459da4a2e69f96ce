"""Empty, error and loading areas."""

from typing import Any

import reflex as rx

from askchopper.components import theme
from askchopper.components.brand import chop_drawing


def empty(sentence: Any, *actions: rx.Component) -> rx.Component:
    """Render an empty state: illustration, one sentence, one action."""
    return rx.el.div(
        chop_drawing(),
        rx.el.p(sentence, class_name=f"{theme.BODY} text-text-1 max-w-[52ch]"),
        rx.el.div(*actions, class_name="flex flex-wrap gap-3"),
        class_name="grid gap-4 justify-items-start py-10",
    )


def failure(title: str, sentence: Any, *actions: rx.Component, reference: Any = None) -> rx.Component:
    """Render a page's error state: what happened, what to do, and a reference number to report."""
    return rx.el.div(
        chop_drawing(),
        rx.el.h1(title, class_name=theme.TITLE_2),
        rx.el.p(sentence, class_name=f"{theme.BODY} text-text-2 max-w-[52ch]"),
        rx.el.p(reference, class_name="fact select-all") if reference is not None else rx.fragment(),
        rx.el.div(*actions, class_name="flex flex-wrap gap-3"),
        class_name="grid gap-4 justify-items-start py-10",
        role="alert",
    )


def skeleton(class_name: str) -> rx.Component:
    """Render one grey block of a loading skeleton."""
    return rx.el.div(class_name=f"skeleton rounded-[4px] {class_name}")


def card_skeletons(count: int) -> list[rx.Component]:
    """Render loading skeletons with the layout of pack cards."""
    return [
        rx.el.div(
            rx.el.div(class_name="skeleton rounded-cover aspect-square"),
            skeleton("h-[14px] w-2/3 mt-3"),
            skeleton("h-[12px] w-1/2 mt-2"),
            skeleton("h-[12px] w-full mt-2.5"),
            aria_hidden="true",
        )
        for _ in range(count)
    ]


def row_skeletons(count: int, height: str = "h-[76px] md:h-[64px]") -> list[rx.Component]:
    """Render loading skeletons with the layout of sound rows."""
    return [
        rx.el.div(
            rx.el.div(class_name="skeleton rounded-ctl size-[44px]"),
            rx.el.div(skeleton("h-[14px] w-[140px]"), skeleton("h-[12px] w-[90px] mt-2"), class_name="w-[216px]"),
            skeleton("h-[24px] flex-1 hidden md:block"),
            skeleton("h-[32px] w-[92px]"),
            class_name=f"{height} {theme.HAIRLINE} flex items-center gap-3",
            aria_hidden="true",
        )
        for _ in range(count)
    ]
