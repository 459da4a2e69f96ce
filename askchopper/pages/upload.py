"""Draft editor page: four steps from files to a published pack."""

import reflex as rx

from askchopper import routes
from askchopper.components import buttons, theme
from askchopper.states.draft_editor import WizardState
from askchopper.views.draft_editor import details, files, price, review, steps
from askchopper.views.shell import frame


def upload() -> rx.Component:
    return frame(
        rx.el.div(
            rx.el.div(
                rx.el.a(
                    rx.icon("chevron-left", size=20, stroke_width=1.5, aria_hidden="true"),
                    href=routes.STUDIO,
                    aria_label="Back to the studio",
                    class_name=f"{theme.ICON_BUTTON} sm:!hidden -ml-3",
                ),
                rx.el.h1(WizardState.heading, dir="auto", class_name=f"{theme.TITLE_1} truncate min-w-0"),
                rx.el.span(WizardState.state_word, class_name="inline-flex items-center h-[26px] px-2 rounded-[4px] bg-surface-2 text-[12px] font-semibold shrink-0 max-sm:hidden"),
                steps.saved(),
                class_name="flex items-center gap-3 pt-2 sm:pt-8 pb-4 min-h-[64px] sm:min-h-[78px] md:min-h-[82px]",
            ),
            steps.stepper(),
            _locked(),
            files.files_step(),
            details.details_step(),
            price.price_step(),
            review.review_step(),
            class_name=f"{theme.PAGE} !max-w-[1102px] pb-[100px]",
        ),
        steps.bottom_bar(),
        active=routes.STUDIO,
        is_bare=True,
    )  # fmt: skip


def _locked() -> rx.Component:
    """Render why the draft is not editable, on every step except the last, which has its own text."""
    return rx.cond(
        WizardState.is_locked & (WizardState.step != "review"),
        rx.el.div(
            rx.el.p(WizardState.state_word, ". Open it for editing to change it.", class_name="mr-auto"),
            buttons.button("Edit", on_click=WizardState.edit),
            class_name="flex items-center gap-3 rounded-ctl bg-surface-2 px-3 py-2 mb-6",
        ),
        rx.fragment(),
    )
