"""Step 4: missing details, a preview of the card, and publishing."""

import reflex as rx

from askchopper.components import buttons, catalogue, theme
from askchopper.states.draft_editor import WizardState
from askchopper.views.draft_editor import steps


def review_step() -> rx.Component:
    return steps.step(
        "review",
        "Review",
        rx.el.div(
            # First, since a phone shows little more than this after "Publish".
            rx.el.div(
                rx.match(
                    WizardState.state,
                    ("draft", _ready_or_not()),
                    ("publishing", _message("Publishing", "We make the preview of the pack and put everything on sale. This takes a few seconds.", rx.el.span(buttons.meter(), class_name="text-text-2"))),
                    ("in_review", _message("In review", "We review first packs by ear, usually within a day. We'll notify you.", _edit("Withdraw from review"))),
                    ("scheduled", _message("Scheduled", "Your pack will be published at the time you chose.", _edit("Cancel release"))),
                    ("published", _message("Published", "It can take a minute to appear in search.", buttons.link_button("Open the pack", href=WizardState.pack_href, kind="primary"), _edit("Edit"))),
                    _message("Off sale", "Buyers keep it.", _edit("Edit and publish again")),
                ),
                rx.el.dl(
                    *(
                        rx.fragment(rx.el.dt(label, class_name="text-text-2"), rx.el.dd(WizardState.totals[name], class_name="fact text-text-1"))
                        for label, name in (("Sounds", "count"), ("Length", "time"), ("Tempo", "bpm"), ("Keys", "keys"), ("Size", "size"))
                    ),
                    class_name="grid grid-cols-[100px_1fr] gap-y-2 mt-8",
                ),
                rx.el.p(
                    "By publishing you confirm that you made these sounds or hold every right to sell them.",
                    class_name=f"{theme.SMALL} text-text-3 mt-8 max-w-[52ch]",
                ),
                class_name="min-w-0 md:order-last",
            ),
            rx.el.div(
                rx.cond(WizardState.card, rx.el.div(catalogue.pack_card(WizardState.card), class_name="w-[240px] pointer-events-none", custom_attrs={"inert": ""}), rx.fragment()),
                rx.el.p("The card as buyers will see it.", class_name=f"{theme.SMALL} text-text-3 mt-3"),
                rx.cond(
                    WizardState.preview_href != "",
                    buttons.link_button("Preview pack page", href=WizardState.preview_href, class_name="mt-3"),
                    rx.fragment(),
                ),
            ),
            class_name="grid gap-8 md:grid-cols-[240px_minmax(0,1fr)]",
        ),
    )  # fmt: skip


def _message(title: str, sentence: str, *actions: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h3(title, class_name=theme.TITLE_2),
        rx.el.p(sentence, class_name="text-text-2 mt-1 mb-4"),
        rx.el.div(*actions, class_name="flex flex-wrap gap-3 items-center"),
        role="status",
    )


def _edit(label: str) -> rx.Component:
    return buttons.button(label, on_click=WizardState.edit)


def _ready_or_not() -> rx.Component:
    return rx.fragment(
        rx.cond(
            WizardState.note != "",
            rx.el.p(rx.icon("message-circle", size=16, stroke_width=1.5, aria_hidden="true", class_name="shrink-0 mt-0.5"), WizardState.note, class_name="flex gap-2 bg-info-tint text-info rounded-ctl px-3 py-2.5 mb-5"),
            rx.fragment(),
        ),
        rx.cond(
            WizardState.problems.length() > 0,
            rx.fragment(
                rx.el.h3("Before you can publish", class_name=theme.TITLE_2),
                rx.el.ul(
                    rx.foreach(WizardState.problems, lambda problem: rx.el.li(rx.icon("circle-alert", size=16, stroke_width=1.5, class_name="text-bad mt-0.5 shrink-0", aria_hidden="true"), problem, class_name="flex gap-2 py-2.5 border-b border-line")),
                    class_name="mt-2",
                ),
            ),
            rx.cond(
                WizardState.is_first_pack,
                _message("Ready", "We review first packs by ear, usually within a day. Then it appears in browse and search."),
                _message("Ready", "Published packs appear in browse and search."),
            ),
        ),
        rx.cond(
            WizardState.warnings.length() > 0,
            rx.fragment(
                rx.el.h3("Worth checking", class_name=f"{theme.TITLE_3} mt-5"),
                rx.el.p("These do not stop you from publishing.", class_name="text-text-2"),
                rx.el.ul(
                    rx.foreach(WizardState.warnings, lambda warning: rx.el.li(rx.icon("triangle-alert", size=16, stroke_width=1.5, class_name="text-warn mt-0.5 shrink-0", aria_hidden="true"), warning, class_name="flex gap-2 py-2.5 border-b border-line")),
                    class_name="mt-2",
                ),
            ),
            rx.fragment(),
        ),
    )  # fmt: skip
