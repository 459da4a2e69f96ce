"""Step 3: licence prices and release time."""

import reflex as rx

from askchopper.components import theme
from askchopper.components.client import ReleaseField
from askchopper.states.draft_editor import WizardState
from askchopper.views.draft_editor import fields, steps

_LICENCES = (
    ("Standard", "Any number of own songs, beats and streams up to 100,000 plays each. No resale of the sounds themselves."),
    ("Broadcast", "Everything in Standard, without a limit on plays, and film, radio, television and games."),
)  # fmt: skip


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
                    hint=rx.Var.create("Left empty: ")
                    + WizardState.broadcast_hint
                    + " tokens. 0 means that it is not offered.",
                    is_number=True,
                ),
                ReleaseField.create(
                    value=WizardState.release_at,
                    on_plan=WizardState.plan,
                    class_name=f"{theme.FIELD} [color-scheme:dark]",
                ),
                class_name="grid gap-5 max-w-[420px]",
                key=WizardState.form_version.to_string(),
            ),
            rx.el.div(
                *(
                    rx.el.div(
                        rx.el.h3(f"{name} licence", class_name=theme.TITLE_3),
                        rx.el.p(sentence, class_name="text-text-2 mt-1"),
                        class_name="py-4 border-b border-line",
                    )
                    for name, sentence in _LICENCES
                ),
                rx.el.p("You get 80 % of every price in tokens, at once.", class_name="text-text-2 py-4"),
                class_name="border-t border-line content-start",
            ),
            class_name="grid gap-10 md:grid-cols-2 max-w-[960px]",
        ),
    )
