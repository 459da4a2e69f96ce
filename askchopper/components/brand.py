"""Brand elements: the logo, the illustration of empty areas, and the token glyph."""

import reflex as rx

from askchopper.components.plurals import noun

_LOGO_BARS = ((1, 10, 4), (5.2, 7, 10), (9.4, 3.5, 17), (16.2, 6, 12), (20.4, 9, 6))


def logo(size: int = 22) -> rx.Component:
    """Render the logo: five bars cut by a diagonal stroke."""
    return rx.el.svg(
        *(
            rx.el.rect(x=str(x), y=str(y), width="2", height=str(height), rx="1", fill="currentColor")
            for x, y, height in _LOGO_BARS
        ),
        rx.el.line(x1="15.6", y1="1", x2="11", y2="23", stroke="currentColor", stroke_width="1.2"),
        width=size,
        height=size,
        view_box="0 0 24 24",
        aria_hidden="true",
    )


def wordmark() -> rx.Component:
    """Render the logo with the product name."""
    return rx.el.span(
        logo(),
        rx.el.span(
            "Ask Chopper", class_name="font-semibold whitespace-nowrap text-[16px] leading-[22px] tracking-[-0.01em]"
        ),
        class_name="inline-flex items-center gap-3 text-text-1",
    )


def chop_drawing() -> rx.Component:
    """Render the illustration for empty, error and drop areas."""
    heights = (8, 18, 30, 52, 66, 44, 70, 58, 36, 22, 10)
    return rx.el.svg(
        *(
            rx.el.rect(
                x=f"{4 + index * 8.4:.1f}", y=str(48 - height // 2), width="3", height=str(height), rx="1.5",
                fill="var(--wave-idle)",
            )
            for index, height in enumerate(heights)
        ),
        rx.el.line(x1="60", y1="6", x2="41", y2="90", stroke="var(--text-1)", stroke_width="1.5"),
        width="96",
        height="96",
        view_box="0 0 96 96",
        aria_hidden="true",
    )  # fmt: skip


def token(*, is_own: bool = False) -> rx.Component:
    """Render the token glyph; amber only next to the viewer's own balance."""
    return rx.el.i(class_name=f"token {'text-amber' if is_own else 'text-text-3'}", aria_hidden="true")


def tokens(amount: rx.Var[str] | str, *, is_own: bool = False) -> rx.Component:
    """Render an amount of tokens: glyph and number, with the unit for screen readers."""
    return rx.el.span(
        token(is_own=is_own),
        rx.el.span(amount),
        rx.el.span(noun(amount, "token"), class_name="sr-only"),
        class_name="fact text-text-1 inline-flex items-center gap-2",
    )
