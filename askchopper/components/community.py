"""Moments of sounds, star ratings, and client components for sharing."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from askchopper.components import theme

_MOMENT = "$/public/src/player/moment.jsx"


class Moment(Component):
    """A button that plays a sound from ``seconds``; with ``left``, it is a marker on a waveform."""

    library = _MOMENT
    tag = "Moment"
    track: rx.Var[Any]
    seconds: rx.Var[float]
    label: rx.Var[str]
    left: rx.Var[str]


class PinMoment(Component):
    """A form checkbox that pins a comment to the current playback position, with the fields ``sound`` and ``at``."""

    library = _MOMENT
    tag = "PinMoment"
    ids: rx.Var[list[str]]


TOOL = f"{theme.PRESS} {theme.SMALL} text-text-3 hover:text-text-1 min-h-[44px] md:min-h-[32px] px-1.5 -mx-1.5 cursor-pointer"


def stars(count: Any, *, size: int = 14) -> rx.Component:
    """Render one to five stars, with the number for screen readers."""
    return rx.el.span(
        *(
            rx.icon("star", size=size, stroke_width=1.5, aria_hidden="true", class_name=rx.cond(count >= number, "text-amber fill-current", "text-wave-idle"))
            for number in range(1, 6)
        ),
        rx.el.span(count, " of 5 stars", class_name="sr-only"),
        class_name="inline-flex gap-0.5",
    )  # fmt: skip


class ShareButton(Component):
    """Opens the share sheet on phones, or else the share dialog."""

    library = "$/public/src/shared/share.jsx"
    tag = "ShareButton"
    url: rx.Var[str]
    title: rx.Var[str]
    on_open: rx.EventHandler[rx.event.no_args_event_spec]
