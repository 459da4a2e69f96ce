"""Step 2: the pack's details, with suggested values, and its cover."""

import reflex as rx

from askchopper import policy
from askchopper.components import catalogue, theme
from askchopper.components.client import CoverField
from askchopper.states.draft_editor import WizardState
from askchopper.views.draft_editor import fields, sound_table, steps


def details_step() -> rx.Component:
    return steps.step(
        "details",
        "Details",
        rx.el.div(
            rx.el.div(
                fields.text("Title", "title", max_length=80),
                fields.text("Summary", "summary", max_length=200, hint="One line under the title in lists."),
                fields.area("Description", "description"),
                rx.el.div(
                    fields.genre(),
                    fields.text("Tags", "tags", hint=f"Separated by commas, up to {policy.MAX_PACK_TAGS}."),
                    class_name="grid sm:grid-cols-2 gap-5",
                ),
                class_name="grid gap-5 min-w-0",
                key=WizardState.form_version.to_string(),
            ),
            rx.el.div(
                catalogue.cover(
                    WizardState.shown_cover, size=240, class_name="size-[160px] md:size-[240px] rounded-cover"
                ),
                rx.cond(
                    WizardState.is_locked,
                    rx.fragment(),
                    CoverField.create(
                        pack=WizardState.draft_id,
                        on_stored=WizardState.refresh,
                        on_need_pack=WizardState.start,
                        class_name=f"{theme.BUTTON} {theme.BUTTON_KIND['secondary']}",
                    ),
                ),
                rx.el.p(
                    rx.cond(
                        WizardState.cover == "",
                        "We'll use this generated cover, or choose a square image of at least 500 pixels.",
                        "A square image of at least 500 pixels.",
                    ),
                    class_name=f"{theme.SMALL} text-text-2 max-w-[240px]",
                ),
                class_name="grid gap-3 content-start justify-items-start",
            ),
            class_name="grid gap-8 md:grid-cols-[minmax(0,1fr)_240px] max-w-[960px]",
        ),
        sound_table.sound_table(),
    )
