"""The fallback for a page that failed to render."""

import reflex as rx

from askchopper import routes
from askchopper.components import brand, buttons, forms, theme


def crash_screen() -> rx.Component:
    """Render the fallback for a page that failed to render, with two plain links."""
    return rx.el.main(
        brand.chop_drawing(),
        rx.el.h1("Something went wrong", class_name=theme.TITLE_1),
        rx.el.p(
            "It's our fault, and we've logged it. Nothing you bought or saved is lost.",
            class_name=f"{theme.BODY} text-text-2 max-w-[52ch]",
        ),
        rx.el.div(
            buttons.button("Reload page", kind="primary", custom_attrs={"onClick": rx.Var("() => location.reload()")}),
            buttons.link_button("Go to homepage", href=routes.HOME, kind="quiet", custom_attrs={"reloadDocument": True}),
            class_name="flex flex-wrap gap-3 items-center",
        ),
        rx.el.div(
            rx.el.h2("Tell us what happened", class_name=f"{theme.TITLE_3} mb-3"),
            forms.feedback_form(id_prefix="crash"),
            class_name="w-full max-w-[520px] mt-6",
        ),
        class_name=f"{theme.PAGE} grid gap-4 justify-items-start content-center min-h-screen",
        role="alert",
    )  # fmt: skip
