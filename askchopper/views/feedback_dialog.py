"""The feedback dialog after an error. Its message is linked to the error report by the reference."""

import reflex as rx

from askchopper.components import buttons, forms, theme
from askchopper.components.client import Dialog
from askchopper.states.error_handling import FeedbackState


def feedback_dialog() -> rx.Component:
    return Dialog.create(
        rx.el.div(
            rx.el.div(
                rx.el.h2("Tell us what happened", class_name=theme.TITLE_2),
                buttons.icon_button("x", "Close", class_name="-my-2 -mr-2", custom_attrs={"data-dismiss": ""}),
                class_name="flex justify-between items-center mb-2",
            ),
            rx.el.p("It's our fault, and we've logged it. Reference ", rx.el.span(FeedbackState.reference, class_name="fact select-all"), class_name="text-text-2 mb-5"),
            rx.cond(
                FeedbackState.is_open,
                forms.feedback_form(
                    rx.el.input(type="hidden", name="reference", value=FeedbackState.reference), id_prefix="feedback"
                ),
                rx.fragment(),
            ),
            class_name="p-6",
        ),
        is_open=FeedbackState.is_open,
        on_dismiss=FeedbackState.close,
        label="Tell us what happened",
        class_name=f"{theme.FLOATING} rounded-sheet w-[440px]",
    )  # fmt: skip
