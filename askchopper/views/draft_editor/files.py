"""Step 1: upload files, watch their analysis, resolve findings."""

import reflex as rx

from askchopper.components import brand, buttons, theme
from askchopper.components.client import Uploader
from askchopper.states.draft_editor import WizardState
from askchopper.views import draft_files
from askchopper.views.draft_editor import steps


def files_step() -> rx.Component:
    return steps.step(
        "files",
        "Files",
        rx.cond(
            WizardState.is_first_pack & ~WizardState.is_locked,
            rx.el.p(
                rx.icon("headphones", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5"),
                "We review first packs by ear, usually within a day. Later packs are usually published at once.",
                class_name="flex gap-2 bg-info-tint text-info rounded-ctl px-3 py-2.5 mb-5",
            ),
            rx.fragment(),
        ),
        rx.cond(
            WizardState.is_locked,
            rx.fragment(),
            Uploader.create(
                brand.chop_drawing(),
                pack=WizardState.draft_id,
                listed=WizardState.listed,
                on_stored=WizardState.finish_upload,
                on_cover_stored=WizardState.refresh,
                on_need_pack=WizardState.start,
            ),
        ),
        rx.foreach(
            WizardState.unpacking,
            lambda name: rx.el.p(buttons.meter(), "Unpacking ", name, role="status", class_name="flex items-center gap-3 min-h-[52px] border-b border-line text-text-2"),
        ),
        rx.cond(
            (WizardState.note != "") & ~WizardState.is_locked,
            rx.el.p(rx.icon("message-circle", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5"), WizardState.note, role="status", class_name="flex gap-2 bg-info-tint text-info rounded-ctl px-3 py-2.5 mt-5"),
            rx.fragment(),
        ),
        rx.cond(
            WizardState.rows,
            rx.el.section(
                rx.el.div(
                    rx.el.p(rx.el.span(WizardState.totals["count"]), " ", WizardState.totals["noun"], class_name=theme.TITLE_2),
                    rx.el.span(WizardState.totals["size"], class_name="fact"),
                    rx.el.span(WizardState.totals["ready"], class_name="text-text-2", role="status"),
                    rx.el.span(
                        rx.el.i(class_name="size-[7px] rounded-full bg-ok"), "sure",
                        rx.el.i(class_name="size-[7px] rounded-full shadow-[inset_0_0_0_2px_var(--ok)] ml-2"), "check this",
                        class_name=f"{theme.SMALL} text-text-2 ml-auto hidden sm:inline-flex items-center gap-1.5",
                        aria_hidden="true",
                    ),
                    class_name="flex items-baseline gap-4 mt-8 mb-2",
                ),
                rx.el.ul(
                    rx.foreach(WizardState.rows, lambda item: rx.el.li(draft_files.row(item), key=item.id)),
                    aria_label="Sounds",
                ),
                custom_attrs={"data-queue": ""},
            ),
            rx.el.p("Tempo, key and loudness are measured for you. Nothing is on sale until you publish.", class_name="text-text-2 mt-6"),
        ),
    )  # fmt: skip
