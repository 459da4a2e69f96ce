"""Page for unknown paths (404)."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, feedback, theme
from askchopper.components.client import SearchBox
from askchopper.views.shell import frame


def not_found() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.h1("Nothing at this address", class_name="sr-only"),
            feedback.failure(
                "Page not found",
                "The page may have moved, or the address is mistyped. Search for what you need.",
                SearchBox.create(placeholder="Search packs and sounds", class_name="w-full sm:w-[340px]", input_class_name=theme.FIELD),
                buttons.link_button("Browse packs", href=routes.BROWSE),
            ),
            class_name=f"{theme.PAGE} pt-10",
        )
    )  # fmt: skip
