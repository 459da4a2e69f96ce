"""Layout of sign-in, registration and password reset: one column, with an illustration on wide screens."""

import reflex as rx

from askchopper import routes
from askchopper.components import brand, theme
from askchopper.components.client import KeepQuery
from askchopper.states.accounts import ReturnState

_ROWS = 8
_BARS = 120
# Shapes of hits, swells and phrases, as heights in percent; a drawing, not a measurement.
_SHAPES = (
    tuple(max(6, int(96 * 0.86 ** (index % 15))) for index in range(_BARS)),
    tuple(max(6, min(92, 10 + index * 3) - (index % 3) * 9) for index in range(_BARS)),
    tuple(max(6, int(90 * 0.7 ** (index % 9)) + (index % 4) * 5) for index in range(_BARS)),
    tuple(34 + (index * 37 % 41) for index in range(_BARS)),
    tuple(72 if index // 12 % 2 else 8 for index in range(_BARS)),
)


def other_form(label: str, href: str) -> rx.Component:
    """Render a link to the alternative form; it keeps the page to return to."""
    return KeepQuery.create(label, to=href, class_name="font-semibold text-text-1 underline underline-offset-4")


def goal() -> rx.Component:
    """Render the title of the pack whose page the form returns to."""
    return rx.cond(
        ReturnState.pack != "",
        rx.fragment("Then on to ", rx.el.bdi(ReturnState.pack, class_name="font-semibold text-text-1"), "."),
        rx.fragment(),
    )


def auth_layout(
    title: str, aside: rx.Component, *content: rx.Component, note: rx.Component | None = None
) -> rx.Component:
    return rx.el.div(
        rx.el.main(
            rx.el.a(brand.wordmark(), href=routes.HOME, aria_label="Ask Chopper, home", class_name="inline-flex items-center h-[56px]"),
            rx.el.div(
                rx.el.h1(title, class_name=theme.TITLE_1),
                rx.el.p(aside, class_name="text-text-2 mt-1"),
                rx.el.p(note or "", class_name="text-text-2 h-[48px] truncate"),  # loads later, without layout shift
                *content,
                class_name="w-full max-w-[360px] mx-auto my-auto py-10",
            ),
            class_name="min-h-dvh flex flex-col px-4 sm:px-7",
        ),
        rx.el.div(
            *(_wave(index) for index in range(_ROWS)),
            class_name="hidden md:grid grid-rows-8 items-center bg-surface-1 border-l border-line pl-14 py-8 overflow-hidden",
            aria_hidden="true",
        ),
        class_name="grid md:grid-cols-2 min-h-dvh",
    )  # fmt: skip


def _wave(index: int) -> rx.Component:
    heights = _SHAPES[index % len(_SHAPES)]
    lit = 48 if index == 3 else 0
    return rx.el.svg(
        *(
            rx.el.rect(
                x=str(bar * 6), y=f"{32 - height * 0.32:.1f}", width="3", height=f"{height * 0.64:.1f}", rx="1.5",
                fill="var(--amber)" if bar < lit else "var(--line-strong)",
            )
            for bar, height in enumerate(heights)
        ),
        view_box=f"0 0 {_BARS * 6} 64",
        class_name="h-[64px] w-[720px] max-w-none",
        custom_attrs={"preserveAspectRatio": "xMinYMid meet"},
    )  # fmt: skip
