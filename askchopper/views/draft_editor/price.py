"""Step 3: licence prices and release time."""

import reflex as rx

from askchopper import policy
from askchopper.components import theme
from askchopper.components.client import ReleaseField
from askchopper.schemas import licence_summaries
from askchopper.states.draft_editor import WizardState
from askchopper.views.draft_editor import fields, steps


def price_step() -> rx.Component:
    return steps.step(
        "price",
        "Licence and price",
        rx.el.div(
            rx.el.div(
                fields.text("Price of the pack in tokens", "price_tokens", hint=WizardState.price_help, is_number=True),
                fields.text("Price of a single sound in tokens", "sound_price_tokens", is_number=True),
                fields.text(
                    "Price with the broadcast licence",
                    "broadcast_price_tokens",
                    hint=rx.Var.create("Suggested: ")
                    + WizardState.broadcast_hint
                    + " tokens. Leave empty to use it, or enter 0 to offer no broadcast licence.",
                    is_number=True,
                ),
                ReleaseField.create(
                    value=WizardState.release_at,
                    on_plan=WizardState.schedule_release,
                    class_name=f"{theme.FIELD} [color-scheme:dark]",
                ),
                class_name="grid gap-5 max-w-[420px]",
                key=WizardState.form_version.to_string(),
            ),
            rx.el.div(
                *(
                    rx.el.div(
                        rx.el.h3(title, class_name=theme.TITLE_3),
                        rx.el.p(licence_summaries.SUMMARIES[kind], class_name="text-text-2 mt-1"),
                        class_name="py-4 border-b border-line",
                    )
                    for kind, title in licence_summaries.TITLES.items()
                ),
                rx.el.p(
                    f"You keep {policy.SELLER_SHARE_PERCENT}% of every sale. Your share can be paid out {policy.REFUND_HOURS} hours after the sale, except what buyers paid with bonus tokens.",
                    class_name="text-text-2 py-4",
                ),
                class_name="border-t border-line content-start",
            ),
            class_name="grid gap-10 md:grid-cols-2 max-w-[960px]",
        ),
    )
